import { beforeEach, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { changeMembershipsActive, updateMembership } from "#lib/members/commands/memberships.ts";
import { countNearAllowance, memberCounts } from "#lib/members/queries/counts.ts";
import { removeMembership } from "#lib/members/removal.ts";
import { updateMembershipInput } from "#lib/members/rules.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { updateOrganizationInput } from "#lib/organizations/rules.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aCreditType,
  aGrant,
  aMember,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  scopeOf,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const MONTHS = [202_609, 202_610, 202_611];
const at = (day: string) => new Date(`${day}T12:00:00Z`);

let law: number;
let art: number;
let bo: { membership: number; member: number };

beforeEach(async () => {
  const created = at("2026-01-01");
  law = await anOrganization({ code: "LAW", balance: credits(1000), at: created });
  art = await anOrganization({ code: "ART", balance: credits(1000), at: created });
  await aMember(law, { email: "ana@example.edu", role: "admin", at: created });
  await aMember(art, { email: "ana@example.edu", at: created });
  bo = await aMember(law, { email: "bo@example.edu", role: "viewer", at: created });
  await aMember(law, { email: "cy@example.edu", active: false, at: created });
});

const spend = (organization: string, member: string, day: string, whole = 1) =>
  spent({ organization, member: `${member}@example.edu`, credits: credits(whole), occurredAt: at(day) });

it("counts memberships by role and status, and those with usage by month", async () => {
  await spend("LAW", "ana", "2026-10-02");
  await spend("LAW", "ana", "2026-10-03");
  await spend("ART", "ana", "2026-10-03");
  await spend("LAW", "bo", "2026-11-03", 0);
  await spend("LAW", "bo", "2026-08-03");
  expect(await memberCounts(everything, MONTHS)).toEqual({
    byRole: {
      admin: { all: 1, active: 1 },
      creator: { all: 2, active: 1 },
      viewer: { all: 1, active: 1 },
    },
    months: [
      { month: 202_609, members: 0 },
      { month: 202_610, members: 2 },
      { month: 202_611, members: 1 },
    ],
  });
});

it("counts the same in a part of the enterprise that has every organization, and less in one that has one", async () => {
  await spend("LAW", "ana", "2026-10-02");
  await spend("ART", "ana", "2026-10-03");
  await spend("LAW", "bo", "2026-11-03");
  const user = await aPortalUser(null);
  await aGrant(user, "viewer", { organizationId: art });
  expect(await memberCounts(scopeOf(user), MONTHS)).toEqual({
    byRole: {
      admin: { all: 0, active: 0 },
      creator: { all: 1, active: 1 },
      viewer: { all: 0, active: 0 },
    },
    months: [
      { month: 202_609, members: 0 },
      { month: 202_610, members: 1 },
      { month: 202_611, members: 0 },
    ],
  });
  await aGrant(user, "viewer", { organizationId: law });
  expect(await memberCounts(scopeOf(user), MONTHS)).toEqual(await memberCounts(everything, MONTHS));
});

it("counts those who have used 80% of their allowance or more, in the scope", async () => {
  const med = await anOrganization({
    code: "MED",
    balance: credits(1000),
    monthlyAllowance: credits(10),
    members: ["ana@example.edu", "bo@example.edu"],
    at: at("2026-01-01"),
  });
  await spend("MED", "ana", "2026-11-03", 8);
  await spend("MED", "bo", "2026-11-03", 7);
  await spend("LAW", "bo", "2026-11-03", 900);
  expect(countNearAllowance(everything, 202_611)).toBe(1);
  expect(countNearAllowance(everything, 202_612)).toBe(0);
  const user = await aPortalUser(null);
  await aGrant(user, "viewer", { organizationId: law });
  expect(countNearAllowance(scopeOf(user), 202_611)).toBe(0);
  await aGrant(user, "viewer", { organizationId: med });
  expect(countNearAllowance(scopeOf(user), 202_611)).toBe(1);
});

it("follows a change of role and status, a removal, and an organization that gets another credit type", async () => {
  await aMember(art, { email: "di@example.edu", role: "viewer" });
  value(
    await updateMembership(
      updateMembershipInput.parse({ id: String(bo.membership), role: "creator", allowance: "organization" }),
      operator,
    ),
  );
  value(await changeMembershipsActive([bo.membership], false, operator));
  expect((await memberCounts(everything, [])).byRole).toEqual({
    admin: { all: 1, active: 1 },
    creator: { all: 3, active: 1 },
    viewer: { all: 1, active: 1 },
  });
  value(await removeMembership({ id: bo.membership }, operator));
  expect((await memberCounts(everything, [])).byRole.creator).toEqual({ all: 2, active: 1 });
  const other = await aCreditType({ name: "Other" });
  const empty = await anOrganization({ code: "NEW", creditType: await aCreditType({ name: "First" }) });
  await aMember(empty, { email: "ed@example.edu", role: "admin" });
  value(
    await updateOrganization(
      updateOrganizationInput.parse({
        id: String(empty),
        name: "New",
        monthlyAllowance: "",
        creditType: String(other),
      }),
      operator,
    ),
  );
  const rows = database()
    .$client.prepare("SELECT members FROM credit_type_members WHERE credit_type_id = ?")
    .pluck()
    .safeIntegers(false);
  expect(rows.all(other)).toEqual([1]);
  expect(verifyDatabase(database().$client.name).ok).toBe(true);
});
