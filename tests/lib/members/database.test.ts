import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import { auditEntries, creditTypes, members, memberships, organizations } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { setApprovedDomains } from "#lib/members/commands/approved-domains.ts";
import { insertMemberships } from "#lib/members/commands/insert.ts";
import { addMember, updateMember } from "#lib/members/commands/members.ts";
import { changeMembershipsActive, updateMembership } from "#lib/members/commands/memberships.ts";
import { approvedDomainsOf } from "#lib/members/queries/approved-domains.ts";
import { listMembers, MEMBERS_PAGE_SIZE, membershipIdPieces } from "#lib/members/queries/member-list.ts";
import { spentInMonth } from "#lib/members/queries/member-spending.ts";
import { getMember } from "#lib/members/queries/members.ts";
import {
  listMemberships,
  membershipIdsOf,
  membershipsByIds,
  membershipsOfMember,
} from "#lib/members/queries/memberships.ts";
import { addMemberInput } from "#lib/members/rules.ts";
import {
  type MembershipsView,
  type MembersView,
  membershipsSearchParams,
  membersSearchParams,
} from "#lib/members/search-params.ts";
import { createOrganization } from "#lib/organizations/commands/organizations.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import { aPortalUser, everything, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

let mkt: number;
let law: number;
beforeEach(async () => {
  const creditType = database()
    .insert(creditTypes)
    .values({
      name: "SGD Credits",
      nameKey: "sgd credits",
      currency: "SGD",
      exchangeRate: 1_000_000n,
      createdAt: new Date(),
    })
    .returning({ id: creditTypes.id })
    .get().id;
  const add = async (name: string, code: string) =>
    value(await createOrganization({ name, code, creditType, monthlyAllowance: 100_000_000n }, operator)).id;
  mkt = await add("Marketing", "MKT");
  law = await add("Law", "LAW");
});

const input = (organization: number, name: string, email: string, change: object = {}) =>
  addMemberInput.parse({
    organization: organization === law ? "law" : organization === mkt ? "MKT" : "NONE",
    name,
    email,
    role: "creator",
    allowance: "organization",
    ...change,
  });
const added = async (organization: number, name: string, email: string, change: object = {}) =>
  value(await addMember(input(organization, name, email, change), operator));

const list = (change: Partial<MembersView> = {}) =>
  listMembers(everything, { ...membersSearchParams.defaults, ...change });
const names = (change: Partial<MembersView> = {}) => list(change).items.map((item) => item.name);
const tab = (id: number, change: Partial<MembershipsView> = {}) => {
  const organization = database()
    .select({ id: organizations.id, members: organizations.members })
    .from(organizations)
    .where(eq(organizations.id, id))
    .get();
  if (!organization) throw new Error(`no organization ${id}`);
  return listMemberships(
    everything,
    organization,
    { ...membershipsSearchParams.defaults, ...change },
    202_611,
  );
};
const lastAudit = () => database().select().from(auditEntries).all().at(-1);
const auditCount = () => database().select().from(auditEntries).all().length;

/** Every counter over memberships beside the sum of the rows. */
function expectCountersTrue(): void {
  const wrong = database().all(`
    SELECT 'member' AS what, id FROM members WHERE memberships <> (SELECT count(*) FROM memberships WHERE member_id = members.id)
      OR active_memberships <> (SELECT count(*) FROM memberships WHERE member_id = members.id AND active = 1)
    UNION ALL
    SELECT 'organization', id FROM organizations WHERE members <> (SELECT count(*) FROM memberships WHERE organization_id = organizations.id)
    UNION ALL
    SELECT 'credit type', id FROM credit_types WHERE members <> (SELECT sum(members) FROM organizations WHERE credit_type_id = credit_types.id)
    UNION ALL
    SELECT 'name key', memberships.id FROM memberships JOIN members ON members.id = member_id WHERE memberships.name_key <> members.name_key`);
  expect(wrong).toEqual([]);
}

describe("adding", () => {
  it("makes the person and an active membership, counted and audited", async () => {
    const ana = await added(mkt, "Ana Ruiz", "ana@example.edu", {
      allowance: "own",
      monthlyAllowance: "2.5",
    });
    expect(ana).toMatchObject({ organization: "MKT", wasMember: false, hasOtherName: false });
    expect(tab(mkt).items).toMatchObject([
      {
        name: "Ana Ruiz",
        email: "ana@example.edu",
        role: "creator",
        active: true,
        effectiveAllowance: 2_500_000n,
        spentThisMonth: 0n,
      },
    ]);
    expectCountersTrue();
    expect(lastAudit()).toMatchObject({
      action: "member.added",
      subjectLabel: "ana@example.edu in MKT",
      actorKind: "operator",
    });
  });

  it("gives an existing person a second membership, and reports that the present name was kept", async () => {
    const first = await added(mkt, "Ana Ruiz", "ana@example.edu");
    const second = await added(law, "Anna R.", "ANA@example.edu");
    expect(second).toMatchObject({
      memberId: first.memberId,
      name: "Ana Ruiz",
      email: "ana@example.edu",
      wasMember: true,
      hasOtherName: true,
    });
    expect(list().items).toMatchObject([
      { name: "Ana Ruiz", memberships: 2, organizations: [{ code: "MKT" }, { code: "LAW" }] },
    ]);
    expectCountersTrue();
  });

  it("refuses an existing member at the field, and reports if it is inactive", async () => {
    const { id } = await added(mkt, "Ana Ruiz", "ana@example.edu");
    expect(await addMember(input(mkt, "Ana", "Ana@Example.edu"), operator)).toMatchObject({
      ok: false,
      field: "email",
      message: "Ana Ruiz (ana@example.edu) is a member of MKT already.",
    });
    await changeMembershipsActive([id], false, operator);
    expect(await addMember(input(mkt, "Ana", "ana@example.edu"), operator)).toMatchObject({
      ok: false,
      message: expect.stringContaining("inactive: activate the membership instead"),
    });
    expect(await addMember(input(99, "Ana", "ana@example.edu"), operator)).toMatchObject({
      ok: false,
      code: "organization_not_found",
      field: "organization",
    });
  });

  it("lets one of two simultaneous adds of one person win, and makes one person of two organizations' adds", async () => {
    const same = await Promise.all([
      addMember(input(mkt, "Ana", "ana@example.edu"), operator),
      addMember(input(mkt, "Ana", "ANA@example.edu"), operator),
    ]);
    expect(same.map((result) => result.ok).sort()).toEqual([false, true]);
    const apart = await Promise.all([
      addMember(input(mkt, "Ben", "ben@example.edu"), operator),
      addMember(input(law, "Ben", "ben@example.edu"), operator),
    ]);
    expect(apart.map((result) => result.ok)).toEqual([true, true]);
    expect(list().total).toBe(2);
    expectCountersTrue();
  });

  it("refuses a viewer in every command", async () => {
    const viewer = await aPortalUser("viewer");
    const { id, memberId } = await added(mkt, "Ana", "ana@example.edu");
    const own = { role: "admin", allowance: "unlimited", monthlyAllowance: null } as const;
    for (const attempt of [
      () => addMember(input(law, "Ana", "ana@example.edu"), viewer),
      () => updateMembership({ id, ...own }, viewer),
      () => updateMember({ id: memberId, name: "B", email: "b@example.edu" }, viewer),
      () => changeMembershipsActive([id], false, viewer),
      () => setApprovedDomains({ organization: mkt, domains: ["example.edu"] }, viewer),
    ]) {
      await expect(attempt()).rejects.toThrow(ForbiddenError);
    }
  });
});

describe("changing", () => {
  it("writes role and allowance with what was before, and nothing when nothing changed", async () => {
    const { id } = await added(mkt, "Ana", "ana@example.edu");
    const change = { id, role: "admin", allowance: "own", monthlyAllowance: 0n } as const;
    expect(await updateMembership(change, operator)).toMatchObject({ ok: true });
    expect(membershipsByIds(everything, [id], 0)).toMatchObject([{ role: "admin", effectiveAllowance: 0n }]);
    const audit = lastAudit();
    expect(JSON.parse(audit?.before ?? "")).toEqual({ role: "creator", monthlyAllowance: "" });
    expect(JSON.parse(audit?.after ?? "")).toEqual({ role: "admin", monthlyAllowance: "0" });
    const count = auditCount();
    await updateMembership(change, operator);
    expect(auditCount()).toBe(count);
    await updateMembership({ ...change, allowance: "unlimited", monthlyAllowance: null }, operator);
    expect(membershipsByIds(everything, [id], 0)).toMatchObject([{ effectiveAllowance: null }]);
    expect(await updateMembership({ ...change, id: 99 }, operator)).toMatchObject({ ok: false });
  });

  it("renames a person in every organization's order and in the search", async () => {
    const { memberId } = await added(mkt, "Zoé", "zoe@example.edu");
    await added(law, "Zoé", "zoe@example.edu");
    await added(mkt, "Ben", "ben@example.edu");
    await updateMember({ id: memberId, name: "Ábel", email: "abel@example.edu" }, operator);
    expect(tab(mkt).items.map((item) => item.name)).toEqual(["Ábel", "Ben"]);
    expect(names({ q: "abel" })).toEqual(["Ábel"]);
    // By the former email.
    expect(names({ q: "zoe" })).toEqual(["Ábel"]);
    expectCountersTrue();
    expect(lastAudit()).toMatchObject({ action: "member.updated", subjectKind: "member" });
  });

  it("refuses another's email in any case, and one's own is no clash", async () => {
    const ana = await added(mkt, "Ana", "ana@example.edu");
    await added(mkt, "Ben", "ben@example.edu");
    expect(
      await updateMember({ id: ana.memberId, name: "Ana", email: "BEN@example.edu" }, operator),
    ).toMatchObject({ ok: false, field: "email", message: "BEN@example.edu is the email of Ben." });
    expect(
      await updateMember({ id: ana.memberId, name: "Ana", email: "ANA@example.edu" }, operator),
    ).toMatchObject({ ok: true });
    expect(await updateMember({ id: 99, name: "X", email: "x@example.edu" }, operator)).toMatchObject({
      ok: false,
    });
  });
});

describe("status", () => {
  it("changes one or many, counts and audits only those that changed", async () => {
    const ids = [
      (await added(mkt, "Ana", "ana@example.edu")).id,
      (await added(law, "Ana", "ana@example.edu")).id,
      (await added(mkt, "Ben", "ben@example.edu")).id,
    ];
    const before = auditCount();
    expect(await changeMembershipsActive(ids, false, operator)).toMatchObject({ value: { changed: 3 } });
    expect(await changeMembershipsActive(ids.slice(1), true, operator)).toMatchObject({
      value: { changed: 2 },
    });
    expect(await changeMembershipsActive([...ids, 99], true, operator)).toMatchObject({
      value: { changed: 1 },
    });
    expect(auditCount()).toBe(before + 3 + 2 + 1);
    expectCountersTrue();
    await changeMembershipsActive(ids.slice(0, 1), false, operator);
    expect(names({ status: "inactive" })).toEqual([]);
    expect(names({ status: "active" })).toEqual(["Ana", "Ben"]);
    expect(names({ status: "inactive", organization: "mkt" })).toEqual(["Ana"]);
    await changeMembershipsActive(ids.slice(1, 2), false, operator);
    expect(names({ status: "inactive" })).toEqual(["Ana"]);
    expectCountersTrue();
  });
});

describe("approved domains", () => {
  it("are none at first, are kept in order, and let an unknown member in by the first usage event", async () => {
    expect(approvedDomainsOf(everything, mkt)).toEqual([]);
    const spend = () =>
      recordBatch(
        [
          {
            id: "e-1",
            source: "",
            organization: "MKT",
            member: "Cy@Example.edu",
            application: "chat",
            credits: 1n,
            occurredAt: null,
            metadata: null,
          },
        ],
        { kind: "operator" },
      );
    expect(await spend()).toMatchObject([{ ok: false, code: "member_not_found" }]);
    await setApprovedDomains({ organization: mkt, domains: ["lab.edu", "example.edu", "lab.edu"] }, operator);
    expect(approvedDomainsOf(everything, mkt)).toEqual(["example.edu", "lab.edu"]);
    expect(JSON.parse(lastAudit()?.after ?? "")).toEqual({ approvedDomains: "example.edu, lab.edu" });
    // Known now; what is lacking is credits.
    expect(await spend()).toMatchObject([{ ok: false, code: "insufficient_credits" }]);
    database().run(`UPDATE organizations SET balance = 1000000 WHERE id = ${mkt}`);
    expect(await spend()).toMatchObject([{ ok: true }]);
    expect(list().items).toMatchObject([
      { email: "Cy@Example.edu", spent: 1n, organizations: [{ code: "MKT", role: "creator" }] },
    ]);
    const count = auditCount();
    await setApprovedDomains({ organization: mkt, domains: ["lab.edu", "example.edu"] }, operator);
    expect(auditCount()).toBe(count);
    await setApprovedDomains({ organization: mkt, domains: [] }, operator);
    expect(approvedDomainsOf(everything, mkt)).toEqual([]);
    expect(await setApprovedDomains({ organization: 99, domains: [] }, operator)).toMatchObject({
      ok: false,
    });
  });
});

describe("searching", () => {
  beforeEach(async () => {
    await added(mkt, "Ana École", "ana@example.edu");
    await added(law, "Ben 100%_x", "ben@sub.example.edu", { role: "admin" });
    await added(law, "王 伟", "wei@example.com", { role: "viewer" });
    await added(law, "Ana École", "ana@example.edu", { role: "admin" });
    await added(mkt, 'Dee "Quote" 😀', "dee@example.com");
  });

  it.each([
    ["ecole", ["Ana École"]],
    ["ÉCOLE ana@", ["Ana École"]],
    ["@example.edu", ["Ana École"]],
    ["example.edu", ["Ana École", "Ben 100%_x"]],
    ["%", ["Ben 100%_x"]],
    ["_", ["Ben 100%_x"]],
    ["王", ["王 伟"]],
    ["an", ["Ana École"]],
    ["an example", ["Ana École"]],
    ['"quote"', ['Dee "Quote" 😀']],
    ["😀", ['Dee "Quote" 😀']],
    ["AND", []],
    ["ana*", []],
    ["ana OR ben", []],
    ["search_text:ana", []],
    ["x".repeat(10_000), []],
  ])("%j finds %j", (q, found) => {
    expect(names({ q: membersSearchParams.decode({ q }).q })).toEqual(found);
  });

  it("filters by what one and the same membership is", () => {
    expect(names({ organization: "law" })).toEqual(["Ana École", "Ben 100%_x", "王 伟"]);
    expect(names({ role: "admin" })).toEqual(["Ana École", "Ben 100%_x"]);
    expect(names({ organization: "MKT", role: "admin" })).toEqual([]);
    expect(names({ organization: "LAW", role: "admin", q: "ana" })).toEqual(["Ana École"]);
    expect(list({ organization: "NONE" })).toMatchObject({ total: 0, items: [], page: 1, pages: 1 });
    expect(list({ organization: "LAW" }).items[0]?.organizations[0]?.code).toBe("LAW");
  });

  it("finds within an organization's tab", () => {
    const namesIn = (change: Partial<MembershipsView>) => tab(law, change).items.map((item) => item.name);
    expect(namesIn({ q: "example" })).toEqual(["Ana École", "Ben 100%_x", "王 伟"]);
    expect(namesIn({ q: "王" })).toEqual(["王 伟"]);
    expect(namesIn({ q: "dee" })).toEqual([]);
    expect(namesIn({ q: "example", status: "inactive" })).toEqual([]);
    expect(tab(law, { status: "inactive" }).total).toBe(0);
  });

  it("names the memberships of a view, and only those that match", () => {
    const codes = (change: Partial<MembersView>) =>
      membershipsByIds(
        everything,
        [...membershipIdPieces(everything, { ...membersSearchParams.defaults, ...change })].flat(),
        0,
      ).map((item) => `${item.organization.code} ${item.email}`);
    expect(codes({ q: "ana" })).toEqual(["MKT ana@example.edu", "LAW ana@example.edu"]);
    expect(codes({ q: "ana", role: "admin" })).toEqual(["LAW ana@example.edu"]);
    expect(codes({ organization: "MKT", sort: "-name" })).toEqual([
      "MKT dee@example.com",
      "MKT ana@example.edu",
    ]);
    expect(codes({ organization: "NONE" })).toEqual([]);
    expect(codes({})).toHaveLength(5);
  });
});

describe("pages and order", () => {
  beforeEach(async () => {
    for (let n = 0; n < MEMBERS_PAGE_SIZE + 5; n += 1) {
      await added(n % 5 === 0 ? law : mkt, `Member ${String(n).padStart(3, "0")}`, `m${n}@example.edu`);
    }
    database().run(
      "UPDATE members SET spent = id * 7 % 50, last_active_at = CASE WHEN id % 4 = 0 THEN NULL ELSE id * 13 % 40 END, created_at = id",
    );
    database().run("UPDATE memberships SET spent = id * 7 % 50");
  });

  it("pages through all of it, and shows the last page past the end", () => {
    expect(list()).toMatchObject({ total: MEMBERS_PAGE_SIZE + 5, pages: 2, page: 1, more: false });
    expect(list({ page: 1e9 })).toMatchObject({ page: 2 });
    expect(names({ page: 2 })).toHaveLength(5);
    expect(new Set([...names(), ...names({ page: 2 })]).size).toBe(MEMBERS_PAGE_SIZE + 5);
    expect(names({ q: "member", page: 2 })).toEqual(names({ page: 2 }));
    expect(names({ q: "m", page: 2 })).toEqual(names({ page: 2 }));
    expect(tab(law)).toMatchObject({ total: 11, pages: 1 });
  });

  it("sorts by every key, both ways, whichever way leads to the rows", () => {
    const ids = (change: Partial<MembersView>) =>
      [1, 2].flatMap((page) => list({ ...change, page }).items.map((item) => item.id));
    for (const key of ["name", "active", "spent", "created"] as const) {
      const up = ids({ sort: key });
      expect(new Set(up).size).toBe(MEMBERS_PAGE_SIZE + 5);
      expect(ids({ sort: `-${key}` })).toEqual([...up].reverse());
      for (const filter of [
        { q: "member" },
        { q: "m" },
        { status: "active" },
        { role: "creator" },
      ] as const) {
        expect(ids({ ...filter, sort: key })).toEqual(up);
      }
    }
    expect(list({ sort: "-active" }).items[0]?.lastActiveAt).not.toBeNull();
    for (const key of ["name", "spent"] as const) {
      const up = tab(law, { sort: key }).items.map((item) => item.id);
      expect(tab(law, { sort: `-${key}` }).items.map((item) => item.id)).toEqual([...up].reverse());
      expect(tab(law, { sort: key, q: "member" }).items.map((item) => item.id)).toEqual(up);
      expect(membershipIdsOf(everything, law, { ...membershipsSearchParams.defaults, sort: key })).toEqual(
        up,
      );
    }
  });
});

describe("figures", () => {
  it("are those of the month, with the allowance that counts", async () => {
    const { id, memberId } = await added(mkt, "Ana", "ana@example.edu");
    database().run(
      `INSERT INTO membership_months (membership_id, month, organization_id, spent) VALUES (${id}, 202611, ${mkt}, 5), (${id}, 202610, ${mkt}, 9)`,
    );
    expect(tab(mkt).items).toMatchObject([{ spentThisMonth: 5n, effectiveAllowance: 100_000_000n }]);
    expect(membershipsOfMember(everything, { memberId: memberId, month: 202_610, limit: 10 })).toMatchObject([
      { spentThisMonth: 9n },
    ]);
    expect(membershipsOfMember(everything, { memberId: memberId, month: 202_612, limit: 10 })).toMatchObject([
      { spentThisMonth: 0n },
    ]);
    expect(getMember(everything, memberId)).toMatchObject({ name: "Ana", memberships: 1 });
    expect(getMember(everything, 99)).toBeNull();
    expect(getOrganization(everything, "MKT")?.members).toBe(1);
  });
});

it("filters an organization's members by role and status together, counted as they are listed", async () => {
  await added(mkt, "Ana", "ana@example.edu", { role: "admin" });
  const ben = await added(mkt, "Ben", "ben@example.edu", { role: "admin" });
  await added(mkt, "Cy", "cy@example.edu");
  await added(law, "Dee", "dee@example.edu", { role: "admin" });
  await changeMembershipsActive([ben.id], false, operator);
  const namesIn = (change: Partial<MembershipsView>) => {
    const page = tab(mkt, change);
    expect(page.total).toBe(page.items.length);
    const ids = membershipIdsOf(everything, mkt, { ...membershipsSearchParams.defaults, ...change });
    expect(ids).toEqual(page.items.map((item) => item.id));
    return page.items.map((item) => item.name);
  };
  expect(namesIn({ role: "admin" })).toEqual(["Ana", "Ben"]);
  expect(namesIn({ role: "admin", status: "inactive", sort: "-spent" })).toEqual(["Ben"]);
  expect(namesIn({ role: "creator", q: "c" })).toEqual(["Cy"]);
  expect(namesIn({ role: "viewer" })).toEqual([]);
});

describe("literal orders", () => {
  // Each column orders the three differently.
  beforeEach(async () => {
    await added(mkt, "Bea", "b@example.edu");
    await added(mkt, "Ana", "a@example.edu");
    await added(mkt, "Cy", "c@example.edu");
    database().run(`UPDATE members SET
      spent = CASE id WHEN 1 THEN 30 WHEN 2 THEN 20 ELSE 10 END,
      last_active_at = CASE id WHEN 1 THEN 7 WHEN 2 THEN 9 ELSE 8 END,
      created_at = CASE id WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE 0 END`);
  });

  it.each([
    ["name", [2, 1, 3]],
    ["-name", [3, 1, 2]],
    ["spent", [3, 2, 1]],
    ["-spent", [1, 2, 3]],
    ["active", [1, 3, 2]],
    ["-active", [2, 3, 1]],
    ["created", [3, 1, 2]],
    ["-created", [2, 1, 3]],
  ] as const)("by %s, whichever filter leads there", (sort, ids) => {
    for (const filter of [
      {},
      { q: "example" },
      { q: "e" },
      { role: "creator" },
      { organization: "MKT" },
    ] as const) {
      expect(list({ sort, ...filter }).items.map(({ id }) => id)).toEqual(ids);
    }
  });
});

it("pages of people have 50, and of an organization's members too", () => {
  expect(MEMBERS_PAGE_SIZE).toBe(50);
});

it("names the first three of a person's organizations, and counts them all", async () => {
  for (const code of ["A1", "A2", "A3"]) {
    value(await createOrganization({ name: code, code, creditType: 1, monthlyAllowance: null }, operator));
  }
  await added(mkt, "Ana", "ana@example.edu");
  await added(law, "Ana", "ana@example.edu");
  for (const organization of ["A1", "A2", "A3"]) {
    value(await addMember({ ...input(mkt, "Ana", "ana@example.edu"), organization }, operator));
  }
  const [ana] = list().items;
  expect(ana?.memberships).toBe(5);
  expect(ana?.organizations.map(({ code }) => code)).toEqual(["MKT", "LAW", "A1"]);
  // The organization that the view asks for comes first.
  expect(list({ organization: "A3" }).items[0]?.organizations.map(({ code }) => code)).toEqual([
    "A3",
    "MKT",
    "LAW",
  ]);
});

it("adds up what a person spent this month over every membership, however many", async () => {
  const { memberId } = await added(mkt, "Ana", "ana@example.edu");
  database().run(`
    WITH RECURSIVE n(n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM n WHERE n < 128)
    INSERT INTO organizations (id, name, code, code_key, credit_type_id, active, created_at, name_key, search_text)
    SELECT n, 'O' || n, 'O' || n, 'o' || n, 1, 1, 0, 'o' || n, 'o' || n FROM n`);
  database().run(`INSERT INTO memberships (member_id, organization_id, role, active, allowance, created_at, name_key)
    SELECT ${memberId}, id, 'creator', 1, 'organization', 0, 'ana' FROM organizations WHERE id >= 10`);
  database().run(`INSERT INTO membership_months (membership_id, month, organization_id, spent)
    SELECT id, 202611, organization_id, 1 FROM memberships WHERE id > 69`);
  database().run(`INSERT INTO membership_months (membership_id, month, organization_id, spent)
    SELECT id, 202610, organization_id, 1000 FROM memberships`);
  // 120 memberships, of which the last 51 spent 1 each.
  expect(membershipsOfMember(everything, { memberId: memberId, month: 202_611, limit: 1_000 })).toHaveLength(
    120,
  );
  expect(spentInMonth(everything, memberId, 202_611)).toBe(51n);
  expect(spentInMonth(everything, memberId, 202_612)).toBe(0n);
});

describe("with more than 10,000 matches", () => {
  /** People 1 to `count`, in MKT; the last 500 by id are named Zoe, and every tenth is an admin. */
  function addPeople(count: number): void {
    database().run(`
      WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})
      INSERT INTO members (id, name, email, email_key, created_at, memberships, active_memberships, name_key, search_text)
      SELECT n, 'x', 'p' || n, 'p' || n, n, 1, 1, CASE WHEN n > ${count - 500} THEN 'zoe' ELSE 'ann' END,
        CASE WHEN n > ${count - 500} THEN 'zoe' ELSE 'ann' END || ' common' || char(10) || 'p' || n FROM n`);
    database().run(`
      INSERT INTO memberships (id, member_id, organization_id, role, active, allowance, created_at, name_key)
      SELECT id, id, ${mkt}, CASE WHEN id % 10 = 0 THEN 'admin' ELSE 'creator' END, 1, 'organization', 0, name_key FROM members`);
    database().run(`UPDATE organizations SET members = ${count} WHERE id = ${mkt}`);
  }

  it("counts up to 10,000 and reports that there are more", () => {
    addPeople(10_001);
    expect(list({ q: "common" })).toMatchObject({ total: 10_000, more: true, pages: 200 });
    expect(list({ q: "common", page: 200 }).items).toHaveLength(50);
    expect(list({ role: "creator" })).toMatchObject({ total: 9_001, more: false });
    expect(tab(mkt, { q: "common" })).toMatchObject({ total: 10_000, more: true });
    expect(list()).toMatchObject({ total: 10_001, more: false });
  });

  it("counts 10,000 exactly", () => {
    addPeople(10_000);
    expect(list({ q: "common" })).toMatchObject({ total: 10_000, more: false });
  });

  it("counts exactly where each filter has more than 10,000 matches and both together have few", () => {
    addPeople(40_000);
    database().run("UPDATE memberships SET role = 'admin' WHERE id > 25000");
    database().run("UPDATE members SET search_text = search_text || ' early' WHERE id <= 25050");
    expect(list({ q: "early" })).toMatchObject({ total: 10_000, more: true });
    expect(list({ role: "admin" })).toMatchObject({ total: 10_000, more: true });
    const both = list({ q: "early", role: "admin", sort: "created" });
    // From 25,001 on, and every tenth before.
    expect(both).toMatchObject({ total: 2_550, more: false });
    expect(both.items.slice(0, 2).map(({ id }) => id)).toEqual([10, 20]);
    expect(list({ q: "early", role: "admin", sort: "-created" }).items[0]?.id).toBe(25_050);
  });

  it("finds a page's matches at either end of the order, frequent or rare", () => {
    addPeople(40_000);
    const first = (view: Partial<MembersView>) => list(view).items[0]?.id;
    expect(first({ q: "zoe" })).toBe(39_501);
    expect(first({ q: "common", sort: "created" })).toBe(1);
    expect(first({ q: "common", sort: "-created" })).toBe(40_000);
    // 36,000 match, the first pages by name hold none of the admins' names.
    expect(first({ q: "common", role: "creator", sort: "-created" })).toBe(39_999);
    expect(list({ q: "common", role: "creator" })).toMatchObject({ total: 10_000, more: true });
    expect(list({ q: "zoe", role: "admin" })).toMatchObject({ total: 50, more: false });
    const pieces = [...membershipIdPieces(everything, { ...membersSearchParams.defaults, q: "common" })];
    expect(pieces.flat()).toHaveLength(40_000);
    // In pieces, because those of a million people would hold up the event loop for a second.
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(10_000);
    // More members than are looked up one by one.
    expect(tab(mkt, { q: "zoe" })).toMatchObject({ total: 500, more: false });
    expect(tab(mkt, { q: "nobody" })).toMatchObject({ total: 0, items: [] });
  });
});

it("keeps people and memberships that have spent for good", async () => {
  const { id, memberId } = await added(mkt, "Ana", "ana@example.edu");
  expect(() => database().delete(members).where(eq(members.id, memberId)).run()).toThrow("FOREIGN KEY");
  database().update(memberships).set({ lastActiveAt: new Date() }).run();
  database().update(members).set({ lastActiveAt: new Date() }).run();
  expect(() => database().delete(memberships).where(eq(memberships.id, id)).run()).toThrow("never deleted");
  expect(() => database().delete(members).where(eq(members.id, memberId)).run()).toThrow("never deleted");
});

describe("many at once", () => {
  // More than the statement that changes them takes ids.
  const MANY = 10_001;

  it("changes all of 10,001 memberships and counts them", async () => {
    const ids = await write((tx) =>
      insertMemberships(
        tx,
        Array.from({ length: MANY }, (_, n) => ({
          organizationId: mkt,
          name: `Member ${n}`,
          email: `m${n}@example.edu`,
          role: "viewer" as const,
          active: true,
          allowance: "organization" as const,
          monthlyAllowance: null,
        })),
        operator,
      ).map(({ id }) => id),
    );
    expect(await changeMembershipsActive(ids, false, operator)).toEqual({
      ok: true,
      value: { changed: MANY, batch: null },
    });
    expect(tab(mkt, { status: "inactive" }).total).toBe(MANY);
    expectCountersTrue();
  });
});

it("audits a change of status with what was before, and a new email under the new one", async () => {
  const { id, memberId } = await added(mkt, "Ana", "ana@example.edu");
  const last = () => {
    const entry = lastAudit();
    return [
      entry?.action,
      entry?.subjectLabel,
      JSON.parse(entry?.before ?? ""),
      JSON.parse(entry?.after ?? ""),
    ];
  };
  await changeMembershipsActive([id], false, operator);
  expect(last()).toEqual([
    "membership.deactivated",
    "ana@example.edu in MKT",
    { status: "active" },
    { status: "inactive" },
  ]);
  await changeMembershipsActive([id], true, operator);
  expect(last()).toEqual([
    "membership.activated",
    "ana@example.edu in MKT",
    { status: "inactive" },
    { status: "active" },
  ]);
  await updateMember({ id: memberId, name: "Ana", email: "ana.ruiz@example.edu" }, operator);
  expect(last()).toEqual([
    "member.updated",
    "ana.ruiz@example.edu",
    { email: "ana@example.edu" },
    { email: "ana.ruiz@example.edu" },
  ]);
});
