import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { bursarInProcess, withoutDataFolder } from "#tests/support/command-line.ts";
import { removeDirectory, useFreshDatabase } from "#tests/support/database.ts";
import { eventually } from "#tests/support/server.ts";

useFreshDatabase();

let children: ChildProcess[];
/** The folder that the commands are typed in. */
let typedIn: string;

beforeEach(() => {
  children = [];
  typedIn = mkdtempSync(path.join(process.env.DATA_DIR ?? "", "typed-in-"));
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  removeDirectory(typedIn);
});

function start(command: string, args: string[]): ChildProcess {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      NODE_ENV: "test",
      PATH: process.env.PATH ?? "",
      DATA_DIR: process.env.DATA_DIR,
      INIT_CWD: typedIn,
    },
  });
  children.push(child);
  return child;
}

type Run = { code: number | null; out: string; err: string };

async function ended(child: ChildProcess, input = ""): Promise<Run> {
  let out = "";
  let err = "";
  child.stdout?.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    err += chunk;
  });
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  const [code] = await once(child, "close");
  return { code, out, err: withoutDataFolder(err) };
}

const bursar = (...args: string[]) => ended(start(process.execPath, ["scripts/bursar.mjs", ...args]));
const bursarGiven = (input: string, ...args: string[]) =>
  ended(start(process.execPath, ["scripts/bursar.mjs", ...args]), input);
/** The same without a process, where none is needed to see what a command does. */
const inProcess = (...args: string[]) => bursarInProcess(args, typedIn);
/** A whole command line of a shell, with "bursar" in it. */
const shell = (line: string) =>
  ended(start("sh", ["-c", line.replaceAll("bursar", `"${process.execPath}" scripts/bursar.mjs`)]));

const createType = (name: string, ...more: string[]) =>
  bursar("credit-type", "create", name, "--currency", "SGD", "--rate", "100", ...more);

const createTypeInProcess = (name: string, ...more: string[]) =>
  inProcess("credit-type", "create", name, "--currency", "SGD", "--rate", "100", ...more);

const count = (table: string) =>
  Number(database().$client.prepare(`SELECT count(*) AS n FROM ${table}`).pluck().get());

const HEADER = "name,code,credit_type,monthly_allowance_per_member,status,tags";
const put = (name: string, ...rows: string[]) =>
  writeFileSync(path.join(typedIn, name), [HEADER, ...rows, ""].join("\r\n"));
const many = (rows: number) =>
  Array.from({ length: rows }, (_, index) => `Faculty ${index},F${index},SGD Credits,,active,`);

describe("usage", () => {
  // The output of each command is tested in tests/lib/cli. Here, that the process ends with its exit code.
  test("help is 0 and wrong usage is 2, with the reason on standard error", async () => {
    expect(await bursar("--help")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Usage: bursar /),
      err: "",
    });
    expect(await bursar("frob")).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/^error: unknown command 'frob'/),
    });
  });

  test("a data folder that cannot be one is refused in a sentence", async () => {
    writeFileSync(path.join(typedIn, "taken"), "");
    process.env.DATA_DIR = path.join(typedIn, "taken");
    const run = await bursar("demo");
    process.env.DATA_DIR = path.dirname(typedIn);
    expect(run).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(/^The data folder .*taken is not writable \(\w+\)\..*\n$/),
    });
  });
});

describe("credit-type create", () => {
  test("makes one; a name that is taken is refused by that state", async () => {
    expect(await createTypeInProcess("SGD Credits", "--json")).toEqual({
      code: 0,
      out: '{"id":1,"name":"SGD Credits"}\n',
      err: "",
    });
    const message = "There is a credit type named SGD Credits already.";
    expect(await createTypeInProcess("ＳＧＤ credits ")).toEqual({ code: 1, out: "", err: `${message}\n` });
    const refused = await createTypeInProcess("sgd credits", "--json");
    expect(refused).toMatchObject({ code: 1, err: `${message}\n` });
    expect(JSON.parse(refused.out)).toEqual({ error: { code: "name_taken", message } });
    expect(count("credit_types")).toBe(1);
  });

  test("two processes at once, on a folder without a database: one makes it, the other is refused", async () => {
    const runs = await Promise.all([createType("SGD Credits"), createType("SGD Credits")]);
    expect(runs.map((run) => run.code).sort()).toEqual([0, 1]);
    expect(runs.find((run) => run.code === 1)?.err).toBe(
      "There is a credit type named SGD Credits already.\n",
    );
    expect(count("credit_types")).toBe(1);
    expect(count("audit_entries")).toBe(1);
  });

  test("waits for a server that has the database open and is writing", async () => {
    const server = start(process.execPath, ["tests/support/hold-database.ts", "1500"]);
    let printed = "";
    server.stdout?.on("data", (chunk) => {
      printed += chunk;
    });
    await eventually("the lock", () => /open/.exec(printed));
    expect(await createType("SGD Credits")).toMatchObject({ code: 0, err: "" });
    expect(server.exitCode).toBeNull();
    expect(count("credit_types")).toBe(1);
  });
});

describe("import and export organizations", () => {
  test("round-trip, with files named as seen from where the command was typed", async () => {
    await createTypeInProcess("SGD Credits");
    put("in.csv", "École,ECO,SGD Credits,1000.5,active,", "'=SUM(A1),SUM,SGD Credits,,inactive,");
    const dry = await inProcess("import", "organizations", "in.csv", "--dry-run", "--json");
    expect(JSON.parse(dry.out)).toMatchObject({ dryRun: true, imported: 0, rows: 2 });
    expect(count("organizations")).toBe(0);
    expect(await inProcess("import", "organizations", "in.csv")).toEqual({
      code: 0,
      out: "2 organizations were imported: 1 active, 1 inactive.\n",
      err: "",
    });
    const whole = readFileSync(path.join(typedIn, "in.csv"), "utf8");
    const marked = `\uFEFF${whole}`;
    expect(await inProcess("export", "organizations")).toEqual({ code: 0, out: marked, err: "" });
    const asJson = await inProcess("export", "organizations", "--json");
    expect(asJson.out.trimEnd()).not.toContain("\n");
    expect(JSON.parse(asJson.out)).toEqual({ csv: whole });

    const file = path.join(typedIn, "out.csv");
    const toFile = await inProcess("export", "organizations", "out.csv", "--json");
    expect(toFile).toEqual({ code: 0, out: `${JSON.stringify({ file })}\n`, err: "" });
    expect(readFileSync(file, "utf8")).toBe(marked);
    // What was exported changes nothing when it is imported again.
    const again = await inProcess("import", "organizations", "out.csv", "--mode", "both", "--json");
    expect(JSON.parse(again.out)).toMatchObject({ added: 0, changed: 0, unchanged: 2 });
  });

  test("take the pages' filters as options, and refuse values that a page would ignore", async () => {
    await createTypeInProcess("SGD Credits");
    put("in.csv", "École,ECO,SGD Credits,1000.5,active,", "'=SUM(A1),SUM,SGD Credits,,inactive,");
    await inProcess("import", "organizations", "in.csv");
    const rows = async (...options: string[]) =>
      (await inProcess("export", "organizations", ...options)).out.trimEnd().split("\r\n").slice(1);
    expect(await rows("--q", "ecole")).toEqual(["École,ECO,SGD Credits,1000.5,active,"]);
    expect(await rows("--status", "inactive")).toEqual(["'=SUM(A1),SUM,SGD Credits,,inactive,"]);
    expect(await rows("--status", "inactive", "--raw")).toEqual(["=SUM(A1),SUM,SGD Credits,,inactive,"]);
    expect(await rows("--status", "all", "--sort", "name", "--figures")).toEqual([
      expect.stringMatching(/^'=SUM\(A1\),SUM,SGD Credits,,inactive,,SGD,0,0,0,0,0,,\d{4}-\d\d-\d\d$/),
      expect.stringMatching(/^École,ECO,SGD Credits,1000\.5,active,,SGD,0,0,0,0,0,,\d{4}-\d\d-\d\d$/),
    ]);
    const tagged = [
      "École,ECO,SGD Credits,1000.5,active,faculty:arts site:lyon",
      "'=SUM(A1),SUM,SGD Credits,,inactive,faculty:arts",
    ];
    put("tags.csv", ...tagged);
    await inProcess("import", "organizations", "tags.csv", "--mode", "change");
    expect(await rows("--tag", "Faculty:ARTS", "--sort", "created")).toEqual(tagged);
    expect(await rows("--tag", "faculty:arts", "--tag", "site:lyon")).toEqual(tagged.slice(0, 1));
    for (const [option, value] of [
      ["--tag", "arts"],
      ["--status", "maybe"],
      ["--type", "SGD"],
      ["--sort", "colour"],
    ] as const) {
      expect(await inProcess("export", "organizations", option, value)).toMatchObject({ code: 2, out: "" });
    }
    expect(await inProcess("export", "transactions", "--organization", "NOPE")).toMatchObject({
      code: 1,
      err: "There is no organization with the code NOPE.\n",
    });
    expect(await inProcess("export", "transactions", "--from", "2026-02-30")).toMatchObject({ code: 2 });
    expect((await inProcess("export", "transactions", "--summary")).out).toMatch(
      /^\uFEFFmonth,organization,/,
    );
  });

  test("change what exists by a file, with an undo file", async () => {
    await createTypeInProcess("SGD Credits");
    put("in.csv", "École,ECO,SGD Credits,1000.5,active,");
    await inProcess("import", "organizations", "in.csv");
    writeFileSync(path.join(typedIn, "change.csv"), "code;status\neco;no\n");
    expect(
      await inProcess("import", "organizations", "change.csv", "--mode", "change", "--undo", "undo.csv"),
    ).toEqual({
      code: 0,
      out: "The columns are separated by semicolons.\nline 2: École (ECO): status: active → inactive\n1 organization was imported: 0 new, 1 changed, 0 unchanged.\n",
      err: "",
    });
    expect(readFileSync(path.join(typedIn, "undo.csv"), "utf8")).toBe("\uFEFFcode,status\r\nECO,active\r\n");
    await inProcess("import", "organizations", "undo.csv", "--mode", "change");
    expect((await inProcess("export", "organizations")).out).toContain(
      "École,ECO,SGD Credits,1000.5,active,",
    );
  });

  test("a file with errors is refused whole, each with its line", async () => {
    await createTypeInProcess("SGD Credits");
    put("bad.csv", "A,A,SGD Credits,,active", "B,a,SGD Credits,,active", "C,C,Gold,,active");
    const run = await inProcess("import", "organizations", "bad.csv", "--json");
    expect(run.code).toBe(1);
    expect(run.err).toMatch(/^line 3: .*\nline 4: .*\nThe file has 2 errors\. Nothing was imported\.\n$/);
    expect(JSON.parse(run.out).error).toMatchObject({
      code: "import_refused",
      errorCount: 2,
      errors: [{ line: 3 }, { line: 4 }],
    });
    expect(count("organizations")).toBe(0);
  });

  test("reports what it ignores and what it changed", async () => {
    await createTypeInProcess("SGD Credits");
    writeFileSync(
      path.join(typedIn, "in.csv"),
      "name,code,credit_type,monthly_allowance_per_member,status,dean\r\nA \u0093b\u0094,A,SGD Credits,,active,Ana\r\n",
    );
    const { code, out } = await inProcess("import", "organizations", "in.csv");
    expect(code).toBe(0);
    expect(out).toMatch(/^Ignored columns: dean\.\nline 2: .*\n1 organization was imported/);
  });

  test("a file that is not there, or may not be written, is refused in a sentence", async () => {
    const missing = await inProcess("import", "organizations", "none.csv");
    expect(missing).toEqual({
      code: 1,
      out: "",
      err: `${path.join(typedIn, "none.csv")} cannot be read (ENOENT).\n`,
    });
    await createTypeInProcess("SGD Credits");
    mkdirSync(path.join(typedIn, "folder"));
    for (const name of ["folder", "none/out.csv"]) {
      const run = await inProcess("export", "organizations", name);
      expect(run).toMatchObject({ code: 1, out: "" });
      expect(run.err).toMatch(/cannot be written \(\w+\)\.\n$/);
    }
    expect(readdirSync(typedIn)).toEqual(["folder"]);
  });

  test("a reader that goes away early, as head does, is no error", async () => {
    await createType("SGD Credits");
    put("in.csv", ...many(5_000));
    await bursar("import", "organizations", "in.csv");
    const line = "{ bursar export organizations; echo $? >&2; } | head -n 1";
    expect(await shell(line)).toEqual({ code: 0, out: `\uFEFF${HEADER}\r\n`, err: "0\n" });
    // Nothing reads the output, and the command still completes.
    expect(
      await shell("{ sleep 0.2; bursar credit-type create Z --currency EUR --rate 1; echo $? >&2; } | true"),
    ).toMatchObject({ err: "0\n" });
    expect(count("credit_types")).toBe(2);
  });

  test("an export takes the place of a file whole; stopped, it leaves the old one and nothing beside it", async () => {
    await createType("SGD Credits");
    put("in.csv", ...many(20_000));
    await bursar("import", "organizations", "in.csv");
    const file = path.join(typedIn, "out.csv");
    symlinkSync("out.csv", path.join(typedIn, "link.csv"));
    let signal: NodeJS.Signals | null = null;
    // An export may end before this process is told that it began, so there are more until one was stopped midway.
    for (let tries = 0; tries < 10 && signal === null; tries += 1) {
      writeFileSync(file, "old");
      // Watches for the temporary file, because polling every 50 ms could come after the end.
      const watcher = watch(typedIn);
      const child = start(process.execPath, ["scripts/bursar.mjs", "export", "organizations", "out.csv"]);
      const exit = once(child, "exit");
      await once(watcher, "change");
      watcher.close();
      child.kill("SIGTERM");
      [, signal] = await exit;
    }
    expect(signal).toBe("SIGTERM");
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(typedIn).sort()).toEqual(["in.csv", "link.csv", "out.csv"]);

    expect(await bursar("export", "organizations", "link.csv")).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(file, "utf8")).toBe(`\uFEFF${readFileSync(path.join(typedIn, "in.csv"), "utf8")}`);
    expect(readlinkSync(path.join(typedIn, "link.csv"))).toBe("out.csv");
    expect(await bursar("export", "organizations", "/dev/null")).toMatchObject({ code: 0, err: "" });
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    // A slow machine takes seconds for each of its processes.
  }, 300_000);
});

describe("user", () => {
  test("create and reset, with a password or a one-time link", async () => {
    const invitation = await bursar("user", "create", "ana@example.edu", "--json");
    expect(invitation).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(invitation.out)).toEqual({
      id: 1,
      email: "ana@example.edu",
      role: "admin",
      link: expect.stringMatching(/^http:\/\/localhost:3000\/invite\/[\w-]{43}$/),
    });
    expect(await bursar("user", "create", "ANA@example.edu")).toMatchObject({
      code: 1,
      err: "There is already a portal user with this email.\n",
    });
    const reset = ["user", "reset", "ana@example.edu", "--password", "-"];
    expect(await bursarGiven("correct horse battery\n", ...reset)).toEqual({
      code: 0,
      out: "ana@example.edu has a new password.\n",
      err: "",
    });
    expect((await bursarGiven("short\n", ...reset)).code).toBe(2);
    const weak = await bursarGiven("password1\n", ...reset);
    expect([weak.code, weak.err]).toEqual([
      2,
      expect.stringContaining("the password is refused. This is one of the most used passwords"),
    ]);
    expect(weak.err).not.toContain("password1");
    expect(await bursar("user", "reset", "bob@example.edu")).toEqual({
      code: 1,
      out: "",
      err: "There is no portal user bob@example.edu.\n",
    });
  });
});

describe("sso", () => {
  test("relink needs an issuer, and shows the accounts that it would move", async () => {
    expect(await inProcess("sso", "relink")).toMatchObject({
      code: 2,
      err: expect.stringContaining("name the old issuer with --from, or set OIDC_ISSUER"),
    });
    await inProcess("user", "create", "ana@example.edu", "--role", "viewer");
    database()
      .$client.prepare(
        "INSERT INTO portal_user_identities VALUES (1, 1, 'https://old.example.edu', 'ana', 0)",
      )
      .run();
    expect(await inProcess("sso", "relink", "--from", "https://old.example.edu/")).toMatchObject({
      code: 0,
      out: "ana@example.edu (viewer), linked at https://old.example.edu\n1 account would be unlinked. Run it again with --apply to do so.\n",
    });
    const applied = await inProcess(
      "sso",
      "relink",
      "--from",
      "https://old.example.edu",
      "--apply",
      "--json",
    );
    expect(JSON.parse(applied.out)).toEqual({
      applied: true,
      accounts: [
        { email: "ana@example.edu", role: "viewer", issuer: "https://old.example.edu", subject: "ana" },
      ],
      unlinked: [{ email: "ana@example.edu", role: "viewer" }],
    });
    expect((await inProcess("sso", "relink", "--from", "https://old.example.edu")).out).toBe(
      "No account is linked at another issuer.\n1 account without a link:\n  ana@example.edu (viewer)\n",
    );
  });
});

describe("demo", () => {
  test("fills an empty portal once", async () => {
    const first = await inProcess("demo", "--json");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(first.out)).toEqual({
      organizations: 13,
      active: 11,
      members: 33,
      balance: "6177061",
      spent: "1249354.047",
      transactions: expect.any(Number),
    });
    expect(await inProcess("verify")).toMatchObject({ code: 0, err: "" });
    expect(await inProcess("demo")).toEqual({
      code: 1,
      out: "",
      err: "The portal is not empty. The demo fills only a new one.\n",
    });
    expect(count("organizations")).toBe(13);
  });

  test("is whole or not at all: killed at any moment, it has left nothing or everything", async () => {
    // From here on the schema is there, so that a kill comes while the demo is made or written.
    database();
    closeDatabase();
    let kills = 0;
    for (let turn = 0; turn < 6; turn += 1) {
      const child = start(process.execPath, ["scripts/bursar.mjs", "demo"]);
      const end = once(child, "exit");
      await sleep(300 + turn * 350);
      child.kill("SIGKILL");
      await end;
      if (child.signalCode === "SIGKILL") kills += 1;
      const [organizations, ...others] = [
        "organizations",
        "credit_types",
        "memberships",
        "ledger_entries",
        "audit_entries",
      ].map(count);
      expect([0, 13]).toContain(organizations);
      for (const rows of others) expect(rows !== 0).toBe(organizations !== 0);
      if (organizations !== 0) break;
    }
    expect(kills).toBeGreaterThan(0);
  });
});

test("verify names what is wrong, and exits with 1", async () => {
  rmSync(databaseFile(process.env.DATA_DIR ?? ""));
  expect(await inProcess("verify")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^There is no database at /),
  });
  await inProcess("demo");
  expect(await inProcess("verify")).toMatchObject({
    code: 0,
    out: expect.stringContaining(" is consistent: "),
  });
  database().$client.exec("UPDATE organizations SET members = 6 WHERE code = 'ENG'");
  const run = await inProcess("verify");
  expect(run).toMatchObject({ code: 1, out: "" });
  expect(run.err).toMatch(
    /^organizations: organizations \d+ \(ENG\): members is 6, it should be 5\n1 fault found in /,
  );
  const json = await inProcess("verify", "--json");
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({
    error: { code: "mismatch", ok: false, faults: 1 },
  });
});
