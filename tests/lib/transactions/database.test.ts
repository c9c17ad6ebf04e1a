import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import {
  applications,
  creditTypes,
  ledgerEntries,
  members,
  memberships,
  organizationMonths,
} from "#db/schema/index.ts";
import { monthOf } from "#lib/calendar.ts";
import { moneyOf, parseCredits, plainCredits } from "#lib/credits.ts";
import { parseCsv } from "#lib/csv.ts";
import { OLDEST } from "#lib/keyset.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { returnCredits } from "#lib/ledger/commands/transfers.ts";
import { addMember } from "#lib/members/commands/members.ts";
import { addMemberInput } from "#lib/members/rules.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { exportTransactions, TRANSACTION_EXPORT_COLUMNS } from "#lib/transactions/export.ts";
import { listFigures } from "#lib/transactions/figures.ts";
import { modelSpending, modelSpendingNow } from "#lib/transactions/model-spending.ts";
import { pieceStatement } from "#lib/transactions/organization-sums.ts";
import { getTransaction, type TransactionItem } from "#lib/transactions/queries/entries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import {
  indexFor,
  listTransactions,
  placesStatements,
  TRANSACTIONS_PAGE_SIZE,
} from "#lib/transactions/queries/list.ts";
import { suggestMembers, suggestModels } from "#lib/transactions/queries/suggestions.ts";
import { periodRange } from "#lib/transactions/rules/periods.ts";
import { type TransactionsView, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import {
  spendingByApplication,
  spendingByCreditType,
  spendingByDay,
  spendingMetrics,
  topMembers,
  topOrganizations,
} from "#lib/transactions/spending.ts";
import { exportSpendingSummary } from "#lib/transactions/summary-export.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import type { UsageEvent } from "#lib/usage/rules/event.ts";
import {
  aCreditType,
  anOrganization,
  credits,
  everything,
  operator,
  requestId,
  spentTogether,
  value,
} from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";

const TRANSACTIONS_HEAD =
  "id,occurred_at,local_date,local_time,recorded_at,kind,organization,organization_name,member,member_name,application," +
  "credits,credit_type,currency,money,balance_after,external_id,source,api_key,reverses,note,metadata,purchase_date,paid,invoice_number";

type Spend = Pick<UsageEvent, "organization" | "member" | "application" | "credits"> & {
  at: string | Date;
  metadata?: string;
};
const spend = (spends: readonly Spend[], now: Date) =>
  spentTogether(
    spends.map(({ at, ...event }) => ({ ...event, occurredAt: new Date(at) })),
    now,
  );
function memberId(email: string): number {
  const row = database().select({ id: members.id }).from(members).where(eq(members.email, email)).get();
  if (!row) throw new Error(`no member ${email}`);
  return row.id;
}

const NOW = new Date("2026-11-24T03:00:00Z");
const TODAY = 20_261_124;

const view = (change: Partial<TransactionsView> = {}) => ({
  ...transactionsSearchParams.defaults,
  ...change,
});
const filter = (change: Partial<TransactionsView> = {}) => transactionFilter(everything, view(change), TODAY);
const list = (change: Partial<TransactionsView> = {}) => listTransactions(filter(change), view(change));
const setTimeZone = (timeZone: string) =>
  updateSettings({ enterpriseName: "Test", timeZone, dateFormat: "DD/MM/YYYY" }, operator);

/** Every entry of a view, page by page. */
function everyPage(change: Partial<TransactionsView> = {}): TransactionItem[] {
  const itemsSoFar: TransactionItem[] = [];
  let page = list(change);
  for (;;) {
    itemsSoFar.push(...page.items);
    if (!page.older) return itemsSoFar;
    page = list({ ...change, before: page.older });
  }
}

/** "-1.5" in micro-credits. */
function signedMicro(text: string): bigint {
  const parsed = parseCredits(text.replace("-", ""));
  if (!parsed.ok) throw new Error(parsed.message);
  return text.startsWith("-") ? -parsed.value : parsed.value;
}

const sum = (rows: readonly { spent: bigint }[]) => rows.reduce((total, one) => total + one.spent, 0n);
/** Spending in a list: spends less the reversals of spends. */
function spentIn(items: readonly TransactionItem[]): bigint {
  return items
    .filter((item) => item.application !== null)
    .reduce((total, item) => total + (item.kind === "spend" ? item.amount : -item.amount), 0n);
}

let sgd: number;
let jpy: number;

/** A year of spending in two credit types, with reversals, allocations and entries that share an instant. */
useCopyOfDatabase(async () => {
  await setTimeZone("Asia/Singapore");
  const start = new Date("2025-11-01T00:00:00Z");
  sgd = await aCreditType({ name: "SGD Credits", currency: "SGD", available: credits(1_000_000), at: start });
  jpy = await aCreditType({ name: "JPY Credits", currency: "JPY", available: credits(1_000_000), at: start });
  const emails = ["ana@x.edu", "bo@x.edu"];
  await anOrganization({
    name: "Arts",
    code: "ART",
    creditType: sgd,
    members: emails,
    balance: credits(90_000),
    at: start,
  });
  await anOrganization({
    name: "Biology",
    code: "BIO",
    creditType: jpy,
    members: ["ana@x.edu"],
    balance: credits(90_000),
    at: start,
  });
  await anOrganization({
    name: "Chemistry",
    code: "CHE",
    creditType: sgd,
    members: ["cy@x.edu"],
    balance: credits(90_000),
    at: start,
  });
  const who = [
    ["ART", "ana@x.edu"],
    ["ART", "bo@x.edu"],
    ["BIO", "ana@x.edu"],
    ["CHE", "cy@x.edu"],
  ] as const;
  const spends = Array.from({ length: 400 }, (_, n): Spend => {
    const [organization, member] = who[n % who.length] ?? who[0];
    return {
      organization,
      member,
      application: ["essay-coach", "tutor", "translator"][(n * 7) % 3] ?? "",
      // Some share an instant; amounts have odd millionths, so that any float would show.
      credits: BigInt(((n * 7_919) % 9_973) + 1) * 1_001n,
      at: new Date(start.getTime() + Math.floor(n / 2) * 46 * 3_600_000 + 13 * 60_000),
    };
  });
  await spend(spends, NOW);
  const spent = database()
    .select()
    .from(ledgerEntries)
    .all()
    .filter((entry) => entry.kind === "spend");
  for (const index of [3, 50, 51, 200, 399]) {
    value(
      await reverseEntry(
        { entry: spent[index]?.id ?? 0, note: `Wrong, "really"`, requestId: requestId() },
        operator,
        NOW,
      ),
    );
  }
});

const VIEWS: [string, Partial<TransactionsView>][] = [
  ["everything", {}],
  ["this month", { period: "this-month" }],
  ["last month", { period: "last-month" }],
  ["30 days", { period: "30-days" }],
  ["12 months", { period: "12-months" }],
  ["from a day", { from: 20_260_315 }],
  ["to a day", { to: 20_260_315 }],
  ["within a month", { from: 20_260_310, to: 20_260_325 }],
  ["over month ends", { from: 20_260_210, to: 20_260_925 }],
  ["an organization", { organization: "ART" }],
  ["an organization in any case", { organization: "bio", from: 20_260_210 }],
  ["an application", { application: 1 }],
  ["an application over month ends", { application: 2, from: 20_260_210, to: 20_260_925 }],
  ["a credit type", { type: 1 }],
  ["a credit type and an application", { type: 2, application: 3 }],
  ["an organization and an application", { organization: "CHE", application: 1, period: "12-months" }],
  ["an organization of another credit type", { organization: "ART", type: 2 }],
  ["a member of two organizations", { member: "ana@x.edu" }],
  ["a member in one organization", { member: "ana@x.edu", organization: "BIO" }],
  ["a member in a range, in an application", { member: "ana@x.edu", from: 20_260_210, application: 2 }],
  ["a member in a credit type", { member: "ana@x.edu", type: 1 }],
  ["a member of no such organization", { member: "cy@x.edu", organization: "ART" }],
  ["an unknown organization", { organization: "NOPE" }],
  ["an unknown member", { member: "999" }],
  ["an unknown application", { application: 999, organization: "ART" }],
];

/** The same filter in plain JavaScript, over everything. */
function expectedOf(change: Partial<TransactionsView>) {
  const all = database()
    .select()
    .from(ledgerEntries)
    .all()
    .sort((a, b) => b.occurredAt.getTime() - a.occurredAt.getTime() || b.id - a.id);
  const codes = ["", "ART", "BIO", "CHE"];
  const v = view(change);
  const preset = v.from === null && v.to === null ? periodRange(v.period, TODAY) : v;
  const people = new Map(
    database()
      .select()
      .from(memberships)
      .all()
      .map((row) => [row.id, row.memberId]),
  );
  const person = v.member === "" ? null : v.member.includes("@") ? memberId(v.member) : Number(v.member);
  return all.filter(
    (entry) =>
      (preset.from === null || entry.day >= preset.from) &&
      (preset.to === null || entry.day <= preset.to) &&
      (v.organization === "" || codes[entry.organizationId ?? 0] === v.organization.toUpperCase()) &&
      (v.application === null || entry.applicationId === v.application) &&
      (v.type === null || entry.creditTypeId === v.type) &&
      (v.kind === "all" || entry.kind === v.kind) &&
      (person === null || people.get(entry.membershipId ?? 0) === person),
  );
}

describe("the list, the metrics and the charts agree", () => {
  it.each(VIEWS)("of %s", (_, change) => {
    const items = everyPage(change);
    expect(items.map((item) => item.id)).toEqual(expectedOf(change).map((entry) => entry.id));
    const days = spendingByDay(filter(change));
    const metrics = spendingMetrics(filter(change), days, TODAY);
    const spent = spentIn(items);
    expect(metrics.spent).toBe(spent);
    expect(sum(spendingByApplication(filter(change)))).toBe(spent);
    expect(sum(spendingByCreditType(filter(change)))).toBe(spent);
    expect(sum(topOrganizations(filter(change), 10))).toBe(spent);
    for (const { id, spent: part } of topOrganizations(filter(change), 10)) {
      const code = ["", "ART", "BIO", "CHE"][id] ?? "";
      expect(part).toBe(spentIn(items.filter((item) => item.organization?.code === code)));
    }
    const dayOfEntry = new Map(
      database()
        .select()
        .from(ledgerEntries)
        .all()
        .map((entry) => [entry.id, entry.day]),
    );
    for (const { day, spent: part } of days) {
      expect(part).toBe(spentIn(items.filter((item) => dayOfEntry.get(item.id) === day)));
    }
    const [head = [], ...rows] = [...exportTransactions(filter(change))]
      .join("")
      .split("\r\n")
      .filter(Boolean)
      .map((line) => line.split(","));
    expect(head.join(",")).toBe(TRANSACTIONS_HEAD);
    expect(rows.map(([id]) => Number(id))).toEqual(items.map((item) => item.id));
  });

  it.each(["purchase", "allocation", "return", "spend", "reversal"] as const)("of kind %s", async (kind) => {
    value(
      await returnCredits(
        { organization: 1, amount: credits(5), note: null, requestId: requestId() },
        operator,
        NOW,
      ),
    );
    expect(expectedOf({ kind }).length).toBeGreaterThan(0);
    for (const change of [
      {},
      { organization: "ART" },
      { period: "12-months" as const },
      { member: "ana@x.edu" },
    ]) {
      expect(everyPage({ ...change, kind }).map((item) => item.id)).toEqual(
        expectedOf({ ...change, kind }).map((entry) => entry.id),
      );
    }
  });
});

describe("metrics", () => {
  it("compare this month so far with as many days of the last", () => {
    const metrics = spendingMetrics(filter(), spendingByDay(filter()), TODAY);
    const between = (from: number, to: number) => spentIn(everyPage({ from, to }));
    expect(metrics.thisMonth).toBe(between(20_261_101, 20_261_130));
    expect(metrics.comparison).toEqual({
      now: { from: 20_261_101, to: 20_261_124 },
      nowSpent: between(20_261_101, 20_261_124),
      before: { from: 20_261_001, to: 20_261_024 },
      beforeSpent: between(20_261_001, 20_261_024),
    });
  });

  it("average over the days of the range that have been, or since the first spend", () => {
    const of = (change: Partial<TransactionsView>) =>
      spendingMetrics(filter(change), spendingByDay(filter(change)), TODAY);
    expect(of({ period: "this-month" }).days).toBe(24);
    expect(of({ period: "last-month" }).days).toBe(31);
    // The first spend was on 01/11/2025 in Singapore.
    expect(of({}).days).toBe(389);
    expect(of({ organization: "NOPE" })).toMatchObject({ spent: 0n, days: 0, perDay: 0n });
  });

  it("keep the months' table in step with the days'", () => {
    const months = new Map<string, bigint>();
    for (const entry of database().select().from(ledgerEntries).all()) {
      if (entry.applicationId === null) continue;
      const key = `${entry.applicationId} ${monthOf(entry.day)} ${entry.organizationId}`;
      months.set(key, (months.get(key) ?? 0n) + (entry.kind === "spend" ? entry.amount : -entry.amount));
    }
    const storedRows = database().select().from(organizationMonths).all();
    expect(
      new Map(
        storedRows.map((row) => [`${row.applicationId} ${row.month} ${row.organizationId}`, row.spent]),
      ),
    ).toEqual(months);
  });

  it("name the members who spent the most in a month", () => {
    const spenders = topMembers(everything, { organizationId: 1, month: 202_608, limit: 5 });
    const of = (member: string) =>
      spentIn(everyPage({ member, organization: "ART", from: 20_260_801, to: 20_260_831 }));
    expect(spenders.map(({ email, spent }) => [email, spent])).toEqual(
      ["ana@x.edu", "bo@x.edu"]
        .map((email): [string, bigint] => [email, of(email)])
        .sort(([, a], [, b]) => (a < b ? 1 : -1)),
    );
  });
});

describe("pages", () => {
  it("go back the way they came, and to the oldest", () => {
    const first = list();
    expect(first.items).toHaveLength(TRANSACTIONS_PAGE_SIZE);
    expect(first.newer).toBeNull();
    const second = list({ before: first.older });
    const third = list({ before: second.older });
    expect(list({ after: third.newer }).items).toEqual(second.items);
    // Fewer than a page are newer than the second's, or as many: that is the first page.
    expect(list({ after: second.newer })).toEqual(first);
    const all = everyPage();
    const last = list({ after: OLDEST });
    expect(last.items).toEqual(all.slice(-TRANSACTIONS_PAGE_SIZE));
    expect(last.older).toBeNull();
    expect(last.newer).not.toBeNull();
    const end = all.at(-1);
    expect(list({ before: { at: end?.occurredAt.getTime() ?? 0, id: end?.id ?? 0 } })).toEqual(last);
    expect(list({ before: OLDEST })).toEqual(last);
  });

  it("stay where they are when something newer is recorded", async () => {
    const first = list();
    const second = list({ before: first.older });
    await spend(
      [{ organization: "ART", member: "bo@x.edu", application: "tutor", credits: 1n, at: NOW }],
      NOW,
    );
    expect(list({ before: first.older }).items).toEqual(second.items);
  });
});

describe("time zones", () => {
  it.each([
    // Midnight in Singapore is 16:00 UTC; New York leaves daylight saving on 1 November 2026.
    ["Asia/Singapore", "2026-10-31T15:59:59.999Z", "2026-10-31T16:00:00Z"],
    ["America/New_York", "2026-11-01T03:59:59.999Z", "2026-11-01T04:00:00Z"],
    ["Pacific/Kiritimati", "2026-10-31T09:59:59.999Z", "2026-10-31T10:00:00Z"],
  ])("count the last moment of October in %s in October", async (zone, lastMoment, firstMoment) => {
    await setTimeZone(zone);
    const at = (application: string, moment: string): Spend => ({
      organization: "CHE",
      member: "cy@x.edu",
      application,
      credits: 5n,
      at: moment,
    });
    await spend([at("late", lastMoment), at("early", firstMoment)], NOW);
    const names = (period: "last-month" | "this-month") =>
      everyPage({ period })
        .map((item) => item.application?.name)
        .filter((name) => name === "late" || name === "early");
    expect(names("last-month")).toEqual(["late"]);
    expect(names("this-month")).toEqual(["early"]);
    const [late, early] = ["late", "early"].map(
      (name) =>
        database()
          .select()
          .from(applications)
          .all()
          .find((one) => one.name === name)?.id ?? 0,
    );
    expect(spendingByDay(filter({ application: late ?? 0 }))).toEqual([{ day: 20_261_031, spent: 5n }]);
    expect(spendingByDay(filter({ application: early ?? 0 }))).toEqual([{ day: 20_261_101, spent: 5n }]);
  });

  it("leave what was recorded in its day when the zone changes afterwards", async () => {
    const before = everyPage({ period: "last-month" }).map((item) => item.id);
    await setTimeZone("America/New_York");
    expect(everyPage({ period: "last-month" }).map((item) => item.id)).toEqual(before);
  });
});

describe("the export", () => {
  it("has every column, and its cells survive commas, quotes and formulas", async () => {
    const entry = list({ kind: "spend" }).items.find((item) => item.reversedById === null);
    value(
      await reverseEntry(
        { entry: entry?.id ?? 0, note: '=1+1, "x"', requestId: "portal-00001" },
        operator,
        NOW,
      ),
    );
    const parsed = parseCsv(Buffer.from([...exportTransactions(filter({ kind: "reversal" }))].join("")));
    if (!parsed.ok) throw new Error(parsed.fault.message);
    const [head, ...rows] = parsed.records.map(({ cells }) => cells);
    expect(head?.join(",")).toBe(TRANSACTIONS_HEAD);
    const row = rows.find(
      (cells) => cells[TRANSACTION_EXPORT_COLUMNS.indexOf("external_id")] === "portal-00001",
    );
    const rate = database().select().from(creditTypes).get()?.exchangeRate ?? 0n;
    // The zone is Asia/Singapore, eight hours before UTC.
    const local = new Date((entry?.occurredAt.getTime() ?? 0) + 8 * 3_600_000).toISOString();
    expect(Object.fromEntries(TRANSACTION_EXPORT_COLUMNS.map((name, index) => [name, row?.[index]]))).toEqual(
      {
        id: expect.stringMatching(/^\d+$/),
        occurred_at: entry?.occurredAt.toISOString(),
        local_date: local.slice(0, 10),
        local_time: local.slice(11, 19),
        recorded_at: NOW.toISOString(),
        kind: "reversal",
        organization: entry?.organization?.code,
        organization_name: entry?.organization?.name,
        member: entry?.member?.email,
        member_name: entry?.member?.name,
        application: entry?.application?.name,
        credits: plainCredits(-(entry?.amount ?? 0n)),
        credit_type: entry?.creditType.name,
        currency: entry?.creditType.currency,
        money: plainCredits(moneyOf(-(entry?.amount ?? 0n), rate)),
        balance_after: expect.any(String),
        external_id: "portal-00001",
        source: "portal",
        api_key: "",
        reverses: String(entry?.id),
        note: '=1+1, "x"',
        metadata: "",
        purchase_date: "",
        paid: "",
        invoice_number: "",
      },
    );
  });

  it("sums to what was spent, because amounts are signed", async () => {
    const cells = parseCsv(Buffer.from([...exportTransactions(filter())].join("")));
    if (!cells.ok) throw new Error(cells.fault.message);
    const [, ...rows] = cells.records.map((record) => record.cells);
    const column = (name: string) => TRANSACTION_EXPORT_COLUMNS.indexOf(name);
    const spent = rows
      .filter((row) => row[column("application")] !== "")
      .reduce((total, row) => total + signedMicro(row[column("credits")] ?? ""), 0n);
    expect(spent).toBe(spentIn(everyPage()));
    expect(rows.some((row) => row[column("credits")]?.startsWith("-"))).toBe(true);
  });

  it("by month has each organization, member and application once, and the same sum", async () => {
    for (const change of [
      {},
      { organization: "ART" },
      { kind: "spend" as const },
      { from: 20_260_101 },
      { member: "ana@x.edu" },
      { kind: "allocation" as const },
      {
        externalId: String(
          everyPage({ kind: "spend" }).find((item) => item.reversedById === null)?.externalId,
        ),
      },
    ]) {
      const parsed = parseCsv(Buffer.from([...exportSpendingSummary(filter(change))].join("")));
      if (!parsed.ok) throw new Error(parsed.fault.message);
      const [head, ...rows] = parsed.records.map((record) => record.cells);
      expect(head?.join(",")).toBe(
        "month,organization,organization_name,member,member_name,application,credits,credit_type,currency,money,entries",
      );
      const keys = rows.map((row) => [row[1], row[0], row[3], row[5], row[7]].join(" "));
      expect(new Set(keys).size).toBe(keys.length);
      const items = everyPage(change).filter((item) => item.application !== null);
      expect(rows.reduce((total, row) => total + signedMicro(row[6] ?? ""), 0n)).toBe(spentIn(items));
      expect(rows.reduce((total, row) => total + Number(row[10]), 0)).toBe(items.length);
      const bySubject = new Map<string, bigint>();
      for (const item of items) {
        const month = new Date(item.occurredAt.getTime() + 8 * 3_600_000).toISOString().slice(0, 7);
        const key = [
          item.organization?.code,
          month,
          item.member?.email,
          item.application?.name,
          item.creditType.name,
        ].join(" ");
        bySubject.set(key, (bySubject.get(key) ?? 0n) + (item.kind === "spend" ? item.amount : -item.amount));
      }
      expect(new Map(rows.map((row, index) => [keys[index] ?? "", signedMicro(row[6] ?? "")]))).toEqual(
        bySubject,
      );
    }
  });

  it("holds what was there when it began", async () => {
    const pieces = exportTransactions(filter());
    pieces.next();
    const before = everyPage().length;
    await spend(
      [
        {
          organization: "ART",
          member: "bo@x.edu",
          application: "tutor",
          credits: 1n,
          at: "2026-01-01T00:00:00Z",
        },
      ],
      NOW,
    );
    // What the first piece has read by then may include it or not; nothing recorded after the first read does.
    const rows = [...pieces].join("").split("\r\n").filter(Boolean);
    expect(rows).toHaveLength(before);
  });
});

describe("one entry", () => {
  it("and its reversal name each other", () => {
    const [reversal] = list({ kind: "reversal" }).items;
    const original = getTransaction(everything, reversal?.reversesId ?? 0);
    expect(original?.reversedById).toBe(reversal?.id);
    expect(getTransaction(everything, reversal?.id ?? 0)).toMatchObject({
      kind: "reversal",
      debitAccount: "consumed",
      creditAccount: "organization",
      note: 'Wrong, "really"',
    });
    expect(getTransaction(everything, 999_999)).toBeNull();
  });
});

describe("suggestions", () => {
  it("find people by the beginning of email or name, up to the limit", async () => {
    await anOrganization({ name: "Law", code: "LAW", creditType: sgd, members: [], balance: credits(1) });
    for (const [email, name] of [
      ["q1@x.edu", "Zoë Quill"],
      ["q2@x.edu", "Zoe Archer"],
    ] as const) {
      const member = addMemberInput.parse({
        organization: "LAW",
        name,
        email,
        role: "viewer",
        allowance: "organization",
      });
      value(await addMember(member, operator));
    }
    const emails = (text: string, limit: number) =>
      suggestMembers(everything, text, limit).map((one) => one.email);
    expect(emails("AN", 5)).toEqual(["ana@x.edu"]);
    expect(emails("zoe", 5)).toEqual(["q2@x.edu", "q1@x.edu"]);
    expect(emails("q", 5)).toEqual(["q1@x.edu", "q2@x.edu"]);
    expect(emails("zoe", 1)).toEqual(["q2@x.edu"]);
    expect(emails("%", 5)).toEqual([]);
  });
});

describe("plans", () => {
  const planOf = (statement: Parameters<ReturnType<typeof database>["all"]>[0]) => {
    const { sql, params } = (
      database() as unknown as {
        dialect: { sqlToQuery(given: unknown): { sql: string; params: unknown[] } };
      }
    ).dialect.sqlToQuery(statement);
    return database()
      .$client.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...params)
      .map((row) => row.detail);
  };

  it.each([
    ["ledger_entries_occurred", {}],
    ["ledger_entries_occurred", { period: "last-month" as const }],
    ["ledger_entries_occurred", { kind: "spend" as const }],
    ["ledger_entries_organization", { organization: "ART", application: 1, type: 1 }],
    ["ledger_entries_organization_kind", { organization: "ART", kind: "allocation" as const }],
    ["ledger_entries_membership", { member: "ana@x.edu", organization: "ART" }],
    ["ledger_entries_application", { application: 1, type: 1 }],
    ["ledger_entries_credit_type", { type: 1, period: "12-months" as const }],
    ["ledger_entries_kind", { kind: "purchase" as const, type: 1 }],
    ["ledger_entries_model", { model: "gpt-4o", application: 1, kind: "spend" as const }],
    ["ledger_entries_model", { model: "gpt-4o", organization: "ART" }],
  ])("of a page go through %s alone with %j", (index, change) => {
    const wideFilter = filter(change);
    const [membershipId = null] = wideFilter.membershipIds;
    for (const from of [null, { at: 1_790_000_000_000, id: 77 }]) {
      for (const direction of ["older", "newer"] as const) {
        const walk = { from, direction, limit: 51, upToId: 9_999 };
        const plans = placesStatements(wideFilter, membershipId, walk).map(planOf);
        for (const plan of plans) {
          expect(plan).toHaveLength(1);
          expect(plan[0]).toMatch(
            new RegExp(`^(SEARCH|SCAN) ledger_entries USING (COVERING )?INDEX ${index}( |$)`),
          );
          if (index !== "ledger_entries_occurred" || from) expect(plan[0]).toContain("SEARCH");
        }
        // Within the instant of the place, however many share it.
        if (from) expect(plans[0]?.[0]).toMatch(/occurred_at=\? AND (row)?id[<>]\?/);
      }
    }
  });

  it("of the split by organization read whole months from their table, and few days from theirs", () => {
    const all = { range: { from: null, to: null }, applicationIds: null, creditTypeId: null };
    const plan = (piece: Parameters<typeof pieceStatement>[0], scope = {}) =>
      planOf(pieceStatement(piece, { ...all, ...scope }));
    expect(plan({ month: 202_610 })).toEqual([
      "SEARCH organization_months USING COVERING INDEX organization_months_month (month=?)",
    ]);
    expect(plan({ month: 202_610 }, { applicationIds: [1] })).toEqual([
      expect.stringMatching(/^SEARCH organization_months USING .*\(application_id=\? AND month=\?\)/),
    ]);
    expect(plan({ from: 20_260_110, to: 20_260_115 })[0]).toBe(
      "SEARCH organization_days USING COVERING INDEX organization_days_day (day>? AND day<?)",
    );
  });
});

describe("an external id", () => {
  beforeEach(async () => {
    const event = (organization: string, source = "") => ({
      ...{ id: "Req-7", source, organization, member: "ana@x.edu", application: "essay-coach" },
      ...{ credits: 5_000_000n, occurredAt: new Date("2026-11-20T00:00:00Z"), metadata: null },
    });
    const results = await recordBatch([event("ART"), event("BIO", "/b"), event("ART", "/s")], operator);
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true]);
  });

  it("finds its entries by the exact text", () => {
    const places = (change: Partial<TransactionsView>) =>
      everyPage(change).map(({ organization, source }) => `${organization?.code} ${source}`);
    expect(places({ externalId: "Req-7" })).toEqual(["ART /s", "BIO /b", "ART "]);
    expect(places({ externalId: "Req-7", organization: "art" })).toEqual(["ART /s", "ART "]);
    expect(places({ externalId: "Req-7", kind: "reversal" })).toEqual([]);
    expect(places({ externalId: "req-7" })).toEqual([]);
    expect(places({ externalId: "Req" })).toEqual([]);
  });

  it("has figures of these entries alone", () => {
    const of = (change: Partial<TransactionsView> = {}) => filter({ externalId: "Req-7", ...change });
    expect(spendingByDay(of())).toEqual([{ day: 20_261_120, spent: 15_000_000n }]);
    expect(topOrganizations(of(), 10).map(({ code, spent }) => [code, spent])).toEqual([
      ["ART", 10_000_000n],
      ["BIO", 5_000_000n],
    ]);
    expect(sum(spendingByCreditType(of({ organization: "ART" })))).toBe(10_000_000n);
    expect(spendingByDay(of({ period: "last-month" }))).toEqual([]);
  });

  it("of an event that was reversed has nothing spent", async () => {
    const [entry] = everyPage({ externalId: "Req-7", organization: "BIO" });
    value(await reverseEntry({ entry: entry?.id ?? 0, note: null, requestId: "undo" }, operator));
    expect(everyPage({ externalId: "Req-7" })).toHaveLength(3);
    expect(sum(spendingByDay(filter({ externalId: "Req-7" })))).toBe(10_000_000n);
    expect(spendingByDay(filter({ externalId: "Req-7", organization: "BIO" }))).toEqual([]);
    const summary = [...exportSpendingSummary(filter({ externalId: "Req-7" }))].join("");
    expect(parseCsv(Buffer.from(summary))).toMatchObject({ ok: true, records: [{}, { line: 2 }] });
  });

  it("is exported by itself", () => {
    const text = [...exportTransactions(filter({ externalId: "Req-7" }))].join("");
    expect(text.trim().split("\r\n")).toHaveLength(4);
  });
});

describe("a model", () => {
  const event = (id: string, change: Partial<UsageEvent> = {}): UsageEvent => ({
    ...{ id, source: "", organization: "ART", member: "ana@x.edu", application: "essay-coach" },
    ...{ credits: 5_000_000n, occurredAt: new Date("2026-11-20T00:00:00Z") },
    ...{ metadata: '{"model":"gpt-4o"}', ...change },
  });

  beforeEach(async () => {
    const results = await recordBatch(
      [
        event("m-1"),
        event("m-2", { organization: "BIO", occurredAt: new Date("2026-10-05T00:00:00Z") }),
        event("m-3", { metadata: '{"model":"gpt-4o-mini","temperature":0.5}' }),
        event("m-4", { metadata: '{"model":4}' }),
        event("m-5", { metadata: '{"deep":{"model":"gpt-4o"}}' }),
        event("m-6", { metadata: null }),
      ],
      operator,
    );
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true, true, true]);
  });

  const idsIn = (change: Partial<TransactionsView>) => everyPage(change).map(({ externalId }) => externalId);

  it("finds its entries by the exact text at the top of the metadata", () => {
    expect(idsIn({ model: "gpt-4o" })).toEqual(["m-1", "m-2"]);
    expect(idsIn({ model: "gpt-4o", organization: "BIO" })).toEqual(["m-2"]);
    expect(idsIn({ model: "gpt-4o", application: "essay-coach", member: "ana@x.edu" })).toEqual([
      "m-1",
      "m-2",
    ]);
    expect(idsIn({ model: "gpt-4o", period: "last-month" })).toEqual(["m-2"]);
    expect(idsIn({ model: "gpt-4o", externalId: "m-2" })).toEqual(["m-2"]);
    expect(idsIn({ model: "gpt-4o-mini" })).toEqual(["m-3"]);
    expect(idsIn({ model: "GPT-4o" })).toEqual([]);
    expect(idsIn({ model: "gpt-4" })).toEqual([]);
    expect(idsIn({ model: "4" })).toEqual([]);
    expect(idsIn({ model: "gpt-4o", kind: "purchase" })).toEqual([]);
  });

  it("has figures of these entries alone, as of the page's moment", async () => {
    const figures = async (change: Partial<TransactionsView>) => {
      const figures = await listFigures(
        everything,
        { ...transactionsSearchParams.defaults, ...change },
        TODAY,
      );
      return {
        spent: figures?.metrics.spent,
        thisMonth: figures?.metrics.thisMonth,
        days: figures && spendingByDay(figures.filter),
      };
    };
    expect(await figures({ model: "gpt-4o" })).toEqual({
      spent: 10_000_000n,
      thisMonth: 5_000_000n,
      days: [
        { day: 20_261_005, spent: 5_000_000n },
        { day: 20_261_120, spent: 5_000_000n },
      ],
    });
    // The month's figure reaches beyond the period.
    expect(await figures({ model: "gpt-4o", period: "last-month" })).toEqual({
      spent: 5_000_000n,
      thisMonth: 5_000_000n,
      days: [{ day: 20_261_005, spent: 5_000_000n }],
    });
    const modelFilter = filter({ model: "gpt-4o" });
    const before = await modelSpending(modelFilter, TODAY, "application_id");
    await recordBatch([event("m-7")], operator);
    expect(
      before && modelSpendingNow(before, modelFilter, TODAY).reduce((sum, { spent }) => sum + spent, 0n),
    ).toBe(15_000_000n);
    expect(topOrganizations(filter({ model: "gpt-4o" }), 10).map(({ code, spent }) => [code, spent])).toEqual(
      [
        ["ART", 10_000_000n],
        ["BIO", 5_000_000n],
      ],
    );
  });

  it("finds the reversal of its entries too, so that a file's amounts add up to what was spent", async () => {
    const [entry] = everyPage({ externalId: "m-1" });
    const answer = await reverseEntry({ entry: entry?.id ?? 0, note: null, requestId: "undo-m-1" }, operator);
    expect(answer.ok).toBe(true);
    expect(idsIn({ model: "gpt-4o" })).toEqual(["undo-m-1", "m-1", "m-2"]);
    const file = [...exportTransactions(filter({ model: "gpt-4o" }))].join("");
    const credits = file
      .trim()
      .split("\r\n")
      .slice(1)
      .map((line) => line.split(",")[11]);
    expect(credits).toEqual(["-5", "5", "5"]);
    const summary = [...exportSpendingSummary(filter({ model: "gpt-4o" }))].join("");
    const rows = summary
      .trim()
      .split("\r\n")
      .slice(1)
      .map((line) => line.split(","));
    expect(rows.map((cells) => [cells[0], cells[1], cells[6], cells[10]])).toEqual([
      ["2026-11", "ART", "0", "2"],
      ["2026-10", "BIO", "5", "1"],
    ]);
  });

  it("is suggested by its beginning, each once", () => {
    expect(suggestModels(everything, "gpt", 10)).toEqual(["gpt-4o", "gpt-4o-mini"]);
    expect(suggestModels(everything, "gpt-4o-", 10)).toEqual(["gpt-4o-mini"]);
    expect(suggestModels(everything, "gpt", 1)).toEqual(["gpt-4o"]);
    expect(suggestModels(everything, "4", 10)).toEqual([]);
  });

  it("with many entries is read by the organization's index, with few by its own", async () => {
    expect(indexFor(filter({ model: "gpt-4o", organization: "ART" }), null)).toBe("ledger_entries_model");
    await recordBatch(
      Array.from({ length: 2_000 }, (_, n) => event(`many-${n}`, { credits: 1n })),
      operator,
    );
    expect(indexFor(filter({ model: "gpt-4o", organization: "ART" }), null)).toBe(
      "ledger_entries_organization",
    );
    expect(idsIn({ model: "gpt-4o", organization: "BIO" })).toEqual(["m-2"]);
  });
});
