import { desc, eq, sql } from "drizzle-orm";
import type { Database } from "#db/client.ts";
import {
  alerts,
  creditTypeDays,
  creditTypes,
  ledgerEntries,
  membershipMonths,
  memberships,
  organizationMonths,
  organizations,
} from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { addMonths, monthOf } from "#lib/calendar.ts";
import { effectiveAllowance } from "#lib/members/rules.ts";
import { daysLeft, firstSpendingDay, runwayOf } from "#lib/runway/rules.ts";
import { readSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { type Finding, type OpenedAlert, reconcile, unresolvedOf } from "./reconcile.ts";
import {
  aboveLastMonth,
  belowAmount,
  belowShare,
  type Comparison,
  fromShare,
  storable,
} from "./rules/conditions.ts";
import { type AlertRule, KINDS_OF_POSTINGS, type Resolution } from "./rules/kinds.ts";
import { type RulesReader, type RulesSummary, rulesReader } from "./rules-of.ts";

const value = sql.placeholder;

/** An entry that a later one has reversed is as if it had never been. */
const NOT_REVERSED = sql`NOT EXISTS (SELECT 1 FROM ledger_entries r WHERE r.reverses_id = ledger_entries.id)`;

/**
 * After a change of allowances or of rules about them, at most this number of members of an organization is checked that
 * have reached a share, those who spent the most first.
 */
const MEMBERS_CHECKED = 1_000;

const statements = {
  organization: statement((db) =>
    db
      .select({
        active: organizations.active,
        balance: organizations.balance,
        spent: organizations.spent,
        daysLeft: organizations.daysLeft,
        monthlyAllowance: organizations.monthlyAllowance,
        alertVersion: organizations.alertVersion,
      })
      .from(organizations)
      .where(eq(organizations.id, value("id"))),
  ),
  lastAllocation: statement((db) =>
    db
      .select({ amount: ledgerEntries.amount })
      .from(ledgerEntries)
      .where(
        sql`${ledgerEntries.organizationId} = ${value("id")} AND ${ledgerEntries.kind} <> 'spend' AND ${ledgerEntries.kind} = 'allocation' AND ${NOT_REVERSED}`,
      )
      .orderBy(sql`occurred_at DESC, id DESC`)
      .limit(1),
  ),
  lastPurchase: statement((db) =>
    db
      .select({ amount: ledgerEntries.amount })
      .from(ledgerEntries)
      .where(
        sql`${ledgerEntries.creditTypeId} = ${value("id")} AND ${ledgerEntries.membershipId} IS NULL AND ${ledgerEntries.kind} = 'purchase' AND ${NOT_REVERSED}`,
      )
      .orderBy(sql`occurred_at DESC, id DESC`)
      .limit(1),
  ),
  monthOfOrganization: statement((db) =>
    db
      .select({ spent: sql<bigint>`coalesce(sum(${organizationMonths.spent}), 0)` })
      .from(organizationMonths)
      .where(
        sql`${organizationMonths.month} = ${value("month")} AND ${organizationMonths.organizationId} = ${value("id")}`,
      ),
  ),
  setLimits: statement((db) =>
    db
      .update(organizations)
      .set({
        alertVersion: sql`${value("version")}`,
        alertBelow: sql`${value("below")}`,
        alertSpent: sql`${value("spent")}`,
        alertMonth: sql`${value("month")}`,
      })
      .where(eq(organizations.id, value("id"))),
  ),
  membersWithAlerts: statement((db) =>
    db
      .select({ id: alerts.subjectId })
      .from(alerts)
      .where(
        sql`${alerts.organizationId} = ${value("id")} AND ${alerts.state} IN ('open', 'acknowledged') AND ${alerts.subjectKind} = 'membership'`,
      ),
  ),
  // Those who may have reached a share. Nobody reaches one of an allowance of 0, see `checkMembership`. A merged membership
  // counts with the one into which it was merged, so that its own spending does not tell.
  membersOfMonth: statement((db) =>
    db
      .select({ id: sql<bigint>`coalesce(${memberships.mergedIntoId}, ${memberships.id})` })
      .from(membershipMonths)
      .innerJoin(memberships, eq(memberships.id, membershipMonths.membershipId))
      .where(
        sql`${membershipMonths.organizationId} = ${value("id")} AND ${membershipMonths.month} = ${value("month")} AND ${membershipMonths.spent} > 0
          AND (${memberships.mergedIntoId} IS NOT NULL OR ${membershipMonths.spent} >= ${value("share")} * (nullif(CASE ${memberships.allowance}
            WHEN 'own' THEN ${memberships.monthlyAllowance} WHEN 'organization' THEN ${value("allowance")} END, 0) / 100))`,
      )
      .orderBy(desc(membershipMonths.spent))
      .limit(MEMBERS_CHECKED),
  ),
  pool: statement((db) =>
    db
      .select({
        available: creditTypes.available,
        balance: creditTypes.balance,
        archivedAt: creditTypes.archivedAt,
        spentLast30Days: sql<bigint>`coalesce((SELECT sum(${creditTypeDays.spent}) FROM ${creditTypeDays} WHERE ${creditTypeDays.creditTypeId} = ${creditTypes.id} AND ${creditTypeDays.day} >= ${value("day")}), 0)`,
      })
      .from(creditTypes)
      .where(eq(creditTypes.id, value("id"))),
  ),
  countingMembership: statement((db) =>
    db
      .select({ id: sql<bigint>`coalesce(${memberships.mergedIntoId}, ${memberships.id})` })
      .from(memberships)
      .where(eq(memberships.id, value("id"))),
  ),
  membership: statement((db) =>
    db
      .select({
        organizationId: memberships.organizationId,
        allowance: memberships.allowance,
        monthlyAllowance: memberships.monthlyAllowance,
        mergedIntoId: memberships.mergedIntoId,
        ofOrganization: organizations.monthlyAllowance,
        // With what was merged into it, because the allowance is one.
        spent: sql<bigint | null>`(SELECT sum(months.spent) FROM membership_months months
          WHERE months.month = ${value("month")} AND months.membership_id IN (SELECT ${memberships.id} UNION ALL
            SELECT merged.id FROM memberships merged WHERE merged.merged_into_id = ${memberships.id}))`,
      })
      .from(memberships)
      .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
      .where(eq(memberships.id, value("id"))),
  ),
};

/** What a check needs beside its subject. Everything is of one transaction. */
export type CheckContext = {
  db: Database;
  rules: RulesReader;
  /** As the caller has read it. */
  summary: RulesSummary;
  now: Date;
  /** The day and the month of `now` in the enterprise's time zone, e.g. 20261126 and 202611. */
  today: number;
  month: number;
};

export function checkContext(db: Database, now: Date, summary: RulesSummary): CheckContext {
  const today = dayOf(now, readSettings(db).timeZone);
  return { db, rules: rulesReader(db), summary, now, today, month: monthOf(today) };
}

/** Whether the members of an organization must be checked, because an allowance or a rule about allowances was changed. */
const membersAreStale = (alertVersion: number, { allowancesVersion }: RulesSummary): boolean =>
  Math.abs(alertVersion) < allowancesVersion;

/** Marks the limits of organizations as out of date: their next posting, or a job, checks them. */
export function markStale(ids: readonly number[], db: Database): void {
  statement(
    sql`UPDATE organizations SET alert_version = -alert_version
      WHERE id IN (SELECT value FROM json_each(${JSON.stringify(ids)})) AND alert_version > 0`,
  ).run({}, db);
}

/** What an organization spent in a month, e.g. 202611. */
function spentInMonth(db: Database, organizationId: number, month: number): bigint {
  return statements.monthOfOrganization.list<[bigint]>({ id: organizationId, month }, db)?.[0] ?? 0n;
}

type OrganizationFigures = { balance: bigint; daysLeft: number | null };

/** `organizations.days_left` where nothing was spent. */
const NEVER = 100_000;

/** What the rules that a posting checks find at an organization. */
function findingsOf(
  id: number,
  { balance, daysLeft }: OrganizationFigures,
  rules: readonly AlertRule[],
  { db, month }: CheckContext,
): Finding[] {
  const has = (kind: AlertRule["kind"]) => rules.some((rule) => rule.kind === kind);
  const last = has("balance_share") ? statements.lastAllocation.list<[bigint]>({ id }, db)?.[0] : undefined;
  const isCompared = has("month_growth");
  const now = isCompared ? spentInMonth(db, id, month) : 0n;
  const before = isCompared ? spentInMonth(db, id, addMonths(month, -1)) : 0n;
  const compare = ({ kind, threshold }: AlertRule): Comparison | null => {
    if (kind === "balance_amount") return belowAmount(balance, threshold);
    if (kind === "balance_days") return belowAmount(BigInt(daysLeft ?? NEVER), threshold);
    if (kind === "balance_share") return last === undefined ? null : belowShare(balance, last, threshold);
    return before <= 0n ? null : aboveLastMonth(now, before, threshold);
  };
  return rules.map((rule) => ({
    rule,
    period: rule.kind === "month_growth" ? month : 0,
    comparison: compare(rule),
  }));
}

/**
 * Brings the alerts of an organization up to date with its balance and its months, and stores the limits that the next
 * postings compare their figures with. @returns the alerts that it opened.
 */
export function checkOrganization(id: number, cause: Resolution, context: CheckContext): OpenedAlert[] {
  return checkFigures(id, cause, context, false);
}

/** {@link checkOrganization}, after its members or without them. */
function checkFigures(
  id: number,
  cause: Resolution,
  context: CheckContext,
  membersWereChecked: boolean,
): OpenedAlert[] {
  const { db, now, month, summary } = context;
  const row = statements.organization.get({ id }, db);
  if (!row) return [];
  const kinds = KINDS_OF_POSTINGS.organization;
  const rules = row.active ? context.rules.ofOrganization(id, kinds) : [];
  const findings = findingsOf(id, row, rules, context);
  const subject = { kind: "organization", id, organizationId: id } as const;
  const unmatched = row.active ? "rule_changed" : "organization_inactive";
  const { opened, unresolved } = reconcile(subject, findings, { kinds, cause, unmatched, now, db });
  const limits = limitsOf(findings, unresolved, row.spent);
  // It stays out of date until its members were checked.
  const isRight = membersWereChecked || !membersAreStale(row.alertVersion, summary);
  const stored = isRight ? summary.version : row.alertVersion > 0 ? -row.alertVersion : row.alertVersion;
  const hasMonths = rules.some(({ kind }) => kind === "month_growth");
  statements.setLimits.run({ id, version: stored, ...limits, month: hasMonths ? month : null }, db);
  return opened;
}

/**
 * The limits that a posting compares with: the highest balance below which a rule without an alert opens one, and the
 * lowest lifetime spending from which one does.
 */
function limitsOf(
  findings: readonly Finding[],
  unresolved: ReadonlySet<number>,
  spent: bigint,
): { below: bigint | null; spent: bigint | null } {
  let below: bigint | null = null;
  let from: bigint | null = null;
  for (const { rule, comparison } of findings) {
    // How many days a balance lasts changes without a posting too, so that a job looks after it.
    if (!comparison || unresolved.has(rule.id) || rule.kind === "balance_days") continue;
    const { side, limit, value } = comparison;
    if (side === "below") below = below === null || limit > below ? limit : below;
    else {
      const lifetime = storable(spent + limit - value);
      from = from === null || lifetime < from ? lifetime : from;
    }
  }
  return { below, spent: from };
}

/** Brings the alerts of a pool up to date with what is available in it. @returns the alerts that it opened. */
export function checkPool(id: number, cause: Resolution, context: CheckContext): OpenedAlert[] {
  const { db, rules, now, today } = context;
  const row = statements.pool.get({ id, day: firstSpendingDay(today) }, db);
  if (!row) return [];
  const kinds = KINDS_OF_POSTINGS.credit_type;
  const ofPool = row.archivedAt === null ? rules.ofEnterprise(kinds) : [];
  const last = statements.lastPurchase.list<[bigint]>({ id }, db)?.[0];
  const findings = ofPool.map((rule): Finding => {
    const { threshold, kind } = rule;
    if (kind === "pool_amount") {
      return { rule, period: 0, comparison: belowAmount(row.available, threshold) };
    }
    if (kind === "pool_days") {
      // What is spent leaves organizations, and allocations refill them from the pool: both count as what is left.
      const runway = { balance: row.available + row.balance, spentLast30Days: BigInt(row.spentLast30Days) };
      const days = daysLeft(runwayOf(runway)) ?? NEVER;
      return { rule, period: 0, comparison: belowAmount(BigInt(days), threshold) };
    }
    const comparison = last === undefined ? null : belowShare(row.available, last, threshold);
    return { rule, period: 0, comparison };
  });
  const subject = { kind: "credit_type", id, organizationId: null } as const;
  return reconcile(subject, findings, { kinds, cause, now, db }).opened;
}

/**
 * Brings the alerts of a membership up to date with what it spent in the month of the context and its allowance.
 * @returns the alerts that it opened.
 */
export function checkMembership(id: number, cause: Resolution, context: CheckContext): OpenedAlert[] {
  const { db, rules, now, month } = context;
  const row = statements.membership.get({ id, month }, db);
  if (!row) return [];
  const kinds = KINDS_OF_POSTINGS.membership;
  const allowance = effectiveAllowance(row, row.ofOrganization);
  const spent = row.spent ?? 0n;
  // A merged membership uses up the allowance of the one that counts in its place.
  const ofMember = row.mergedIntoId === null ? rules.ofOrganization(row.organizationId, kinds) : [];
  const findings = ofMember.map((rule): Finding => {
    // A member without an allowance, or with one of 0, has nothing to use up.
    const comparison =
      allowance === null || allowance === 0n ? null : fromShare(BigInt(spent), allowance, rule.threshold);
    return { rule, period: month, comparison };
  });
  const subject = { kind: "membership", id, organizationId: row.organizationId } as const;
  const unmatched = row.mergedIntoId === null ? "rule_changed" : "membership_merged";
  return reconcile(subject, findings, { kinds, cause, unmatched, now, db }).opened;
}

/**
 * Brings an organization whose limits are out of date up to date, with the alerts of its members where an allowance or a
 * rule about allowances was changed. @returns the alerts that it opened.
 */
export function checkStaleOrganization(id: number, context: CheckContext): OpenedAlert[] {
  const { db, month, summary } = context;
  const opened: OpenedAlert[] = [];
  const row = statements.organization.get({ id }, db);
  if (row && membersAreStale(row.alertVersion, summary)) {
    const [share] = summary.allowanceShares;
    const allowance = row.monthlyAllowance;
    const members = new Set([
      ...statements.membersWithAlerts.numbers({ id }, db),
      ...(share === undefined ? [] : statements.membersOfMonth.numbers({ id, month, share, allowance }, db)),
    ]);
    const cause = row.alertVersion === 0 ? "allowance_changed" : "rule_changed";
    for (const member of members) opened.push(...checkMembership(member, cause, context));
  }
  opened.push(...checkFigures(id, "condition_ended", context, true));
  return opened;
}

/** Whether a membership has an alert that is open or acknowledged. */
export const hasAlerts = (membershipId: number, db: Database): boolean =>
  unresolvedOf({ kind: "membership", id: membershipId }, db).length > 0;

/** The membership whose allowance a membership uses up: itself, or the one into which it was merged. */
export const countingMembership = (id: number, db: Database): number =>
  statements.countingMembership.numbers({ id }, db)[0] ?? id;
