import path from "node:path";
import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries, creditTypes, memberAliases, memberships } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { addAlias } from "#lib/members/aliases.ts";
import { addMember } from "#lib/members/commands/members.ts";
import { listMembers } from "#lib/members/queries/member-list.ts";
import { getMember } from "#lib/members/queries/members.ts";
import { removeMembership } from "#lib/members/removal.ts";
import { addMemberInput } from "#lib/members/rules.ts";
import { membersSearchParams } from "#lib/members/search-params.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { aPortalUser, everything, operator, requestId, spend, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

// Of the small enterprise: Ana in LAW and ART, Bo in LAW.
const [ANA, BO] = [1, 2];
const [ANA_IN_LAW, ANA_IN_ART, BO_IN_LAW] = [1, 2, 3];
const remove = (id: number) => removeMembership({ id }, operator);
const faults = () =>
  verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite")).checks.flatMap(
    ({ mismatches }) => mismatches,
  );
const membersOfTypes = () =>
  database()
    .select({ members: creditTypes.members })
    .from(creditTypes)
    .all()
    .map(({ members }) => members);
const add = async (email: string) =>
  value(
    await addMember(
      addMemberInput.parse({
        organization: "LAW",
        name: "Di",
        email,
        role: "viewer",
        allowance: "organization",
      }),
      operator,
    ),
  );

beforeEach(async () => {
  await makeSmallEnterprise();
});

describe("a membership that never spent", () => {
  it("is removed, with every counter and an audit entry", async () => {
    expect(value(await remove(ANA_IN_ART))).toEqual({
      memberId: ANA,
      name: "Ana García",
      organization: "ART",
      personDeleted: false,
      personGone: false,
    });
    expect(getMember(everything, ANA)).toMatchObject({ memberships: 1, activeMemberships: 1 });
    expect([
      getOrganization(everything, "ART")?.members,
      getOrganization(everything, "LAW")?.members,
      membersOfTypes(),
    ]).toEqual([0, 2, [2]]);
    const entry = database().select().from(auditEntries).all().at(-1);
    expect([entry?.action, entry?.subjectKind, entry?.subjectId, entry?.subjectLabel]).toEqual([
      "member.removed",
      "membership",
      ANA_IN_ART,
      "ana@example.edu in ART",
    ]);
    expect(await spend({ organization: "ART" })).toMatchObject({ ok: false, code: "member_not_found" });
    expect(faults()).toEqual([]);
    expect(await remove(ANA_IN_ART)).toMatchObject({
      ok: false,
      message: "This membership was removed already.",
    });
  });

  it("takes the person with it when it is the last, former emails included", async () => {
    value(await addAlias({ member: BO, email: "bo.old@example.edu" }, operator));
    expect(value(await remove(BO_IN_LAW))).toMatchObject({ personDeleted: true });
    expect([getMember(everything, BO), database().select().from(memberAliases).all()]).toEqual([null, []]);
    expect(listMembers(everything, membersSearchParams.defaults)).toMatchObject({
      total: 1,
      items: [{ id: ANA }],
    });
    const entry = database().select().from(auditEntries).all().at(-1);
    expect([entry?.action, entry?.subjectKind, entry?.subjectId, entry?.before]).toEqual([
      "member.deleted",
      "member",
      BO,
      '{"name":"Bo Li","email":"bo@example.edu"}',
    ]);
    expect(faults()).toEqual([]);
  });

  it("leaves its id unused, because open forms and the audit trail have it", async () => {
    value(await remove(BO_IN_LAW));
    expect(await add("di@example.edu")).toMatchObject({ id: 4, memberId: 3 });
    expect(listMembers(everything, membersSearchParams.defaults)).toMatchObject({ total: 2 });
    expect(faults()).toEqual([]);
  });
});

describe("a membership that has spent", () => {
  it("stays, also when the spend was reversed or of nothing", async () => {
    const refusal = {
      ok: false,
      code: "membership_has_spent",
      message: "Ana García has spent in LAW, so the membership cannot be removed. Deactivate it instead.",
    };
    value(await spend({ credits: 0n }));
    expect(await remove(ANA_IN_LAW)).toMatchObject(refusal);
    value(await spend({ member: "bo@example.edu" }));
    const [entry] = database().$client.prepare("SELECT max(id) FROM ledger_entries").raw().get() as [bigint];
    value(await reverseEntry({ entry: Number(entry), note: null, requestId: requestId() }, operator));
    expect(await remove(BO_IN_LAW)).toMatchObject({ ok: false, code: "membership_has_spent" });
    expect(faults()).toEqual([]);
  });
});

it("is for admins", async () => {
  const viewer = await aPortalUser("viewer");
  await expect(removeMembership({ id: BO_IN_LAW }, viewer)).rejects.toThrow(ForbiddenError);
});

it("is checked by verify: a row removed without an entry, and a row that exists although an entry removed it", async () => {
  const row = database().select().from(memberships).where(eq(memberships.id, ANA_IN_ART)).get();
  value(await remove(ANA_IN_ART));
  if (!row) throw new Error("no row");
  database().insert(memberships).values(row).run();
  expect(faults()).toContainEqual({
    row: `membership ${ANA_IN_ART}`,
    message: "exists, but an audit entry removed it",
  });
  database().delete(memberships).where(eq(memberships.id, BO_IN_LAW)).run();
  expect(faults()).toContainEqual({
    row: `membership ${BO_IN_LAW}`,
    message: "is missing, but there are audit entries about it",
  });
});
