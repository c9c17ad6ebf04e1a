import { expect, it } from "vitest";
import { type Cursor, OLDEST } from "#lib/keyset.ts";
import { latestEntryId } from "#lib/transactions/queries/entries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import {
  entryIdPieces,
  preparePrinted,
  prepareTransactions,
  type SearchedPage,
} from "#lib/transactions/queries/sparse-list.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  everything,
  spent,
  spentTogether,
} from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";

const TODAY = 20_261_124;
const NOW = new Date("2026-11-24T12:00:00Z");
const ENTRIES = 1_500;
/** These entries have no model: the first that are recorded, and one of 20 of the others. */
const isRare = (n: number) => n < 10 || n % 20 === 0;

// 1,500 spends, of which many have the same instant, after the purchase and the allocation.
useCopyOfDatabase(async () => {
  const creditType = await aCreditType({ available: credits(10_000) });
  await aMember(await anOrganization({ code: "LAW", creditType, balance: credits(9_000) }), {});
  await spentTogether(
    Array.from({ length: ENTRIES }, (_, n) => ({
      id: `e-${n}`,
      organization: "LAW",
      application: "tutor",
      credits: credits(1),
      occurredAt: new Date(NOW.getTime() - 86_400_000 * 9 + Math.floor(n / 70) * 3_600_000),
      metadata: isRare(n) ? null : '{"model":"busy"}',
    })),
    NOW,
  );
});

const RARE = "model=none&application=1";
const viewOf = (query: string) => transactionsSearchParams.decode(new URLSearchParams(query));

const numbers = (page: SearchedPage) => page.items.map(({ externalId }) => Number(externalId.slice(2)));

async function pageOf(
  query: string,
  place: { before?: Cursor | null; after?: Cursor | null },
  mostEntries?: number,
) {
  const view = { ...viewOf(query), before: place.before ?? null, after: place.after ?? null };
  const filter = transactionFilter(everything, view, TODAY);
  const page = (await prepareTransactions(filter, view, mostEntries))(filter);
  if (!page) throw new Error("there was a restore");
  return page;
}

async function everyPage(query: string, mostEntries?: number) {
  const pages = [await pageOf(query, {}, mostEntries)];
  for (let older = pages[0]?.older; older; ) {
    const page = await pageOf(query, { before: older }, mostEntries);
    pages.push(page);
    older = page.older;
  }
  return pages;
}

/** The entries of a kind, newest first, by their numbers: at one instant, the one that was recorded last is first. */
const newestFirst = (matches: (n: number) => boolean) =>
  Array.from({ length: ENTRIES }, (_, n) => n)
    .filter(matches)
    .reverse();

it.each([
  [RARE, isRare],
  ["model=busy&organization=LAW&application=1", (n: number) => !isRare(n)],
] as const)("every page of %s has the entries once, and one goes back to them", async (query, matches) => {
  const pages = await everyPage(query);
  expect(pages.flatMap(numbers)).toEqual(newestFirst(matches));
  expect(pages.map(({ searchedTo }) => searchedTo)).toEqual(pages.map(() => null));
  expect(pages.slice(0, -1).every(({ items }) => items.length === 50)).toBe(true);
  const [first, second] = pages;
  const after = second?.newer;
  if (!after) throw new Error("there is no newer page");
  const back = await pageOf(query, { after });
  expect(numbers(back)).toEqual(first && numbers(first));
  expect(back.newer).toBeNull();
});

it("ends after a number of entries, tells how far it went, and goes on from there in both directions", async () => {
  const pages = await everyPage(RARE, 200);
  expect(pages.flatMap(numbers)).toEqual(newestFirst(isRare));
  expect(pages.length).toBe(8);
  expect(numbers(pages[0] ?? (await pageOf(RARE, {})))[0]).toBe(1_480);
  // The first page read 200 entries, down to number 1,300.
  expect(pages[0]?.searchedTo).toEqual(new Date("2026-11-16T06:00:00Z"));
  const up = await pageOf(RARE, { after: { at: -8_640_000_000_000_000, id: 0 } }, 200);
  expect(numbers(up)).toEqual([180, 160, 140, 120, 100, 80, 60, 40, 20, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  expect(up.older).toBeNull();
  const next = await pageOf(RARE, { after: up.newer }, 200);
  // The rest of the instant at which the search ended, the numbers up to 209, comes on top of the 200 entries.
  expect(numbers(next)).toEqual([400, 380, 360, 340, 320, 300, 280, 260, 240, 220, 200]);
});

it("has the oldest page where nothing is older than a place", async () => {
  const page = await pageOf(RARE, { before: OLDEST });
  expect(numbers(page).slice(0, 3)).toEqual([800, 780, 760]);
  expect(numbers(page).slice(-3)).toEqual([2, 1, 0]);
  expect(page.items.length).toBe(50);
  expect(page).toMatchObject({ older: null, searchedTo: null });
  // What is newer is less than a page, so it is the first page, in full.
  expect(numbers(await pageOf(RARE, { after: page.newer })).at(-1)).toBe(500);
});

it("goes up again page by page", async () => {
  const query = "model=busy&organization=LAW&application=1";
  const entries = newestFirst((n) => !isRare(n));
  const oldest = await pageOf(query, { after: OLDEST });
  expect(numbers(oldest)).toEqual(entries.slice(-50));
  expect(oldest.older).toBeNull();
  const above = await pageOf(query, { after: oldest.newer });
  expect(numbers(above)).toEqual(entries.slice(-100, -50));
  expect(numbers(await pageOf(query, { before: above.older }))).toEqual(entries.slice(-50));
  // The way up from a page that was reached by going down.
  const second = await pageOf(query, { before: (await pageOf(query, {})).older });
  const third = await pageOf(query, { before: second.older });
  expect(numbers(third)).toEqual(entries.slice(100, 150));
  expect(numbers(await pageOf(query, { after: third.newer }))).toEqual(entries.slice(50, 100));
});

it("has nothing older after a page that the last entries fill", async () => {
  // Number 820 is the entry 823, and 50 rare ones are older.
  const place = { at: Date.UTC(2026, 10, 15, 23), id: 823 };
  const page = await pageOf(RARE, { before: place });
  expect([page.items.length, numbers(page)[0], numbers(page).at(-1), page.older]).toEqual([50, 800, 0, null]);
  const more = await pageOf(RARE, { before: { ...place, id: 843 } });
  expect([more.items.length, numbers(more)[0], numbers(more).at(-1)]).toEqual([50, 820, 1]);
  expect(numbers(await pageOf(RARE, { before: more.older }))).toEqual([0]);
});

it("shows what was recorded after the search where it belongs", async () => {
  const prepared = (query: string, place: { after?: Cursor }, mostEntries?: number) => {
    const view = { ...viewOf(query), before: null, after: place.after ?? null };
    const filter = transactionFilter(everything, view, TODAY);
    return prepareTransactions(filter, view, mostEntries).then((now) => () => now(filter));
  };
  const entry = (n: number) => ({ at: Date.UTC(2026, 10, 15, 12 + Math.floor(n / 70)), id: n + 3 });
  const complete = await prepared(`${RARE}&from=2026-11-16`, {});
  const endedEarly = await prepared(RARE, {}, 200);
  const upwards = await prepared(RARE, { after: entry(400) });
  await spent({ id: "e-5000", application: "tutor", metadata: null }, NOW);
  const oldest = new Date(NOW.getTime() - 86_400_000 * 9);
  await spent({ id: "e-5002", application: "tutor", metadata: null, occurredAt: oldest }, NOW);
  const rows = (page: SearchedPage | null) =>
    page && [numbers(page)[0], numbers(page).at(-1), page.older?.id];
  expect(rows(complete())).toEqual([5_000, 840, undefined]);
  // It searched to number 1,300, so what is older belongs to the next page.
  expect(rows(endedEarly())).toEqual([5_000, 1_300, 1_303]);
  expect(rows(upwards())).toEqual([1_400, 420, 423]);
});

it("has what was recorded after the search on the first page", async () => {
  const view = viewOf(RARE);
  const filter = transactionFilter(everything, view, TODAY);
  const now = await prepareTransactions(filter, view);
  const printedNow = await preparePrinted(filter);
  const { older } = await pageOf(RARE, {});
  const second = await prepareTransactions(filter, { ...view, before: older });
  await spent({ id: "e-5000", application: "tutor", metadata: null }, NOW);
  await spent({ id: "e-5001", application: "tutor", metadata: '{"model":"busy"}' }, NOW);
  const oldest = new Date(NOW.getTime() - 86_400_000 * 9);
  await spent({ id: "e-5002", application: "tutor", metadata: null, occurredAt: oldest }, NOW);
  const page = now(filter);
  const next = second(filter);
  expect(next && numbers(next)).toEqual(newestFirst(isRare).slice(50));
  expect(page && numbers(page).slice(0, 3)).toEqual([5_000, 1_480, 1_460]);
  expect(page?.items.length).toBe(50);
  expect(page && numbers(page).at(-1)).toBe(520);
  expect(numbers(await pageOf(RARE, { before: page?.older ?? null }))[0]).toBe(500);
  expect(printedNow(filter)).toMatchObject({ total: newestFirst(isRare).length + 2, more: false });
});

it("gives the ids of a file in pieces, some of which are empty", () => {
  const filter = transactionFilter(everything, viewOf(RARE), TODAY);
  const pieces = [...entryIdPieces(filter, latestEntryId(), 60)];
  // The purchase and the allocation are the entries 1 and 2.
  expect(pieces.flat()).toEqual(newestFirst(isRare).map((n) => n + 3));
  expect(pieces.filter((ids) => ids.length === 0).length).toBeGreaterThan(0);
  expect(Math.max(...pieces.map((ids) => ids.length))).toBe(60);
});
