import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { addAlias, aliasesOf, removeAlias } from "#lib/members/aliases.ts";
import { updateMember } from "#lib/members/commands/members.ts";
import { changeMembershipsActive } from "#lib/members/commands/memberships.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { getMember, listMembers } from "#lib/members/queries/members.ts";
import { membershipsOfMember } from "#lib/members/queries/memberships.ts";
import { membersSearchParams } from "#lib/members/search-params.ts";
import { getOrganization } from "#lib/organizations/queries.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aMember,
  aPortalUser,
  credits,
  everything,
  operator,
  spend,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

// Of the small enterprise: Ana in LAW and ART, Bo in LAW.
const [ANA, BO, DI] = [1, 2, 3];
const merge = (member: number, email: string) => mergeMembers({ member, email }, operator);
const faults = () =>
  verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite")).checks.flatMap(
    ({ mismatches }) => mismatches,
  );
const ledger = () =>
  database()
    .$client.prepare("SELECT id, membership_id, amount, balance_after FROM ledger_entries")
    .raw()
    .all();
const codes = (id: number) =>
  membershipsOfMember(everything, { memberId: id, month: 202611, limit: 10 }).map(
    ({ organization }) => organization.code,
  );

let art: number;
beforeEach(async () => {
  art = (await makeSmallEnterprise()).organizations[1] ?? 0;
});

describe("a merge of two people", () => {
  it("unites memberships, figures and addresses, and leaves the ledger as it is", async () => {
    await aMember(art, { name: "Bo L.", email: "bo.li@example.edu" });
    value(await spend({ member: "bo@example.edu", credits: credits(2) }));
    value(await spend({ organization: "ART", member: "bo.li@example.edu", credits: credits(3) }));
    value(await addAlias({ member: DI, email: "bl@example.edu" }, operator));
    const before = ledger();
    expect(value(await merge(BO, "bo.li@example.edu"))).toEqual({ id: BO, name: "Bo Li", other: "Bo L." });
    expect(ledger()).toEqual(before);
    expect(codes(BO)).toEqual(["LAW", "ART"]);
    expect(getMember(everything, BO)).toMatchObject({
      memberships: 2,
      activeMemberships: 2,
      spent: credits(5),
    });
    expect(getMember(everything, DI)).toBeNull();
    expect(aliasesOf(database(), BO).map(({ email }) => email)).toEqual([
      "bl@example.edu",
      "bo.li@example.edu",
    ]);
    expect(listMembers(everything, membersSearchParams.defaults).total).toBe(2);
    expect(value(await spend({ organization: "ART", member: "bo.li@example.edu" })).member).toMatchObject({
      email: "bo@example.edu",
      spentThisMonth: credits(4),
    });
    const entries = database()
      .select()
      .from(auditEntries)
      .all()
      .filter(({ action }) => /merged|deleted/.test(action));
    expect(entries.map((entry) => [entry.action, entry.subjectId, entry.before, entry.after])).toEqual([
      [
        "member.merged",
        BO,
        null,
        '{"name":"Bo Li","email":"bo@example.edu","merged":"Bo L. (bo.li@example.edu)"}',
      ],
      ["member.deleted", DI, '{"name":"Bo L.","email":"bo.li@example.edu"}', null],
    ]);
    expect(faults()).toEqual([]);
  });

  it.each([
    ["the one who goes", "ana@example.edu"],
    ["the one who stays", "bo@example.edu"],
    ["neither", null],
  ])("in one organization keeps the membership that spent, of %s", async (_who, spender) => {
    if (spender) value(await spend({ member: spender, credits: credits(7) }));
    value(await merge(BO, "ana@example.edu"));
    expect(codes(BO).toSorted()).toEqual(["ART", "LAW"]);
    expect(getMember(everything, BO)).toMatchObject({ memberships: 2, spent: spender ? credits(7) : 0n });
    expect([
      getOrganization(everything, "LAW")?.members,
      getOrganization(everything, "ART")?.members,
    ]).toEqual([1, 1]);
    expect(faults()).toEqual([]);
  });

  it("is refused where both have spent in one organization, and changes nothing", async () => {
    value(await spend({ member: "ana@example.edu" }));
    value(await spend({ member: "bo@example.edu" }));
    expect(await merge(BO, "ana@example.edu")).toMatchObject({
      ok: false,
      code: "both_have_spent",
      field: "email",
      message:
        "Both have spent in LAW, so they cannot be merged. Deactivate the other's memberships, change the other's e-mail, and add the old one to the former e-mails here.",
    });
    expect([getMember(everything, ANA)?.memberships, getMember(everything, BO)?.memberships]).toEqual([2, 1]);
    expect(faults()).toEqual([]);
  });

  it("that is refused so has another way: one of the two takes over the other's e-mail", async () => {
    value(await spend({ member: "ana@example.edu", credits: credits(2) }));
    value(await spend({ member: "bo@example.edu", credits: credits(3) }));
    const before = ledger();
    const ids = membershipsOfMember(everything, { memberId: ANA, month: 202611, limit: 10 }).map(
      ({ id }) => id,
    );
    value(await changeMembershipsActive(ids, false, operator));
    value(await updateMember({ id: ANA, name: "Ana García", email: "ana.closed@example.edu" }, operator));
    const [old] = aliasesOf(database(), ANA);
    value(await removeAlias({ id: old?.id ?? 0 }, operator));
    value(await addAlias({ member: BO, email: "ana@example.edu" }, operator));
    expect(ledger()).toEqual(before);
    expect(value(await spend({ member: "ana@example.edu", credits: credits(4) })).member).toMatchObject({
      ...{ email: "bo@example.edu", spentThisMonth: credits(7) },
    });
    expect([getMember(everything, ANA)?.spent, getMember(everything, BO)?.spent]).toEqual([
      credits(2),
      credits(7),
    ]);
    expect(faults()).toEqual([]);
  });

  it("is refused with oneself, with nobody, and to viewers", async () => {
    expect(await merge(BO, "bo@example.edu")).toMatchObject({
      message: "bo@example.edu is Bo Li already.",
    });
    expect(await merge(BO, "no@example.edu")).toMatchObject({
      message: "There is no member with the e-mail no@example.edu.",
    });
    const viewer = await aPortalUser("viewer");
    await expect(mergeMembers({ member: BO, email: "ana@example.edu" }, viewer)).rejects.toThrow(
      ForbiddenError,
    );
  });
});
