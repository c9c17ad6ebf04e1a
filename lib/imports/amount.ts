/** An amount as it was understood: a plain decimal such as "1234.56", and whether it could have been meant otherwise. */
export type ReadAmount = { text: string; ambiguous: boolean };

/** Spaces of any width, and the apostrophes that Switzerland groups digits with. */
const GROUPING_SPACE = /(?<=\d)[\p{Zs}'’](?=\d{3}(?!\d))/gu;
const AMOUNT_MAX_CHARACTERS = 60;

const GROUPED: Record<"." | ",", RegExp> = {
  ".": /^\d{1,3}(?:\.\d{3})+$/,
  ",": /^\d{1,3}(?:,\d{3})+$/,
};

/**
 * Reads an amount as spreadsheet programs write it, in either notation: `1234.5`, `1,234.5`, `1.234,5`, `1 234,5`.
 * Where one separator is followed by exactly three digits the amount could be either (`1.000`): `decimalComma` decides,
 * and the answer is marked as ambiguous. What is not an amount is given back as it is.
 *
 * @param decimalComma whether the file writes a comma before decimals, as those separated by semicolons do
 */
export function readAmountCell(typed: string, { decimalComma }: { decimalComma: boolean }): ReadAmount {
  const asItIs: ReadAmount = { text: typed, ambiguous: false };
  if (typed.length > AMOUNT_MAX_CHARACTERS) return asItIs;
  const text = typed.trim().replace(GROUPING_SPACE, "");
  const plain = (whole: string, grouping: "." | ",", fraction: string | null): ReadAmount | null => {
    if (!/^\d+$/.test(whole) && !GROUPED[grouping].test(whole)) return null;
    if (fraction !== null && !/^\d+$/.test(fraction)) return null;
    const digits = whole.replaceAll(grouping, "");
    return { text: fraction === null ? digits : `${digits}.${fraction}`, ambiguous: false };
  };
  const comma = text.lastIndexOf(",");
  const point = text.lastIndexOf(".");
  if (comma === -1 && point === -1) return /^\d+$/.test(text) ? { text, ambiguous: false } : asItIs;
  if (comma !== -1 && point !== -1) {
    const decimal = Math.max(comma, point);
    const grouping = comma < point ? "," : ".";
    return plain(text.slice(0, decimal), grouping, text.slice(decimal + 1)) ?? asItIs;
  }
  const mark = comma === -1 ? "." : ",";
  const isGrouped = GROUPED[mark].test(text);
  const first = text.indexOf(mark);
  if (first !== text.lastIndexOf(mark)) return isGrouped ? (plain(text, mark, null) ?? asItIs) : asItIs;
  const decimalMark = decimalComma ? "," : ".";
  // "0.500" is no group of thousands, and neither is "1234.500".
  if (isGrouped && !text.startsWith("0")) {
    const read =
      mark === decimalMark
        ? plain(text.slice(0, first), mark, text.slice(first + 1))
        : plain(text, mark, null);
    return read ? { ...read, ambiguous: true } : asItIs;
  }
  // Only some files write a comma before decimals. In other files a person has to check such an amount.
  if (mark === "," && !decimalComma) return asItIs;
  return plain(text.slice(0, first), mark === "," ? "." : ",", text.slice(first + 1)) ?? asItIs;
}
