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

/** Whether an organization or a membership was active at `at`: then its first change of status after that is the deactivation. */
function wasDeactivatedAfter(
  kind: "organization" | "membership",
  id: number,
  at: Date,
  db: Database,
): boolean {
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
  // What occurs now is judged by the present status. The trail may have a later instant, because the clock was set back.
  const isEarlier = occurredAt < now && occurredAt.getTime() >= now.getTime() - STATUS_LOOKBACK_MS;
  const mayHaveSpent = (kind: "organization" | "membership", status: Status) =>
    status.active || (isEarlier && wasDeactivatedAfter(kind, status.id, occurredAt, db));
  if (!mayHaveSpent("organization", organization)) {
    return refused("organization_inactive", `${organization.code} is inactive: nothing may be spent.`);
  }
  return member && !mayHaveSpent("membership", member)
    ? refused("member_inactive", `${member.email} is inactive in ${organization.code}.`, "member")
    : null;
}
