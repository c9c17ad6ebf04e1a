import { asc, eq } from "drizzle-orm";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { database, databaseFile, write } from "#db/client.ts";
import { alerts, apiKeys, outboxEvents } from "#db/schema/index.ts";
import { recordHealthCheck } from "#lib/alerts/commands/health.ts";
import { createRule, updateRule } from "#lib/alerts/commands/rules.ts";
import { deleteOldAlerts, endPeriods } from "#lib/alerts/jobs/ends.ts";
import { checkKeys } from "#lib/alerts/jobs/keys.ts";
import { checkRefusals } from "#lib/alerts/jobs/refusals.ts";
import { checkHealth, runHourlyChecks, runMinuteChecks } from "#lib/alerts/jobs/runs.ts";
import { checkRunways } from "#lib/alerts/jobs/runways.ts";
import { checkStaleOrganizations } from "#lib/alerts/jobs/stale.ts";
import { checkUnusualSpend } from "#lib/alerts/jobs/unusual.ts";
import { listedAlerts } from "#lib/alerts/queries/items.ts";
import { listRules } from "#lib/alerts/queries/rules.ts";
import type { AlertKind } from "#lib/alerts/rules/kinds.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { moveCredits } from "#lib/batches/commands/credits.ts";
import { allocateCredits } from "#lib/ledger/commands/transfers.ts";
import { updateMembership } from "#lib/members/commands/memberships.ts";
import { insertOrganizations } from "#lib/organizations/commands/insert.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { saveRefusals } from "#lib/refusals/commands/save.ts";
import { reverseUsage } from "#lib/usage/reversals.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  operator,
  requestId,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const NOW = new Date("2026-11-26T10:00:00Z");
const DAY_MS = 86_400_000;
const daysAgo = (days: number, hours = 0) => new Date(NOW.getTime() - days * DAY_MS - hours * 3_600_000);

/** "kind threshold state" of every alert of these kinds, oldest first. */
function stored(...kinds: string[]): string[] {
  return database()
    .select()
    .from(alerts)
    .orderBy(asc(alerts.id))
    .all()
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ kind, threshold, state, resolution }) =>
      [kind, threshold, state, ...(resolution ? [resolution] : [])].join(" "),
    );
}

const events = () =>
  database()
    .select()
    .from(outboxEvents)
    .orderBy(asc(outboxEvents.id))
    .all()
    .map(({ type, data }) => `${type}: ${JSON.parse(data).title}`);

async function law(at = NOW, balance = 1000): Promise<number> {
  const creditType = await aCreditType({ available: credits(100_000), at });
  return anOrganization({ creditType, balance: credits(balance), members: ["ana@example.edu"], at });
}

const topUp = async (organization: number, whole: number) =>
  value(
    await allocateCredits(
      { organization, amount: credits(whole), note: null, requestId: requestId() },
      operator,
      NOW,
    ),
  );

test("a balance that lasts for few days opens an alert, and a top-up resolves it at once", async () => {
  const organization = await law();
  // 780 in 30 days are 26 a day, so that 220 last for 8 days.
  for (const day of [20, 10, 0]) await spent({ credits: credits(260) }, daysAgo(day));
  expect(stored("balance_days")).toEqual([]);
  await checkRunways(NOW);
  expect(stored("balance_days")).toEqual(["balance_days 14 open"]);
  await checkRunways(NOW);
  expect(stored("balance_days")).toHaveLength(1);
  await topUp(organization, 1000);
  expect(stored("balance_days")).toEqual(["balance_days 14 resolved credits_added"]);
});

test("a new rule opens alerts for balances that are below it already, by the job that follows", async () => {
  await law();
  await spent({ credits: credits(1) }, NOW);
  const rule = { kind: "balance_amount", threshold: credits(5000), organization: "LAW", tag: null } as const;
  const { id } = value(await createRule(rule, operator, NOW));
  expect(stored("balance_amount")).toEqual([]);
  expect(await checkStaleOrganizations(NOW)).toBe(true);
  expect(stored("balance_amount")).toEqual(["balance_amount 5000000000 open"]);
  value(await updateRule({ id, threshold: "5000", enabled: "off" }, operator, undefined, NOW));
  expect(stored("balance_amount")).toEqual(["balance_amount 5000000000 resolved rule_changed"]);
  expect(await checkStaleOrganizations(NOW)).toBe(true);
  expect(stored("balance_amount")).toHaveLength(1);
});

test("a rule for a tag follows the tag", async () => {
  const organization = await law();
  const rule = {
    kind: "balance_amount",
    threshold: credits(5000),
    organization: null,
    tag: "faculty:law",
  } as const;
  value(await createRule(rule, operator, NOW));
  await checkStaleOrganizations(NOW);
  expect(stored("balance_amount")).toEqual([]);
  value(await changeOrganizationsTags([organization], { to: "add", tags: ["faculty:law"] }, operator));
  await checkStaleOrganizations(NOW);
  expect(stored("balance_amount")).toEqual(["balance_amount 5000000000 open"]);
  value(await changeOrganizationsTags([organization], { to: "remove", tags: ["faculty:law"] }, operator));
  await checkStaleOrganizations(NOW);
  expect(stored("balance_amount")).toEqual(["balance_amount 5000000000 resolved rule_changed"]);
});

test("deactivating an organization resolves its alerts, and activating it opens them again", async () => {
  const organization = await law();
  await spent({ credits: credits(900) }, NOW);
  expect(stored("balance_share")).toEqual(["balance_share 20 open"]);
  value(await changeOrganizationsActive([organization], false, operator));
  await checkStaleOrganizations(NOW);
  expect(stored("balance_share")).toEqual(["balance_share 20 resolved organization_inactive"]);
  value(await changeOrganizationsActive([organization], true, operator));
  await checkStaleOrganizations(NOW);
  expect(stored("balance_share")).toEqual([
    "balance_share 20 resolved organization_inactive",
    "balance_share 20 open",
  ]);
});

test("raising an allowance resolves its alert at once, and lowering it opens one", async () => {
  // The edit of a membership reads the clock, and it must be in the month of the spend.
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const organization = await law();
  const bo = await aMember(organization, {
    email: "bo@example.edu",
    allowance: { allowance: "own", monthlyAllowance: credits(100) },
  });
  await spent({ member: "bo@example.edu", credits: credits(85) }, NOW);
  expect(stored("allowance_share")).toEqual(["allowance_share 80 open"]);
  const change = (monthlyAllowance: bigint) =>
    updateMembership({ id: bo.membership, role: "creator", allowance: "own", monthlyAllowance }, operator);
  value(await change(credits(200)));
  expect(stored("allowance_share")).toEqual(["allowance_share 80 resolved allowance_changed"]);
  value(await change(credits(100)));
  expect(stored("allowance_share")).toEqual([
    "allowance_share 80 resolved allowance_changed",
    "allowance_share 80 open",
  ]);
});

describe("a change of a rule about allowances", () => {
  const rule = { kind: "allowance_share", organization: null, tag: null } as const;
  const enabled = "on" as const;
  let organization: number;
  beforeEach(async () => {
    organization = await law();
    await aMember(organization, {
      email: "bo@example.edu",
      allowance: { allowance: "own", monthlyAllowance: credits(100) },
    });
  });
  const bo = (whole: number) => spent({ member: "bo@example.edu", credits: credits(whole) }, NOW);
  const change = async (id: number, threshold: string, enabled: "on" | "off") =>
    value(await updateRule({ id, threshold, enabled }, operator, undefined, NOW));
  const eighty = () =>
    listRules({ after: 0, limit: 100 }).find(({ threshold }) => threshold === 80n)?.id ?? 0;

  test("opens alerts of members that have reached a new share already", async () => {
    await bo(65);
    value(await createRule({ ...rule, threshold: 50n }, operator, NOW));
    expect(await checkStaleOrganizations(NOW)).toBe(true);
    expect(stored("allowance_share")).toEqual(["allowance_share 50 open"]);
  });

  test("resolves alerts of members that are five points below a higher share", async () => {
    await bo(85);
    await change(eighty(), "95", enabled);
    expect(await checkStaleOrganizations(NOW)).toBe(true);
    expect(stored("allowance_share")).toEqual(["allowance_share 80 resolved rule_changed"]);
  });

  test("opens alerts again when the rule is switched on again", async () => {
    await bo(85);
    const id = eighty();
    await change(id, "80", "off");
    expect(await checkStaleOrganizations(NOW)).toBe(true);
    expect(stored("allowance_share")).toEqual(["allowance_share 80 resolved rule_changed"]);
    await change(id, "80", "on");
    expect(await checkStaleOrganizations(NOW)).toBe(true);
    expect(stored("allowance_share")).toEqual([
      "allowance_share 80 resolved rule_changed",
      "allowance_share 80 open",
    ]);
  });

  test("reaches members by a tag that their organization gets or loses", async () => {
    await bo(65);
    const tags = ["faculty:law"];
    value(await createRule({ ...rule, threshold: 50n, tag: "faculty:law" }, operator, NOW));
    expect(await checkStaleOrganizations(NOW)).toBe(true);
    expect(stored("allowance_share")).toEqual([]);
    value(await changeOrganizationsTags([organization], { to: "add", tags }, operator));
    expect(await checkStaleOrganizations(NOW)).toBe(true);
    expect(stored("allowance_share")).toEqual(["allowance_share 50 open"]);
    value(await changeOrganizationsTags([organization], { to: "remove", tags }, operator));
    expect(await checkStaleOrganizations(NOW)).toBe(true);
    expect(stored("allowance_share")).toEqual(["allowance_share 50 resolved rule_changed"]);
  });

  test("is not forgotten when a posting or another change comes before the check", async () => {
    await bo(65);
    value(await createRule({ ...rule, threshold: 50n }, operator, NOW));
    await spent({ credits: credits(1) }, NOW);
    value(await changeOrganizationsActive([organization], false, operator));
    value(await changeOrganizationsActive([organization], true, operator));
    value(await createRule({ ...rule, kind: "balance_amount", threshold: credits(7) }, operator, NOW));
    await topUp(organization, 1);
    expect(stored("allowance_share")).toEqual([]);
    expect(await checkStaleOrganizations(NOW)).toBe(true);
    expect(stored("allowance_share")).toEqual(["allowance_share 50 open"]);
    expect(verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0)).toEqual([]);
  });

  test.each([
    ["without an allowance", "'unlimited', NULL"],
    ["with an allowance of 0", "'own', 0"],
  ])(
    "reaches a member with a small allowance among a thousand %s who spend more",
    async (_what, allowance) => {
      await bo(65);
      database().$client.exec(`WITH RECURSIVE n(i) AS (SELECT 101 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
      INSERT INTO members (id, name, email, email_key, created_at, name_key, search_text)
      SELECT i, i, i || '@example.edu', i || '@example.edu', 0, i, i FROM n;
      INSERT INTO memberships (id, member_id, organization_id, role, active, allowance, monthly_allowance, created_at, name_key)
      SELECT id, id, ${organization}, 'creator', 1, ${allowance}, 0, id FROM members WHERE id > 100;
      INSERT INTO membership_months (membership_id, month, organization_id, spent)
      SELECT id, 202611, ${organization}, ${credits(66)} FROM members WHERE id > 100`);
      value(await createRule({ ...rule, threshold: 50n }, operator, NOW));
      expect(await checkStaleOrganizations(NOW)).toBe(true);
      expect(stored("allowance_share")).toEqual(["allowance_share 50 open"]);
    },
  );
});

const refused = (requests: number, at: Date) =>
  saveRefusals([
    {
      at: at.getTime(),
      lastAt: at.getTime(),
      apiKeyId: null,
      keyOrganizationId: null,
      organization: "LAW",
      member: "ana@example.edu",
      application: "essay-coach",
      request: "event",
      code: "insufficient_credits",
      amount: 1n,
      remaining: 0n,
      requests,
    },
  ]);

test("more refusals in an hour than the rule allows open an alert until there are fewer", async () => {
  await law();
  await refused(20, daysAgo(0, 0.5));
  await checkRefusals(NOW);
  expect(stored("refusals")).toEqual([]);
  await refused(1, daysAgo(0, 0.25));
  await checkRefusals(NOW);
  expect(stored("refusals")).toEqual(["refusals 20 open"]);
  await checkRefusals(new Date(NOW.getTime() + 3_600_000));
  expect(stored("refusals")).toEqual(["refusals 20 resolved condition_ended"]);
});

test("a key that expires within 14 days and one that was not used for 90 open alerts", async () => {
  const organization = await law();
  const key = async (name: string, expiresAt: Date | null, usedAt: Date) => {
    const { id } = value(await createApiKey({ organization, name, expires: null }, operator));
    await write((tx) =>
      tx
        .update(apiKeys)
        .set({ createdAt: daysAgo(200), expiresAt, lastUsedAt: usedAt })
        .where(eq(apiKeys.id, id))
        .run(),
    );
    return id;
  };
  await key("later", daysAgo(-14, -1), daysAgo(89));
  const soon = await key("soon", daysAgo(-14, 1), daysAgo(1));
  const idle = await key("idle", null, daysAgo(90));
  await checkKeys(NOW);
  expect(stored("key_expiring", "key_unused")).toEqual(["key_expiring 14 open", "key_unused 90 open"]);
  expect(database().select({ id: alerts.subjectId }).from(alerts).all()).toEqual([
    { id: soon },
    { id: idle },
  ]);
  await write((tx) => tx.update(apiKeys).set({ lastUsedAt: NOW }).where(eq(apiKeys.id, idle)).run());
  await write((tx) => tx.update(apiKeys).set({ revokedAt: NOW }).where(eq(apiKeys.id, soon)).run());
  await checkKeys(NOW);
  expect(stored("key_expiring", "key_unused")).toEqual([
    "key_expiring 14 resolved key_ended",
    "key_unused 90 resolved condition_ended",
  ]);
});

test("a backup that is older than 26 hours opens an alert, and the next one resolves it", async () => {
  await law();
  await recordHealthCheck({ kind: "backup", faults: 0, at: daysAgo(1, 1.9) }, operator, { now: NOW });
  await checkHealth(NOW);
  expect(stored("backup_age")).toEqual([]);
  await checkHealth(new Date(NOW.getTime() + 3_600_000));
  expect(stored("backup_age")).toEqual(["backup_age 26 open"]);
  await recordHealthCheck({ kind: "backup", faults: 0, at: NOW }, operator, { now: NOW });
  expect(stored("backup_age")).toEqual(["backup_age 26 resolved condition_ended"]);
});

test("a check that failed or is older than 8 days opens an alert", async () => {
  await law();
  await recordHealthCheck({ kind: "verify", faults: 3, at: daysAgo(1) }, operator, { now: NOW });
  expect(stored("verify_age", "verify_failed")).toEqual(["verify_failed 0 open"]);
  // One that was made before does not take its place.
  await recordHealthCheck({ kind: "verify", faults: 0, at: daysAgo(2) }, operator, { now: NOW });
  expect(stored("verify_age", "verify_failed")).toEqual(["verify_failed 0 open"]);
  await recordHealthCheck({ kind: "verify", faults: 0, at: NOW }, operator, { now: NOW });
  expect(stored("verify_age", "verify_failed")).toEqual(["verify_failed 0 resolved condition_ended"]);
  await checkHealth(new Date(NOW.getTime() + 8 * DAY_MS));
  expect(stored("verify_age", "verify_failed")).toEqual([
    "verify_failed 0 resolved condition_ended",
    "verify_age 8 open",
  ]);
});

test("a day far above the same weekday of the weeks before opens one alert", async () => {
  await law(daysAgo(70), 100_000 / 2);
  for (const [week, whole] of [10, 12, 11, 9, 10, 30, 11, 10].entries()) {
    await spent({ credits: credits(whole) }, daysAgo(7 * (week + 1)));
  }
  // The median is 10.5, and the deviation 0.5 × 1.4826, less than a tenth of the median: 10.5 + 6 × 1.05 = 16.8.
  await spent({ credits: credits(16) }, daysAgo(0, 1));
  await checkUnusualSpend(20261126, NOW);
  expect(stored("unusual_spend")).toEqual([]);
  await spent({ credits: credits(1) }, NOW);
  await checkUnusualSpend(20261126, NOW);
  await checkUnusualSpend(20261126, NOW);
  expect(stored("unusual_spend")).toEqual(["unusual_spend 6 open"]);
  await endPeriods(new Date(NOW.getTime() + 7 * DAY_MS));
  expect(stored("unusual_spend")).toEqual(["unusual_spend 6 open"]);
  await endPeriods(new Date(NOW.getTime() + 8 * DAY_MS));
  expect(stored("unusual_spend")).toEqual(["unusual_spend 6 resolved period_ended"]);
});

describe("every hour, unusual spending", () => {
  /** 10 credits on the weekdays of today, yesterday and three days ago, in each of the eight weeks before. */
  const usualWeeks = async () => {
    await law(daysAgo(80), 50_000);
    for (let week = 1; week <= 8; week += 1) {
      for (const day of [0, 1, 3]) await spent({ credits: credits(10) }, daysAgo(7 * week + day));
    }
  };
  const periods = () =>
    database()
      .select()
      .from(alerts)
      .where(eq(alerts.kind, "unusual_spend"))
      .orderBy(asc(alerts.id))
      .all()
      .map(({ period }) => period);

  test("of yesterday that is reported today opens an alert, once", async () => {
    await usualWeeks();
    await runHourlyChecks(daysAgo(0, 1));
    expect(periods()).toEqual([]);
    await spent({ credits: credits(100) }, daysAgo(1));
    await runHourlyChecks(NOW);
    expect(periods()).toEqual([20261125]);
    await spent({ credits: credits(100) }, daysAgo(1));
    await runHourlyChecks(new Date(NOW.getTime() + 3_600_000));
    expect(periods()).toEqual([20261125]);
  });

  test("of the last seven days is judged after a stop, and what is older is not", async () => {
    await usualWeeks();
    await spent({ credits: credits(100) }, daysAgo(3));
    await spent({ credits: credits(100) }, daysAgo(8));
    await runHourlyChecks(NOW);
    expect(periods()).toEqual([20261123]);
  });

  test("is judged by a new rule, too", async () => {
    await usualWeeks();
    await spent({ credits: credits(14) }, daysAgo(1));
    await runHourlyChecks(daysAgo(0, 1));
    expect(periods()).toEqual([]);
    const rule = { kind: "unusual_spend", threshold: 3n, organization: "LAW", tag: null } as const;
    value(await createRule(rule, operator, NOW));
    await runHourlyChecks(NOW);
    expect(periods()).toEqual([20261125]);
  });

  test("is judged again when other organizations have spent the same sum", async () => {
    await usualWeeks();
    await anOrganization({
      code: "ART",
      balance: credits(1000),
      members: ["bo@example.edu"],
      at: daysAgo(80),
    });
    const art = await spent(
      { organization: "ART", member: "bo@example.edu", credits: credits(100) },
      daysAgo(1),
    );
    await runHourlyChecks(daysAgo(0, 1));
    value(await reverseUsage({ id: art.id, source: "", organization: "ART", note: null }, operator));
    await spent({ credits: credits(100) }, daysAgo(1));
    await runHourlyChecks(NOW);
    expect(periods()).toEqual([20261125]);
  });
});

test("the end of a month resolves the alerts of its months, and verify finds no fault before and after the next check", async () => {
  const faults = () => verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0);
  const october = new Date("2026-10-10T10:00:00Z");
  const december = new Date("2026-12-01T00:30:00Z");
  await law(october);
  await spent({ credits: credits(100) }, october);
  await spent({ credits: credits(160) }, NOW);
  expect(stored("month_growth")).toEqual(["month_growth 50 open"]);
  await endPeriods(december);
  expect(stored("month_growth")).toEqual(["month_growth 50 resolved period_ended"]);
  expect(faults()).toEqual([]);
  expect(await checkStaleOrganizations(december)).toBe(true);
  expect(faults()).toEqual([]);
  const limits = "SELECT alert_version, alert_month, alert_spent FROM organizations";
  expect(database().$client.prepare(limits).raw().get()).toEqual([2n, 202_612n, credits(100 + 160 + 240)]);
});

test("ten thousand alerts at once become one event", async () => {
  const creditType = await aCreditType({ available: credits(1_000_000), at: NOW });
  const sqlite = database().$client;
  sqlite.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    INSERT INTO organizations (name, code, code_key, credit_type_id, active, created_at, credits_moved, members,
      balance, spent, name_key, search_text, alert_version)
    SELECT 'Unit ' || i, 'U' || i, 'u' || i, ${creditType}, 1, 0, 1, 0, 0, 0, 'unit ' || i, 'unit ' || i,
      -(SELECT version FROM alert_state) FROM n`);
  expect(await checkStaleOrganizations(NOW, { runMs: 600_000 })).toBe(true);
  expect(stored("balance_amount")).toHaveLength(10_000);
  expect(events()).toEqual([]);
  await runMinuteChecks(NOW);
  expect(events()).toEqual([
    "organization.balance_low: 10,000 alerts: An organization’s balance or runway is low",
  ]);
  await runMinuteChecks(NOW);
  expect(events()).toHaveLength(1);
});

test("a posting of more than 1,000 organizations marks them, and their alerts are checked after it", async () => {
  const creditType = await aCreditType({ available: credits(1_000_000), at: NOW });
  const rows = Array.from({ length: 1_001 }, (_, i) => ({
    name: `Unit ${i}`,
    code: `U${i}`,
    creditTypeId: creditType,
    active: true,
    monthlyAllowance: null,
    tags: [],
  }));
  const ids = await write((tx) => insertOrganizations(tx, rows, operator, NOW));
  const move = (change: { move: "allocation" | "return"; amount: bigint; ids: number[] }) =>
    moveCredits(
      { split: "each", note: null, requestId: requestId(), selection: "", expected: null, ...change },
      operator,
      NOW,
    );
  value(await move({ move: "allocation", amount: credits(100), ids }));
  expect(stored("balance_share")).toEqual([]);
  expect(await checkStaleOrganizations(NOW, { runMs: 600_000 })).toBe(true);
  expect(stored("balance_share")).toEqual([]);
  value(await move({ move: "return", amount: credits(90), ids }));
  expect(stored("balance_share")).toEqual([]);
  // One that is marked is also checked by its next posting.
  value(await move({ move: "return", amount: credits(1), ids: ids.slice(0, 1) }));
  expect(stored("balance_share")).toEqual(["balance_share 20 open"]);
  expect(await checkStaleOrganizations(NOW, { runMs: 600_000 })).toBe(true);
  expect(stored("balance_share")).toHaveLength(1_001);
  expect(verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0)).toEqual([]);
});

test("single alerts have an event each, in the transaction that opens them", async () => {
  await law();
  await spent({ credits: credits(900) }, NOW);
  expect(events()).toEqual(["organization.balance_low: LAW: Balance below 20% of the last allocation"]);
  const row = database().select().from(outboxEvents).get();
  expect(row).toMatchObject({ subject: "organization:1", organizationId: 1 });
  expect(JSON.parse(row?.data ?? "")).toEqual({
    title: "LAW: Balance below 20% of the last allocation",
    text: "100 credits (¥100) left; the last allocation was 1,000 credits (¥1,000). Balance lasts less than 14 days: The credits last for 3 days at the pace of the last 30 days.",
    path: "/alerts?kind=balance_share&organization=LAW",
    organization: { id: 1, code: "LAW", name: "LAW" },
    figures: { rule: "balance_share", threshold: 20, value: "100", limit: "200", base: "1000" },
    rules: [2, 3],
  });
});

test("what an alert's credits are worth is by the rate when it opened, and of a month by its only rate", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-01-01T00:00:00Z") });
  onTestFinished(() => void vi.useRealTimers());
  await law();
  await spent({ credits: credits(900) }, NOW);
  const itemOf = (kind: AlertKind, period: number) => {
    database().$client.prepare("UPDATE alerts SET kind = ?, period = ? WHERE id = 1").run(kind, period);
    const [item] = listedAlerts([1]);
    return item;
  };
  const worthOf = (kind: AlertKind, period: number) => itemOf(kind, period)?.worth;
  const baseWorthOf = (kind: AlertKind, period: number) => itemOf(kind, period)?.baseWorth;
  const rateFrom = (at: Date, rate: number) =>
    database()
      .$client.prepare("INSERT INTO exchange_rates (credit_type_id, from_at, rate) VALUES (1, ?, ?)")
      .run(at.getTime(), rate);
  expect(worthOf("balance_amount", 0)).toBe("¥100");
  rateFrom(new Date(NOW.getTime() + 1), 4_000_000);
  expect(worthOf("balance_amount", 0)).toBe("¥100");
  expect(worthOf("month_growth", 202_611)).toBe("¥100");
  expect(baseWorthOf("balance_share", 0)).toBe("¥1,000");
  expect(baseWorthOf("month_growth", 202_611)).toBe("¥1,000");
  rateFrom(new Date("2026-11-10T00:00:00Z"), 2_000_000);
  expect(worthOf("balance_amount", 0)).toBe("¥50");
  expect(worthOf("month_growth", 202_611)).toBeNull();
  expect(baseWorthOf("balance_share", 0)).toBe("¥500");
  expect(baseWorthOf("month_growth", 202_611)).toBe("¥1,000");
  expect(worthOf("unusual_spend", 20_261_126)).toBe("¥50");
  expect(worthOf("balance_days", 0)).toBeNull();
  expect(baseWorthOf("balance_days", 0)).toBeNull();
});

test("only resolved alerts are deleted after 400 days", async () => {
  await law();
  await spent({ credits: credits(900) }, NOW);
  expect(await deleteOldAlerts(new Date(NOW.getTime() + 401 * DAY_MS))).toBe(0);
  await write((tx) => tx.update(alerts).set({ state: "acknowledged", acknowledgedAt: NOW }).run());
  expect(await deleteOldAlerts(new Date(NOW.getTime() + 401 * DAY_MS))).toBe(0);
  expect(verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0)).toEqual([]);
  await write((tx) =>
    tx.update(alerts).set({ state: "resolved", resolvedAt: NOW, resolution: "credits_added" }).run(),
  );
  expect(await deleteOldAlerts(new Date(NOW.getTime() + 400 * DAY_MS))).toBe(0);
  expect(await deleteOldAlerts(new Date(NOW.getTime() + 400 * DAY_MS + 1))).toBe(2);
});

test("the hourly run does all of it on an empty portal too", async () => {
  await runHourlyChecks(NOW);
  expect(database().select().from(alerts).all()).toEqual([]);
});
