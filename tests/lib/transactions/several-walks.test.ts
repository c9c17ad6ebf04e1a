import { expect, it, test } from "vitest";
import { type Cursor, OLDEST } from "#lib/keyset.ts";
import { partOf, type Scope } from "#lib/scope/scope.ts";
import { latestEntryId } from "#lib/transactions/queries/entries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { entryIdPieces, preparePrinted, prepareTransactions } from "#lib/transactions/queries/sparse-list.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  everything,
  spentTogether,
} from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";
import { rechain, tamper } from "#tests/support/tampering.ts";

// A search along several indexes, of which each ends early at a place of its own, and the rows that are printed.

const TODAY = 20_261_124;
const NOW = new Date("2026-11-24T12:00:00Z");
const minute = (minutes: number) => new Date(Date.UTC(2026, 10, 24) + minutes * 60_000);
const ENTRIES = 400;

// Ana spends in LAW every two minutes, from l-0 at 00:00 to l-399 at 13:18, and in ART every minute, from a-0 at 00:00:30
// to a-399 at 06:39:30. Each 40th event is of the model "rare".
useCopyOfDatabase(async () => {
  const at = new Date("2026-11-20T12:00:00Z");
  const creditType = await aCreditType({ available: credits(20), at });
  for (const code of ["LAW", "ART"]) {
    await aMember(await anOrganization({ code, creditType, balance: credits(10), at }));
  }
  for (const [organization, step, start] of [
    ["LAW", 2, 0],
    ["ART", 1, 0.5],
  ] as const) {
    const events = Array.from({ length: ENTRIES }, (_, n) => ({
      id: `${organization.charAt(0).toLowerCase()}-${n}`,
      organization,
      application: "tutor",
      credits: 1n,
      occurredAt: minute(n * step + start),
      metadata: n % 40 === 0 ? '{"model":"rare"}' : '{"model":"busy"}',
    }));
    await spentTogether(events, new Date("2026-11-24T14:00:00Z"));
  }
});

/** Newest first. */
const RARE =
  "l-360 l-320 l-280 l-240 l-200 a-360 a-320 l-160 a-280 a-240 l-120 a-200 a-160 l-80 a-120 a-80 l-40 a-40 a-0 l-0";

const both = () => partOf(everything, [1, 2]);
const viewOf = (query: string) => transactionsSearchParams.decode(new URLSearchParams(query));

async function pageOf(
  query: string,
  scope: Scope,
  place: { before?: Cursor | null; after?: Cursor | null },
  mostEntries?: number,
) {
  const view = { ...viewOf(query), before: place.before ?? null, after: place.after ?? null };
  const filter = transactionFilter(scope, view, TODAY);
  const page = (await prepareTransactions(filter, view, mostEntries))(filter);
  if (!page) throw new Error("there was a restore");
  const { items, older, newer, searchedTo } = page;
  return { rows: items.map(({ externalId }) => externalId).join(" "), older, newer, searchedTo };
}

// Of one person, and of several organizations of a part of the enterprise.
test.each([
  ["model=rare&member=1&from=2026-11-24", () => everything],
  ["model=rare&application=1&from=2026-11-24", both],
] as const)(
  "down from the newest, a page of %s ends where the first of two searches ends",
  async (query, scope) => {
    expect(await pageOf(query, scope(), {})).toMatchObject({ rows: RARE, older: null, searchedTo: null });
    // Each of the two reads 200 entries: LAW down to l-200 at 06:40, and ART down to a-200 at 03:20:30.
    const first = await pageOf(query, scope(), {}, 400);
    expect(first).toMatchObject({ rows: "l-360 l-320 l-280 l-240 l-200", newer: null });
    expect(first.searchedTo).toEqual(new Date("2026-11-24T06:40:00Z"));
    // LAW down to l-0, and ART again down to a-200.
    const second = await pageOf(query, scope(), { before: first.older }, 400);
    expect(second.rows).toBe("a-360 a-320 l-160 a-280 a-240 l-120 a-200");
    expect(second.searchedTo).toEqual(new Date("2026-11-24T03:20:30Z"));
    // LAW has 101 entries left, so only ART ends early, with its last entry.
    const third = await pageOf(query, scope(), { before: second.older }, 400);
    expect(third.rows).toBe("a-160 l-80 a-120 a-80 l-40 a-40 a-0");
    expect(third.searchedTo).toEqual(new Date("2026-11-24T00:00:30Z"));
    const last = await pageOf(query, scope(), { before: third.older }, 400);
    expect(last).toMatchObject({ rows: "l-0", older: null, searchedTo: null });
  },
);

test.each([
  ["model=rare&member=1&from=2026-11-24", () => everything],
  ["model=rare&application=1&from=2026-11-24", both],
] as const)(
  "up from the oldest, a page of %s ends where the first of two searches ends",
  async (query, scope) => {
    // LAW up to l-199 at 06:38, and ART up to a-199 at 03:19:30.
    const first = await pageOf(query, scope(), { after: OLDEST }, 400);
    expect(first).toMatchObject({
      rows: "a-160 l-80 a-120 a-80 l-40 a-40 a-0 l-0",
      older: null,
      searchedTo: new Date("2026-11-24T03:19:30Z"),
    });
    // LAW up to l-299 at 09:58, and ART up to a-399 at 06:39:30.
    const second = await pageOf(query, scope(), { after: first.newer }, 400);
    expect(second).toMatchObject({
      rows: "a-360 a-320 l-160 a-280 a-240 l-120 a-200",
      searchedTo: new Date("2026-11-24T06:39:30Z"),
    });
    // LAW up to l-399, which is its last entry.
    const third = await pageOf(query, scope(), { after: second.newer }, 400);
    expect(third).toMatchObject({
      rows: "l-360 l-320 l-280 l-240 l-200",
      searchedTo: new Date("2026-11-24T13:18:00Z"),
    });
    // Nothing is newer, so it is the first page again.
    const top = await pageOf(query, scope(), { after: third.newer });
    expect(top).toMatchObject({ rows: RARE, older: null, newer: null, searchedTo: null });
  },
);

it("may read the entries that it is given in equal parts, rounded up", async () => {
  const query = "model=rare&member=1&from=2026-11-24";
  // All 400 of each, and it ends at the last of them: that of ART comes first.
  expect(await pageOf(query, everything, {}, 800)).toMatchObject({
    rows: RARE.replace(" l-0", ""),
    searchedTo: new Date("2026-11-24T00:00:30Z"),
  });
  // One more shows that there are no others.
  expect(await pageOf(query, everything, {}, 801)).toMatchObject({
    rows: RARE,
    older: null,
    searchedTo: null,
  });
});

it("has a full page of two searches that both end early, and the rows after it on the next one", async () => {
  const query = "model=busy&member=1&from=2026-11-24";
  // LAW from l-199 to l-164, and ART from a-399 to a-364, of which more than 50 are newer than a-364.
  const first = await pageOf(query, everything, { before: { at: minute(400).getTime(), id: 204 } }, 72);
  expect(first.rows).toMatch(/^a-399 a-398 l-199 a-397 .* l-184 a-367 a-366$/);
  expect(first.rows.split(" ").length).toBe(50);
  expect(first).toMatchObject({ older: { id: 770 }, searchedTo: null });
  const second = await pageOf(query, everything, { before: first.older }, 72);
  expect(second.rows).toMatch(/^l-183 a-365 a-364 l-182 /);
});

it("reads the second piece only as far as it may", async () => {
  addCopies(0, 1_300, "l-1");
  // Of each organization it may read 1,250 entries, which ART does not have. Of LAW, 398 are newer than l-1 and its
  // copies at 00:02. The first piece has 1,000 entries.
  expect(await pageOf("model=rare&member=1&from=2026-11-24", everything, {}, 2_500)).toMatchObject({
    rows: RARE.replace(" a-0 l-0", ""),
    older: { id: 1_252 },
    searchedTo: new Date("2026-11-24T00:02:00Z"),
  });
});

/** Adds entries like another one with the numbers from `from` to the one before `to`. */
function addCopies(from: number, to: number, of = "l-0"): void {
  tamper(`WITH RECURSIVE numbers (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to - 1})
    INSERT INTO ledger_entries (kind, debit_account, credit_account, amount, credit_type_id, organization_id,
      membership_id, application_id, occurred_at, day, recorded_at, external_id, source, request_hash, balance_after,
      month_spent_after, allowance_then, metadata)
    SELECT kind, debit_account, credit_account, amount, credit_type_id, organization_id, membership_id, application_id,
      occurred_at, day, recorded_at, 'm-' || n, source, request_hash, balance_after, month_spent_after, allowance_then,
      metadata
    FROM numbers JOIN ledger_entries ON external_id = '${of}'`);
  rechain();
}

it("prints the first 2,000 rows, and counts 10,000", async () => {
  const filter = transactionFilter(everything, viewOf("model=rare&application=1"), TODAY);
  const printed = async () => {
    const rows = (await preparePrinted(filter))(filter);
    if (!rows) throw new Error("there was a restore");
    const ids = rows.items.map(({ externalId }) => externalId);
    return [ids.length, ids.at(0), ids.at(-1), rows.total, rows.more];
  };
  addCopies(0, 1_980);
  expect(await printed()).toEqual([2_000, "l-360", "l-0", 2_000, false]);
  addCopies(1_980, 1_981);
  expect(await printed()).toEqual([2_000, "l-360", "m-0", 2_001, false]);
  addCopies(1_981, 9_980);
  expect(await printed()).toEqual([2_000, "l-360", "m-7999", 10_000, false]);
  const before = await preparePrinted(filter);
  const event = { application: "tutor", credits: 1n, occurredAt: minute(0), metadata: '{"model":"rare"}' };
  await spentTogether([{ ...event, id: "m-9980" }], NOW);
  expect(await printed()).toEqual([2_000, "l-360", "m-8000", 10_000, true]);
  // What was recorded after the search is counted too.
  const { total, more } = before(filter) ?? {};
  expect([total, more]).toEqual([10_000, true]);
  const pieces = [...entryIdPieces(filter, latestEntryId(), 3_000)].filter((ids) => ids.length > 0);
  expect(pieces.map((ids) => ids.length)).toEqual([3_000, 3_000, 3_000, 1_001]);
});
