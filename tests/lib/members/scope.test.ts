import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { type Actor, ForbiddenError } from "#lib/actor.ts";
import { addAlias, removeAlias } from "#lib/members/aliases.ts";
import { setApprovedDomains } from "#lib/members/commands/approved-domains.ts";
import { addMember, updateMember } from "#lib/members/commands/members.ts";
import { changeMembershipsActive, updateMembership } from "#lib/members/commands/memberships.ts";
import { exportMemberships } from "#lib/members/export.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { approvedDomainsOf } from "#lib/members/queries/approved-domains.ts";
import { listMembers, managedMemberships, membershipIdPieces } from "#lib/members/queries/member-list.ts";
import { monthsOfMember, spentInMonth } from "#lib/members/queries/member-spending.ts";
import { formerEmailsOf, getMember } from "#lib/members/queries/members.ts";
import {
  listMemberships,
  membershipIdsOf,
  membershipsByIds,
  membershipsOfMember,
} from "#lib/members/queries/memberships.ts";
import { removeMembership } from "#lib/members/removal.ts";
import {
  type MembersView,
  membershipsSearchParams,
  membersSearchParams,
} from "#lib/members/search-params.ts";
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

// ana is a member of LAW and of ART, bo of LAW, cy of ART. The admin and the viewer have a grant on ART alone.

useFreshDatabase();

const MONTH = 202_611;
const DAY = new Date("2026-11-20T12:00:00Z");
const LATER = new Date("2026-11-24T12:00:00Z");
const ANA = 1;
const BO = 2;

let law: number;
let art: number;
let cy: { member: number; membership: number };
let admin: Actor & { kind: "portal_user" };
let viewer: Actor & { kind: "portal_user" };
let scope: Scope;

beforeEach(async () => {
  const { organizations } = await makeSmallEnterprise();
  [law = 0, art = 0] = organizations;
  cy = await aMember(art, { email: "cy@example.edu" });
  admin = await aPortalUser(null, "art.admin@example.edu");
  await aGrant(admin, "admin", { organizationId: art });
  viewer = await aPortalUser(null, "art.viewer@example.edu");
  await aGrant(viewer, "viewer", { organizationId: art });
  scope = scopeOf(admin);
  await spent({ organization: "LAW", credits: credits(9), occurredAt: LATER });
  await spent({ organization: "ART", credits: credits(2), occurredAt: DAY }, LATER);
  await spent({ organization: "ART", member: "cy@example.edu", credits: credits(5), occurredAt: DAY }, LATER);
});

const membershipIn = (member: number, organization: number) =>
  Number(
    database()
      .$client.prepare("SELECT id FROM memberships WHERE member_id = ? AND organization_id = ?")
      .pluck()
      .get(member, organization),
  );
const view = (change: Partial<MembersView> = {}): MembersView => ({
  ...membersSearchParams.defaults,
  ...change,
});
const emails = (change?: Partial<MembersView>) =>
  listMembers(scope, view(change)).items.map(({ email }) => email);

describe("the people of a part of the enterprise", () => {
  it("are those with a membership in it, with their figures there", () => {
    const { items, total } = listMembers(scope, view());
    expect(total).toBe(2);
    expect(
      items.map(({ email, memberships, spent, lastActiveAt }) => [email, memberships, spent, lastActiveAt]),
    ).toEqual([
      ["ana@example.edu", 1, credits(2), DAY],
      ["cy@example.edu", 1, credits(5), DAY],
    ]);
    expect(items.flatMap(({ organizations }) => organizations.map(({ code }) => code))).toEqual([
      "ART",
      "ART",
    ]);
    expect(getMember(scope, ANA)).toMatchObject({ memberships: 1, activeMemberships: 1, spent: credits(2) });
    expect(getMember(scope, BO)).toBeNull();
    expect(spentInMonth(scope, ANA, MONTH)).toBe(credits(2));
    const months = (reader: Scope, from: number) =>
      monthsOfMember(reader, ANA, from).map(({ creditType, months }) => [creditType.name, months]);
    expect(months(scope, 202_601)).toEqual([["JPY Credits", [{ month: MONTH, spent: credits(2) }]]]);
    expect(months(everything, 202_601)).toEqual([["JPY Credits", [{ month: MONTH, spent: credits(11) }]]]);
    expect(months(everything, 202_612)).toEqual([]);
    expect(monthsOfMember(scope, BO, 0)).toEqual([]);
    expect(membershipsOfMember(scope, { memberId: ANA, month: MONTH, limit: 9 })).toMatchObject([
      { organization: { code: "ART" }, spentThisMonth: credits(2) },
    ]);
  });

  it("are sorted by their figures there", () => {
    expect(emails({ sort: "-spent" })).toEqual(["cy@example.edu", "ana@example.edu"]);
    expect(emails({ sort: "spent" })).toEqual(["ana@example.edu", "cy@example.edu"]);
    expect(emails({ sort: "-active" })).toEqual(["cy@example.edu", "ana@example.edu"]);
    expect(emails({ sort: "created" })).toEqual(["ana@example.edu", "cy@example.edu"]);
    expect(emails({ sort: "-created", q: "ana" })).toEqual(["ana@example.edu"]);
  });

  it("are searched and filtered by their memberships there", async () => {
    expect(emails({ q: "bo" })).toEqual([]);
    expect(emails({ organization: "LAW" })).toEqual([]);
    expect(emails({ organization: "NONE" })).toEqual([]);
    expect(emails({ organization: "ART" })).toEqual(["ana@example.edu", "cy@example.edu"]);
    value(await changeMembershipsActive([membershipIn(ANA, art)], false, operator));
    expect(emails({ status: "inactive" })).toEqual(["ana@example.edu"]);
    expect(emails({ status: "active" })).toEqual(["cy@example.edu"]);
    expect(emails({ status: "active", sort: "-spent" })).toEqual(["cy@example.edu"]);
    expect(emails({ role: "creator", status: "inactive" })).toEqual(["ana@example.edu"]);
    expect(emails({ role: "admin" })).toEqual([]);
  });

  it("are exported with the memberships there alone", () => {
    for (const sort of ["name", "-spent"] as const) {
      const csv = [
        ...exportMemberships(scope, membershipIdPieces(scope, view({ sort })), { figures: true }),
      ].join("");
      expect(csv).not.toMatch(/LAW|bo@/);
      expect(csv.match(/^ART,/gm)).toHaveLength(2);
    }
    expect([...membershipIdPieces(scope, view({ organization: "LAW" }))].flat()).toEqual([]);
    const other = membershipIn(BO, law);
    expect([...exportMemberships(scope, [[other]])].join("").trim().split("\n")).toHaveLength(1);
  });

  it("hide everything of an organization outside, also by its id", async () => {
    value(await setApprovedDomains({ organization: law, domains: ["law.example"] }, operator));
    const members = membershipsSearchParams.defaults;
    expect(listMemberships(scope, { id: law, members: 2 }, members, MONTH)).toMatchObject({
      items: [],
      total: 0,
    });
    expect(listMemberships(scope, { id: art, members: 2 }, members, MONTH).total).toBe(2);
    expect(membershipIdsOf(scope, law, members)).toEqual([]);
    expect(membershipsByIds(scope, [membershipIn(BO, law)], MONTH)).toEqual([]);
    expect(approvedDomainsOf(scope, law)).toEqual([]);
    value(await addAlias({ member: BO, email: "bo.old@example.edu" }, operator));
    expect(formerEmailsOf(scope, BO)).toEqual([]);
  });
});

describe("what may be changed of a view", () => {
  const changeable = async (reader: Scope, change?: Partial<MembersView>, most = 100) =>
    (await managedMemberships(reader, view(change), most))?.map(({ id, active }) => [id, active]) ?? null;

  it("is every membership of its people that meets its filters, with its status", async () => {
    const [anaInLaw, anaInArt, bo] = [membershipIn(ANA, law), membershipIn(ANA, art), membershipIn(BO, law)];
    value(await changeMembershipsActive([anaInArt], false, operator));
    expect(await changeable(everything)).toEqual([
      [anaInLaw, true],
      [anaInArt, false],
      [bo, true],
      [cy.membership, true],
    ]);
    expect(await changeable(everything, { sort: "-name", q: "example" })).toEqual([
      [cy.membership, true],
      [bo, true],
      [anaInLaw, true],
      [anaInArt, false],
    ]);
    // Ana is active in LAW, so that the list of inactive people does not have her.
    expect(await changeable(everything, { status: "inactive" })).toEqual([]);
    expect(await changeable(everything, { organization: "ART", status: "inactive" })).toEqual([
      [anaInArt, false],
    ]);
    expect(await changeable(everything, { organization: "NONE" })).toEqual([]);
  });

  it("is of the organizations that the user manages alone", async () => {
    const both = [
      [membershipIn(ANA, art), true],
      [cy.membership, true],
    ];
    expect(await changeable(scopeOf(admin))).toEqual(both);
    expect(await changeable(scopeOf(admin), { sort: "-spent" })).toEqual([...both].reverse());
    expect(await changeable(scopeOf(admin), { organization: "LAW" })).toEqual([]);
    expect(await changeable(scopeOf(viewer))).toEqual([]);
    const auditor = await aPortalUser("viewer", "auditor@example.edu");
    await aGrant(auditor, "admin", { organizationId: art });
    expect(listMembers(scopeOf(auditor), view()).total).toBe(3);
    expect(await changeable(scopeOf(auditor))).toEqual(both);
  });

  it("is nothing where it is more than one batch can have", async () => {
    expect(await changeable(everything, {}, 4)).toHaveLength(4);
    expect(await changeable(everything, {}, 3)).toBeNull();
    expect(await changeable(everything, {}, 2)).toBeNull();
    expect(await changeable(everything, { organization: "LAW" }, 2)).toHaveLength(2);
    expect(await changeable(everything, { organization: "LAW" }, 1)).toBeNull();
  });
});

describe("an admin of an organization", () => {
  const own = { allowance: "own", monthlyAllowance: credits(3) } as const;

  it("adds people, changes their memberships and removes them", async () => {
    const dee = {
      organization: "art",
      name: "Dee",
      email: "dee@example.edu",
      role: "viewer",
      ...own,
    } as const;
    const { id, memberId } = value(await addMember(dee, admin));
    value(await updateMembership({ id, role: "creator", ...own }, admin));
    expect(value(await changeMembershipsActive([id, cy.membership], false, admin))).toEqual({
      changed: 2,
      batch: null,
    });
    expect(value(await removeMembership({ id }, admin))).toMatchObject({ memberId, personGone: true });
    value(await setApprovedDomains({ organization: art, domains: ["art.example"] }, admin));
  });

  it("adds a person of another organization, and sees from then on what is in this one", async () => {
    const bo = { organization: "ART", name: "B", email: "bo@example.edu", role: "viewer", ...own } as const;
    const { id } = value(await addMember(bo, admin));
    expect(getMember(scope, BO)).toMatchObject({ memberships: 1, spent: 0n });
    expect(value(await removeMembership({ id }, admin))).toMatchObject({
      personDeleted: false,
      personGone: true,
    });
  });

  it("finds no organization and no membership outside", async () => {
    const outside = membershipIn(BO, law);
    const dee = {
      organization: "LAW",
      name: "Dee",
      email: "dee@example.edu",
      role: "viewer",
      ...own,
    } as const;
    expect(await addMember(dee, admin)).toMatchObject({
      code: "organization_not_found",
      message: "There is no organization with the code LAW.",
    });
    expect(await updateMembership({ id: outside, role: "admin", ...own }, admin)).toEqual(
      await updateMembership({ id: 999, role: "admin", ...own }, admin),
    );
    expect(await removeMembership({ id: outside }, admin)).toEqual(
      await removeMembership({ id: 999 }, admin),
    );
    expect(await changeMembershipsActive([outside], false, admin)).toMatchObject({
      code: "membership_not_found",
      message: "These memberships do not exist.",
    });
    expect(value(await changeMembershipsActive([outside, cy.membership], false, admin))).toEqual({
      changed: 1,
      batch: null,
    });
    expect(await setApprovedDomains({ organization: law, domains: ["x.example"] }, admin)).toEqual(
      await setApprovedDomains({ organization: 999, domains: ["x.example"] }, admin),
    );
  });

  it("changes the name and the emails of people who are in managed organizations alone", async () => {
    value(await updateMember({ id: cy.member, name: "Cy", email: "cy.new@example.edu" }, admin));
    value(await addAlias({ member: cy.member, email: "cy.third@example.edu" }, admin));
    const [first] = formerEmailsOf(scope, cy.member);
    value(await removeAlias({ id: first?.id ?? 0 }, admin));

    const refusal = {
      ok: false,
      code: "person_not_managed",
      message:
        "Ana García is also a member of organizations that you do not manage. Ask an admin of the enterprise to do this.",
    };
    expect(await updateMember({ id: ANA, name: "Ann", email: "ana@example.edu" }, admin)).toEqual(refusal);
    expect(await addAlias({ member: ANA, email: "ann@example.edu" }, admin)).toEqual(refusal);
    expect(await mergeMembers({ member: ANA, email: "cy.new@example.edu" }, admin)).toEqual(refusal);
    expect(await mergeMembers({ member: cy.member, email: "ana@example.edu" }, admin)).toEqual({
      ...refusal,
      field: "email",
    });

    const nobody = await updateMember({ id: 999, name: "Ann", email: "ann@example.edu" }, admin);
    expect(await updateMember({ id: BO, name: "Ann", email: "ann@example.edu" }, admin)).toEqual(nobody);
    expect(await addAlias({ member: BO, email: "ann@example.edu" }, admin)).toEqual(nobody);
    expect(await mergeMembers({ member: BO, email: "cy.new@example.edu" }, admin)).toEqual(nobody);
    expect(await mergeMembers({ member: cy.member, email: "bo@example.edu" }, admin)).toMatchObject({
      message: "There is no member with the email bo@example.edu.",
    });
  });

  it("is refused an email of a person outside without that person's name", async () => {
    expect(await updateMember({ id: cy.member, name: "Cy", email: "bo@example.edu" }, admin)).toMatchObject({
      code: "email_taken",
      message: "bo@example.edu is the email of another person.",
    });
    expect(await updateMember({ id: cy.member, name: "Cy", email: "ana@example.edu" }, admin)).toMatchObject({
      message: "ana@example.edu is the email of Ana García.",
    });
  });

  it("is refused to merge a person who may only be read, at the field that names the person", async () => {
    await aGrant(admin, "viewer", { organizationId: law });
    expect(await mergeMembers({ member: cy.member, email: "bo@example.edu" }, admin)).toMatchObject({
      code: "person_not_managed",
      message: "You do not manage the organizations of Bo Li. Ask an admin of the enterprise to do this.",
      field: "email",
    });
  });

  it("merges two people whose organizations are all managed", async () => {
    const twin = await aMember(art, { email: "cy.twin@example.edu" });
    value(await mergeMembers({ member: cy.member, email: "cy.twin@example.edu" }, admin));
    expect(getMember(scope, twin.member)).toBeNull();
  });

  it("has no rights left when the grant ends between the form and its sending", async () => {
    database().$client.prepare("DELETE FROM portal_user_grants WHERE portal_user_id = ?").run(admin.id);
    expect(await updateMembership({ id: cy.membership, role: "admin", ...own }, admin)).toMatchObject({
      code: "membership_not_found",
    });
    expect(await changeMembershipsActive([cy.membership], false, admin)).toMatchObject({
      code: "membership_not_found",
    });
  });
});

it("a viewer of an organization changes nothing in it", async () => {
  const own = { allowance: "own", monthlyAllowance: credits(3) } as const;
  for (const change of [
    () =>
      addMember({ organization: "ART", name: "D", email: "d@example.edu", role: "viewer", ...own }, viewer),
    () => updateMembership({ id: cy.membership, role: "admin", ...own }, viewer),
    () => changeMembershipsActive([cy.membership], false, viewer),
    () => removeMembership({ id: cy.membership }, viewer),
    () => updateMember({ id: cy.member, name: "C", email: "c@example.edu" }, viewer),
    () => addAlias({ member: cy.member, email: "c@example.edu" }, viewer),
    () => mergeMembers({ member: cy.member, email: "ana@example.edu" }, viewer),
    () => setApprovedDomains({ organization: art, domains: ["x.example"] }, viewer),
  ]) {
    await expect(change()).rejects.toThrow(ForbiddenError);
  }
});
