import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { statement } from "#db/statement.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { matchExternalId } from "#lib/search/matches.ts";
import { daysInPieces, daysNow } from "#lib/transactions/parts/days-in-pieces.ts";
import { memberParts } from "#lib/transactions/parts/member-parts.ts";
import { organizationDays } from "#lib/transactions/parts/organization-days.ts";
import { organizationParts } from "#lib/transactions/parts/organization-parts.ts";
import { tagParts } from "#lib/transactions/parts/tag-parts.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import type { Parts } from "#lib/transactions/rules/grouping.ts";
import { transactionsSearchParams as codec, type TransactionsView } from "#lib/transactions/search-params.ts";
import { spendingFigures } from "#lib/transactions/spending-figures.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  everything,
  operator,
  requestId,
  spend,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const NOW = new Date("2026-11-24T12:00:00Z");
const TODAY = 20_261_124;
/** They are read in pieces of 25. */
const COUNT = 60;
const codeOf = (number: number) => `O${String(number).padStart(2, "0")}`;
const ids: number[] = [];

/** O01 to O60. O01 has spent 101, O02 102 and so on, but O60, which has spent nothing. */
beforeEach(async () => {
  const creditType = await aCreditType({ available: credits(100_000) });
  ids.length = 0;
  for (let number = 1; number <= COUNT; number++) {
    const id = await anOrganization({ code: codeOf(number), creditType, balance: credits(1_000) });
    await aMember(id, { email: "ana@example.edu", name: "Ana García" });
    ids.push(id);
    if (number < COUNT) await spendOf(number, 100 + number, "2026-10-20");
  }
});

async function spendOf(number: number, whole: number, day: string): Promise<void> {
  value(
    await spend(
      {
        id: `${codeOf(number)} ${day} ${whole}`,
        organization: codeOf(number),
        member: "ana@example.edu",
        credits: credits(whole),
        occurredAt: new Date(`${day}T10:00:00Z`),
      },
      NOW,
    ),
  );
}

/** Takes the first spend of an organization back. */
async function reverseFirst(number: number): Promise<void> {
  const [entry = 0] = matchExternalId(everything, `${codeOf(number)} 2026-10-20 ${100 + number}`, 1);
  value(await reverseEntry({ entry, note: null, requestId: requestId() }, operator, NOW));
}

const filterOf = (change: Partial<TransactionsView> = {}) =>
  transactionFilter(everything, { ...codec.defaults, ...change }, TODAY);

/** The whole credits of each part, by its key. */
function totalsOf(parts: Parts | null): Record<string, number> | null {
  return (
    parts &&
    Object.fromEntries(
      parts.parts.map(({ key, days }) => [
        key,
        Number(days.reduce((sum, { spent }) => sum + spent, 0n)) / 1_000_000,
      ]),
    )
  );
}

const totals = Object.fromEntries(
  Array.from({ length: COUNT - 1 }, (_, index) => [codeOf(index + 1), 101 + index]),
);

describe("by organization", () => {
  it.each([
    ["month", {}],
    ["day", {}],
    ["week", {}],
    ["day", { from: 20_261_001, to: 20_261_123 }],
    ["month", { application: 1 }],
    ["month", { type: 1 }],
  ] as const)(
    "counts once by %s and %j what is recorded between two pieces and after the last",
    async (granularity, change) => {
      const reading = organizationParts(filterOf(change), { granularity, limit: 100 });
      // Of the largest organization, which is in the first piece, and of the smallest, which is in the last.
      await spendOf(59, 7, "2026-11-20");
      await spendOf(1, 8, "2026-11-21");
      await reverseFirst(59);
      await reverseFirst(1);
      const read = await reading;
      expect(totalsOf(read())).toEqual({ ...totals, O59: 7, O01: 8 });
      await spendOf(59, 5, "2026-11-22");
      await spendOf(30, 6, "2026-11-22");
      expect(totalsOf(read())).toEqual({ ...totals, O59: 12, O01: 8, O30: 136 });
    },
  );

  it("counts an entry once that one piece has and an earlier one lacks", async () => {
    const [first = 0] = ids;
    const last = ids[58] ?? 0;
    const queries = organizationDays(filterOf(), "month");
    const keys = [first];
    let isRecorded = false;
    // Pieces without anything follow the first, until the entries are recorded.
    const of = (piece: readonly number[]) => {
      if (!keys.includes(last)) keys.push(isRecorded ? last : 1_000_000 + keys.length);
      return queries.of(piece);
    };
    const reading = daysInPieces(keys, { ...queries, of, keysAPiece: 1 });
    await nextTurn();
    await spendOf(1, 7, "2026-11-20");
    await spendOf(59, 8, "2026-11-20");
    isRecorded = true;
    const read = await reading;
    expect(read.upToIds.get(first)).toBeLessThan(read.upToIds.get(last) ?? 0);
    await spendOf(59, 9, "2026-11-21");
    const spentBy = (id: number) =>
      daysNow(read, [first, last])
        .filter(({ key }) => key === id)
        .reduce((sum, { spent }) => sum + spent, 0n);
    expect(spentBy(first)).toBe(credits(101 + 7));
    expect(spentBy(last)).toBe(credits(159 + 8 + 9));
  });

  it("has those that are the largest now, which may be others than before", async () => {
    const all = await organizationParts(filterOf(), { granularity: "month", limit: 59 });
    expect(all()).toMatchObject({ count: 59 });
    const largest = await organizationParts(filterOf(), { granularity: "month", limit: 2 });
    expect(totalsOf(largest())).toEqual({ O59: 159, O58: 158 });
    await spendOf(60, 300, "2026-11-20");
    expect(totalsOf(largest())).toEqual({ O60: 300, O59: 159 });
    expect(all().count).toBeNull();
    const { O01: _smallest, ...others } = totals;
    expect(totalsOf(all())).toEqual({ ...others, O60: 300 });
  });
});

it("is read again by a page that a restore comes into between two pieces", async () => {
  const last = ids[58] ?? 0;
  const view = {
    ...codec.defaults,
    tab: "spending" as const,
    by: "organization" as const,
    rows: "100" as const,
  };
  const reading = spendingFigures(everything, view, TODAY);
  await nextTurn();
  await nextTurn();
  // As if the restored ledger had more of O59, which is in the first piece. A restore raises the version of the schema.
  database().run(sql`UPDATE organization_days SET spent = spent + 1 WHERE organization_id = ${last}`);
  database().$client.exec("CREATE TABLE other (id)");
  const figures = await reading;
  const { table } = figures ?? { table: "none" };
  expect(typeof table === "string" ? table : table.rows[0]).toMatchObject({
    key: "O59",
    total: credits(159) + 1n,
  });
});

describe("by member", () => {
  it("counts a person who is merged into another between the reading and the page", async () => {
    const { member } = await aMember(ids[0] ?? 0, { email: "bea@example.edu", name: "Bea" });
    value(await spend({ organization: "O01", member: "bea@example.edu", credits: credits(4) }, NOW));
    const filter = filterOf({ by: "member" });
    const read = await memberParts(filter, { granularity: "month", limit: 10 });
    const [ana = 0] = statement(sql`SELECT id FROM members WHERE email = 'ana@example.edu'`).numbers();
    const sum = Object.values(totals).reduce((one, other) => one + other, 0);
    const shown = () => {
      const parts = read();
      return typeof parts === "string" ? parts : totalsOf(parts);
    };
    expect(shown()).toEqual({ [ana]: sum, [member]: 4 });
    value(await mergeMembers({ member: ana, email: "bea@example.edu" }, operator));
    expect(shown()).toEqual({ [ana]: sum + 4 });
  });
});

describe("by a key of tags", () => {
  const tag = async (numbers: readonly number[], tag: string) =>
    value(
      await changeOrganizationsTags(
        numbers.map((number) => ids[number - 1] ?? 0),
        { to: "add", tags: [tag] },
        operator,
      ),
    );

  it("counts once what is recorded between two pieces and after the last", async () => {
    const numbers = Array.from({ length: 55 }, (_, index) => index + 1);
    await tag(numbers, "faculty:arts");
    const reading = tagParts(filterOf(), "faculty", "month");
    await spendOf(55, 7, "2026-11-20");
    await spendOf(1, 8, "2026-11-21");
    const read = await reading;
    const sum = numbers.reduce((total, number) => total + 100 + number, 0);
    expect(totalsOf(read())).toEqual({ "faculty:arts": sum + 15 });
    await spendOf(2, 5, "2026-11-22");
    await spendOf(60, 9, "2026-11-22");
    expect(totalsOf(read())).toEqual({ "faculty:arts": sum + 20 });
    // What has no tag: O56 to O59, and O60.
    const none = read().none.reduce((total, { spent }) => total + spent, 0n);
    expect(none).toBe(credits(156 + 157 + 158 + 159 + 9));
  });

  it("has an organization that gets a tag of the key since", async () => {
    await tag([1], "faculty:arts");
    const read = await tagParts(filterOf(), "faculty", "month");
    expect(totalsOf(read())).toEqual({ "faculty:arts": 101 });
    await tag([2], "faculty:science");
    expect(totalsOf(read())).toEqual({ "faculty:arts": 101, "faculty:science": 102 });
  });
});
