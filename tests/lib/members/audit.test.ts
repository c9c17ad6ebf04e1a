import { beforeEach, expect, test } from "vitest";
import { databaseFile, write } from "#db/client.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { allocateCredits } from "#lib/ledger/commands/transfers.ts";
import { addAlias, removeAlias } from "#lib/members/aliases.ts";
import { setApprovedDomains } from "#lib/members/commands/approved-domains.ts";
import { changeMemberships } from "#lib/members/commands/bulk.ts";
import { insertMemberships } from "#lib/members/commands/insert.ts";
import { addMember, updateMember } from "#lib/members/commands/members.ts";
import { changeMembershipsActive, updateMembership } from "#lib/members/commands/memberships.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { removeMembership } from "#lib/members/removal.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { auditedSince, lastAuditId } from "#tests/support/audit.ts";
import {
  aMember,
  anOrganization,
  credits,
  operator,
  requestId,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

// What each command about members answers and writes into the audit trail, whole.

useFreshDatabase();

let last = 0;
beforeEach(async () => {
  const law = await anOrganization({ code: "LAW", members: ["ana@example.edu"] });
  await anOrganization({ code: "ART", members: ["ana@example.edu"] });
  await aMember(law, { email: "bo@example.edu" });
  last = lastAuditId();
});

const allocated = async (organization: number, amount: bigint) => {
  const request = { note: null, requestId: requestId() };
  value(await purchaseCredits({ creditType: 1, amount, ...request }, operator));
  value(await allocateCredits({ organization, amount, ...request }, operator));
};
const written = () => auditedSince(last);
const bulk = (ids: number[]) => ({ ids, selection: ids.join(","), expected: null, requestId: requestId() });

const own = (whole: number) => ({ allowance: "own", monthlyAllowance: credits(whole) }) as const;

test("adding a member", async () => {
  const cy = {
    organization: "law",
    name: "Cy Kim",
    email: "cy@example.edu",
    role: "viewer",
    ...own(5),
  } as const;
  const added = { memberId: 3, email: "cy@example.edu", name: "Cy Kim" };
  expect(value(await addMember(cy, operator))).toEqual({
    ...{ ...added, id: 4, organization: "LAW", wasMember: false, hasOtherName: false },
  });
  // The person keeps the name.
  expect(value(await addMember({ ...cy, name: "C. Kim", organization: "ART" }, operator))).toEqual({
    ...{ ...added, id: 5, organization: "ART", wasMember: true, hasOtherName: true },
  });
  expect(written()).toEqual([
    'member.added membership 4 cy@example.edu in LAW, 1: null > {"organization":"LAW","name":"Cy Kim","email":"cy@example.edu","role":"viewer","status":"active","monthlyAllowance":"5"}',
    'member.added membership 5 cy@example.edu in ART, 2: null > {"organization":"ART","name":"Cy Kim","email":"cy@example.edu","role":"viewer","status":"active","monthlyAllowance":"5"}',
  ]);
  expect(await addMember({ ...cy, organization: "ART" }, operator)).toEqual({
    ok: false,
    code: "already_member",
    message: "Cy Kim (cy@example.edu) is a member of ART already.",
    field: "email",
  });
  expect(await addMember({ ...cy, organization: "N".repeat(200) }, operator)).toEqual({
    ok: false,
    code: "organization_not_found",
    message: `There is no organization with the code ${"N".repeat(100)}.`,
    field: "organization",
  });
  expect(written()).toHaveLength(2);
});

test("adding members at once", async () => {
  const row = { organizationId: 1, role: "creator", active: true, ...own(5) } as const;
  const rows = ["cy", "bo", "dee"].map((name) => ({ ...row, name, email: `${name}@example.edu` }));
  // Bo is a member already.
  expect(await write((tx) => insertMemberships(tx, rows, operator))).toEqual([
    { id: 4, memberId: 3, email: "cy@example.edu" },
    { id: 3, memberId: 2, email: "bo@example.edu" },
    { id: 5, memberId: 4, email: "dee@example.edu" },
  ]);
  expect(written()).toHaveLength(2);
  expect(verifyDatabase(databaseFile())).toMatchObject({ ok: true });
});

test("editing, and once more without a change", async () => {
  const ana = { id: 1, name: "Ana G.", email: "a.g@example.edu" };
  const bo = { id: 3, role: "viewer", ...own(7) } as const;
  const domains = { organization: 1, domains: ["b.edu", "a.edu", "b.edu"] };
  for (const changed of [true, false]) {
    expect(value(await updateMember(ana, operator))).toEqual({ id: 1, name: "Ana G.", changed });
    expect(value(await updateMembership(bo, operator))).toEqual({ name: "bo", organization: "LAW", changed });
    expect(value(await setApprovedDomains(domains, operator))).toEqual({
      ...{ code: "LAW", domains: ["a.edu", "b.edu"], changed },
    });
  }
  expect(written()).toEqual([
    'member.updated member 1 a.g@example.edu, null: {"name":"ana","email":"ana@example.edu"} > {"name":"Ana G.","email":"a.g@example.edu"}',
    'membership.updated membership 3 bo@example.edu in LAW, 1: {"role":"creator","monthlyAllowance":""} > {"role":"viewer","monthlyAllowance":"7"}',
    'organization.updated organization 1 LAW, 1: {"approvedDomains":""} > {"approvedDomains":"a.edu, b.edu"}',
  ]);
});

test("changing several memberships", async () => {
  value(await changeMemberships({ ...bulk([1, 3]), field: "role", to: "viewer" }, operator));
  value(await changeMemberships({ ...bulk([1, 3]), field: "allowance", to: "12" }, operator));
  const request = "a request of a form";
  for (const isRepeat of [false, true]) {
    expect(value(await changeMembershipsActive([1, 2, 9], false, operator, request))).toEqual({
      ...{ batch: 3, changed: 2, isRepeat },
    });
  }
  // Other rows under the same request, although their numbers have the same digits.
  expect(await changeMembershipsActive([129], false, operator, request)).toMatchObject({
    ok: false,
    code: "idempotency_conflict",
  });
  expect(value(await changeMembershipsActive([1], true, operator))).toEqual({ changed: 1, batch: null });
  expect(written()).toEqual([
    'membership.updated membership 1 ana@example.edu in LAW, 1: {"role":"creator"} > {"role":"viewer"}',
    'membership.updated membership 3 bo@example.edu in LAW, 1: {"role":"creator"} > {"role":"viewer"}',
    'batch.recorded batch 1 1, null: null > {"kind":"member_role","changes":2}',
    'membership.updated membership 1 ana@example.edu in LAW, 1: {"monthlyAllowance":""} > {"monthlyAllowance":"12"}',
    'membership.updated membership 3 bo@example.edu in LAW, 1: {"monthlyAllowance":""} > {"monthlyAllowance":"12"}',
    'batch.recorded batch 2 2, null: null > {"kind":"member_allowance","changes":2}',
    'membership.deactivated membership 1 ana@example.edu in LAW, 1: {"status":"active"} > {"status":"inactive"}',
    'membership.deactivated membership 2 ana@example.edu in ART, 2: {"status":"active"} > {"status":"inactive"}',
    'batch.recorded batch 3 3, null: null > {"kind":"member_status","changes":2}',
    'membership.activated membership 1 ana@example.edu in LAW, 1: {"status":"inactive"} > {"status":"active"}',
  ]);
});

test("former emails, a merge and a removal", async () => {
  value(await addAlias({ member: 1, email: "old@example.edu" }, operator));
  value(await removeAlias({ id: 1 }, operator));
  expect(value(await mergeMembers({ member: 1, email: "bo@example.edu" }, operator))).toEqual({
    ...{ id: 1, name: "ana", other: "bo" },
  });
  expect(value(await removeMembership({ id: 2 }, operator))).toEqual({
    ...{ memberId: 1, name: "ana", organization: "ART", personDeleted: false, personGone: false },
  });
  expect(written()).toEqual([
    'member.alias_added member 1 ana@example.edu, null: null > {"formerEmail":"old@example.edu"}',
    'member.alias_removed member 1 ana@example.edu, null: {"formerEmail":"old@example.edu"} > null',
    'member.removed membership 3 bo@example.edu in LAW, 1: {"organization":"LAW","name":"bo","email":"bo@example.edu","role":"creator","status":"active","monthlyAllowance":""} > null',
    'member.merged member 1 ana@example.edu, null: null > {"name":"ana","email":"ana@example.edu","merged":"bo (bo@example.edu)"}',
    'member.deleted member 2 bo@example.edu, null: {"name":"bo","email":"bo@example.edu"} > null',
    'member.removed membership 2 ana@example.edu in ART, 2: {"organization":"ART","name":"ana","email":"ana@example.edu","role":"creator","status":"active","monthlyAllowance":""} > null',
  ]);
});

test("a membership that was merged into another is changed no more", async () => {
  await allocated(1, credits(10));
  await spent();
  await spent({ member: "bo@example.edu" });
  value(await mergeMembers({ member: 1, email: "bo@example.edu" }, operator));
  expect(await updateMembership({ id: 3, role: "viewer", ...own(1) }, operator)).toEqual({
    ok: false,
    code: "membership_merged",
    message: "This membership was merged into another one of ana.",
  });
});
