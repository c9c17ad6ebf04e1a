import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { lastBackupAt } from "#lib/backup/queries.ts";
import { type CreditType, listCreditTypes } from "#lib/credit-types/queries.ts";
import { type OrganizationListItem, organizationsByIds } from "#lib/organizations/queries.ts";
import { isFew, isWhole, organizationsIn, type Scope, scopeConditions } from "#lib/scope/scope.ts";

// What needs attention first.

const DAY_MS = 86_400_000;
/** A pool is low with less than a tenth of what was purchased. */
const LOW_POOL = 10n;
/** Of so many of the newest refusals, reasons are counted. */
const REFUSALS_READ = 2_000;
const REFUSALS_SHOWN = 3;
const POOLS_SHOWN = 5;
const BACKUP_MAX_AGE_MS = 26 * 3_600_000;

/** Requests of one organization that were refused for one reason in the last 24 hours. */
export type Refused = { organization: OrganizationListItem | null; code: string; requests: number };

export type Attention = {
  /** Pools with little left, the emptiest first; none in a part of the enterprise. */
  pools: CreditType[];
  refused: Refused[];
  /** Whether the last backup is missing or old, for those who see the whole enterprise. */
  backup: { isOld: boolean; at: Date | null };
};

/** What needs attention in a scope now. */
export function attentionIn(scope: Scope, now: Date): Attention {
  const pools = listCreditTypes(scope)
    .filter(
      ({ archivedAt, available, totalPurchased }) =>
        archivedAt === null && totalPurchased > 0n && available * LOW_POOL < totalPurchased,
    )
    .sort((a, b) => {
      const difference = a.available * b.totalPurchased - b.available * a.totalPurchased;
      return difference < 0n ? -1 : difference > 0n ? 1 : 0;
    })
    .slice(0, POOLS_SHOWN);
  const at = isWhole(scope) ? lastBackupAt() : null;
  return {
    pools,
    refused: refusedSince(scope, now.getTime() - DAY_MS),
    backup: {
      at,
      isOld: isWhole(scope) && (at === null || now.getTime() - at.getTime() > BACKUP_MAX_AGE_MS),
    },
  };
}

/** The reasons for which most requests were refused since an instant, among the newest refusals. */
function refusedSince(scope: Scope, since: number): Refused[] {
  const rows = statement(
    sql`SELECT organization_id, code, sum(requests) FROM (${newestRefusals(scope, since)}) newest
      GROUP BY organization_id, code ORDER BY sum(requests) DESC, organization_id, code LIMIT ${REFUSALS_SHOWN}`,
  ).lists<[bigint | null, string, bigint]>();
  const organizations = organizationsByIds(
    scope,
    rows.flatMap(([id]) => (id === null ? [] : [Number(id)])),
  );
  return rows.map(([id, code, requests]) => ({
    organization: organizations.find((one) => one.id === Number(id)) ?? null,
    code,
    requests: Number(requests),
  }));
}

function newestRefusals(scope: Scope, since: number): SQL {
  const columns = sql`organization_id, code, requests`;
  if (!isWhole(scope) && isFew(scope)) {
    return sql`SELECT ${columns} FROM ${organizationsIn(scope)} s CROSS JOIN refusals r
      INDEXED BY refusals_organization ON r.organization_id = s.value AND r.at >= ${since} LIMIT ${REFUSALS_READ}`;
  }
  const conditions = [sql`at >= ${since}`, ...scopeConditions(scope, sql`organization_id`)];
  return sql`SELECT ${columns} FROM refusals INDEXED BY refusals_at
    WHERE ${sql.join(conditions, sql` AND `)} ORDER BY at DESC LIMIT ${REFUSALS_READ}`;
}
