import { type SQL, sql } from "drizzle-orm";
import { isApplication } from "#lib/applications/queries.ts";
import { recordedMonthsIn } from "../organization-sums.ts";
import type { TransactionFilter } from "../queries/filter.ts";
import { type Granularity, isWholeMonths } from "../rules/periods.ts";
import { unitColumn } from "../spending.ts";
import { type DaysQueries, entriesSince } from "./days-in-pieces.ts";

/** The queries of what organizations spent in each length of time, by a filter that reads days and no entries. */
export function organizationDays(filter: TransactionFilter, granularity: Granularity): DaysQueries {
  const isByMonth = (granularity === "month" || granularity === "year") && isWholeMonths(filter.range);
  return {
    of: (ids) =>
      isByMonth ? monthsOfOrganizations(filter, ids) : daysOfOrganizations(filter, ids, granularity),
    since: entriesSince(filter, sql`organization_id`, granularity),
    // Some 20 ms for a year of large ones.
    keysAPiece: 25,
  };
}

/** The conditions on the sums of some organizations, whatever their range. */
function sumConditions({ applicationIds, creditTypeId }: TransactionFilter): SQL[] {
  const conditions = [sql`1`];
  if (applicationIds !== null) conditions.push(isApplication(applicationIds));
  if (creditTypeId !== null) {
    conditions.push(sql`(SELECT credit_type_id FROM organizations WHERE id = s.value) = ${creditTypeId}`);
  }
  return conditions;
}

function daysOfOrganizations(
  filter: TransactionFilter,
  organizationIds: readonly number[],
  granularity: Granularity,
): SQL {
  const { from, to } = filter.range;
  const conditions = sumConditions(filter);
  if (from !== null) conditions.push(sql`day >= ${from}`);
  if (to !== null) conditions.push(sql`day <= ${to}`);
  return sql`SELECT organization_id, ${unitColumn(granularity)}, sum(spent)
    FROM json_each(${JSON.stringify(organizationIds)}) s CROSS JOIN organization_days ON organization_id = s.value
    WHERE ${sql.join(conditions, sql` AND `)} GROUP BY 1, 2`;
}

/** The sums of whole months, which are a thirtieth of the rows. */
function monthsOfOrganizations(filter: TransactionFilter, organizationIds: readonly number[]): SQL {
  const index = sql.raw(
    filter.applicationIds === null ? "organization_months_month" : "sqlite_autoindex_organization_months_1",
  );
  return sql`SELECT organization_id, month * 100 + 1, sum(spent)
    FROM json_each(${JSON.stringify(recordedMonthsIn(filter.range))}) m
    CROSS JOIN json_each(${JSON.stringify(organizationIds)}) s
    CROSS JOIN organization_months INDEXED BY ${index} ON month = m.value AND organization_id = s.value
    WHERE ${sql.join(sumConditions(filter), sql` AND `)} GROUP BY 1, 2`;
}
