import { plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import { IMPORT_COLUMNS } from "./import-rules.ts";
import { organizationIds, organizationsByIds } from "./queries.ts";
import type { OrganizationsView } from "./search-params.ts";

const ROWS_A_PIECE = 500;

/**
 * The whole view as CSV, in its order, a piece at a time. All ids are read at the start, so that the export is
 * complete. The rows are read in pieces, so that no long read keeps SQLite from emptying its write-ahead log.
 */
export function* exportOrganizations(view: OrganizationsView): Generator<string> {
  const ids = organizationIds(view);
  yield formatCsv([IMPORT_COLUMNS]);
  for (let start = 0; start < ids.length; start += ROWS_A_PIECE) {
    yield formatCsv(
      organizationsByIds(ids.slice(start, start + ROWS_A_PIECE)).map((organization) => [
        organization.name,
        organization.code,
        organization.creditTypeName,
        organization.monthlyAllowance === null ? "" : plainCredits(organization.monthlyAllowance),
        organization.active ? "active" : "inactive",
      ]),
    );
  }
}
