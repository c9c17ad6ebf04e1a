import { expect, it } from "vitest";
import { database } from "#db/client.ts";
import type { Cursor } from "#lib/keyset.ts";
import { placesInScope } from "#lib/lists/places-in-scope.ts";
import { randomFrom } from "#lib/random.ts";
import { aGrant, aPortalUser, scopeOf } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const LIST = {
  table: "audit_entries",
  at: "at",
  index: "audit_entries_at",
  indexOfOrganization: "audit_entries_organization",
  conditions: [],
};

/** Organizations with these tags, and audit entries of them in this order, at few instants, so that many are equal. */
async function fill(
  organizations: number,
  entries: number,
  organizationOf: (entry: number) => number | null,
) {
  const sqlite = database().$client;
  sqlite.exec(`
    INSERT INTO credit_types (id, name, name_key, currency, exchange_rate, created_at) VALUES (1, 'C', 'c', 'SGD', 1, 0);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${organizations})
    INSERT INTO organizations (id, name, code, code_key, credit_type_id, active, created_at, name_key, search_text)
      SELECT i, i, i, i, 1, 1, 0, i, i FROM n;
    INSERT INTO organization_tags SELECT id, 'few:yes' FROM organizations WHERE id % 3 = 0 AND id < 300;
    INSERT INTO organization_tags SELECT id, 'many:yes' FROM organizations WHERE id % 3 <> 0;`);
  const insert =
    sqlite.prepare(`INSERT INTO audit_entries (id, at, actor_kind, actor_label, action, subject_kind,
    subject_label, previous_hash, hash, organization_id) VALUES (?, ?, 'operator', '', 'x', 'organization', '', '', '', ?)`);
  const random = randomFrom(7);
  const rows: (Cursor & { organization: number | null })[] = [];
  sqlite.transaction(() => {
    for (let id = 1; id <= entries; id++) {
      const organization = organizationOf(id);
      const at = Math.floor(random() * 200);
      insert.run(id, at, organization);
      rows.push({ id, at, organization });
    }
  })();
  return rows;
}

async function scopeOfTag(tag: string) {
  const user = await aPortalUser(null, `${tag}@example.edu`);
  await aGrant(user, "viewer", { tag });
  return scopeOf(user);
}

it.each(["few:yes", "many:yes"])(
  "gives the rows of a scope in both directions from every place: %s",
  async (tag) => {
    const rows = await fill(1_800, 3_000, (entry) => (entry % 7 === 0 ? null : 1 + ((entry * 37) % 1_800)));
    const scope = await scopeOfTag(tag);
    expect(scope.organizationIds?.size).toBe(tag === "few:yes" ? 99 : 1_200);
    for (const direction of ["older", "newer"] as const) {
      const sign = direction === "older" ? -1 : 1;
      const compare = (a: Cursor, b: Cursor) => sign * (a.at - b.at || a.id - b.id);
      const expected = rows
        .filter(({ organization }) => organization !== null && scope.organizationIds?.has(organization))
        .map(({ at, id }) => ({ at, id }))
        .sort(compare);
      for (const limit of [1, 51, 500]) {
        expect(placesInScope(LIST, scope, { from: null, direction, limit })).toEqual(
          expected.slice(0, limit),
        );
        for (const place of [0, 1, 40, expected.length - 2, expected.length - 1]) {
          const from = expected[place] ?? null;
          expect(placesInScope(LIST, scope, { from, direction, limit })).toEqual(
            expected.slice(place + 1, place + 1 + limit),
          );
        }
      }
    }
  },
);

it("finds a large scope's rows behind 20,000 of others, and one organization's many", async () => {
  // The newest rows are those of organization 3, which only the small scope has.
  const rows = await fill(1_800, 21_500, (entry) => (entry <= 300 ? 1 + (entry % 2) : 3));
  database().$client.exec("DROP TRIGGER audit_entries_no_update; UPDATE audit_entries SET at = id");
  const many = await scopeOfTag("many:yes");
  const walk = { from: null, direction: "older", limit: 51 } as const;
  const newest = (first: number) => Array.from({ length: 51 }, (_, n) => ({ at: first - n, id: first - n }));
  expect(placesInScope(LIST, many, walk)).toEqual(newest(300));
  expect(placesInScope(LIST, await scopeOfTag("few:yes"), walk)).toEqual(newest(rows.length));
});
