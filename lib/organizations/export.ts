import { plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import { IMPORT_COLUMNS } from "./import-rules.ts";
import { organizationIds, organizationsByIds } from "./queries.ts";
import type { OrganizationsView } from "./search-params.ts";

const ROWS_A_PIECE = 500;

/**
 * The whole view as CSV, in its order, a piece at a time. Its ids are read at once, so that it is complete; the rows
 * follow in pieces, so that no long read holds the write-ahead log back.
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
