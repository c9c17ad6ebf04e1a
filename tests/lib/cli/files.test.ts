import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { database } from "#db/client.ts";
import { organizationTags } from "#db/schema/index.ts";
import { credits, spend } from "#tests/support/builders.ts";
import { bursarInProcess } from "#tests/support/command-line.ts";
import { removeDirectory, useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { application, body } from "#tests/support/usage-api.ts";

useFreshDatabase();

/** The folder that the commands are typed in. */
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "bursar-files-"));
  await makeSmallEnterprise();
});
afterEach(() => removeDirectory(folder));

const bursar = (...args: string[]) => bursarInProcess(args, folder);
const put = (name: string, ...lines: string[]) =>
  writeFileSync(path.join(folder, name), [...lines, ""].join("\r\n"));
const count = (table: string) =>
  Number(database().$client.prepare(`SELECT count(*) FROM ${table}`).pluck().get());

/** A file's text without the mark that tells Excel its encoding. */
const text = (out: string) => out.replace(/^\uFEFF/, "");

const MEMBERS = "organization,name,email,role,monthly_allowance,status";
const USAGE = "id,organization,member,application,credits,occurred_at";

describe("export members", () => {
  const WHOLE = [
    MEMBERS,
    "LAW,Ana García,ana@example.edu,creator,,active",
    "ART,Ana García,ana@example.edu,creator,,active",
    "LAW,Bo Li,bo@example.edu,creator,,active",
    "",
  ].join("\r\n");

  test("writes every membership to standard output, or to a file", async () => {
    const { code, out, err } = await bursar("export", "members");
    expect({ code, out: text(out), err }).toEqual({ code: 0, out: WHOLE, err: "" });
    const file = path.join(folder, "members.csv");
    expect(await bursar("export", "members", "members.csv")).toEqual({
      code: 0,
      out: `Members were written to ${file}.\n`,
      err: "",
    });
    expect(text(readFileSync(file, "utf8"))).toBe(WHOLE);
  });

  test("leaves a file that it replaces as closed or open as it was", async () => {
    await bursar("export", "members", "new.csv");
    expect(statSync(path.join(folder, "new.csv")).mode & 0o777).toBe(0o600);
    for (const mode of [0o600, 0o640, 0o644]) {
      writeFileSync(path.join(folder, "members.csv"), "old");
      chmodSync(path.join(folder, "members.csv"), mode);
      expect(await bursar("export", "members", "members.csv")).toMatchObject({ code: 0 });
      expect(statSync(path.join(folder, "members.csv")).mode & 0o777).toBe(mode);
    }
  });

  test("--json is one object: the file's text, or its name", async () => {
    const { out } = await bursar("export", "members", "--json");
    expect(out.trimEnd()).not.toContain("\n");
    expect(text(JSON.parse(out).csv)).toBe(WHOLE);
    const named = await bursar("export", "members", "members.csv", "--json");
    expect(JSON.parse(named.out)).toEqual({ file: path.join(folder, "members.csv") });
  });

  test("a file that cannot be written is refused with 1", async () => {
    const run = await bursar("export", "members", "none/members.csv", "--json");
    const file = path.join(folder, "none", "members.csv");
    const message = `${file} cannot be written (ENOENT).`;
    expect(run).toMatchObject({ code: 1, err: `${message}\n` });
    expect(JSON.parse(run.out)).toEqual({ error: { code: "file_not_written", message, file } });
  });
});

describe("export transactions", () => {
  test("writes every entry, newest first, with its balance after it", async () => {
    const hourAgo = new Date(Date.now() - 3_600_000);
    await spend({ id: "req-1", credits: 47_000n, occurredAt: hourAgo });
    await spend({
      id: "req-2",
      credits: credits(2),
      source: "https://gateway.example.edu",
      occurredAt: hourAgo,
    });
    const { code, out, err } = await bursar("export", "transactions");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const rows: Record<string, string>[] = parse(out, { bom: true, columns: true });
    expect(rows.map(({ id, kind, organization }) => [id, kind, organization])).toEqual([
      ["3", "allocation", "ART"],
      ["2", "allocation", "LAW"],
      ["1", "purchase", ""],
      ["5", "spend", "LAW"],
      ["4", "spend", "LAW"],
    ]);
    const shared = {
      occurred_at: hourAgo.toISOString(),
      organization_name: "Faculty of Law",
      member: "ana@example.edu",
      member_name: "Ana García",
      application: "essay-coach",
      credit_type: "JPY Credits",
      currency: "JPY",
      reverses: "",
      note: "",
    };
    expect(rows.slice(3)).toMatchObject([
      {
        ...shared,
        credits: "2",
        balance_after: "997.953",
        external_id: "req-2",
        source: "https://gateway.example.edu",
      },
      { ...shared, credits: "0.047", balance_after: "999.953", external_id: "req-1", source: "" },
    ]);
    const json = await bursar("export", "transactions", "--json");
    // The mark by which Excel knows the encoding is a file's and not a string's.
    expect(JSON.parse(json.out).csv).toBe(text(out));
    expect(await bursar("export", "transactions", "all.csv")).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(path.join(folder, "all.csv"), "utf8")).toBe(out);
  });

  test("takes an application by its name or id, and refuses one that is not there", async () => {
    await spend({ id: "req-1", application: "Essay-Coach" });
    await spend({ id: "req-2", application: "tutor" });
    const externalIds = async (application: string) => {
      const { out } = await bursar("export", "transactions", "--application", application);
      const rows: Record<string, string>[] = parse(out, { bom: true, columns: true });
      return rows.map((row) => row.external_id);
    };
    expect([await externalIds("ESSAY-COACH"), await externalIds("2")]).toEqual([["req-1"], ["req-2"]]);
    for (const application of ["essay", "9"]) {
      expect(await bursar("export", "transactions", "--application", application)).toMatchObject({
        code: 1,
        err: `There is no application ${application}, or more than one.\n`,
      });
    }
  });
});

describe("export transactions --model", () => {
  test("has the entries whose metadata names exactly this model", async () => {
    await spend({ id: "req-1", metadata: '{"model":"gpt-4o"}' });
    await spend({ id: "req-2", metadata: '{"model":"gpt-4o-mini"}' });
    const { out } = await bursar("export", "transactions", "--model", "gpt-4o");
    const rows: Record<string, string>[] = parse(out, { bom: true, columns: true });
    expect(rows.map((row) => [row.external_id, row.metadata])).toEqual([["req-1", '{"model":"gpt-4o"}']]);
  });
});

describe("export transactions --key", () => {
  test("has what the key reported, and refuses a key that is not there", async () => {
    const key = await bursar("api-key", "create", "--organization", "LAW");
    const { usage } = application(key.out.trim());
    expect(await usage(body({ id: "by-key" }))).toMatchObject({ status: 201 });
    await spend({ id: "without" });
    const { out } = await bursar("export", "transactions", "--key", "1");
    const rows: Record<string, string>[] = parse(out, { bom: true, columns: true });
    expect(rows.map((row) => row.external_id)).toEqual(["by-key"]);
    expect(await bursar("export", "transactions", "--key", "9")).toMatchObject({
      code: 1,
      err: "There is no API key 9.\n",
    });
  });
});

describe("a filter of which the portal has nothing", () => {
  test.each([
    [
      "members",
      ["--organization", "TYPO"],
      "organization_not_found",
      "There is no organization with the code TYPO.",
    ],
    [
      "transactions",
      ["--organization", "TYPO"],
      "organization_not_found",
      "There is no organization with the code TYPO.",
    ],
    [
      "refusals",
      ["--organization", "TYPO"],
      "organization_not_found",
      "There is no organization with the code TYPO.",
    ],
    ["organizations", ["--type", "9"], "credit_type_not_found", "There is no credit type 9."],
    ["transactions", ["--type", "9"], "credit_type_not_found", "There is no credit type 9."],
    ["organizations", ["--tag", "site:typo"], "tag_not_found", "No organization has the tag site:typo."],
    ["transactions", ["--tag", "site:typo"], "tag_not_found", "No organization has the tag site:typo."],
    ["transactions", ["--key", "9"], "api_key_not_found", "There is no API key 9."],
    ["refusals", ["--key", "9"], "api_key_not_found", "There is no API key 9."],
  ])("is refused by export %s %j, and writes no file", async (what, filter, code, message) => {
    const run = await bursar("export", what, "file.csv", ...filter, "--json");
    expect(run).toMatchObject({ code: 1, err: `${message}\n` });
    expect(JSON.parse(run.out)).toEqual({ error: { code, message } });
    expect(existsSync(path.join(folder, "file.csv"))).toBe(false);
  });

  test("is taken where it is there", async () => {
    const law = Number(
      database().$client.prepare("SELECT id FROM organizations WHERE code = 'LAW'").pluck().get(),
    );
    database().insert(organizationTags).values({ organizationId: law, tag: "site:lyon-2" }).run();
    for (const tag of ["site:lyon", "site:lyon-2"]) {
      const { code } = await bursar("export", "organizations", "--type", "1", "--tag", tag);
      expect([tag, code]).toEqual([tag, tag === "site:lyon" ? 1 : 0]);
    }
    const { out } = await bursar("export", "members", "--organization", "art");
    expect(text(out)).toBe([MEMBERS, "ART,Ana García,ana@example.edu,creator,,active", ""].join("\r\n"));
  });
});

describe("import members", () => {
  test("adds them, also by --json; --dry-run only counts", async () => {
    put(
      "in.csv",
      MEMBERS,
      "LAW,Cy,cy@example.edu,viewer,5,active",
      "ART,Bo Li,bo@example.edu,admin,,inactive",
    );
    expect(await bursar("import", "members", "in.csv", "--dry-run")).toEqual({
      code: 0,
      out: "2 memberships could be imported: 1 active, 1 inactive.\n",
      err: "",
    });
    expect(count("memberships")).toBe(3);
    const run = await bursar("import", "members", "in.csv", "--json");
    expect(run).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(run.out)).toMatchObject({
      imported: 2,
      rows: 2,
      active: 1,
      inactive: 1,
      dryRun: false,
    });
    expect(text((await bursar("export", "members")).out).split("\r\n")).toEqual(
      expect.arrayContaining([
        "LAW,Cy,cy@example.edu,viewer,5,active",
        "ART,Bo Li,bo@example.edu,admin,,inactive",
      ]),
    );
  });

  test("a file with errors is refused whole, each at its line", async () => {
    put("in.csv", MEMBERS, "LAW,Cy,cy@example.edu,viewer,,active", "NOPE,Di,di@example.edu,viewer,,active");
    const run = await bursar("import", "members", "in.csv", "--json");
    expect(run.code).toBe(1);
    expect(run.err).toMatch(/^line 3: .*NOPE.*\nThe file has 1 error\. Nothing was imported\.\n$/);
    expect(JSON.parse(run.out).error).toMatchObject({
      code: "import_refused",
      errorCount: 1,
      errors: [{ line: 3 }],
    });
    expect(count("memberships")).toBe(3);
  });

  test("a file that is not there is refused with 1", async () => {
    const file = path.join(folder, "none.csv");
    const message = `${file} cannot be read (ENOENT).`;
    const run = await bursar("import", "members", "none.csv", "--json");
    expect(run).toMatchObject({ code: 1, err: `${message}\n` });
    expect(JSON.parse(run.out)).toEqual({ error: { code: "file_not_read", message, file } });
    expect(existsSync(file)).toBe(false);
  });
});

describe("import usage", () => {
  test("records what was not recorded before, also by --json; --dry-run only counts", async () => {
    const at = new Date(Date.now() - 3_600_000);
    await spend({ id: "req-1", credits: 47_000n, occurredAt: at });
    put(
      "in.csv",
      USAGE,
      `req-1,LAW,ana@example.edu,essay-coach,0.047,${at.toISOString()}`,
      `req-2,ART,ana@example.edu,tutor,0.5,${at.toISOString()}`,
      "req-3,LAW,bo@example.edu,tutor,1,",
    );
    const dry = await bursar("import", "usage", "in.csv", "--dry-run", "--json");
    expect(JSON.parse(dry.out)).toMatchObject({
      imported: 0,
      rows: 3,
      recorded: 2,
      skipped: 1,
      dryRun: true,
    });
    expect(await bursar("import", "usage", "in.csv", "--dry-run")).toEqual({
      code: 0,
      out: "2 events could be recorded; 1 was already recorded.\n",
      err: "",
    });
    expect(count("ledger_entries")).toBe(4);
    expect(await bursar("import", "usage", "in.csv")).toEqual({
      code: 0,
      out: "2 events were recorded; 1 was already recorded.\n",
      err: "",
    });
    expect(count("ledger_entries")).toBe(6);
  });

  test("notes an amount that may mean a thousand times more", async () => {
    put("in.csv", USAGE, "req-1,LAW,ana@example.edu,tutor,1.000,");
    const run = await bursar("import", "usage", "in.csv", "--dry-run");
    expect(run.out.split("\n")).toEqual([
      "line 2: credits: 1.000 was read as 1, with a decimal separator.",
      "1 event could be recorded; 0 were already recorded.",
      "",
    ]);
    const json = JSON.parse((await bursar("import", "usage", "in.csv", "--json")).out);
    expect(json).toMatchObject({
      recorded: 1,
      emptyRows: 0,
      fileNotes: [],
      noteCount: 1,
      notes: [{ line: 2 }],
    });
  });

  test("a file with errors is refused whole, each at its line", async () => {
    put(
      "in.csv",
      USAGE,
      "req-1,LAW,ana@example.edu,tutor,1,",
      "req-2,ART,bo@example.edu,tutor,0.5,",
      "req-3,LAW,ana@example.edu,tutor,1000,",
    );
    const run = await bursar("import", "usage", "in.csv", "--json");
    expect(run.code).toBe(1);
    expect(JSON.parse(run.out).error).toMatchObject({
      code: "import_refused",
      errorCount: 2,
      errors: [{ line: 3, message: expect.stringMatching(/^member: /) }, { line: 4 }],
    });
    expect(count("ledger_entries")).toBe(3);
  });
});
