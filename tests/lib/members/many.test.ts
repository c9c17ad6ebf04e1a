import { expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import { insertMemberships } from "#lib/members/commands/insert.ts";
import {
  countPeople,
  listMembers,
  membershipIdPieces,
  prepareMembers,
} from "#lib/members/queries/member-list.ts";
import { idsByFigure, organizationPieces } from "#lib/members/queries/member-order.ts";
import { membersSearchParams } from "#lib/members/search-params.ts";
import { partOf } from "#lib/scope/scope.ts";
import { currentMonth } from "#lib/settings/queries.ts";
import { anOrganization, everything, operator } from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";

// The portal has more people here than it sorts or looks up one by one: 10,400 viewers and 200 admins are in BIG, and
// every 50th of them is in SMALL too. What is read in pieces is compared with one plain reading.

const PEOPLE = 10_600;

useCopyOfDatabase(async () => {
  const big = await anOrganization({ code: "BIG" });
  const small = await anOrganization({ code: "SMALL" });
  await anOrganization({ code: "EMPTY" });
  const domain = (n: number) => (n % 53 === 0 ? "staff.edu" : "example.edu");
  const person = (n: number) => ({ name: `P ${n}`, email: `p${n}@${domain(n)}` });
  const rest = { active: true, allowance: "organization", monthlyAllowance: null } as const;
  const numbers = Array.from({ length: PEOPLE }, (_, n) => n);
  await write((tx) => {
    const ofBig = numbers.map((n) => ({
      ...{ ...person(n), ...rest, organizationId: big, active: n % 100 !== 7 },
      role: n % 53 === 0 ? ("admin" as const) : ("viewer" as const),
    }));
    insertMemberships(tx, ofBig, operator);
    const ofSmall = numbers
      .filter((n) => n % 50 === 0)
      .map((n) => ({ ...person(n), ...rest, organizationId: small, role: "viewer" as const }));
    insertMemberships(tx, ofSmall, operator);
  });
  database().$client.exec(
    `UPDATE memberships SET spent = id * 7919 % 10007, created_at = id * 4001 % 9967,
       last_active_at = CASE WHEN id % 3 = 0 THEN NULL ELSE id * 6007 % 9973 END,
       near_allowance_month = CASE role WHEN 'viewer' THEN ${currentMonth()} END`,
  );
});

const read = (sql: string) =>
  database()
    .$client.prepare<[], { id: number }>(sql)
    .safeIntegers(false)
    .all()
    .map(({ id }) => id);

const FIGURES = {
  spent: "sum(ms.spent)",
  active: "max(ms.last_active_at)",
  created: "min(ms.created_at)",
};

it.each<[query: string, having: string]>([
  ["sort=-spent", "1"],
  ["sort=spent", "1"],
  ["sort=-active", "1"],
  ["sort=active", "1"],
  ["sort=-created", "1"],
  ["sort=created", "1"],
  ["sort=-spent&role=viewer", "sum(ms.role = 'viewer') > 0"],
  ["sort=-spent&status=active", "sum(ms.active) > 0"],
  ["sort=-spent&used=80", "sum(ms.role = 'viewer') > 0"],
  ["sort=-spent&q=example", "m.email LIKE '%example%'"],
])("the whole list of both, %s", (query, having) => {
  const scope = partOf(everything, [1, 2]);
  const view = membersSearchParams.decode(new URLSearchParams(query));
  const figure = FIGURES[view.sort.replace("-", "") as keyof typeof FIGURES];
  const direction = view.sort.startsWith("-") ? "DESC" : "ASC";
  const expected = read(
    `SELECT ms.member_id AS id FROM memberships ms JOIN members m ON m.id = ms.member_id
     GROUP BY ms.member_id HAVING ${having}
     ORDER BY ${figure} ${direction}, ms.member_id ${direction}`,
  );
  expect(expected.length).toBeGreaterThan(10_000);
  const page = (number: number) => listMembers(scope, { ...view, page: number }, undefined, 500);
  const first = page(1);
  expect(first.items.map(({ id }) => id)).toEqual(expected.slice(0, 500));
  expect([first.total, first.more, first.pages]).toEqual([10_000, true, 20]);
  expect(page(20).items.map(({ id }) => id)).toEqual(expected.slice(9_500, 10_000));
});

it.each([
  ["role=viewer", "ms.role = 'viewer'", "m.name_key, m.id"],
  ["role=viewer&sort=-active", "ms.role = 'viewer'", "m.last_active_at DESC, m.id DESC"],
  ["q=example&sort=-name", "m.email LIKE '%example%'", "m.name_key DESC, m.id DESC"],
  ["q=example&status=active", "m.email LIKE '%example%' AND m.active_memberships > 0", "m.name_key, m.id"],
  ["q=example&role=viewer&sort=spent", "m.email LIKE '%example%' AND ms.role = 'viewer'", "m.spent, m.id"],
])("the pages of the whole enterprise, %s", async (query, where, order) => {
  const view = membersSearchParams.decode(new URLSearchParams(query));
  const ids = read(
    `SELECT DISTINCT m.id FROM members m JOIN memberships ms ON ms.member_id = m.id WHERE ${where} ORDER BY ${order}`,
  );
  expect(ids.length).toBeGreaterThan(10_000);
  for (const page of [1, 19, 20, 200, 9_999]) {
    const asked = { ...view, page };
    const shown = Math.min(page, 200);
    const expected = { total: 10_000, more: true, page: shown, pages: 200 };
    for (const prepared of [undefined, await prepareMembers(everything, asked)]) {
      const { items, ...place } = listMembers(everything, asked, prepared);
      expect(items.map(({ id }) => id)).toEqual(ids.slice((shown - 1) * 50, shown * 50));
      expect(place).toEqual(expected);
    }
  }
});

it.each([
  ["", "1", "m.name_key, m.id"],
  ["sort=-spent", "1", "(SELECT sum(spent) FROM memberships WHERE member_id = m.id) DESC, m.id DESC"],
  ["role=viewer", "ms.role = 'viewer'", "m.name_key, m.id"],
  ["role=admin&sort=-name", "ms.role = 'admin'", "m.name_key DESC, m.id DESC"],
])("the memberships of both, %s", (query, where, order) => {
  const scope = partOf(everything, [1, 2]);
  const view = membersSearchParams.decode(new URLSearchParams(query));
  const pieces = [...membershipIdPieces(scope, view)].filter((piece) => piece.length > 0);
  expect(pieces.flat()).toEqual(
    read(
      `SELECT ms.id FROM memberships ms JOIN members m ON m.id = ms.member_id WHERE ${where} ORDER BY ${order}, ms.id`,
    ),
  );
  // At most 10,000 people a piece.
  expect(pieces).toHaveLength(query.includes("admin") ? 1 : 2);
});

it("reads organizations together until they have 10,000 memberships", () => {
  expect(organizationPieces(partOf(everything, [1, 2, 3]))).toEqual([[1], [2, 3]]);
});

it.each([
  ["of the whole enterprise", everything, "sort=-spent"],
  ["by name", partOf(everything, [1, 2]), "sort=-name"],
  ["of an organization outside the scope", partOf(everything, [1, 2]), "sort=-spent&organization=EMPTY"],
])("has no order by figures %s", (_, scope, query) => {
  const view = membersSearchParams.decode(new URLSearchParams(query));
  expect([...idsByFigure(scope, view)]).toEqual([]);
  expect(idsByFigure(scope, view).next()).toEqual({ done: true, value: null });
});

it("counts each person once", async () => {
  expect(await Promise.all([[1], [2], [1, 2]].map((ids) => countPeople(partOf(everything, ids))))).toEqual([
    10_600, 212, 10_600,
  ]);
});
