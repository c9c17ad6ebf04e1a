import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client.ts";
import {
  apiKeyDays,
  creditTypeDays,
  creditTypes,
  members,
  membershipMonths,
  memberships,
  organizationDays,
  organizationMonths,
  organizations,
  settings,
} from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { monthOf } from "#lib/calendar.ts";
import type { Effects } from "../rules.ts";
import type { NewEntry } from "./entry.ts";

const value = sql.placeholder;

const statements = {
  firstOfLast30Days: statement((db) => db.select({ from: settings.spentLast30DaysFrom }).from(settings)),
  addToPool: statement((db) =>
    db
      .update(creditTypes)
      .set({
        available: sql`${creditTypes.available} + ${value("available")}`,
        balance: sql`${creditTypes.balance} + ${value("balance")}`,
        totalPurchased: sql`${creditTypes.totalPurchased} + ${value("purchased")}`,
        totalSpent: sql`${creditTypes.totalSpent} + ${value("spent")}`,
        lastEntryId: sql`${value("lastEntryId")}`,
      })
      .where(eq(creditTypes.id, value("id"))),
  ),
  addToOrganization: statement((db) =>
    db
      .update(organizations)
      .set({
        balance: sql`${organizations.balance} + ${value("balance")}`,
        spent: sql`${organizations.spent} + ${value("spent")}`,
        spentLast30Days: sql`${organizations.spentLast30Days} + ${value("spentLast30Days")}`,
        creditsMoved: true,
      })
      .where(eq(organizations.id, value("id"))),
  ),
  // A reversal does not count as activity: its instant is null, which leaves the column unchanged.
  addToMembership: statement((db) =>
    db
      .update(memberships)
      .set({
        spent: sql`${memberships.spent} + ${value("spent")}`,
        lastActiveAt: sql`nullif(max(coalesce(${memberships.lastActiveAt}, 0), ${value("activeAt")}), 0)`,
      })
      .where(eq(memberships.id, value("id"))),
  ),
  addToMember: statement((db) =>
    db
      .update(members)
      .set({
        spent: sql`${members.spent} + ${value("spent")}`,
        lastActiveAt: sql`nullif(max(coalesce(${members.lastActiveAt}, 0), ${value("activeAt")}), 0)`,
      })
      .where(eq(members.id, value("id"))),
  ),
  addToMonth: statement((db) =>
    db
      .insert(membershipMonths)
      .values({
        membershipId: value("membershipId"),
        month: value("month"),
        organizationId: value("organizationId"),
        spent: value("spent"),
      })
      .onConflictDoUpdate({
        target: [membershipMonths.membershipId, membershipMonths.month],
        set: { spent: sql`${membershipMonths.spent} + excluded.spent` },
      }),
  ),
  addToOrganizationDay: statement((db) =>
    db
      .insert(organizationDays)
      .values({
        organizationId: value("organizationId"),
        day: value("day"),
        applicationId: value("applicationId"),
        spent: value("spent"),
      })
      .onConflictDoUpdate({
        target: [organizationDays.organizationId, organizationDays.day, organizationDays.applicationId],
        set: { spent: sql`${organizationDays.spent} + excluded.spent` },
      }),
  ),
  addToOrganizationMonth: statement((db) =>
    db
      .insert(organizationMonths)
      .values({
        applicationId: value("applicationId"),
        month: value("month"),
        organizationId: value("organizationId"),
        spent: value("spent"),
      })
      .onConflictDoUpdate({
        target: [
          organizationMonths.applicationId,
          organizationMonths.month,
          organizationMonths.organizationId,
        ],
        set: { spent: sql`${organizationMonths.spent} + excluded.spent` },
      }),
  ),
  addToCreditTypeDay: statement((db) =>
    db
      .insert(creditTypeDays)
      .values({
        creditTypeId: value("creditTypeId"),
        day: value("day"),
        applicationId: value("applicationId"),
        spent: value("spent"),
      })
      .onConflictDoUpdate({
        target: [creditTypeDays.creditTypeId, creditTypeDays.day, creditTypeDays.applicationId],
        set: { spent: sql`${creditTypeDays.spent} + excluded.spent` },
      }),
  ),
  addToApiKeyDay: statement((db) =>
    db
      .insert(apiKeyDays)
      .values({
        apiKeyId: value("apiKeyId"),
        day: value("day"),
        creditTypeId: value("creditTypeId"),
        spent: value("spent"),
        events: value("events"),
      })
      .onConflictDoUpdate({
        target: [apiKeyDays.apiKeyId, apiKeyDays.day, apiKeyDays.creditTypeId],
        set: {
          spent: sql`${apiKeyDays.spent} + excluded.spent`,
          events: sql`${apiKeyDays.events} + excluded.events`,
        },
      }),
  ),
};

type OrganizationFigures = { balance: bigint; spent: bigint; spentLast30Days: bigint };
type Activity = { spent: bigint; activeAt: number };

/** Adds to the value of `key`, which `start` creates where there is none. */
function addTo<K, V>(map: Map<K, V>, key: K, start: () => V, add: (value: V) => void): void {
  const value = map.get(key) ?? start();
  if (!map.has(key)) map.set(key, value);
  add(value);
}

/**
 * The changes that the entries of one posting make to counters. They are added up in memory, so that `write` writes each
 * counter once.
 */
export function startCounters(db: Database) {
  const pools = new Map<number, Effects & { lastEntryId: number }>();
  const organizationFigures = new Map<number, OrganizationFigures>();
  const membershipActivity = new Map<number, Activity>();
  const memberActivity = new Map<number, Activity>();
  // Keys are joined numbers, because a Map compares arrays by identity.
  const months = new Map<
    string,
    { membershipId: number; month: number; organizationId: number; spent: bigint }
  >();
  const ofOrganizationDay = new Map<
    string,
    { organizationId: number; day: number; applicationId: number; spent: bigint }
  >();
  const ofOrganizationMonth = new Map<
    string,
    { organizationId: number; month: number; applicationId: number; spent: bigint }
  >();
  const ofCreditTypeDay = new Map<
    string,
    { creditTypeId: number; day: number; applicationId: number; spent: bigint }
  >();
  const ofApiKeyDay = new Map<
    string,
    { apiKeyId: number; day: number; creditTypeId: number; spent: bigint; events: number }
  >();

  let firstOfLast30Days: number | undefined;
  /** Whether an entry of this day belongs to the last 30 days. */
  function isOfLast30Days(day: number): boolean {
    firstOfLast30Days ??= Number(statements.firstOfLast30Days.list<[bigint]>({}, db)?.[0] ?? 0n);
    return day >= firstOfLast30Days;
  }

  /** Counts what an entry moves between accounts. */
  function addEffects(entry: NewEntry & { id: number }, effects: Effects): void {
    addTo(
      pools,
      entry.creditTypeId,
      () => ({ available: 0n, balance: 0n, purchased: 0n, spent: 0n, lastEntryId: 0 }),
      (to) => {
        for (const key of Object.keys(effects) as (keyof Effects)[]) to[key] += effects[key];
        to.lastEntryId = entry.id;
      },
    );
    if (entry.organizationId != null) {
      addTo(
        organizationFigures,
        entry.organizationId,
        () => ({ balance: 0n, spent: 0n, spentLast30Days: 0n }),
        (to) => {
          to.balance += effects.balance;
          to.spent += effects.spent;
          if (effects.spent !== 0n && isOfLast30Days(entry.day)) to.spentLast30Days += effects.spent;
        },
      );
    }
    // An event of 0 credits counts as activity too, and needs a row in each table of sums that lists are filtered by.
    if (entry.membershipId != null) addSpend(entry, effects.spent);
  }

  function addSpend(entry: NewEntry, spent: bigint): void {
    const { organizationId, membershipId, memberId, applicationId, creditTypeId, day } = entry;
    if (organizationId == null || membershipId == null || memberId === null || applicationId == null) {
      throw new Error("a spend names its organization, membership, member and application");
    }
    const activeAt = entry.kind === "spend" ? entry.occurredAt.getTime() : 0;
    const add = (to: { spent: bigint }) => {
      to.spent += spent;
    };
    const addSpent = (to: Activity) => {
      to.spent += spent;
      to.activeAt = Math.max(to.activeAt, activeAt);
    };
    addTo(membershipActivity, membershipId, () => ({ spent: 0n, activeAt: 0 }), addSpent);
    addTo(memberActivity, memberId, () => ({ spent: 0n, activeAt: 0 }), addSpent);
    const month = monthOf(day);
    addTo(
      months,
      `${membershipId} ${month}`,
      () => ({ membershipId, month, organizationId, spent: 0n }),
      add,
    );
    addTo(
      ofOrganizationDay,
      `${organizationId} ${day} ${applicationId}`,
      () => ({ organizationId, day, applicationId, spent: 0n }),
      add,
    );
    addTo(
      ofOrganizationMonth,
      `${organizationId} ${month} ${applicationId}`,
      () => ({ organizationId, month, applicationId, spent: 0n }),
      add,
    );
    addTo(
      ofCreditTypeDay,
      `${creditTypeId} ${day} ${applicationId}`,
      () => ({ creditTypeId, day, applicationId, spent: 0n }),
      add,
    );
    const isSpend = entry.kind === "spend";
    const apiKeyId = isSpend ? entry.apiKeyId : entry.reversedKeyId;
    if (apiKeyId == null) return;
    addTo(
      ofApiKeyDay,
      `${apiKeyId} ${day} ${creditTypeId}`,
      () => ({ apiKeyId, day, creditTypeId, spent: 0n, events: 0 }),
      (to) => {
        to.spent += spent;
        to.events += isSpend ? 1 : 0;
      },
    );
  }

  /** What these entries add to a membership's month, e.g. 202611. */
  function monthSpent(membershipId: number, month: number): bigint {
    return months.get(`${membershipId} ${month}`)?.spent ?? 0n;
  }

  function write(): void {
    for (const [id, effects] of pools) statements.addToPool.run({ id, ...effects }, db);
    for (const [id, figures] of organizationFigures) {
      statements.addToOrganization.run({ id, ...figures }, db);
    }
    for (const [id, activity] of membershipActivity) statements.addToMembership.run({ id, ...activity }, db);
    for (const [id, activity] of memberActivity) statements.addToMember.run({ id, ...activity }, db);
    for (const month of months.values()) statements.addToMonth.run(month, db);
    for (const day of ofOrganizationDay.values()) statements.addToOrganizationDay.run(day, db);
    for (const month of ofOrganizationMonth.values()) statements.addToOrganizationMonth.run(month, db);
    for (const day of ofCreditTypeDay.values()) statements.addToCreditTypeDay.run(day, db);
    for (const day of ofApiKeyDay.values()) statements.addToApiKeyDay.run(day, db);
  }

  return { addEffects, monthSpent, write };
}
