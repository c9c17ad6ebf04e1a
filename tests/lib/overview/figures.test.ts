import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { updateCreditType } from "#lib/credit-types/commands.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { type SpendingOverview, spendingOverview } from "#lib/overview/figures.ts";
import { overviewSearchParams } from "#lib/overview/search-params.ts";
import { latestEntryId } from "#lib/transactions/queries/entries.ts";
import {
  aCreditType,
  aGrant,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  requestId,
  scopeOf,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const TODAY = 20_261_124;
const { defaults } = overviewSearchParams;
const at = (day: string) => new Date(`${day}T12:00:00Z`);

async function overview(view: Partial<typeof defaults> = {}, scope = everything): Promise<SpendingOverview> {
  const figures = await spendingOverview(scope, { ...defaults, ...view }, TODAY);
  if (!figures) throw new Error("the ledger is empty");
  return figures;
}

/** Spends whole credits of ana in an organization. */
const spend = (organization: string, day: string, whole: number, application = "essay-coach") =>
  spent({ organization, application, credits: credits(whole), occurredAt: at(day) });

let yen: number;
let dollars: number;
const ids: Record<string, number> = {};

beforeEach(async () => {
  const created = at("2026-01-01");
  yen = await aCreditType({ name: "Yen", available: credits(100_000), at: created });
  dollars = await aCreditType({ name: "Dollars", currency: "USD", available: credits(100_000), at: created });
  for (const [code, creditType] of [
    ["LAW", yen],
    ["ART", yen],
    ["MED", dollars],
  ] as const) {
    const shared = { balance: credits(10_000), members: ["ana@example.edu"], at: created };
    ids[code] = await anOrganization({ code, name: `School of ${code}`, creditType, ...shared });
  }
});

it("is null while the ledger has nothing in the scope, and without a chosen type while nothing was spent", async () => {
  const user = await aPortalUser(null);
  expect(await spendingOverview(scopeOf(user), defaults, TODAY)).toBeNull();
  expect(await overview()).toMatchObject({ types: [], chosen: null, applications: [], rose: [] });
});

describe("the month of each credit type", () => {
  it("is its own, against the same days of the month before", async () => {
    await spend("LAW", "2026-10-01", 7);
    await spend("LAW", "2026-10-24", 20);
    await spend("LAW", "2026-10-25", 300);
    await spend("ART", "2026-11-01", 4000);
    await spend("LAW", "2026-11-24", 5);
    await spend("MED", "2026-10-31", 60);
    // Before the months that are shown.
    await spend("LAW", "2026-09-30", 9);
    const { types, chosen } = await overview();
    expect(types.map(({ name }) => name)).toEqual(["Dollars", "Yen"]);
    expect(types).toMatchObject([
      { id: dollars, spent: 0n, sameDaysBefore: 0n, monthBefore: credits(60) },
      { id: yen, spent: credits(4005), sameDaysBefore: credits(27), monthBefore: credits(327) },
    ]);
    // The one with the most spending, and its days added up.
    expect(chosen?.id).toBe(yen);
    expect(chosen?.byDay).toHaveLength(24);
    expect(chosen?.byDay[0]).toBe(credits(4000));
    expect(chosen?.byDay.at(-1)).toBe(credits(4005));
    expect(chosen?.byDayBefore).toHaveLength(31);
    expect(chosen?.byDayBefore.at(-1)).toBe(credits(327));
  });

  it("is compared up to the last day of a shorter month before it", async () => {
    for (const [day, law, art] of [
      ["2026-02-01", 280, 10],
      ["2026-03-01", 280, 5],
      ["2026-03-29", 30, 25],
    ] as const) {
      await spend("LAW", day, law);
      await spend("ART", day, art);
    }
    const march = await spendingOverview(everything, defaults, 20_260_331);
    expect(march?.types).toMatchObject([
      { spent: credits(340), comparedSpent: credits(285), sameDaysBefore: credits(290) },
    ]);
    expect(march?.rose).toEqual([]);
    expect(march?.fell.map(({ organization, now, before }) => [organization.code, now, before])).toEqual([
      ["ART", credits(5), credits(10)],
    ]);
  });

  it("counts what was reversed as not spent, and leaves a type without spending out", async () => {
    await spend("MED", "2026-11-02", 5);
    await spend("LAW", "2026-11-03", 70);
    const correction = { entry: latestEntryId(), note: "Wrong", requestId: requestId() };
    value(await reverseEntry(correction, operator));
    const { types } = await overview();
    expect(types.map(({ id, spent }) => [id, spent])).toEqual([[dollars, credits(5)]]);
  });

  it("has a forecast from fourteen complete days on", async () => {
    for (let day = 10; day <= 23; day++) await spend("LAW", `2026-11-${day}`, 10);
    // 14 days of 10, and seven days from today on.
    const { types } = await overview();
    expect(types[0]?.forecast).toMatchObject({ total: credits(140 + 70), range: null });
    const earlier = await spendingOverview(everything, defaults, TODAY - 1);
    expect(earlier?.types[0]?.forecast).toBeNull();
  });

  it("has its worth while its rate stays the same", async () => {
    // A credit type has its first rate from its creation on, and its creation takes no other clock.
    vi.useFakeTimers({ toFake: ["Date"], now: at("2026-01-01") });
    onTestFinished(() => void vi.useRealTimers());
    const creditType = await aCreditType({ name: "Euros", currency: "EUR", available: credits(100) });
    await anOrganization({ code: "BIO", creditType, balance: credits(100), members: ["ana@example.edu"] });
    await spend("BIO", "2026-11-02", 5);
    expect((await overview()).types[0]?.money).toEqual({
      rate: 1_000_000n,
      currency: { code: "EUR", decimals: 2 },
    });
    const change = { id: creditType, name: "Euros", exchangeRate: 2_000_000n };
    value(await updateCreditType(change, operator, undefined, at("2026-11-10")));
    expect((await overview()).types[0]?.money).toBeNull();
  });
});

describe("the chosen credit type", () => {
  it("is the view's, or else the one that spent the most", async () => {
    await spend("LAW", "2026-11-02", 50);
    await spend("MED", "2026-11-02", 5);
    expect((await overview({ type: dollars })).chosen?.name).toBe("Dollars");
    expect((await overview({ type: 99 })).chosen?.name).toBe("Yen");
  });

  it("is split by organization, application and tag, without the other types", async () => {
    const of = (code: string) => ids[code] ?? 0;
    value(
      await changeOrganizationsTags([of("LAW"), of("MED")], { to: "add", tags: ["site:lyon"] }, operator),
    );
    value(await changeOrganizationsTags([of("ART")], { to: "add", tags: ["faculty:art"] }, operator));
    await spend("LAW", "2026-11-02", 50);
    await spend("ART", "2026-11-02", 20, "code-tutor");
    await spend("LAW", "2026-11-24", 1, "code-tutor");
    await spend("MED", "2026-11-02", 5);
    const { organizations, applications, tagKeys, byTag } = await overview({ type: yen });
    expect(organizations.map(({ code, spent }) => [code, spent])).toEqual([
      ["LAW", credits(51)],
      ["ART", credits(20)],
    ]);
    expect(applications.map(({ label, spent }) => [label, spent])).toEqual([
      ["essay-coach", credits(50)],
      ["code-tutor", credits(21)],
    ]);
    expect(tagKeys).toEqual(["faculty", "site"]);
    expect(byTag).toEqual({
      key: "faculty",
      shares: [{ tags: ["faculty:art"], label: "art", spent: credits(20) }],
    });
    expect((await overview({ type: yen, by: "site" })).byTag?.shares).toEqual([
      { tags: ["site:lyon"], label: "lyon", spent: credits(51) },
    ]);
  });

  it("has the organizations that rose and fell most against the same days", async () => {
    await spend("LAW", "2026-10-02", 50);
    await spend("LAW", "2026-10-30", 999);
    await spend("LAW", "2026-11-02", 80);
    await spend("ART", "2026-10-02", 50);
    await spend("ART", "2026-11-02", 10);
    await spend("MED", "2026-11-02", 9999);
    const { rose, fell } = await overview({ type: yen });
    expect(rose.map(({ organization, now, before }) => [organization.code, now, before])).toEqual([
      ["LAW", credits(80), credits(50)],
    ]);
    expect(fell.map(({ organization, now, before }) => [organization.code, now, before])).toEqual([
      ["ART", credits(10), credits(50)],
    ]);
  });

  it("names five that rose and five that fell, the most first and equal ones in the order of their ids", async () => {
    const codes = ["A", "B", "C", "D", "E", "F", "G"];
    for (const [index, code] of codes.entries()) {
      await anOrganization({ code, creditType: yen, balance: credits(1000), members: ["ana@example.edu"] });
      // A and G change by 10, the others by 20 to 60.
      const change = code === "G" ? 10 : 10 * (index + 1);
      await spend(code, "2026-11-02", change);
      await anOrganization({
        code: `${code}2`,
        creditType: yen,
        balance: credits(1000),
        members: ["ana@example.edu"],
      });
      await spend(`${code}2`, "2026-10-02", change);
    }
    const { rose, fell } = await overview({ type: yen });
    expect(rose.map(({ organization, now }) => [organization.code, now])).toEqual([
      ["F", credits(60)],
      ["E", credits(50)],
      ["D", credits(40)],
      ["C", credits(30)],
      ["B", credits(20)],
    ]);
    expect(fell.map(({ organization, before }) => [organization.code, before])).toEqual([
      ["F2", credits(60)],
      ["E2", credits(50)],
      ["D2", credits(40)],
      ["C2", credits(30)],
      ["B2", credits(20)],
    ]);
  });

  it("has the first of equal organizations that rose or fell", async () => {
    for (const code of ["A", "B", "C", "D", "E", "F"]) {
      await anOrganization({ code, creditType: yen, balance: credits(1000), members: ["ana@example.edu"] });
      await spend(code, "2026-11-02", 10);
    }
    const { rose } = await overview({ type: yen });
    expect(rose.map(({ organization }) => organization.code)).toEqual(["A", "B", "C", "D", "E"]);
  });

  it("has what was spent or reversed since, on any day and of any credit type", async () => {
    await spend("LAW", "2026-10-03", 50);
    await spend("MED", "2026-11-02", 30);
    expect((await overview()).types.map(({ spent, monthBefore }) => [spent, monthBefore])).toEqual([
      [credits(30), 0n],
      [0n, credits(50)],
    ]);
    await spend("LAW", "2026-10-04", 7);
    await spend("MED", "2026-11-03", 2);
    const correction = { entry: latestEntryId(), note: "Wrong", requestId: requestId() };
    value(await reverseEntry(correction, operator));
    await spend("MED", "2026-11-04", 1);
    const { types, chosen } = await overview();
    expect(types.map(({ spent, monthBefore }) => [spent, monthBefore])).toEqual([
      [credits(31), 0n],
      [0n, credits(57)],
    ]);
    expect(chosen?.byDay.slice(0, 5)).toEqual([0n, credits(30), credits(30), credits(31), credits(31)]);
  });

  it("has what was spent since its sums were first read", async () => {
    await spend("LAW", "2026-11-02", 50);
    await overview();
    await spend("LAW", "2026-11-03", 7);
    const { chosen, organizations, applications, rose } = await overview();
    expect(chosen?.spent).toBe(credits(57));
    expect(organizations[0]?.spent).toBe(credits(57));
    expect(applications[0]?.spent).toBe(credits(57));
    expect(rose[0]?.now).toBe(credits(57));
  });
});

it("in a part of the enterprise, has the figures of its organizations alone", async () => {
  await spend("LAW", "2026-11-02", 50);
  await spend("ART", "2026-11-02", 20);
  await spend("MED", "2026-11-02", 5);
  const user = await aPortalUser(null);
  await aGrant(user, "viewer", { organizationId: ids.ART ?? 0 });
  const { types, chosen, organizations, applications, rose } = await overview({}, scopeOf(user));
  expect(types.map(({ id, spent }) => [id, spent])).toEqual([[yen, credits(20)]]);
  expect(chosen?.spent).toBe(credits(20));
  expect(organizations.map(({ code }) => code)).toEqual(["ART"]);
  expect(applications.map(({ spent }) => spent)).toEqual([credits(20)]);
  expect(rose.map(({ organization }) => organization.code)).toEqual(["ART"]);
});
