import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { batches, memberships } from "#db/schema/index.ts";
import { ForbiddenError, OutsideScopeError } from "#lib/actor.ts";
import { previewOfChanges } from "#lib/bulk/preview.ts";
import { membershipLines } from "#lib/members/bulk-queries.ts";
import { changeMemberships } from "#lib/members/commands/bulk.ts";
import { updateMembership } from "#lib/members/commands/memberships.ts";
import { changeMembershipsInput, membershipChange } from "#lib/members/rules.ts";
import {
  aCreditType,
  aGrant,
  aMember,
  anOrganization,
  aPortalUser,
  operator,
  requestId,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

let law: number;
let art: number;
let ana: { membership: number; member: number };
let anaInArt: number;
let ben: number;
beforeEach(async () => {
  const creditType = await aCreditType();
  law = await anOrganization({ code: "LAW", creditType });
  art = await anOrganization({ code: "ART", creditType });
  ana = await aMember(law, { email: "ana@example.edu" });
  anaInArt = (await aMember(art, { email: "ana@example.edu" })).membership;
  ben = (await aMember(art, { email: "ben@example.edu", role: "viewer" })).membership;
});

const request = (ids: readonly number[], expected: string | null = null) => ({
  ids,
  selection: ids.join(","),
  requestId: requestId(),
  expected,
});
const rows = () =>
  database()
    .select()
    .from(memberships)
    .all()
    .map((row) => [row.role, row.allowance, row.monthlyAllowance]);

it("sets the allowance of several memberships", async () => {
  const all = [ana.membership, anaInArt, ben];
  const set = { ...request(all), field: "allowance", to: "2.5" } as const;
  expect(value(await changeMemberships(set, operator))).toEqual({ batch: 1, changed: 3, isRepeat: false });
  expect(rows()).toEqual([
    ["creator", "own", 2_500_000n],
    ["creator", "own", 2_500_000n],
    ["viewer", "own", 2_500_000n],
  ]);
  value(await changeMemberships({ ...request([ben]), field: "allowance", to: "" }, operator));
  value(await changeMemberships({ ...request([anaInArt]), field: "allowance", to: "unlimited" }, operator));
  expect(rows().map(([, allowance, own]) => [allowance, own])).toEqual([
    ["own", 2_500_000n],
    ["unlimited", null],
    ["organization", null],
  ]);
});

it("leaves alone those that have the role already, and refuses where all have it", async () => {
  const set = { field: "role", to: "viewer" } as const;
  expect(
    value(await changeMemberships({ ...request([ana.membership, ben]), ...set }, operator)).changed,
  ).toBe(1);
  expect(await changeMemberships({ ...request([ana.membership, ben]), ...set }, operator)).toMatchObject({
    code: "nothing_to_change",
  });
  expect(database().select().from(batches).all()).toHaveLength(1);
});

it("asks again where a value has changed since the preview", async () => {
  const lines = membershipLines([ana.membership, ben]).map((line) => membershipChange(line, "role", "admin"));
  expect(lines.map(({ email, before, after }) => [email, before, after])).toEqual([
    ["ana@example.edu", "creator", "admin"],
    ["ben@example.edu", "viewer", "admin"],
  ]);
  const expected = previewOfChanges(lines);
  const own = { allowance: "organization", monthlyAllowance: null } as const;
  value(await updateMembership({ id: ben, role: "creator", ...own }, operator));
  const set = { ...request([ana.membership, ben], expected), field: "role", to: "admin" } as const;
  expect(await changeMemberships(set, operator)).toMatchObject({ code: "stale_preview" });
  value(await updateMembership({ id: ben, role: "viewer", ...own }, operator));
  expect(value(await changeMemberships(set, operator)).changed).toBe(2);
});

describe("an admin of ART alone", () => {
  it("changes memberships in ART", async () => {
    const dean = await aPortalUser(null, "dean@example.edu");
    await aGrant(dean, "admin", { organizationId: art });
    const set = { field: "role", to: "admin" } as const;
    expect(value(await changeMemberships({ ...request([anaInArt, ben]), ...set }, dean)).changed).toBe(2);
    // The answer does not tell a membership elsewhere from one that does not exist.
    for (const id of [ana.membership, 999]) {
      await expect(changeMemberships({ ...request([id]), ...set }, dean)).rejects.toThrow(OutsideScopeError);
      const beside = await changeMemberships({ ...request([anaInArt, id]), ...set }, dean);
      expect(beside).toMatchObject({ code: "nothing_to_change" });
    }
    await aGrant(dean, "viewer", { organizationId: law });
    await expect(changeMemberships({ ...request([ana.membership]), ...set }, dean)).rejects.toThrow(
      ForbiddenError,
    );
    expect(rows().map(([role]) => role)).toEqual(["creator", "admin", "admin"]);
  });
});

describe("the form", () => {
  it.each([
    [{ set: "role" }, "role", "Choose a role."],
    [{ set: "allowance" }, "allowance", "Choose whose allowance counts."],
    [
      { set: "allowance", allowance: "own" },
      "monthlyAllowance",
      "Enter how many credits may be spent in a month.",
    ],
    [{ set: "name" }, "set", "Choose what to set."],
  ])("refuses %j", (typed, field, message) => {
    const [issue] =
      changeMembershipsInput.safeParse({ ...typed, expected: "", requestId: "12345678" }).error?.issues ?? [];
    expect([issue?.path[0], issue?.message]).toEqual([field, message]);
  });
});
