import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries, memberAliases } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { addAlias, aliasesOf, MAX_ALIASES, removeAlias } from "#lib/members/aliases.ts";
import { addMember, updateMember } from "#lib/members/commands/members.ts";
import { importMembersFile } from "#lib/members/import.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { listMembers } from "#lib/members/queries/member-list.ts";
import { getMember } from "#lib/members/queries/members.ts";
import { addMemberInput } from "#lib/members/rules.ts";
import { membersSearchParams } from "#lib/members/search-params.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { spendableBy } from "#lib/usage/queries/spendable.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aPortalUser,
  credits,
  everything,
  operator,
  spend,
  spentTogether,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { application, body, newKey } from "#tests/support/usage-api.ts";

useFreshDatabase();

const ANA = 1;
const BO = 2;
let law: number;
const rename = (email: string, id = ANA, name = "Ana García") => updateMember({ id, name, email }, operator);
const emails = (id = ANA) => aliasesOf(database(), id).map(({ email }) => email);
const faults = () =>
  verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite")).checks.flatMap(
    ({ mismatches }) => mismatches,
  );

beforeEach(async () => {
  law = (await makeSmallEnterprise()).organizations[0] ?? 0;
});

describe("the search of members", () => {
  const namesFor = (q: string) =>
    listMembers(everything, { ...membersSearchParams.defaults, q }).items.map(({ email }) => email);

  it("finds a person by former emails, until they are removed", async () => {
    value(await rename("ana.ruiz@example.edu"));
    expect(namesFor("ana@exa")).toEqual(["ana.ruiz@example.edu"]);
    value(await addAlias({ member: ANA, email: "Pruefung@bücher.example" }, operator));
    expect(namesFor("pruefung@bucher")).toEqual(["ana.ruiz@example.edu"]);
    expect(namesFor("xn--bcher-kva garcia")).toEqual(["ana.ruiz@example.edu"]);
    expect(faults()).toEqual([]);
    const [first] = aliasesOf(database(), ANA);
    value(await removeAlias({ id: first?.id ?? 0 }, operator));
    expect(namesFor("ana@exa")).toEqual([]);
    expect(faults()).toEqual([]);
  });

  it("keeps former emails when the name changes, in the portal or by a file", async () => {
    value(await addAlias({ member: ANA, email: "first@example.edu" }, operator));
    value(await rename("ana@example.edu", ANA, "Ana Ruiz"));
    expect(namesFor("first@ ruiz")).toEqual(["ana@example.edu"]);
    const file = Buffer.from("organization,email,name\nLAW,first@example.edu,Ana Soto\n");
    expect((await importMembersFile(file, operator, { mode: "change" })).ok).toBe(true);
    expect(namesFor("first@ soto")).toEqual(["ana@example.edu"]);
    expect(faults()).toEqual([]);
  });

  it("finds the one who stays after a merge by the addresses of the other", async () => {
    value(await addAlias({ member: ANA, email: "first@example.edu" }, operator));
    value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator));
    expect([namesFor("first@"), namesFor("ana@")]).toEqual([["bo@example.edu"], ["bo@example.edu"]]);
    expect(faults()).toEqual([]);
  });

  it("finds those who had former emails before they were searched", async () => {
    const sqlite = database().$client;
    const withoutAliases = sqlite.prepare("SELECT search_text FROM members WHERE id = 1").pluck().get();
    for (const email of ["Old@example.edu", "older@example.edu"]) {
      value(await addAlias({ member: ANA, email }, operator));
    }
    sqlite.prepare("UPDATE members SET search_text = ? WHERE id = 1").run(withoutAliases);
    expect(namesFor("older@")).toEqual([]);
    expect(faults()).not.toEqual([]);
    sqlite.exec(readFileSync("db/migrations/0025_former_emails_in_search.sql", "utf8"));
    expect(namesFor("older@")).toEqual(["ana@example.edu"]);
    expect(faults()).toEqual([]);
  });
});

describe("a new email", () => {
  beforeEach(async () => {
    value(await rename("ana.ruiz@example.edu"));
  });

  it("keeps the old one, which usage, checks and the filter of transactions may name", async () => {
    expect(emails()).toEqual(["ana@example.edu"]);
    const app = application(await newKey(law));
    const answer = await app.usage(body({ id: "old", member: "ANA@example.edu", credits: "2" }));
    expect([answer.status, answer.json.member]).toEqual([
      201,
      { email: "ana.ruiz@example.edu", spentThisMonth: "2", allowance: "1000", remaining: "998" },
    ]);
    const again = await app.usage(body({ id: "old", member: "ana@example.edu", credits: "2" }));
    expect([again.status, again.json.status]).toEqual([200, "duplicate"]);
    const question = { organization: "LAW", member: "ana@example.edu", credits: null };
    expect(value(spendableBy(question, operator) as never)).toMatchObject({
      spendable: credits(998),
      member: { email: "ana.ruiz@example.edu" },
    });
    const view = { ...transactionsSearchParams.defaults, member: "ana@example.edu" };
    expect(transactionFilter(everything, view, 20261125).member).toEqual({
      id: ANA,
      email: "ana.ruiz@example.edu",
      name: "Ana García",
    });
    expect(faults()).toEqual([]);
  });

  it("counts both addresses toward one allowance, also within one batch", async () => {
    await spentTogether(
      [
        { member: "ana@example.edu", credits: credits(600) },
        { member: "ana.ruiz@example.edu", credits: credits(300) },
      ],
      new Date(),
    );
    expect(await spend({ member: "ana@example.edu", credits: credits(50) })).toMatchObject({
      ok: true,
      value: { member: { spentThisMonth: credits(950), remaining: credits(50) } },
    });
  });

  it("lets files name the old one", async () => {
    const file = (rows: string) => Buffer.from(`organization,email,role\n${rows}\n`);
    const changed = await importMembersFile(file("LAW,ana@example.edu,admin"), operator, { mode: "change" });
    expect([changed.report.changed, changed.report.errors]).toEqual([1, []]);
    const twice = await importMembersFile(
      file("LAW,ana@example.edu,viewer\nLAW,ana.ruiz@example.edu,viewer"),
      operator,
      { mode: "change" },
    );
    expect(twice.report.errors).toEqual([
      { line: 3, message: "email: ana.ruiz@example.edu in LAW is already on line 2." },
    ]);
    const added = await importMembersFile(file("LAW,ana@example.edu,viewer"), operator);
    expect(added.report.errors).toEqual([
      { line: 2, message: "email: ana@example.edu is already a member of LAW." },
    ]);
  });

  it("lets nobody else have the old one", async () => {
    expect(await rename("ana@example.edu", BO, "Bo Li")).toMatchObject({
      ok: false,
      code: "email_taken",
      message: "ana@example.edu is a former email of Ana García.",
    });
    const added = addMemberInput.parse({
      organization: "LAW",
      name: "New",
      email: "ana@example.edu",
      role: "viewer",
      allowance: "organization",
    });
    expect(await addMember(added, operator)).toMatchObject({ ok: false, code: "already_member" });
  });

  it("can be taken back", async () => {
    value(await rename("ana@example.edu"));
    expect(emails()).toEqual(["ana.ruiz@example.edu"]);
    value(await rename("Ana@example.edu"));
    expect(emails()).toEqual(["ana.ruiz@example.edu"]);
    expect([getMember(everything, ANA)?.email, faults()]).toEqual(["Ana@example.edu", []]);
  });
});

describe("a former email added by hand", () => {
  it("is audited, and so is its removal, after which usage is refused", async () => {
    value(await addAlias({ member: ANA, email: "garcia@example.edu" }, operator));
    expect(await spend({ member: "garcia@example.edu" })).toMatchObject({ ok: true });
    const [alias] = aliasesOf(database(), ANA);
    value(await removeAlias({ id: alias?.id ?? 0 }, operator));
    expect(await spend({ member: "garcia@example.edu" })).toMatchObject({
      ok: false,
      code: "member_not_found",
    });
    expect(await removeAlias({ id: alias?.id ?? 0 }, operator)).toMatchObject({
      ok: false,
      message: "This former email was removed already.",
    });
    const entries = database().select().from(auditEntries).all();
    expect(entries.slice(-2).map((entry) => [entry.action, entry.before, entry.after])).toEqual([
      ["member.alias_added", null, '{"formerEmail":"garcia@example.edu"}'],
      ["member.alias_removed", '{"formerEmail":"garcia@example.edu"}', null],
    ]);
    expect(faults()).toEqual([]);
  });

  it("is refused where somebody has it, and past 20", async () => {
    const add = (email: string, member = ANA) => addAlias({ member, email }, operator);
    expect(await add("bo@example.edu")).toMatchObject({
      message: "bo@example.edu is the email of Bo Li.",
      field: "email",
    });
    expect(await add("ANA@example.edu")).toMatchObject({ message: "Ana García has this address already." });
    for (let n = 0; n < MAX_ALIASES; n += 1) value(await add(`ana${n}@example.edu`));
    expect(await add("ana20@example.edu")).toMatchObject({
      message: "A member has at most 20 former emails. Remove one first.",
    });
    expect(await rename("new@example.edu")).toMatchObject({ ok: false, code: "too_many_aliases" });
    expect(getMember(everything, ANA)?.email).toBe("ana@example.edu");
    const viewer = await aPortalUser("viewer");
    await expect(addAlias({ member: ANA, email: "x@example.edu" }, viewer)).rejects.toThrow(ForbiddenError);
    await expect(removeAlias({ id: 1 }, viewer)).rejects.toThrow(ForbiddenError);
  });

  it("is looked for only where nobody has the address", async () => {
    value(await spend());
    database().$client.exec("DROP TABLE member_aliases");
    expect(await spend()).toMatchObject({ ok: true });
    await expect(spend({ member: "nobody@example.edu" })).rejects.toThrow("no such table: member_aliases");
  });

  it("is checked by verify", async () => {
    value(await addAlias({ member: ANA, email: "garcia@example.edu" }, operator));
    database().update(memberAliases).set({ emailKey: "bo@example.edu" }).run();
    expect(faults()).toEqual([
      { row: "member_aliases 1 (garcia@example.edu)", message: "email_key does not belong to its name" },
      { row: "member_aliases 1", message: "bo@example.edu is also the email of a member" },
      { row: "former email garcia@example.edu", message: "is missing, but audit entry 10 added it" },
    ]);
  });
});
