import { formatCsv } from "#lib/csv.ts";

const ROWS_A_PIECE = 500;

/** How a list's file is written: with figures or for import alone, and with formulas as they are where it is `raw`. */
export type ExportOptions = { figures?: boolean; raw?: boolean; now?: Date };

/**
 * A list as CSV, a piece at a time, in the order of `ids`, which come in pieces. The rows are read in pieces, so that no long read keeps SQLite from emptying its write-ahead log.
 */
export function* csvOfList(
  {
    columns,
    ids,
    rows,
  }: {
    columns: readonly string[];
    ids: Iterable<readonly number[]>;
    rows: (ids: readonly number[]) => string[][];
  },
  { raw }: { raw: boolean },
): Generator<string> {
  yield formatCsv([columns], { raw });
  for (const piece of ids) {
    // Reading the ids of a piece was a turn's work already.
    yield "";
    for (let start = 0; start < piece.length; start += ROWS_A_PIECE) {
      yield formatCsv(rows(piece.slice(start, start + ROWS_A_PIECE)), { raw });
    }
  }
}
