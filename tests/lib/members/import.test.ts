import { rmSync } from "node:fs";
import path from "node:path";
import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it, test } from "vitest";
import { closeDatabase, database, databaseFile, openDatabase, write } from "#db/client.ts";
import { dataDirectory } from "#db/data-directory.ts";
import { auditEntries, creditTypes, members, memberships, portalUserGrants } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { claimImport } from "#lib/imports/commands.ts";
import { startImportJob } from "#lib/imports/jobs.ts";
import { getImport, mayUseImport } from "#lib/imports/queries.ts";
import { addAlias } from "#lib/members/aliases.ts";
import { insertMemberships } from "#lib/members/commands/insert.ts";
import { exportMemberships } from "#lib/members/export.ts";
import { importMembersFile } from "#lib/members/import.ts";
import { membershipIdPieces } from "#lib/members/queries/member-list.ts";
import { membershipIdsOf } from "#lib/members/queries/memberships.ts";
import {
  type MembersView,
  membershipsSearchParams,
  membersSearchParams,
} from "#lib/members/search-params.ts";
import { insertOrganizations } from "#lib/organizations/commands/insert.ts";
import { importOrganizationsFile } from "#lib/organizations/import.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aGrant,
  anUpload,
  aPortalUser,
  everything,
  operator,
  scopeOf,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

const HEADER = "organization,name,email,role,monthly_allowance,status";

useFreshDatabase();

async function addOrganizations(codes = ["MKT", "LAW"]): Promise<void> {
  const { id: creditTypeId } = database()
    .insert(creditTypes)
    .values({
      name: "SGD Credits",
      nameKey: "sgd credits",
      currency: "SGD",
      exchangeRate: 1_000_000n,
      createdAt: new Date(),
    })
    .returning({ id: creditTypes.id })
    .get();
  await write((tx) =>
    insertOrganizations(
      tx,
      codes.map((code) => ({ name: code, code, creditTypeId, active: true, monthlyAllowance: null })),
      operator,
    ),
  );
}
beforeEach(() => addOrganizations());

const utf8 = (text: string) => new TextEncoder().encode(text);
const file = (...rows: string[]) => `${[HEADER, ...rows].join("\r\n")}\r\n`;
const importText = (text: string, options?: Parameters<typeof importMembersFile>[2]) =>
  importMembersFile(utf8(text), operator, options);
const exported = (change: Partial<MembersView> = {}) =>
  [
    ...exportMemberships(
      everything,
      membershipIdPieces(everything, { ...membersSearchParams.defaults, ...change }),
    ),
  ].join("");
const stored = () => database().select().from(memberships).all();
const people = () => database().select({ name: members.name, email: members.email }).from(members).all();

/** What `verify` finds in the counters and derived columns; the credit type here has no audit entry. */
const faults = () =>
  verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0 && check.name !== "audit trail");

async function refusedWith(text: string | Uint8Array) {
  const before = stored().length;
  const result = await importMembersFile(typeof text === "string" ? utf8(text) : text, operator);
  expect(result.ok).toBe(false);
  expect(stored()).toHaveLength(before);
  return result.report.errors.map(({ line, message }) => `${line}: ${message}`);
}

describe("a good file", () => {
  it("is imported with roles, allowances and statuses; one person may be in two organizations", async () => {
    const result = await importText(
      file(
        "mkt,Ana Ruiz,ana@example.edu,admin,,active",
        "LAW,Anna,ANA@example.edu,Viewer,unlimited,inactive",
        "LAW,王伟,wei@example.edu,creator,0.000001,active",
      ),
    );
    expect(result.report).toMatchObject({
      rows: 3,
      active: 2,
      inactive: 1,
      errors: [],
      notes: [
        {
          line: 3,
          message: "name: ANA@example.edu is Ana Ruiz on line 2; that name is kept instead of Anna.",
        },
        { line: 3, message: "email: kept as ana@example.edu" },
      ],
    });
    expect(people()).toEqual([
      { name: "Ana Ruiz", email: "ana@example.edu" },
      { name: "王伟", email: "wei@example.edu" },
    ]);
    expect(stored()).toMatchObject([
      { role: "admin", allowance: "organization", active: true },
      { role: "viewer", allowance: "unlimited", active: false },
      { role: "creator", allowance: "own", monthlyAllowance: 1n },
    ]);
    expect(database().all("SELECT members FROM organizations ORDER BY id")).toEqual([
      { members: 1n },
      { members: 2n },
    ]);
    expect(
      database()
        .select()
        .from(auditEntries)
        .all()
        .filter((entry) => entry.action === "member.added"),
    ).toHaveLength(3);
  });

  it("keeps the name of an existing person, and notes it", async () => {
    await importText(file("MKT,Ana Ruiz,ana@example.edu,admin,,active"));
    const { report } = await importText(file("LAW,Dr Ana,ana@example.edu,admin,,active"));
    expect(report.notes).toEqual([
      {
        line: 2,
        message: "name: ana@example.edu is Ana Ruiz in the portal; that name is kept instead of Dr Ana.",
      },
    ]);
    expect(people()).toHaveLength(1);
  });

  it("has its guarded formulas restored, and comes back to the byte from an empty portal", async () => {
    const text = file(
      'LAW,"Lee, ""Bo""",bo@example.edu,admin,1000.5,inactive',
      "LAW,'=SUM(A1),cy@example.edu,creator,unlimited,active",
      "MKT,'=SUM(A1),cy@example.edu,viewer,0,active",
      "MKT,École,ana@example.edu,viewer,,active",
    );
    expect((await importText(text)).ok).toBe(true);
    expect(people().map((person) => person.name)).toContain("=SUM(A1)");
    const first = exported();
    expect(first.split("\r\n").toSorted()).toEqual(text.split("\r\n").toSorted());
    closeDatabase();
    rmSync(dataDirectory(), { recursive: true });
    await addOrganizations();
    expect((await importText(first)).ok).toBe(true);
    expect(exported()).toBe(first);
  });

  it("changes nothing on a dry run, and nothing by a viewer", async () => {
    const text = file("MKT,Ana,ana@example.edu,admin,,active");
    expect(await importText(text, { dryRun: true })).toMatchObject({ ok: true });
    expect(await importMembersFile(utf8(text), await aPortalUser("viewer"))).toMatchObject({
      ok: false,
      report: { errors: [{ message: "organization: You may not change the members of MKT." }] },
    });
    expect(stored()).toEqual([]);
  });
});

describe("a bad file", () => {
  test.each([
    ["0 rows", `${HEADER}\n`, ["1: The file has a header row and no member."]],
    ["a missing column", "name,email\nA,a@e.edu", ["1: The header row is missing organization."]],
    [
      "unknown and empty organizations",
      file("XX,Ana,ana@example.edu,admin,,active", ",Ana,ana@example.edu,admin,,active"),
      ["2: organization: There is no organization with the code XX.", "3: organization: Is empty."],
    ],
    [
      "a membership twice",
      file("MKT,Ana,ana@example.edu,admin,,active", "ｍｋｔ,Ana,ANA@example.edu,viewer,,active"),
      ["3: email: ANA@example.edu in MKT is already on line 2."],
    ],
    [
      "everything wrong",
      file("MKT,,ana,owner,1e309,on"),
      [
        "2: email: Enter an email address such as ana@example.edu.",
        "2: name: Enter a name.",
        "2: role: Choose a role: admin, creator or viewer.",
        "2: monthly_allowance: Enter a number, such as 1000 or 0.5. Or leave it empty for the organization's allowance, or enter unlimited.",
        "2: status: Must be active or inactive.",
      ],
    ],
  ])("with %s is refused with line and reason", async (_what, text, errors) => {
    expect(await refusedWith(text)).toEqual(errors);
  });

  test.each(["-1", "0.0000001", "0,5", "abc", "NaN", "none", "0x10"])(
    "with the allowance %s is refused",
    async (cell) => {
      const [error] = await refusedWith(file(`MKT,Ana,ana@example.edu,admin,"${cell}",active`));
      expect(error).toMatch(/^2: monthly_allowance: /);
    },
  );

  test.each([
    ["300 characters", "x".repeat(300)],
    ["a control character", "A\u0007"],
    ["a bidirectional override", "A\u202Etxt"],
    ["a zero-width space within", "A\u200BB"],
  ])("with a name of %s is refused", async (_what, name) => {
    const [error] = await refusedWith(file(`MKT,${name},ana@example.edu,admin,,active`));
    expect(error).toMatch(/^2: name: /);
  });

  it("that names a member of the portal is refused", async () => {
    await importText(file("MKT,Ana,ana@example.edu,admin,,active"));
    expect(
      await refusedWith(
        file("LAW,Ana,ana@example.edu,admin,,active", "MKT,Ana,Ana@Example.edu,admin,,active"),
      ),
    ).toEqual(["3: email: Ana@Example.edu is already a member of MKT."]);
  });
});

it("needs organization and email alone: the rest has defaults", async () => {
  expect(
    await importText("E-Mail,Organization\nana.lim@example.edu,mkt\nBEN@example.edu,LAW\n"),
  ).toMatchObject({
    ok: true,
    report: { rows: 2, active: 2, noteCount: 0 },
  });
  expect(exported()).toBe(
    file("MKT,ana.lim,ana.lim@example.edu,viewer,,active", "LAW,BEN,BEN@example.edu,viewer,,active"),
  );
  // A row without a name keeps the name of an existing person.
  expect(await importText("email,organization,name\nana.lim@example.edu,LAW,\n")).toMatchObject({
    ok: true,
    report: { noteCount: 0 },
  });
  expect(exported()).toContain("LAW,ana.lim,ana.lim@example.edu,viewer,,active");
});

it("notices a member added between check and import, and imports nothing", async () => {
  database();
  const other = openDatabase(path.join(dataDirectory(), "bursar.sqlite"));
  try {
    // The check has ended when the import waits for the lock, which another process takes first.
    other.$client.exec("BEGIN IMMEDIATE");
    const checking = Promise.withResolvers<void>();
    const importing = importText(
      file("LAW,Ben,ben@example.edu,admin,,active", "MKT,Ana,ana@example.edu,admin,,active"),
      { onProgress: ({ step }) => step === "checking" && checking.resolve() },
    );
    // The check itself is synchronous, so it is over when the next microtask runs.
    await checking.promise;
    insertMemberships(
      other as never,
      [
        {
          organizationId: 1,
          name: "Ana",
          email: "ANA@example.edu",
          role: "admin",
          active: true,
          allowance: "unlimited",
          monthlyAllowance: null,
        },
      ],
      operator,
    );
    other.$client.exec("COMMIT");
    expect(await importing).toMatchObject({
      ok: false,
      message: "The portal has changed since the file was checked. Nothing was imported.",
      report: { errors: [{ line: 3, message: "email: ana@example.edu is already a member of MKT." }] },
    });
    expect(stored()).toHaveLength(1);
  } finally {
    other.$client.close();
  }
});

it("is checked and imported in the thread by its kind", async () => {
  const admin = await aPortalUser("admin");
  const bytes = utf8(file("MKT,Ana,ana@example.edu,admin,,active"));
  const id = await anUpload("members", { name: "members.csv", bytes }, admin);
  await startImportJob({ id, task: "check", actor: admin });
  expect(getImport(id)).toMatchObject({ kind: "members", status: "checked", report: { rows: 1 } });
  expect(await claimImport(id, getImport(id)?.report?.digest ?? "", admin)).toEqual({
    ok: true,
    value: true,
  });
  await startImportJob({ id, task: "import", actor: admin });
  expect(getImport(id)?.status).toBe("done");
  expect(stored()).toHaveLength(1);
});

describe("a file that changes memberships", () => {
  const change = (text: string, options: Parameters<typeof importMembersFile>[2] = {}) =>
    importText(text, { mode: "change", ...options });
  beforeEach(async () => {
    await importText(
      file(
        "MKT,Ana,ana@example.edu,admin,250,active",
        "LAW,Ana,ana@example.edu,viewer,,active",
        "MKT,Ben,ben@example.edu,creator,unlimited,inactive",
      ),
    );
  });

  it("changes only its columns and cells, old to new, and is undone by its undo file", async () => {
    const before = exported();
    let undo = "";
    const result = await change(
      "organization,email,monthly_allowance,role,status\nmkt,ANA@example.edu,1000.5,,\nMKT,ben@example.edu,(clear),VIEWER,TRUE\nLAW,ana@example.edu,,viewer,active\n",
      {
        keepUndo: (csv) => {
          undo = csv;
        },
      },
    );
    expect(result).toMatchObject({
      ok: true,
      report: {
        mode: "change",
        added: 0,
        changed: 2,
        unchanged: 1,
        changes: [
          {
            line: 2,
            label: "Ana (ana@example.edu) in MKT",
            cells: [{ column: "monthly_allowance", old: "250", new: "1000.5" }],
          },
          {
            line: 3,
            label: "Ben (ben@example.edu) in MKT",
            cells: [
              { column: "role", old: "creator", new: "viewer" },
              { column: "monthly_allowance", old: "unlimited", new: "" },
              { column: "status", old: "inactive", new: "active" },
            ],
          },
        ],
      },
    });
    expect(exported().split("\r\n")).toEqual(
      file(
        "MKT,Ana,ana@example.edu,admin,1000.5,active",
        "LAW,Ana,ana@example.edu,viewer,,active",
        "MKT,Ben,ben@example.edu,viewer,,active",
      ).split("\r\n"),
    );
    expect(undo).toBe(
      "\uFEFForganization,email,role,monthly_allowance,status\r\nMKT,ana@example.edu,,250,\r\nMKT,ben@example.edu,creator,unlimited,inactive\r\n",
    );
    expect(await change(undo)).toMatchObject({ ok: true, report: { changed: 2, unchanged: 0 } });
    expect(exported()).toBe(before);
    expect(faults()).toEqual([]);
  });

  it("renames a person everywhere, once, and refuses two names", async () => {
    expect(
      await change("organization,email,name\nMKT,ana@example.edu,Ana Lim\nLAW,ana@example.edu,Ana Lim\n"),
    ).toMatchObject({ ok: true, report: { changed: 1, unchanged: 1 } });
    expect(people().map(({ name }) => name)).toEqual(["Ana Lim", "Ben"]);
    const two = await change("organization,email,name\nMKT,ana@example.edu,Ana\nLAW,ana@example.edu,Anna\n");
    expect(two.report.errors).toEqual([
      { line: 3, message: "name: ana@example.edu is Ana on line 2; a person has one name." },
    ]);
    expect(faults()).toEqual([]);
  });

  it("reports by line what cannot be changed", async () => {
    const result = await change(
      "organization,email,name,role\nMKT,new@example.edu,,\nLAW,ben@example.edu,,\nXX,ana@example.edu,,\nMKT,ana@example.edu,(clear),(clear)\n",
    );
    expect(result.report.errors.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      "2: email: new@example.edu is not a member of MKT.",
      "3: email: ben@example.edu is not a member of LAW.",
      "4: organization: There is no organization with the code XX.",
      "5: name: Cannot be cleared.",
      "5: role: Cannot be cleared.",
    ]);
  });

  it("adds and changes with both", async () => {
    const text =
      "organization,email,role\nLAW,ben@example.edu,admin\nMKT,ben@example.edu,admin\nLAW,cy@example.edu,\n";
    expect(await importText(text, { mode: "both" })).toMatchObject({
      ok: true,
      report: { added: 2, changed: 1, unchanged: 0 },
    });
    expect(exported().split("\r\n").slice(3, 6)).toEqual([
      "MKT,Ben,ben@example.edu,admin,unlimited,inactive",
      "LAW,Ben,ben@example.edu,admin,,active",
      "LAW,cy,cy@example.edu,viewer,,active",
    ]);
    expect(faults()).toEqual([]);
  });
});

describe("export", () => {
  it("is a header row for nobody, and an organization's own in its order", async () => {
    expect(exported()).toBe(`${HEADER}\r\n`);
    const rows = ["LAW,Ana,ana@example.edu,admin,,active", "LAW,Ben,ben@example.edu,viewer,,inactive"];
    await importText(file(...rows, "MKT,Ana,ana@example.edu,admin,5,active"));
    const view = { ...membershipsSearchParams.defaults, sort: "-name" as const };
    expect([...exportMemberships(everything, [membershipIdsOf(everything, 2, view)])].join("")).toBe(
      file(...rows.toReversed()),
    );
    expect(exported({ organization: "LAW", status: "active" })).toBe(file(rows[0] ?? ""));
  });
});

describe("a file of an organization admin", () => {
  let admin: Awaited<ReturnType<typeof aPortalUser>>;
  const cyId = () => stored()[0]?.memberId ?? 0;
  const messages = async (text: string, mode: "add" | "both" = "both") => {
    const { report } = await importMembersFile(utf8(file(text)), admin, { mode, dryRun: true });
    return [...report.errors, ...report.notes].map(({ message }) => message);
  };
  beforeEach(async () => {
    await importText(file("LAW,Cy Original,cy@example.edu,viewer,,active"));
    admin = await aPortalUser(null, "dean@example.edu");
    const id = (code: string) => getOrganization(everything, code)?.id ?? 0;
    await aGrant(admin, "admin", { organizationId: id("MKT") });
  });

  it("cannot tell an organization outside from one that does not exist", async () => {
    expect(await messages("LAW,Eve,eve@example.edu,,,")).toEqual([
      "organization: There is no organization with the code LAW.",
    ]);
    expect(await messages("NOPE,Eve,eve@example.edu,,,")).toEqual([
      "organization: There is no organization with the code NOPE.",
    ]);
  });

  it("learns no name of a person who is a member elsewhere alone", async () => {
    expect((await messages("MKT,Cy,cy@example.edu,,,")).join()).not.toContain("Original");
  });

  it("cannot tell a person who is a member elsewhere alone from nobody", async () => {
    const report = async (email: string) => {
      const rows = file(`MKT,Cy,${email},,,`, `MKT,Cy Two,${email},,,`);
      const { report } = await importMembersFile(utf8(rows), admin, { mode: "both", dryRun: true });
      return JSON.stringify({ ...report, digest: "" }).replaceAll(email, "EMAIL");
    };
    expect(await report("cy@example.edu")).toBe(await report("no@example.edu"));
    const { report: good } = await importMembersFile(utf8(file("MKT,Cy,cy@example.edu,,,")), admin, {
      dryRun: true,
    });
    expect([good.fileNotes, good.notes]).toEqual([
      ["Where the portal has a person with one of these emails already, that person keeps the name."],
      [],
    ]);
  });

  it("does not tell that two emails belong to one person who is a member elsewhere alone", async () => {
    value(await addAlias({ member: cyId(), email: "cy.old@example.edu" }, operator));
    const rows = file(
      "MKT,Cy,cy.old@example.edu,admin,5,active",
      "MKT,Cyrus,cy@example.edu,viewer,,inactive",
    );
    const report = async (text: string, mode: "add" | "both") => {
      const { report } = await importMembersFile(utf8(text), admin, { mode, dryRun: true });
      return JSON.stringify({ ...report, digest: "" });
    };
    const ofStrangers = (text: string) => text.replaceAll("cy.old@", "dy.old@").replaceAll("cy@", "dy@");
    for (const mode of ["add", "both"] as const) {
      expect(ofStrangers(await report(rows, mode))).toBe(await report(ofStrangers(rows), mode));
    }
    const { report: ofOperator } = await importMembersFile(utf8(rows), operator, { dryRun: true });
    expect(ofOperator.errors).toEqual([
      { line: 3, message: "email: cy@example.edu in MKT is already on line 2." },
    ]);

    // The first row adds the membership, and the second finds it there.
    const result = await importMembersFile(utf8(rows), admin);
    expect([result.ok, result.report.added, result.report.errors]).toEqual([true, 2, []]);
    expect(stored()).toMatchObject([
      { memberId: cyId(), role: "viewer", active: true },
      { memberId: cyId(), role: "admin", active: true, monthlyAllowance: 5_000_000n },
    ]);
    expect(getOrganization(everything, "MKT")?.members).toBe(1);
    expect(faults()).toEqual([]);
  });

  it("does so also where the two rows are written in different pieces", async () => {
    value(await addAlias({ member: cyId(), email: "cy.old@example.edu" }, operator));
    const others = Array.from({ length: 1_000 }, (_, n) => `MKT,M${n},m${n}@example.edu,,,`);
    const rows = file("MKT,Cy,cy@example.edu,,,", ...others, "MKT,Cy,cy.old@example.edu,,,");
    expect(await importMembersFile(utf8(rows), admin)).toMatchObject({ ok: true, report: { added: 1_002 } });
    expect(getOrganization(everything, "MKT")?.members).toBe(1_001);
    expect(faults()).toEqual([]);
  });

  it("is missing, with its report, once they may no longer read an organization in it", async () => {
    const bytes = utf8(file("MKT,Eve,eve@example.edu,,,"));
    const id = await anUpload("members", { name: "members.csv", bytes }, admin);
    await startImportJob({ id, task: "check", actor: admin });
    await aGrant(admin, "admin", { organizationId: getOrganization(everything, "LAW")?.id ?? 0 });
    const maySee = () => {
      const upload = getImport(id);
      return upload !== null && mayUseImport({ ...admin, scope: scopeOf(admin) }, upload);
    };
    expect(maySee()).toBe(true);
    const ofMkt = eq(portalUserGrants.organizationId, getOrganization(everything, "MKT")?.id ?? 0);
    await write((tx) => tx.delete(portalUserGrants).where(ofMkt).run());
    expect(maySee()).toBe(false);
  });

  it("cannot rename a person who is also a member elsewhere", async () => {
    await importText(file("MKT,Cy Original,cy@example.edu,viewer,,active"));
    expect(await messages("MKT,Cy Other,cy@example.edu,,,")).toEqual([
      "name: cy@example.edu is also a member of organizations that you do not manage. Ask an admin of the enterprise to change the name.",
    ]);
  });

  it("changes nothing of an organization that they may only read", async () => {
    await aGrant(admin, "viewer", { organizationId: getOrganization(everything, "LAW")?.id ?? 0 });
    expect(await messages("LAW,Eve,eve@example.edu,,,")).toEqual([
      "organization: You may not change the members of LAW.",
    ]);
  });

  it("is refused by the transaction when the grant is lost after the check", async () => {
    const bytes = utf8(file("MKT,Eve,eve@example.edu,,,"));
    const id = await anUpload("members", { name: "members.csv", bytes }, admin);
    await startImportJob({ id, task: "check", actor: admin });
    expect(getImport(id)).toMatchObject({ status: "checked", report: { errorCount: 0, added: 1 } });
    expect(await claimImport(id, getImport(id)?.report?.digest ?? "", admin)).toEqual({
      ok: true,
      value: true,
    });
    const before = stored();
    await write((tx) => tx.delete(portalUserGrants).run());
    await startImportJob({ id, task: "import", actor: admin });
    expect(getImport(id)?.status).toBe("failed");
    expect(stored()).toEqual(before);
    await expect(anUpload("members", { name: "members.csv", bytes }, admin)).rejects.toThrow(ForbiddenError);
  });

  it("imports into the granted organization, in the thread, with the scope of then", async () => {
    const bytes = utf8(file("MKT,Eve,eve@example.edu,,,"));
    const id = await anUpload("members", { name: "members.csv", bytes }, admin);
    await startImportJob({ id, task: "check", actor: admin });
    expect(await claimImport(id, getImport(id)?.report?.digest ?? "", admin)).toEqual({
      ok: true,
      value: true,
    });
    await startImportJob({ id, task: "import", actor: admin });
    expect(getImport(id)?.status).toBe("done");
  });

  it("of organizations is refused for the role", async () => {
    const upload = { name: "units.csv", bytes: utf8("name,code,credit_type\n") };
    await expect(anUpload("organizations", upload, admin)).rejects.toThrow(ForbiddenError);
    await expect(importOrganizationsFile(upload.bytes, admin)).resolves.toMatchObject({ ok: false });
  });
});
