import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { database, openDatabase, write } from "#db/client.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { insertOrganizations } from "#lib/organizations/commands/insert.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { listOrganizations, organizationIds } from "#lib/organizations/queries/list.ts";
import { totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { organizationsSearchParams, SORT_KEYS } from "#lib/organizations/search-params.ts";
import { searchWords } from "#lib/text.ts";
import { everything, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

let types: number[];
beforeEach(async () => {
  types = [];
  for (const name of ["A", "B"]) {
    types.push(
      value(await createCreditType({ name, currency: "EUR", exchangeRate: 1_000_000n }, operator)).id,
    );
  }
});

let codes = 0;
const add = (names: readonly string[], at?: Date) =>
  write((tx) =>
    insertOrganizations(
      tx,
      names.map((name, n) => {
        codes += 1;
        return {
          name,
          code: `C-${codes}`,
          creditTypeId: types[n % 2] ?? 0,
          active: n % 3 !== 0,
          monthlyAllowance: null,
        };
      }),
      operator,
      at,
    ),
  );

/** The same by reading every row in JavaScript. */
function byReading(q: string, type: number | null) {
  const words = searchWords(q);
  return database()
    .$client.prepare("SELECT id, search_text, active, credit_type_id AS type FROM organizations ORDER BY id")
    .safeIntegers(false)
    .all()
    .map((row) => row as { id: number; search_text: string; active: number; type: number })
    .filter(
      (row) => (type === null || row.type === type) && words.every((word) => row.search_text.includes(word)),
    );
}

function search(q: string, type: number | null = null, status: "all" | "active" | "inactive" = "all") {
  const view = { ...organizationsSearchParams.defaults, q, type, status };
  const { counts } = listOrganizations(everything, view, totalsByCreditType(everything));
  return { ...counts, ids: organizationIds(everything, view) };
}

describe("the search of organizations", () => {
  it("finds what reading every row finds, whatever was added, renamed or deactivated between two looks", async () => {
    const word = fc.constantFrom("a", "ab", "ba", "aba", "bb", "law", "école", "ÿ", "\0", "C-1", "😀");
    const q = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" "));
    const step = fc.oneof(
      fc.record({ add: fc.array(q, { minLength: 1, maxLength: 4 }) }),
      fc.record({ rename: fc.nat(), to: q }),
      fc.record({ status: fc.nat(), active: fc.boolean() }),
      fc.record({ look: q, type: fc.constantFrom(null, 0, 1) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        for (const one of steps) {
          const ids = database()
            .all<{ id: bigint }>("SELECT id FROM organizations")
            .map((row) => Number(row.id));
          const pick = (n: number) => ids[n % Math.max(1, ids.length)];
          if ("add" in one) await add(one.add.map((name) => name.replaceAll("\0", "zero")));
          else if ("rename" in one) {
            const id = pick(one.rename);
            const name = one.to.replaceAll("\0", "zero");
            if (id) await updateOrganization({ id, name, monthlyAllowance: null }, operator);
          } else if ("status" in one) {
            const id = pick(one.status);
            if (id) await changeOrganizationsActive([id], one.active, operator);
          } else {
            const type = one.type === null ? null : (types[one.type] ?? null);
            const truth = byReading(one.look, type);
            const matches = search(one.look, type, "inactive");
            expect(matches.all).toBe(truth.length);
            expect(matches.inactive).toBe(truth.filter((row) => row.active === 0).length);
            expect(matches.active).toBe(truth.filter((row) => row.active === 1).length);
            expect(matches.ids.toSorted((a, b) => a - b)).toEqual(
              truth.filter((row) => row.active === 0).map((row) => row.id),
            );
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("sees at once what another process has committed, and nothing that it has not", async () => {
    await add(["Faculty of Law"]);
    expect(search("law").all).toBe(1);
    const other = openDatabase(database().$client.name);
    try {
      const [id = 0] = search("law").ids;
      await write((tx) => {
        insertOrganizations(
          tx,
          [
            {
              name: "Law Library",
              code: "LL",
              creditTypeId: types[0] ?? 0,
              active: true,
              monthlyAllowance: null,
            },
          ],
          operator,
        );
        expect(search("law").all).toBe(1);
      }, other);
      expect(search("law").all).toBe(2);
      await changeOrganizationsActive([id], false, operator);
      expect(search("law").ids).toHaveLength(2);
      expect(search("law", null, "active").ids).not.toContain(id);
    } finally {
      other.$client.close();
    }
  });
});

describe("the counts of a search", () => {
  it.each([
    // The ids of at most 5,000 matches are read with the counts.
    [5_000, { all: 2500, active: 1667, inactive: 833 }],
    [5_004, { all: 2502, active: 1668, inactive: 834 }],
  ])("and its pages are right with %i matches", async (n, ofType) => {
    await add(Array.from({ length: n }, () => "common"));
    await add(["other"]);
    const [, type = 0] = types;
    const list = (view: object) =>
      listOrganizations(
        everything,
        { ...organizationsSearchParams.defaults, q: "common", ...view },
        totalsByCreditType(everything),
      );
    const inactive = n / 3;
    const all = list({ status: "active", sort: "created", page: 2 });
    expect(all.counts).toEqual({ all: n, active: n - Math.ceil(inactive), inactive: Math.ceil(inactive) });
    // Every third one is inactive, from the first one on.
    expect(all.items.map(({ id }) => id)).toEqual(
      Array.from({ length: 24 }, (_, i) => 38 + i + Math.floor(i / 2)),
    );
    expect(list({ status: "inactive", type }).counts).toEqual(ofType);
  });
});

describe("pages of a search", () => {
  // Of 400 organizations 200 have "common", 10 of them "rare" too. Keys repeat, so that ties show the order of ids.
  beforeEach(async () => {
    const names = Array.from(
      { length: 400 },
      (_, n) => `${n % 2 ? "common" : "plain"} ${n % 40 === 1 ? "rare" : ""} ${n % 7}`,
    );
    await add(names, new Date("2026-01-01T00:00:00Z"));
    database().run(
      "UPDATE organizations SET members = id % 5, balance = id * 7919 % 31, spent = id * 31 % 17",
    );
  });

  /** Every page after the other. */
  function allPages(q: string, sort: (typeof organizationsSearchParams.defaults)["sort"]): number[] {
    const ids: number[] = [];
    for (let page = 1; ; page++) {
      const view = { ...organizationsSearchParams.defaults, q, sort, page };
      const { items, pages } = listOrganizations(everything, view, totalsByCreditType(everything));
      ids.push(...items.map((item) => item.id));
      if (page === pages) return ids;
    }
  }

  it.each([
    ["created", [2, 42, 82, 122, 162, 202, 242, 282, 322, 362]],
    ["-created", [2, 42, 82, 122, 162, 202, 242, 282, 322, 362]],
    ["members", [2, 42, 82, 122, 162, 202, 242, 282, 322, 362]],
    ["-members", [362, 322, 282, 242, 202, 162, 122, 82, 42, 2]],
    ["balance", [82, 122, 162, 202, 242, 282, 322, 362, 2, 42]],
    ["spent", [362, 322, 282, 242, 202, 162, 122, 82, 42, 2]],
    ["-spent", [2, 42, 82, 122, 162, 202, 242, 282, 322, 362]],
  ] as const)("hold every match once, sorted by %s", (sort, ids) => {
    expect(allPages("rare", sort)).toEqual(ids);
  });

  it.each(["common", "rare", "common 3", "o"])(
    "hold what the unsearched list has of %j, in its order",
    (q) => {
      const hits = new Set(byReading(q, null).map(({ id }) => id));
      for (const key of SORT_KEYS) {
        for (const sort of [key, `-${key}`] as const) {
          expect(allPages(q, sort)).toEqual(allPages("", sort).filter((id) => hits.has(id)));
        }
      }
    },
  );
});

it("finds more matches than are sorted at either end of the order", async () => {
  const at = new Date("2026-01-01T00:00:00Z");
  await add(
    Array.from({ length: 4_000 }, (_, n) => (n < 2_500 ? "early" : "late")),
    at,
  );
  const ids = (q: string, sort: "created" | "name" | "-name", page = 1) =>
    listOrganizations(
      everything,
      { ...organizationsSearchParams.defaults, q, sort, page },
      totalsByCreditType(everything),
    ).items.map(({ id }) => id);
  expect(ids("late", "created").slice(0, 3)).toEqual([2_501, 2_502, 2_503]);
  expect(ids("early", "created").slice(0, 3)).toEqual([1, 2, 3]);
  expect(ids("late", "-name").slice(0, 3)).toEqual([4_000, 3_999, 3_998]);
  // 1,500 matches are 62 full pages and 12.
  expect(ids("late", "created", 63)).toEqual(Array.from({ length: 12 }, (_, n) => 3_989 + n));
});
