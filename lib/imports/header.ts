import type { CsvRecord } from "#lib/csv.ts";
import { trimUnseen } from "#lib/text.ts";

/** How many rows below the first are searched for a header when the first is a title. */
const TITLE_MAX_ROWS = 10;

/** The form in which column names are compared: `Credit Type` and `credit-type` are `credit_type`. */
function columnKey(name: string): string {
  return trimUnseen(name)
    .text.toLowerCase()
    .replace(/[\s_-]/g, "");
}

/** Where each column is in the header row, and what is wrong with that row. */
export function readHeader<Column extends string>(
  head: CsvRecord | undefined,
  body: readonly CsvRecord[],
  columns: readonly Column[],
  required: readonly Column[],
): { position: Map<Column, number>; ignored: string[]; fault: string | null } {
  const byKey = new Map(columns.map((column) => [columnKey(column), column]));
  const position = new Map<Column, number>();
  const ignored: string[] = [];
  let fault: string | null = head ? null : "The file is empty.";
  for (const [index, cell] of (head?.cells ?? []).entries()) {
    const column = byKey.get(columnKey(cell));
    if (column === undefined) ignored.push(trimUnseen(cell).text);
    else if (position.has(column)) fault ??= `The column ${column} appears twice.`;
    else position.set(column, index);
  }
  const lacks = (cells: readonly string[]) => {
    const keys = new Set(cells.map(columnKey));
    return required.filter((column) => !keys.has(columnKey(column)));
  };
  const missing = lacks(head?.cells ?? []);
  if (head && missing.length > 0) {
    const header = body.slice(0, TITLE_MAX_ROWS).find(({ cells }) => lacks(cells).length === 0);
    fault ??= header
      ? `Line ${head.line} is a title: the header row is on line ${header.line}. Delete the lines above it.`
      : `The header row is missing ${missing.join(", ")}.`;
  }
  return { position, ignored, fault };
}
