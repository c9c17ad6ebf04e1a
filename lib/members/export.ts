import { formatCsv } from "#lib/csv.ts";
import { IMPORT_COLUMNS } from "./import-rules.ts";
import { membershipsByIds } from "./queries.ts";
import { allowanceText } from "./rules.ts";

const ROWS_A_PIECE = 500;

/**
 * These memberships as CSV, in their order, a piece at a time: the ids were read at once, so that it is complete; the
 * rows follow in pieces, so that no long read holds the write-ahead log back.
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
