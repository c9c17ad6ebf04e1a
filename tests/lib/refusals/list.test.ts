import { beforeEach, expect, test } from "vitest";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { updateMembership } from "#lib/members/commands/memberships.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { saveRefusals } from "#lib/refusals/commands/save.ts";
import { exportRefusals } from "#lib/refusals/export.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { countByReason, countRefusals, latestRefusals, listRefusals } from "#lib/refusals/queries/list.ts";
import type { RefusalGroup } from "#lib/refusals/rules.ts";
import { refusalsSearchParams } from "#lib/refusals/search-params.ts";
import type { Scope } from "#lib/scope/scope.ts";
import {
  aGrant,
  aMember,
  aPortalUser,
  credits,
  everything,
  operator,
  scopeOf,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

const AT = Date.parse("2026-11-26T10:00:00Z");
const minutes = (n: number) => ({ at: AT + n * 60_000, lastAt: AT + n * 60_000 });

const group = (change: Partial<RefusalGroup> = {}): RefusalGroup => ({
  ...minutes(0),
  apiKeyId: 1,
  keyOrganizationId: null,
  organization: "LAW",
  member: "ana@example.edu",
  application: "essay-coach",
  request: "event",
  code: "insufficient_credits",
  amount: credits(5),
  remaining: credits(3),
  requests: 1,
  ...change,
});

let law = 0;
/** From the oldest to the newest: rows 1 to 6. */
beforeEach(async () => {
  [law = 0] = (await makeSmallEnterprise()).organizations;
  for (const name of ["coach", "=tutor"]) {
    value(await createApiKey({ organization: null, name, expires: null }, operator));
  }
  await saveRefusals([
    group(),
    group({ ...minutes(1), organization: "ART", code: "allowance_exceeded" }),
    group({ ...minutes(2), member: "bo@example.edu", application: "Tutor", apiKeyId: 2 }),
    group({ ...minutes(3), organization: "NIX", code: "organization_not_found", remaining: null }),
    group({ ...minutes(4), member: "eve@example.edu", code: "member_not_found", remaining: null }),
    group({
      ...minutes(5),
      organization: "ART",
      member: "bo@example.edu",
      code: "member_not_found",
      remaining: null,
    }),
  ]);
});

const view = (query: string) => refusalsSearchParams.decode(new URLSearchParams(query));
const filterOf = (query: string, scope: Scope = everything, zone = "UTC") =>
  refusalFilter(scope, view(query), zone);
const ids = (query: string, scope?: Scope) =>
  listRefusals(filterOf(query, scope), view(query)).items.map(({ id }) => id);

test("are counted by reason, with the newest of each", async () => {
  await saveRefusals([group({ ...minutes(9), requests: 11 })]);
  const reasons = (query: string, scope?: Scope) =>
    countByReason(filterOf(query, scope)).map(({ code, requests, latest }) => [code, requests, latest.id]);
  expect(reasons("organization=LAW")).toEqual([
    ["insufficient_credits", 13, 7],
    ["member_not_found", 1, 5],
  ]);
  expect(reasons("member=1")).toEqual([
    ["insufficient_credits", 12, 7],
    ["allowance_exceeded", 1, 2],
    ["organization_not_found", 1, 4],
  ]);
  expect(reasons("from=2027-01-01")).toEqual([]);
  expect(latestRefusals(filterOf("organization=LAW"), 2).map(({ id }) => id)).toEqual([7, 5]);
});

test("name the membership that counts, and none that was merged into it", async () => {
  for (const member of ["ana@example.edu", "bo@example.edu"]) await spent({ member, credits: credits(1) });
  const inLaw = () => latestRefusals(filterOf("member=1&organization=LAW"), 2);
  const id = inLaw()[0]?.membershipId ?? 0;
  // Before the other one in the index by which a person's memberships are found.
  const first = { id, role: "admin", allowance: "organization", monthlyAllowance: null } as const;
  value(await updateMembership(first, operator));
  value(await mergeMembers({ member: 1, email: "bo@example.edu" }, operator));
  // Row 1 was of Ana, row 3 of Bo.
  expect(inLaw().map((item) => [item.id, item.membershipId])).toEqual([
    [3, id],
    [1, id],
  ]);
});

test.each([
  ["", [6, 5, 4, 3, 2, 1]],
  ["organization=law", [5, 3, 1]],
  ["organization=NIX", []],
  ["member=1", [4, 2, 1]],
  ["member=ANA@example.edu", [4, 2, 1]],
  ["member=eve@example.edu", [5]],
  ["member=99", []],
  ["application=tutor", [3]],
  ["code=member_not_found", [6, 5]],
  ["key=2", [3]],
  ["organization=ART&code=member_not_found&member=bo@example.edu", [6]],
  ["from=2026-11-27", []],
  ["from=2026-11-26&to=2026-11-26", [6, 5, 4, 3, 2, 1]],
])("the view %j", (query, expected) => {
  expect(ids(query)).toEqual(expected);
  expect(countRefusals(filterOf(query))).toBe(expected.length);
});

test("days are the enterprise's", () => {
  const query = "to=2026-11-25";
  expect(listRefusals(filterOf(query, everything, "Pacific/Pago_Pago"), view(query)).items).toHaveLength(6);
  const late = "from=2026-11-26&to=2026-11-26";
  expect(listRefusals(filterOf(late, everything, "Pacific/Kiritimati"), view(late)).items).toHaveLength(0);
});

test("a person who was added later is shown what was refused before", async () => {
  await aMember(law, { email: "eve@example.edu", name: "Eve" });
  await saveRefusals([group({ ...minutes(9), member: "eve@example.edu" })]);
  expect(ids("member=eve@example.edu")).toEqual([7, 5]);
});

test("with a grant on one organization there are its refusals alone", async () => {
  const user = await aPortalUser(null);
  await aGrant(user, "viewer", { organizationId: law });
  const scope = scopeOf(user);
  expect(ids("", scope)).toEqual([5, 3, 1]);
  expect(ids("member=1", scope)).toEqual([1]);
  expect(ids("organization=ART", scope)).toEqual([]);
  expect(ids("code=organization_not_found", scope)).toEqual([]);
  expect(countRefusals(filterOf("", scope))).toBe(3);
  const cells = [...exportRefusals(filterOf("", scope))].join("");
  expect(cells).not.toMatch(/ART|NIX/);
});

test("a key of the whole enterprise has no name in a part of it, and finds nothing there", async () => {
  const own = value(await createApiKey({ organization: law, name: "own", expires: null }, operator));
  await saveRefusals([group({ ...minutes(6), apiKeyId: own.id, keyOrganizationId: law })]);
  const user = await aPortalUser(null, "dean@example.edu");
  await aGrant(user, "admin", { organizationId: law });
  const scope = scopeOf(user);
  const keys = (within: Scope) =>
    listRefusals(filterOf("", within), view("")).items.map(({ id, apiKey }) => [id, apiKey?.name]);
  expect(keys(scope)).toEqual([
    [7, "own"],
    [5, undefined],
    [3, undefined],
    [1, undefined],
  ]);
  expect(keys(everything)).toContainEqual([3, "=tutor"]);
  expect(ids(`key=${own.id}`, scope)).toEqual([7]);
  expect(ids("key=2", scope)).toEqual(ids("key=99", scope));
  expect([...exportRefusals(filterOf("", scope))].join("")).not.toMatch(/,(coach|.?=tutor)\r/);
});

test("somebody outside the scope has no name in it, only the email that was sent", async () => {
  await aMember(law + 1, { email: "zoe@example.edu", name: "Zoe Far" });
  await saveRefusals([group({ ...minutes(9), member: "zoe@example.edu", code: "member_not_found" })]);
  const user = await aPortalUser(null);
  await aGrant(user, "viewer", { organizationId: law });
  const [item] = listRefusals(filterOf("", scopeOf(user)), view("")).items;
  expect(item).toMatchObject({ member: null, memberEmail: "zoe@example.edu" });
  // Her email is found like that of nobody.
  expect(ids("member=zoe@example.edu", scopeOf(user))).toEqual([7]);
  expect(ids("member=eve@example.edu", scopeOf(user))).toEqual([5]);
  expect(ids("member=zoe@example.edu&organization=LAW", scopeOf(user))).toEqual([7]);
  expect(listRefusals(filterOf(""), view("")).items[0]?.member?.name).toBe("Zoe Far");
});

test("pages go on where the one before ended", async () => {
  await saveRefusals(
    Array.from({ length: 60 }, (_, n) => group({ ...minutes(10), member: `m${n}@example.edu` })),
  );
  const first = listRefusals(filterOf(""), view(""));
  expect(first.items).toHaveLength(50);
  const rest = listRefusals(filterOf(""), { before: first.older, after: null });
  expect(rest.items.map(({ id }) => id)).toEqual([16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(rest.older).toBeNull();
  expect(listRefusals(filterOf(""), { before: null, after: rest.newer }).items).toEqual(first.items);
});

test("the file has the whole view, with cells that no spreadsheet runs", () => {
  const lines = [...exportRefusals(filterOf("key=2"))].join("").trim().split(/\r?\n/);
  expect(lines).toEqual([
    "id,at,local_date,local_time,last_at,code,request,requests,organization,organization_name,named_organization,member,member_name,application,credits,remaining,api_key",
    "3,2026-11-26T10:02:00.000Z,2026-11-26,10:02:00,2026-11-26T10:02:00.000Z,insufficient_credits,event,1,LAW,Faculty of Law,,bo@example.edu,Bo Li,Tutor,5,3,'=tutor",
  ]);
  expect([...exportRefusals(filterOf(""), { raw: true })].join("")).toContain(",=tutor");
});
