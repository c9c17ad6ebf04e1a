import { formatCsv } from "#lib/csv.ts";
import { IMPORT_COLUMNS } from "./import-rules.ts";
import { membershipsByIds } from "./queries.ts";
import { allowanceText } from "./rules.ts";

const ROWS_A_PIECE = 500;

/**
 * These memberships as CSV, in their order, a piece at a time. All ids were read at the start, so that the export is
 * complete. The rows are read in pieces, so that no long read keeps SQLite from emptying its write-ahead log.
 */
export function* exportMemberships(ids: readonly number[]): Generator<string> {
  yield formatCsv([IMPORT_COLUMNS]);
  for (let start = 0; start < ids.length; start += ROWS_A_PIECE) {
    yield formatCsv(
      membershipsByIds(ids.slice(start, start + ROWS_A_PIECE), 0).map((membership) => [
        membership.organization.code,
        membership.name,
        membership.email,
        membership.role,
        allowanceText(membership),
        membership.active ? "active" : "inactive",
      ]),
    );
  }
}
