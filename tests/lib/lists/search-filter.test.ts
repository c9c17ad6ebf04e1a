import { expect, it } from "vitest";
import { database } from "#db/client.ts";
import { statement } from "#db/statement.ts";
import { searchFilters } from "#lib/lists/search-filter.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

it.each([1, 2, 3, 5, 12, 13, 1_000])("searches each text once, %i texts at a time", (size) => {
  // Of 12 people, three each have the same text.
  database().$client.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
    INSERT INTO members (id, name, email, email_key, name_key, search_text, spent, created_at, active_memberships)
      SELECT i, 'p' || i, 'p' || i, 'p' || i, 'p' || i, 'text ' || (i % 4), 0, 0, 1 FROM n`);
  const pieces = (q: string) => {
    const [filter] = searchFilters("members", q);
    return [...(filter?.pieces?.(size) ?? [])].map((query) => statement(query).numbers());
  };
  expect(
    pieces("text")
      .flat()
      .sort((one, other) => one - other),
  ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(pieces("tex 3").flat()).toEqual([3, 7, 11]);
  expect(pieces("nobody").flat()).toEqual([]);
  expect(pieces("text").length).toBe({ 1: 5, 2: 5, 3: 5, 5: 3, 12: 2 }[size] ?? 1);
});
