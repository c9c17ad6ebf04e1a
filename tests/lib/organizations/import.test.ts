import { readFileSync, rmSync } from "node:fs";
import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it, test } from "vitest";
import { closeDatabase, database, databaseFile, write } from "#db/client.ts";
import { dataDirectory } from "#db/data-directory.ts";
import { auditEntries, creditTypes, organizations } from "#db/schema/index.ts";
import { type Actor, ForbiddenError } from "#lib/actor.ts";
import { insertOrganizations } from "#lib/organizations/commands/insert.ts";
import { exportOrganizations } from "#lib/organizations/export.ts";
import { importOrganizationsFile } from "#lib/organizations/import.ts";
import { listOrganizations } from "#lib/organizations/queries/list.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { type OrganizationsView, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { foldForUniqueness } from "#lib/text.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { aMember, aPortalUser, everything, spent } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { sheetXml, workbook } from "#tests/support/workbook.ts";

const operator: Actor = { kind: "operator" };
const HEADER = "name,code,credit_type,monthly_allowance_per_member,status,tags";
const UNIVERSITIES = readFileSync("tests/data/universities.csv");

useFreshDatabase();

function addCreditTypes(...names: string[]): void {
  for (const name of names) {
    database()
      .insert(creditTypes)
      .values({
        name,
        nameKey: foldForUniqueness(name),
        currency: "SGD",
        exchangeRate: 1_000_000n,
        createdAt: new Date(),
        archivedAt: name === "Old Credits" ? new Date() : null,
      })
      .run();
  }
}
const addAllCreditTypes = () =>
  addCreditTypes(
    ...["Global", "USD", "EUR", "JPY", "INR", "MYR", "SGD", "Old"].map((name) => `${name} Credits`),
  );
beforeEach(addAllCreditTypes);

function emptyPortal(): void {
  closeDatabase();
  rmSync(dataDirectory(), { recursive: true });
  addAllCreditTypes();
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const importText = (text: string | Uint8Array, options?: Parameters<typeof importOrganizationsFile>[2]) =>
  importOrganizationsFile(typeof text === "string" ? utf8(text) : text, operator, options);
/** One file of the usual header and these rows. */
const file = (...rows: string[]) => `${[HEADER, ...rows].join("\r\n")}\r\n`;
const view = (change: Partial<OrganizationsView> = {}) => ({
  ...organizationsSearchParams.defaults,
  ...change,
});
const exported = (change?: Partial<OrganizationsView>) =>
  [...exportOrganizations(everything, view(change))].join("");
const stored = () =>
  database()
    .select({
      name: organizations.name,
      code: organizations.code,
      active: organizations.active,
      monthlyAllowance: organizations.monthlyAllowance,
    })
    .from(organizations)
    .all();

/** What `verify` finds in the counters and derived columns; the credit types here have no audit entries. */
const faults = () =>
  verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0 && check.name !== "audit trail");

/** The errors of a file that must be refused and leave nothing behind. */
async function refusedWith(text: string | Uint8Array) {
  const before = stored().length;
  const result = await importOrganizationsFile(typeof text === "string" ? utf8(text) : text, operator);
  expect(result.ok).toBe(false);
  expect(stored()).toHaveLength(before);
  return result.report.errors.map(({ line, message }) => `${line}: ${message}`);
}

describe("a good file", () => {
  it("is imported with its statuses, allowances, counters and audit entries", async () => {
    const result = await importText(
      file(
        "Marketing,MKT,SGD Credits,1000,active",
        "“Arts”,ARTS,JPY Credits,,inactive",
        "Law,LAW,SGD Credits,0.000001,active",
      ),
    );
    expect(result).toMatchObject({ ok: true, report: { rows: 3, active: 2, inactive: 1 } });
    expect(stored()).toEqual([
      { name: "Marketing", code: "MKT", active: true, monthlyAllowance: 1_000_000_000n },
      { name: "“Arts”", code: "ARTS", active: false, monthlyAllowance: null },
      { name: "Law", code: "LAW", active: true, monthlyAllowance: 1n },
    ]);
    expect(
      totalsByCreditType(everything).map(({ name, organizations, activeOrganizations }) => [
        name,
        organizations,
        activeOrganizations,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ["SGD Credits", 2, 2],
        ["JPY Credits", 1, 0],
      ]),
    );
    const audit = database().select().from(auditEntries).all();
    expect(audit.map((entry) => [entry.action, entry.subjectLabel])).toEqual([
      ["organization.created", "MKT"],
      ["organization.created", "ARTS"],
      ["organization.created", "LAW"],
    ]);
  });

  it("may have its columns in any order and case, and more of them, which are named and ignored", async () => {
    const result = await importText(
      " Status ,COUNTRY,code,Monthly_Allowance_Per_Member,,credit_type,name\nactive,Chile,U-1,,x,ＳＧＤ　credits,École",
    );
    expect(result.report).toMatchObject({ errors: [], ignoredColumns: ["COUNTRY", "(without a name)"] });
    expect(stored()).toMatchObject([{ name: "École", code: "U-1", active: true }]);
  });

  test.each([
    ["a byte order mark", `\uFEFF${file("A,A-1,SGD Credits,,active")}`],
    ["LF", file("A,A-1,SGD Credits,,active").replaceAll("\r\n", "\n")],
    ["quotation marks", `"${HEADER.replaceAll(",", '","')}"\r\n"A","A-1","SGD Credits","","ACTIVE "\r\n`],
    ["blank lines", `\r\n${file("", "A,A-1,SGD Credits,,active", "")}\r\n`],
  ])("may have %s", async (_what, text) => {
    expect((await importText(text)).ok).toBe(true);
    expect(stored()).toMatchObject([{ name: "A", code: "A-1" }]);
  });

  it("has its guarded formulas restored and guarded again on the way out", async () => {
    const text = file(
      "'=SUM(A1:A9),F-1,SGD Credits,,active,",
      "''=x,F-2,SGD Credits,,active,",
      "+1 Club,F-3,SGD Credits,,active,",
    );
    expect((await importText(text)).ok).toBe(true);
    expect(stored().map(({ name }) => name)).toEqual(["=SUM(A1:A9)", "'=x", "+1 Club"]);
    expect(exported()).toBe(text.replace("+1", "'+1"));
  });

  it("has Windows-1252 quotation marks repaired, and notes the lines", async () => {
    const { report } = await importText(
      file("A,A-1,SGD Credits,,active", "The \u0093Best\u0094,B-1,SGD Credits,,active"),
    );
    expect(report.notes).toEqual([{ line: 3, message: "name: read as The “Best”" }]);
    expect(stored()[1]?.name).toBe("The “Best”");
  });

  it("changes nothing on a dry run", async () => {
    const result = await importText(file("A,A-1,SGD Credits,,active"), { dryRun: true });
    expect(result).toMatchObject({ ok: true, report: { rows: 1 } });
    expect(stored()).toEqual([]);
    expect(database().select().from(auditEntries).all()).toEqual([]);
  });
});

describe("a bad file", () => {
  test.each([
    ["an empty one", "", ["1: The file is empty."]],
    ["0 rows", `${HEADER}\r\n`, ["1: The file has a header row and no organization."]],
    ["a missing column", "name,code,status\nA,A-1,active", ["1: The header row is missing credit_type."]],
    ["no header", "A,A-1,SGD Credits,,active", ["1: The header row is missing name, code, credit_type."]],
    [
      "a title above the header",
      `Organizations of 2026\n\n${file("A,A-1,SGD Credits,,active")}`,
      ["1: Line 1 is a title: the header row is on line 3. Delete the lines above it."],
    ],
    ["a column twice", `${HEADER},Name\nA,A-1,SGD Credits,,active,B`, ["1: The column name appears twice."]],
    [
      "the same column by another name",
      "name,code,Credit Type,credit-type\nA,A-1,SGD Credits,SGD Credits",
      ["1: The column credit_type appears twice."],
    ],
    ["too many cells", file("B,B-1,SGD Credits,,active,,more"), ["2: The row has 7 cells, the header 6."]],
    [
      "an unknown credit type",
      file("A,A-1,XXX Credits,,active", "B,B-1,,,active"),
      ["2: credit_type: There is no credit type named XXX Credits.", "3: credit_type: Is empty."],
    ],
    [
      "an archived credit type",
      file("A,A-1,Old Credits,,active"),
      ["2: credit_type: Old Credits is archived."],
    ],
    ["another status", file("A,A-1,SGD Credits,,on"), ["2: status: Must be active or inactive."]],
    [
      "a code twice",
      file("A,MKT,SGD Credits,,active", "B,B-1,SGD Credits,,active", "C, ｍｋｔ ,SGD Credits,,active"),
      ["4: code: mkt is already on line 2."],
    ],
    [
      "a quotation mark never closed",
      file("A,A-1,SGD Credits,,active", '"B,B-1,SGD Credits,,active'),
      ["3: The quotation mark that opens on line 3 is never closed."],
    ],
  ])("with %s is refused with line and reason", async (_what, text, errors) => {
    expect(await refusedWith(text)).toEqual(errors);
  });

  test.each(["-1", "1e309", "0.0000001", "0,5", "1,00", "abc", "1000000000001", "Infinity", "0x10"])(
    "with the allowance %s is refused",
    async (allowance) => {
      const [error] = await refusedWith(file(`A,A-1,SGD Credits,"${allowance}",active`));
      expect(error).toMatch(/^2: monthly_allowance_per_member: /);
    },
  );

  test.each([
    ["empty", ""],
    ["300 characters", "x".repeat(300)],
    ["a control character", "A\u0007"],
    ["a C1 control without a meaning", "A\u0081"],
    ["a bidirectional override", "A\u202Etxt"],
    ["a zero-width space within", "A\u200BB"],
    ["a zero-width space alone", "\u200B"],
    ["a line break", '"A\r\nB"'],
  ])("with a name of %s is refused", async (_what, name) => {
    const [error] = await refusedWith(file(`${name},A-1,SGD Credits,,active`));
    expect(error).toMatch(/^2: name: /);
  });

  it("counts lines right after a quoted line break", async () => {
    expect(await refusedWith(file('"A\r\nB",A-1,SGD Credits,,active', "C,,SGD Credits,,active"))).toEqual([
      expect.stringMatching(/^2: name: /),
      "4: code: Enter a code.",
    ]);
  });

  it("that names codes of the portal is refused, naming their owners", async () => {
    await importText(file("Marketing,MKT,SGD Credits,,active"));
    expect(await refusedWith(file("New,N-1,SGD Credits,,active", "Other,mkt,SGD Credits,,active"))).toEqual([
      "3: code: mkt is taken by Marketing.",
    ]);
  });

  it("lists every fault of a row, the first 200 in all, and counts the rest", async () => {
    const result = await importText(
      file(...Array.from({ length: 300 }, (_, index) => `,C-${index},X,,maybe`)),
    );
    expect(result.report).toMatchObject({
      errorCount: 900,
      errors: expect.objectContaining({ length: 200 }),
    });
    expect(result).toMatchObject({ ok: false, message: "The file has 900 errors. Nothing was imported." });
  });

  it("repeats only the start of a cell as long as a file", async () => {
    const long = "x".repeat(32_767);
    const { report } = await importText(
      `${HEADER},${long}\n${long},${long},${long},${long},${long},${long},${long}`,
    );
    expect(report.errorCount).toBe(6);
    expect(JSON.stringify(report).length).toBeLessThan(10_000);
  });
});

describe("a file as real programs save it", () => {
  const two = [
    { code: "A-1", name: "École", monthlyAllowance: 1_234_560_000n, active: true },
    { code: "B-1", name: "Böll", monthlyAllowance: null, active: true },
  ];
  const german =
    "name;code;credit_type;monthly_allowance_per_member;status\r\nÉcole;A-1;SGD Credits;1.234,56;active\r\nBöll;B-1;SGD Credits;;active\r\n";

  test.each([
    ["with semicolons and decimal commas", utf8(german), ["The columns are separated by semicolons."]],
    ["with a byte order mark", utf8(`\uFEFF${german}`), ["The columns are separated by semicolons."]],
    [
      "with a line that names the separator",
      utf8(`sep=;\r\n${german}`),
      ["The columns are separated by semicolons."],
    ],
    [
      "with tabs in UTF-16",
      Buffer.from(`\uFEFF${german.replaceAll(";", "\t")}`, "utf16le"),
      ["The columns are separated by tabs."],
    ],
    [
      "in Windows-1252",
      Buffer.from(german, "latin1"),
      [
        "The file is not UTF-8. It was read as Windows-1252: check that the names look right.",
        "The columns are separated by semicolons.",
      ],
    ],
    [
      "as a workbook",
      workbook([
        sheetXml([
          ["Name", "Code", "Credit Type", "Monthly allowance per member"],
          ["École", "A-1", "SGD Credits", { number: "1234.5599999999999" }],
          ["Böll", "B-1", "SGD Credits"],
        ]),
      ]),
      [],
    ],
  ])("%s", async (_what, bytes, fileNotes) => {
    const result = await importText(bytes);
    expect(result).toMatchObject({ ok: true, report: { rows: 2, fileNotes, noteCount: 0 } });
    expect(
      stored().map(({ code, name, monthlyAllowance, active }) => ({ code, name, monthlyAllowance, active })),
    ).toEqual(two);
  });

  it("with empty rows, missing and surplus empty cells, and headings in other words", async () => {
    const text = [
      "CODE, Credit Type ,Name,Status,,",
      ",,,,,",
      "A-1,SGD Credits,École,TRUE,,",
      ",,,",
      "B-1,SGD Credits,Böll",
      "C-1,SGD Credits,Inactive one, No ,,,,",
      " , ,\u00A0,\uFEFF,",
    ].join("\n");
    expect(await importText(text)).toMatchObject({
      ok: true,
      report: {
        rows: 3,
        emptyRows: 3,
        active: 2,
        inactive: 1,
        errorCount: 0,
        ignoredColumns: ["(without a name)", "(without a name)"],
      },
    });
    expect(stored().map(({ code, active }) => [code, active])).toEqual([
      ["A-1", true],
      ["B-1", true],
      ["C-1", false],
    ]);
  });

  it("with ambiguous amounts, notes how each was read", async () => {
    const rows = ["A;A-1;SGD Credits;1.000", "B;B-1;SGD Credits;0,5", "C;C-1;SGD Credits;1 000"];
    const { report } = await importText(
      `name;code;credit_type;monthly_allowance_per_member\n${rows.join("\n")}`,
    );
    expect(report.notes).toEqual([
      {
        line: 2,
        message: "monthly_allowance_per_member: 1.000 was read as 1,000, with a thousands separator.",
      },
    ]);
    expect(stored().map((one) => one.monthlyAllowance)).toEqual([1_000_000_000n, 500_000n, 1_000_000_000n]);
    const { report: commas } = await importText(
      file('D,D-1,SGD Credits,"1,000",', "E,E-1,SGD Credits,1.000,"),
    );
    expect(commas.notes.map(({ message }) => message)).toEqual([
      "monthly_allowance_per_member: 1,000 was read as 1,000, with a thousands separator.",
      "monthly_allowance_per_member: 1.000 was read as 1, with a decimal separator.",
    ]);
    expect(
      stored()
        .slice(3)
        .map((one) => one.monthlyAllowance),
    ).toEqual([1_000_000_000n, 1_000_000n]);
  });

  it("with invisible characters at the ends of cells, and text in the wrong encoding", async () => {
    const { report } = await importText(file("\u200BFakultÃ¤t\uFEFF,\u00A0A-1\u200E,SGD Credits,,active"));
    expect(report.notes.map(({ message }) => message)).toEqual([
      "name: Invisible characters at its ends were removed.",
      "name: “FakultÃ¤t” looks like “Fakultät”, saved in the wrong encoding.",
      "code: Invisible characters at its ends were removed.",
    ]);
    expect(stored().map(({ name, code }) => [name, code])).toEqual([["FakultÃ¤t", "A-1"]]);
  });
});

describe("a file that changes organizations", () => {
  const change = (text: string, options: Parameters<typeof importOrganizationsFile>[2] = {}) =>
    importText(text, { mode: "change", ...options });
  const errorsOf = async (text: string) =>
    (await change(text)).report.errors.map(({ line, message }) => `${line}: ${message}`);

  it("changes only its columns and cells, old to new, and is undone by its undo file", async () => {
    await importText(
      file(
        "Arts,A-1,SGD Credits,1000,active",
        "Law,L-1,SGD Credits,,active",
        "Music,M-1,SGD Credits,5,inactive",
        "Sports,S-1,SGD Credits,5,active",
      ),
    );
    const before = exported();
    let undo = "";
    const result = await change(
      "Code,Monthly allowance per member,Status,Name\na-1,(clear),,Fine Arts\nL-1,250,no,\nM-1,,inactive,Music\n",
      {
        keepUndo: (csv) => {
          undo = csv;
        },
      },
    );
    expect(result).toMatchObject({
      ok: true,
      report: {
        added: 0,
        changed: 2,
        unchanged: 1,
        active: 1,
        inactive: 2,
        changes: [
          {
            line: 2,
            label: "Arts (A-1)",
            cells: [
              { column: "name", old: "Arts", new: "Fine Arts" },
              { column: "monthly_allowance_per_member", old: "1000", new: "" },
            ],
          },
          {
            line: 3,
            label: "Law (L-1)",
            cells: [
              { column: "monthly_allowance_per_member", old: "", new: "250" },
              { column: "status", old: "active", new: "inactive" },
            ],
          },
        ],
      },
    });
    expect(exported()).toBe(
      file(
        "Fine Arts,A-1,SGD Credits,,active,",
        "Law,L-1,SGD Credits,250,inactive,",
        "Music,M-1,SGD Credits,5,inactive,",
        "Sports,S-1,SGD Credits,5,active,",
      ),
    );
    expect(undo).toBe(
      "\uFEFFcode,name,monthly_allowance_per_member,status\r\nA-1,Arts,1000,\r\nL-1,,(clear),active\r\n",
    );
    const audit = database()
      .select({ action: auditEntries.action, before: auditEntries.before, after: auditEntries.after })
      .from(auditEntries)
      .all()
      .slice(4);
    expect(audit.map((entry) => [entry.action, entry.before, entry.after])).toEqual([
      [
        "organization.updated",
        '{"name":"Arts","monthlyAllowance":"1000"}',
        '{"name":"Fine Arts","monthlyAllowance":null}',
      ],
      ["organization.updated", '{"monthlyAllowance":null}', '{"monthlyAllowance":"250"}'],
      ["organization.deactivated", '{"status":"active"}', '{"status":"inactive"}'],
    ]);
    expect(await change(undo)).toMatchObject({ ok: true });
    expect(exported()).toBe(before);
    expect(faults()).toEqual([]);
  });

  it("reports by line what cannot be changed", async () => {
    await importText(file("Arts,A-1,SGD Credits,,active", "Law,L-1,SGD Credits,,active"));
    database().update(organizations).set({ creditsMoved: true }).where(eq(organizations.code, "A-1")).run();
    expect(
      await errorsOf(
        "code,name,credit_type,status\nA-1,,Old Credits,\nL-1,(clear),Old Credits,(clear)\nX-1,,,\nA-1,,,\nL-2,,Nothing,\n",
      ),
    ).toEqual([
      "2: credit_type: Cannot change once credits have moved.",
      "3: name: Cannot be cleared.",
      "3: credit_type: Old Credits is archived.",
      "3: status: Must be active or inactive.",
      "4: code: There is no organization with the code X-1.",
      "5: code: A-1 is already on line 2.",
      "6: code: There is no organization with the code L-2.",
    ]);
    expect(await errorsOf("name\nArts\n")).toEqual(["1: The header row is missing code."]);
  });

  it("adds and changes with both, and refuses a preview that has gone stale", async () => {
    await importText(file("Arts,A-1,SGD Credits,,active"));
    const text = file("Fine Arts,A-1,,,", "New,N-1,SGD Credits,,", "Lacking,N-2,,,");
    expect((await importText(text, { mode: "both" })).report.errors).toEqual([
      { line: 4, message: "credit_type: Is empty." },
    ]);
    const good = text.replace("Lacking,N-2,,,\r\n", "");
    const preview = await importText(good, { mode: "both", dryRun: true });
    expect(preview.report).toMatchObject({ added: 1, changed: 1, unchanged: 0 });
    expect(await change("code,name\nA-1,Crafts\n")).toMatchObject({ ok: true });
    expect(await importText(good, { mode: "both", digest: preview.report.digest })).toMatchObject({
      ok: false,
      message: "The portal has changed since the file was checked. Nothing was imported.",
    });
    const again = await importText(good, { mode: "both", dryRun: true });
    expect(await importText(good, { mode: "both", digest: again.report.digest })).toMatchObject({ ok: true });
    expect(stored().map(({ name, code }) => [name, code])).toEqual([
      ["Fine Arts", "A-1"],
      ["New", "N-1"],
    ]);
    expect(faults()).toEqual([]);
  });

  it("changes 400 of 8,251 real institutions, and undoes it to the byte", async () => {
    expect(await importOrganizationsFile(UNIVERSITIES, operator)).toMatchObject({
      ok: true,
      report: { added: 8251 },
    });
    const before = exported();
    const [header = "", ...rows] = before.trimEnd().split("\r\n");
    const edited = rows.map((row, index) =>
      index % 20 === 0 && index < 8_000 ? row.replace(/,[\d.]*,(active|inactive),$/, ",77.5,inactive,") : row,
    );
    let undo = "";
    const result = await importText(`${[header, ...edited].join("\r\n")}\r\n`, {
      mode: "both",
      keepUndo: (csv) => {
        undo = csv;
      },
    });
    expect(result).toMatchObject({ ok: true, report: { added: 0, changed: 400, unchanged: 7_851 } });
    expect(exported()).not.toBe(before);
    expect(await change(undo)).toMatchObject({ ok: true, report: { changed: 400, unchanged: 0 } });
    expect(exported()).toBe(before);
  });
});

describe("all or nothing", () => {
  it("notices what changed in the portal between check and import", async () => {
    const typeId = database().select({ id: creditTypes.id }).from(creditTypes).limit(1).get()?.id ?? 0;
    // The check has ended when the import waits for the lock, which another creation takes first.
    const importing = importText(file("New,N-1,SGD Credits,,active", "Mine,MKT,SGD Credits,,active"), {
      onProgress: ({ step }) => {
        if (step !== "checking") return;
        write((tx) =>
          insertOrganizations(
            tx,
            [{ name: "Theirs", code: "mkt", creditTypeId: typeId, active: true, monthlyAllowance: null }],
            operator,
          ),
        );
      },
    });
    const result = await importing;
    expect(result.ok).toBe(false);
    expect(result.report.errors).toEqual([{ line: 3, message: "code: MKT is taken by Theirs." }]);
    expect(stored().map(({ name }) => name)).toEqual(["Theirs"]);
  });

  it("refuses another credit type after an event of 0 credits, which has no audit entry", async () => {
    await importText(file("Arts,ART,SGD Credits,,active"));
    await aMember(getOrganization(everything, "ART")?.id ?? 0, { email: "ana@example.edu" });
    let event: Promise<unknown> = Promise.resolve();
    const result = await importText("code,name,credit_type\nART,Fine Arts,JPY Credits\n", {
      mode: "change",
      // Between the check and the transaction.
      keepUndo: () => {
        event = spent({ organization: "ART", member: "ana@example.edu", credits: 0n });
      },
    });
    await event;
    expect(result).toMatchObject({
      ok: false,
      message:
        "The credit type of ART cannot change any more, because credits have moved. Nothing was imported.",
    });
    expect(exported()).toBe(file("Arts,ART,SGD Credits,,active,"));
    expect(getOrganization(everything, "ART")?.creditsMoved).toBe(true);
    // What does not depend on it is still imported.
    expect(await importText("code,name\nART,Fine Arts\n", { mode: "change" })).toMatchObject({ ok: true });
  });

  it("leaves nothing when the transaction fails at its end", async () => {
    await expect(
      importOrganizationsFile(utf8(file("A,A-1,SGD Credits,,active")), operator, {
        also: () => {
          throw new Error("power");
        },
      }),
    ).rejects.toThrow("power");
    expect(stored()).toEqual([]);
    expect(totalsByCreditType(everything).every((type) => type.organizations === 0)).toBe(true);
  });

  it("refuses a viewer", async () => {
    const viewer = await aPortalUser("viewer");
    await expect(importOrganizationsFile(utf8(file("A,A-1,SGD Credits,,active")), viewer)).rejects.toThrow(
      ForbiddenError,
    );
  });
});

describe("export", () => {
  it("is a header row for an empty portal", () => {
    expect(exported()).toBe(`${HEADER}\r\n`);
  });

  it("is exactly the view, whole, in its order, whatever the page", async () => {
    const rows = Array.from(
      { length: 60 },
      (_, index) =>
        `Unit ${String(index).padStart(2, "0")},U-${index},SGD Credits,,${index % 2 ? "active" : "inactive"},`,
    );
    await importText(file(...rows, "Other,O,JPY Credits,,active"));
    const active = rows.filter((row) => row.endsWith(",active,"));
    expect(exported({ q: "unit", status: "active", sort: "-name", page: 2 })).toBe(
      file(...active.toReversed()),
    );
    expect(exported({ q: "nothing has this" })).toBe(`${HEADER}\r\n`);
  });

  it("makes 8,251 universities come back to the byte from an empty portal", { timeout: 60_000 }, async () => {
    const result = await importOrganizationsFile(UNIVERSITIES, operator);
    expect(result.report).toMatchObject({
      rows: 8_251,
      active: 7_620,
      inactive: 631,
      errors: [],
      noteCount: 4,
      ignoredColumns: ["country"],
    });
    const first = exported();
    // The file itself, but for the column that is ignored and the characters that were mended.
    expect(first.split("\r\n")).toHaveLength(UNIVERSITIES.toString().split("\n").length);

    emptyPortal();
    expect((await importText(first)).ok).toBe(true);
    expect(exported()).toBe(first);
    const words = /^(?=[^,]*universidad)[^,]*t[eé]cnica/gim;
    expect(
      listOrganizations(everything, view({ q: "UNIVERSIDAD Técnica" }), totalsByCreditType(everything)).counts
        .all,
    ).toBe(first.match(words)?.length);
  });

  it("reports each batch of 1,000 organizations", async () => {
    const text = file(
      ...Array.from(
        { length: 3_500 },
        (_, index) => `Département n° ${index},D-${index},EUR Credits,${index % 3 ? "1000.5" : ""},active,`,
      ),
    );
    const seen: number[] = [];
    const result = await importText(text, {
      onProgress: ({ step, done }) => {
        if (step === "importing") seen.push(done);
      },
    });
    expect(result).toMatchObject({ ok: true, report: { rows: 3_500, active: 3_500 } });
    expect(seen).toEqual([0, 1_000, 2_000, 3_000]);
    expect(exported()).toBe(text);
  });
});
