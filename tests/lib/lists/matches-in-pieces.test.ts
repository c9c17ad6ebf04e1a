import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { matchesInPieces } from "#lib/lists/matches-in-pieces.ts";
import type { Filter } from "#lib/lists/numbered-pages.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

// Of 40 people, those with an id that 4 divides were never active, and two of each 20 were active at the same instant.
beforeEach(() => {
  database().$client.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
    INSERT INTO members (id, name, email, email_key, name_key, search_text, spent, created_at, active_memberships, last_active_at)
      SELECT i, 'p' || i, 'p' || i, 'p' || i, 'p' || i, 'p' || i, 0, 0, i % 2, CASE WHEN i % 4 > 0 THEN i % 20 END FROM n`);
});

/** As many ids as make a filter one with many matches. */
const many = sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT i FROM n`;

const below = (id: number): Filter => ({
  condition: sql`id < ${id}`,
  ids: sql`SELECT id FROM members WHERE id < ${id}`,
});
const manyBelow = (id: number): Filter => ({ ...below(id), ids: many });
const threeDivides: Filter = { condition: sql`id % 3 = 0`, ids: many };

function read(filters: Filter[], { descending = false, piece = 7, conditions = [sql`1`], place = 50 } = {}) {
  const direction = descending ? "DESC" : "ASC";
  const pieces = matchesInPieces(
    {
      table: "members",
      index: "members_last_active",
      order: `last_active_at ${direction}, id ${direction}`,
      backwards: "",
      conditions,
      filters,
    },
    { column: "last_active_at", descending },
    { place, piece },
  );
  for (let pauses = 0; ; pauses += 1) {
    const { done, value } = pieces.next();
    if (done) return { ...value, pauses };
  }
}

// The instants of the others are 3, 6, 9, 15, 18, 1, 7, 10, 13 and 19 in the order of these ids: 3 6 9 15 18 21 27 30 33 39.
const IN_ORDER = [12, 24, 36, 21, 3, 6, 27, 9, 30, 33, 15, 18, 39];

describe.each([
  ["where each filter has many matches", [threeDivides, manyBelow(100)]],
  ["where one filter has few", [threeDivides, below(100)]],
  ["where the other one has few", [below(100), threeDivides]],
])("%s", (_where, filters) => {
  it.each([1, 7, 40, 1_000])("gives the matches in the order of the list, in pieces of %i", (piece) => {
    expect(read(filters, { piece }).ids).toEqual(IN_ORDER);
    expect(read(filters, { piece, descending: true }).ids).toEqual(IN_ORDER.toReversed());
  });

  it("meets the list's own conditions too", () => {
    const conditions = [sql`active_memberships > 0`];
    expect(read(filters, { conditions }).ids).toEqual([21, 3, 27, 9, 33, 15, 39]);
  });
});

it("pauses after each filter and after each piece", () => {
  // Two limits of two filters, two pieces of the 10 who were never active, and five of the 30 others.
  expect(read([threeDivides, manyBelow(100)])).toMatchObject({ pauses: 11 });
  // Two filters, and six pieces of the 40.
  expect(read([threeDivides, below(100)])).toMatchObject({ pauses: 8 });
});

it("has nothing where a filter has no match", () => {
  expect(read([threeDivides, below(1)])).toEqual({ ids: [], more: false, pauses: 2 });
});

it("ends with one more than a list is counted", () => {
  database().$client.exec(`
    WITH RECURSIVE n(i) AS (SELECT 41 UNION ALL SELECT i + 1 FROM n WHERE i < 10100)
    INSERT INTO members (id, name, email, email_key, name_key, search_text, spent, created_at, active_memberships, last_active_at)
      SELECT i, 'p' || i, 'p' || i, 'p' || i, 'p' || i, 'p' || i, 0, 0, 1, 50 FROM n`);
  const all: Filter = { condition: sql`id > 0`, ids: many };
  const along = read([all, all], { piece: 4_000 });
  expect(along.ids).toHaveLength(10_001);
  expect(along.ids.at(-1)).toBe(10_001);
  const compared = read([all, { ...all, ids: sql`SELECT id FROM members` }], { piece: 4_000 });
  expect([compared.ids, compared.more, along.more]).toEqual([along.ids, true, true]);
  // One filter alone has more than are counted, so that only those that are shown are read.
  for (const place of [50, 9_999, 10_000, 20_000]) {
    const shown = read([all], { piece: 4_000, place, conditions: [] });
    expect(shown).toMatchObject({ ids: along.ids.slice(0, Math.min(place, 10_000)), more: true });
  }
  const exactly = (most: number) => {
    const filter = { condition: sql`id <= ${most}`, ids: sql`SELECT id FROM members WHERE id <= ${most}` };
    return read([filter], { piece: 4_000, conditions: [] });
  };
  expect(exactly(10_000)).toMatchObject({ ids: along.ids.slice(0, 10_000), more: false });
  expect(exactly(10_001)).toMatchObject({ ids: along.ids, more: true });
});
