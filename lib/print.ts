import { formatCount } from "./credits.ts";
import type { RawSearchParams } from "./search-params.ts";

/** How many rows of a list are printed at most: some 100 pages of A4. */
export const PRINTED_ROWS = 2_000;
/** So far the rows of a list that only grows are counted. */
export const COUNTED_ROWS = 10_000;

/** The rows that are printed, of a list that is counted up to `total`. */
export type PrintedRows<Item> = {
  items: Item[];
  total: number;
  /** There are more than `total`. */
  more: boolean;
};

/** Whether an address asks for all rows of its list, to be printed. */
export const isPrint = ({ print }: RawSearchParams): boolean => [print].flat()[0] === "1";

/** The address of all rows of a list, to be printed. */
export const printHref = (href: string): string => `${href}${href.includes("?") ? "&" : "?"}print=1`;

/** "870 people", "The first 2,000 of 10,241 people", "The first 2,000 of more than 10,000 people". */
export function rowsText(
  { items, total, more }: PrintedRows<unknown>,
  [one, many]: readonly [one: string, many: string],
): string {
  const isWhole = items.length === total && !more;
  if (isWhole) return total === 0 ? `No ${many}` : `${formatCount(total)} ${total === 1 ? one : many}`;
  return `The first ${formatCount(items.length)} of ${more ? "more than " : ""}${formatCount(total)} ${many}`;
}
