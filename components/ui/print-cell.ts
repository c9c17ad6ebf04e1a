/** The text of a cell, and smaller under it what explains it. Both may have several lines. */
export type PrintCell = string | readonly [text: string, below: string];

/** A cell with a line below for each further text that there is. */
export function printCell(
  text: string | null | undefined,
  ...below: (string | null | undefined)[]
): PrintCell {
  const lines = below.filter((line) => line !== null && line !== undefined && line !== "");
  return lines.length === 0 ? (text ?? "") : [text ?? "", lines.join("\n")];
}
