import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import type { Database } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { refused, STATUS_LOOKBACK_MS, type UsageRefused, type UsageResult } from "../rules/event.ts";
import type { SpendingMember, SpendingOrganization } from "./spenders.ts";

const value = sql.placeholder;

/** The actions of the audit trail that change a status. */
const STATUS_CHANGES = [
  "organization.activated",
  "organization.deactivated",
  "membership.activated",
  "membership.deactivated",
];

const statusChangeAfter = statement((db) =>
  db
    .select({ action: auditEntries.action })
    .from(auditEntries)
    .where(
      and(
        eq(auditEntries.subjectKind, value("kind")),
        eq(auditEntries.subjectId, value("id")),
        gt(auditEntries.at, value("at")),
        inArray(auditEntries.action, STATUS_CHANGES),
      ),
    )
    .orderBy(asc(auditEntries.at), asc(auditEntries.id))
    .limit(1),
);

type Status = { id: number; active: boolean };

/**
 * Whether the status allows a spend that occurred at `at`. An active organization or member may spend. One that was
 * deactivated after `at` may too: then the first change of status after `at` in the audit trail is the deactivation.
 */
function mayHaveSpent(kind: "organization" | "membership", { id, active }: Status, at: Date, db: Database) {
  if (active) return true;
  return statusChangeAfter.get({ kind, id, at: at.getTime() }, db)?.action === `${kind}.deactivated`;
}

/**
 * The refusal of a spend because the organization or the member was inactive at `occurredAt`, at most 24 hours back;
 * null when both were active. An inactive organization is named before a member who is not there.
 */
export function inactiveRefusal(
  organization: SpendingOrganization,
  spender: UsageResult<SpendingMember | null>,
  { occurredAt, now, db }: { occurredAt: Date; now: Date; db: Database },
): UsageRefused | null {
  const member = spender.ok ? spender.value : null;
  if (organization.active && member?.active !== false) return null;
  const isRecent = occurredAt.getTime() >= now.getTime() - STATUS_LOOKBACK_MS;
  const at = isRecent && occurredAt < now ? occurredAt : now;
  if (!mayHaveSpent("organization", organization, at, db)) {
    return refused("organization_inactive", `${organization.code} is inactive: nothing may be spent.`);
  }
  return member && !mayHaveSpent("membership", member, at, db)
    ? refused("member_inactive", `${member.email} is inactive in ${organization.code}.`, "member")
    : null;
}
