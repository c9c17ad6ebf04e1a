// @vitest-environment jsdom
import path from "node:path";
import { render, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { OrganizationCards } from "#components/organizations/organization-cards.tsx";
import { OrganizationMetrics } from "#components/organizations/organization-metrics.tsx";
import { organizationRows } from "#components/organizations/organization-rows.ts";
import { packRows } from "#components/organizations/packed-rows.ts";
import { totalsWorth } from "#components/organizations/totals-worth.ts";
import { database } from "#db/client.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { AUDIT_ACTIONS, AUDIT_FIELDS } from "#lib/audit/rules.ts";
import { moneyByType } from "#lib/credit-types/queries.ts";
import { fillDemo } from "#lib/demo/commands.ts";
import { demoHistory } from "#lib/demo/history.ts";
import { demoRefusals } from "#lib/demo/refusals.ts";
import { readHealth } from "#lib/health/queries.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { organizationTotals, totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { aPortalUser, everything } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const NOW = new Date("2026-11-24T14:00:00Z");
const operator = { kind: "operator" } as const;

const rows = <Row,>(sql: string) => database().$client.prepare<[], Row>(sql).safeIntegers(false).all();
const row = <Row,>(sql: string) => rows<Row>(sql)[0];

describe("the demonstration", () => {
  it("was backed up last night and checked two days ago, so that no alert is about that", async () => {
    await fillDemo(operator, NOW);
    expect(readHealth()).toMatchObject({
      backup: { at: new Date(NOW.getTime() - 8 * 3_600_000) },
      verify: { at: new Date(NOW.getTime() - 50 * 3_600_000), faults: 0 },
    });
    expect(rows("SELECT kind FROM alerts WHERE subject_kind = 'portal'")).toEqual([]);
  });

  it("has alerts of each state, as the tabs of the inbox show them", async () => {
    await fillDemo(operator, NOW);
    expect(
      rows<{ kind: string; state: string }>(
        "SELECT DISTINCT kind, state FROM alerts WHERE kind IN ('balance_amount', 'allowance_share') ORDER BY 1, 2",
      ),
    ).toEqual([
      { kind: "allowance_share", state: "acknowledged" },
      { kind: "allowance_share", state: "open" },
      { kind: "balance_amount", state: "open" },
      { kind: "balance_amount", state: "resolved" },
    ]);
    expect(
      row("SELECT value, limit_value FROM alerts WHERE kind = 'balance_amount' AND state = 'open'"),
    ).toEqual({
      value: 9_953_000_000,
      limit_value: 10_000_000_000,
    });
  });

  it.each(["2026-11-24T00:30:00Z", "2026-11-24T08:30:00Z", "2026-11-24T16:30:00Z"])(
    "has requests that were refused within 24 hours at %s",
    (text) => {
      const now = new Date(text);
      const latest = demoRefusals(now).filter(({ at }) => at > now.getTime() - 24 * 3_600_000);
      expect(latest.at(-1)).toMatchObject({ code: "organization_inactive", requests: 6 });
      expect(latest.every(({ lastAt }) => lastAt <= now.getTime())).toBe(true);
    },
  );

  it("has a paused endpoint with a log, and leaves nothing to send", async () => {
    await fillDemo(operator, NOW);
    expect(rows("SELECT name, state, url_shown AS url, failures FROM webhook_endpoints")).toEqual([
      {
        name: "Finance system",
        state: "paused",
        url: "https://finance.demo-university.invalid/hooks/…",
        failures: 0,
      },
    ]);
    expect(row("SELECT count(*) AS n FROM outbox_events WHERE dispatched_at IS NULL")).toEqual({ n: 0 });
    expect(
      rows(`SELECT d.state, d.tries, count(*) > 0 AS some FROM deliveries d JOIN outbox_events e ON e.id = d.event_id
        GROUP BY d.state, d.tries ORDER BY 1, 2`),
    ).toEqual([
      { state: "delivered", tries: 1, some: 1 },
      { state: "delivered", tries: 2, some: 1 },
    ]);
    const types = rows<{ type: string }>("SELECT DISTINCT type FROM outbox_events ORDER BY 1");
    expect(types.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["allowance.crossed", "credits.allocated", "organization.balance_low"]),
    );
  });

  it("shows the figures of the product's page, to the digit, and is clean", async () => {
    expect(await fillDemo(operator, NOW)).toMatchObject({
      ok: true,
      value: { organizations: 13, activeOrganizations: 11, members: 33, balance: 6_177_061_000_000n },
    });

    const byCreditType = totalsByCreditType(everything);
    render(
      <OrganizationMetrics
        totals={organizationTotals(byCreditType)}
        byCreditType={byCreditType}
        worth={totalsWorth(byCreditType, moneyByType())}
        isPart={false}
      />,
    );
    const metrics = screen.getByRole("region", { name: "Metrics" });
    for (const text of [
      "13 organizations (11 active)",
      "33 total members",
      "6,177,061 total credits balance",
      "1,249,354 total spent credits",
    ]) {
      expect(metrics).toHaveTextContent(text);
    }
    expect(within(metrics).getByTitle("1,249,354.047")).toHaveTextContent("1,249,354");
    for (const [text, worth] of [
      ["1,801,026", "$13,854.05"],
      ["439,913", "MYR 14,663.76"],
      ["725,450", "S$7,254.50"],
    ] as const) {
      expect(within(metrics).getByText(text)).toHaveTextContent(worth);
    }

    const organization = getOrganization(everything, "ENT-TEST");
    if (!organization) throw new Error("no ENT-TEST");
    render(
      <OrganizationCards
        rows={packRows(
          organizationRows([organization], getSettings(), { money: moneyByType(), isTable: false }),
        )}
        back="/organizations"
        mayChange={false}
      />,
    );
    const card = screen.getByRole("article");
    expect(within(card).getByRole("link", { name: "enterprise Testing" })).toBeVisible();
    expect(
      within(card)
        .getAllByRole("term")
        .map((term) => `${term.textContent}: ${term.nextElementSibling?.textContent}`),
    ).toEqual([
      "Members: 2",
      "Credit Balance: 9,953",
      "Worth: ¥9,953",
      "Runs out: No spending",
      "Total Spent Credits: 0.047",
      "Spent 30 d: 0",
      "Credit Type: JPY",
      "Monthly Allowance per Member: 1,000 credits",
    ]);
    expect(card).toHaveTextContent("Created 03/03/2025");
    expect(rows("SELECT name FROM organizations WHERE name IN ('JPY-MYR', 'testing AA')")).toHaveLength(2);

    expect(verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite"))).toMatchObject({
      ok: true,
    });
  });

  it("has a history of every kind, spending in every organization up to today, and stays within each month's allowance", async () => {
    await fillDemo(operator, NOW);
    expect(
      rows(
        "SELECT kind, count(*) AS n, count(DISTINCT organization_id) AS organizations FROM ledger_entries GROUP BY kind ORDER BY kind",
      ),
    ).toEqual([
      { kind: "allocation", n: 217, organizations: 13 },
      { kind: "purchase", n: 33, organizations: 0 },
      { kind: "return", n: 4, organizations: 4 },
      { kind: "reversal", n: 7, organizations: 6 },
      { kind: "spend", n: 6811, organizations: 13 },
    ]);

    const today = dayOf(NOW, "Asia/Singapore");
    const spent = (from: number) =>
      row<{ n: number }>(
        `SELECT count(DISTINCT organization_id) AS n FROM organization_days WHERE day >= ${from}`,
      )?.n;
    expect(spent(today)).toBeGreaterThan(5);
    expect(spent(0)).toBe(13);
    // A month of the year before for each of the last twelve.
    expect(row("SELECT count(DISTINCT month) AS n FROM organization_months WHERE month > 202511")).toEqual({
      n: 12,
    });
    expect(row("SELECT count(*) AS n FROM applications")).toEqual({ n: 6 });

    expect(
      rows(`SELECT 1 FROM membership_months AS m JOIN memberships AS s ON s.id = m.membership_id
        JOIN organizations AS o ON o.id = s.organization_id
        WHERE s.allowance <> 'unlimited' AND m.spent > coalesce(s.monthly_allowance, o.monthly_allowance)`),
    ).toEqual([]);
    expect(
      rows(
        "SELECT 1 FROM ledger_entries JOIN organizations AS o ON o.id = organization_id WHERE occurred_at < o.created_at",
      ),
    ).toEqual([]);
    expect(row(`SELECT max(recorded_at) <= ${NOW.getTime()} AS past FROM ledger_entries`)).toEqual({
      past: 1,
    });
    expect(
      row(`SELECT sum(active = 0) AS inactive, sum(allowance = 'own') AS own, sum(allowance = 'unlimited') AS unlimited,
        count(*) - count(DISTINCT member_id) AS shared, sum(last_active_at IS NULL) AS idle FROM memberships`),
    ).toEqual({ inactive: 1, own: 2, unlimited: 1, shared: 1, idle: 1 });
  });

  it("leaves an audit trail in its order, in words that are known", async () => {
    await fillDemo(operator, NOW);
    const entries = rows<{ at: number; action: string; before: string | null; after: string | null }>(
      "SELECT at, action, before, after FROM audit_entries ORDER BY id",
    );
    expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).sort((a, b) => a - b));
    for (const { action, before, after } of entries) {
      expect(Object.keys(AUDIT_ACTIONS)).toContain(action);
      const fields = [before, after].flatMap((values) => Object.keys(JSON.parse(values ?? "{}")));
      for (const field of fields) expect(Object.keys(AUDIT_FIELDS)).toContain(field);
    }
  });

  it.each([
    "2025-10-01T00:00:00Z",
    // Midnight in Singapore, the first of a month.
    "2026-02-28T16:00:00Z",
    "2028-02-29T03:00:00Z",
    // A Sunday.
    "2031-07-06T01:00:00Z",
  ])("has the same totals at %s", async (text) => {
    const now = new Date(text);
    expect(await fillDemo(operator, now)).toMatchObject({
      ok: true,
      value: { members: 33, balance: 6_177_061_000_000n, spent: 1_249_354_047_000n },
    });
    expect(
      row(`SELECT count(*) > 5 AS some FROM organization_days WHERE day = ${dayOf(now, "Asia/Singapore")}`),
    ).toEqual({ some: 1 });
    expect(verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite")).faults).toBe(0);
  });

  it("is the same each time", () => {
    const text = () =>
      JSON.stringify(demoHistory(NOW), (_key, value) => (typeof value === "bigint" ? `${value}` : value));
    expect(text()).toBe(text());
  });

  it("is filled in for an owner too, who is in the audit trail, and for nobody else", async () => {
    for (const role of ["admin", "viewer"] as const) {
      await expect(fillDemo(await aPortalUser(role), NOW)).rejects.toThrow(ForbiddenError);
    }
    expect(row("SELECT count(*) AS n FROM organizations")).toEqual({ n: 0 });
    const owner = await aPortalUser("owner");
    // The three accounts of this test have no audit entries.
    const faults = () => verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite")).faults;
    expect(faults()).toBe(3);
    expect(await fillDemo(owner, NOW)).toMatchObject({ ok: true, value: { organizations: 13 } });
    expect(rows("SELECT actor_id, at, subject_kind FROM audit_entries WHERE action = 'demo.filled'")).toEqual(
      [{ actor_id: owner.id, at: NOW.getTime(), subject_kind: "settings" }],
    );
    expect(faults()).toBe(3);
    expect(await fillDemo(owner, NOW)).toMatchObject({ ok: false, code: "not_empty" });
    expect(row("SELECT count(*) AS n FROM organizations")).toEqual({ n: 13 });
  });

  it("refuses a clock that is behind, and leaves the portal empty", async () => {
    expect(await fillDemo(operator, new Date("2025-09-30T23:59:59Z"))).toMatchObject({
      ok: false,
      code: "clock_behind",
    });
    expect(row("SELECT count(*) AS n FROM organizations")).toEqual({ n: 0 });
  });
});

it("shows refusals of members, of nobody and of an organization that does not exist", async () => {
  await fillDemo(operator, NOW);
  const refusals = rows<{ code: string; known: number; member: number }>(
    "SELECT code, organization_id IS NOT NULL AS known, member_id IS NOT NULL AS member FROM refusals ORDER BY id",
  );
  expect(refusals.map(({ code, known, member }) => `${code} ${known} ${member}`)).toEqual([
    "organization_inactive 1 1",
    "member_not_found 1 0",
    "allowance_exceeded 1 1",
    "organization_not_found 0 1",
    "allowance_exceeded 1 1",
    "insufficient_credits 1 1",
    "member_not_found 1 0",
    "allowance_exceeded 1 1",
    "allowance_exceeded 1 1",
    "organization_inactive 1 1",
  ]);
});
