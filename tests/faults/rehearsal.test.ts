import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseFile } from "#db/client.ts";
import { plainCredits } from "#lib/credits.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { actionId } from "#tests/support/actions.ts";
import { bursar } from "#tests/support/command-line.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";
import { HttpBrowser } from "#tests/support/http-browser.ts";
import { llmRequests } from "#tests/support/llm-requests.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";
import { post, type SentEvent } from "#tests/support/spending-portal.ts";

const OWNER = { email: "owner@example.edu", password: "correct horse battery staple" };
/** The credit types of tests/data/universities.csv, and what is bought of each. */
const ALL_POOLS = {
  "Global Credits": { currency: "USD", bought: 100_000 },
  "EUR Credits": { currency: "EUR", bought: 50_000 },
  "INR Credits": { currency: "INR", bought: 50_000 },
  "USD Credits": { currency: "USD", bought: 0 },
  "JPY Credits": { currency: "JPY", bought: 0 },
  "MYR Credits": { currency: "MYR", bought: 0 },
  "SGD Credits": { currency: "SGD", bought: 0 },
};
/** The short form sets up less: each command takes a second of a processor. */
const POOLS = Object.entries(ALL_POOLS).slice(0, times({ short: 2, long: 7 }));
/** Organizations of that file whose members spend; one has applications of its own. */
const OWN_APPLICATIONS = "FR-INSA-TOULOUSE";
const SPENDERS = ["BR-FHO", OWN_APPLICATIONS, "CO-UAN", "IN-BPITINDIA"].slice(
  0,
  times({ short: 2, long: 4 }),
);
const [TOPPED_UP = ""] = SPENDERS;
const GIVEN = 20_000;
const MEMBERS = Array.from({ length: 40 }, (_, number) => `member-${number}@example.edu`);
/** Moved once before the last backup and once after it, by an operator who gives each an id. */
const TOP_UP = 500;
const PAGES = [
  "/organizations",
  "/organizations?q=ecole&sort=-spent&view=table",
  `/organizations/${TOPPED_UP}`,
  `/organizations/${TOPPED_UP}/transactions`,
  "/transactions",
  "/members",
  "/credit-types",
  "/audit",
];

/** Of the load until the last backup. */
const SECONDS = times({ short: 1, long: 55 * 60 });
const SECONDS_BETWEEN_BACKUPS = Math.max(1, SECONDS / 11);

const random = seededRandom("rehearsal");
const costs = llmRequests().map((request) => request.credits);
const now = () => performance.now();

let folder: string;
let directory: string;
let server: TestServer | undefined;

beforeAll(() => {
  folder = makeTemporaryDirectory();
  directory = path.join(folder, "data");
});
afterAll(async () => {
  await server?.kill();
  removeDirectory(folder);
});

/** What the operator types. @returns what `--json` prints. */
async function operate(args: readonly string[], data = directory): Promise<Record<string, unknown>> {
  const { code, out, err } = await bursar([...args, "--json"], data);
  expect(code, `${args.join(" ")}: ${err}`).toBe(0);
  return JSON.parse(out);
}

function operateAll(commands: readonly (readonly string[])[]): Promise<Record<string, unknown>[]> {
  return Promise.all(commands.map((args) => operate(args)));
}

/** The organizations of tests/data/universities.csv that are of the pools there are. @returns the file. */
function organizationsFile(): { file: string; rows: number } {
  const [header = "", ...lines] = readFileSync("tests/data/universities.csv", "utf8").trim().split("\n");
  const names = POOLS.map(([name]) => `,${name},`);
  const entries = lines
    .filter((line) => names.some((name) => line.includes(name)))
    .slice(0, times({ short: 500, long: lines.length }));
  const file = path.join(folder, "organizations.csv");
  writeFileSync(file, [header, ...entries].join("\n"));
  return { file, rows: entries.length };
}

/** The first day of a new operator, some of it at once. @returns the keys for the applications. */
async function setUp(): Promise<{ all: string; own: string }> {
  await operateAll([
    ["user", "create", OWNER.email, "--role", "owner", "--password", OWNER.password],
    ...POOLS.map(([name, { currency }]) => {
      return ["credit-type", "create", name, "--currency", currency, "--rate", "100"];
    }),
  ]);
  const { file, rows } = organizationsFile();
  expect(await operate(["import", "organizations", file])).toMatchObject({ imported: rows });

  const members = path.join(folder, "members.csv");
  const lines = SPENDERS.flatMap((code) => {
    return MEMBERS.map((email, number) => `${code},Member ${number},${email},viewer,,active`);
  });
  writeFileSync(members, ["organization,name,email,role,monthly_allowance,status", ...lines].join("\n"));
  const [all, own] = await operateAll([
    ["api-key", "create", "--enterprise"],
    ["api-key", "create", "--organization", OWN_APPLICATIONS],
    ["import", "members", members],
    ...POOLS.filter(([, { bought }]) => bought > 0).map(([name, { bought }]) => {
      return ["credits", "purchase", name, String(bought)];
    }),
  ]);
  await operateAll(SPENDERS.map((code) => ["credits", "allocate", code, String(GIVEN)]));
  return { all: String(all?.key), own: String(own?.key) };
}

type Reported = SentEvent & { occurredAt: string };
/** An event as the application that reports it knows it. */
type Report = { event: Reported; micros: bigint; asked: number; acknowledged: number | null };

class Application {
  readonly reports: Report[] = [];
  readonly waited: number[] = [];
  readonly name: string;
  readonly key: string;
  private readonly organizations: readonly string[];
  private readonly largestBatch: number;

  /** One that has batches of 1 reports each event alone. */
  constructor(name: string, key: string, organizations: readonly string[], largestBatch: number) {
    this.name = name;
    this.key = key;
    this.organizations = organizations;
    this.largestBatch = largestBatch;
  }

  private report(): Report {
    const micros = random.pick(costs);
    const event = {
      id: `${this.name}-${this.reports.length + 1}`,
      organization: random.pick(this.organizations),
      member: random.pick(MEMBERS),
      application: this.name,
      credits: plainCredits(micros),
      occurredAt: new Date().toISOString(),
    };
    const report = { event, micros, asked: now(), acknowledged: null };
    this.reports.push(report);
    return report;
  }

  /** Reports some five times a second, until the server is stopped. */
  async work(url: string, isStopping: () => boolean): Promise<void> {
    while (!isStopping()) {
      await sleep(random.below(400));
      const reports = Array.from({ length: 1 + random.below(this.largestBatch) }, () => this.report());
      const startedAt = now();
      const statuses = await this.send(url, reports).catch((error: unknown) => {
        if (isStopping()) return null;
        throw error;
      });
      if (!statuses) return;
      this.waited.push(now() - startedAt);
      expect(new Set(statuses)).toEqual(new Set(["recorded"]));
      for (const report of reports) report.acknowledged = now();
    }
  }

  /** @returns what became of each. */
  private async send(url: string, reports: readonly Report[]): Promise<unknown[]> {
    const events = reports.map((report) => report.event);
    const single = this.largestBatch === 1 && events.length === 1;
    const { status, body } = await post(
      url,
      this.key,
      single ? "usage" : "usage/batch",
      single ? events[0] : { events },
    );
    expect([200, 201], JSON.stringify(body)).toContain(status);
    const results = single ? [body] : (body.results as Record<string, unknown>[]);
    expect(results.map((result) => result.id)).toEqual(events.map((event) => event.id));
    return results.map((result) => result.status);
  }

  /** Reports everything again, as an application does that was told of a restore. */
  async repeat(
    url: string,
    isIn: (id: string) => boolean,
  ): Promise<{ duplicates: number; recorded: number }> {
    const count = { duplicates: 0, recorded: 0 };
    const size = this.largestBatch === 1 ? 1 : 500;
    for (let start = 0; start < this.reports.length; start += size) {
      const reports = this.reports.slice(start, start + size);
      const statuses = await this.send(url, reports);
      for (const [position, { event }] of reports.entries()) {
        const was = isIn(event.id);
        expect(statuses[position], event.id).toBe(was ? "duplicate" : "recorded");
        count[was ? "duplicates" : "recorded"] += 1;
      }
    }
    return count;
  }
}

async function signIn(url: string): Promise<HttpBrowser> {
  const visitor = new HttpBrowser(url);
  await visitor.act("/sign-in", actionId("signInAction"), OWNER);
  expect([...visitor.cookies.keys()]).toContain("bursar-session");
  return visitor;
}

/** A person who opens a page every second. @returns how many were shown. */
async function read(visitor: HttpBrowser, isStopping: () => boolean): Promise<number> {
  for (let shown = 0; ; shown += 1) {
    await sleep(SECONDS < 60 ? 200 : 1000);
    if (isStopping()) return shown;
    const page = PAGES[shown % PAGES.length] ?? "/";
    const answer = await visitor.send(page).catch((error: unknown) => {
      if (isStopping()) return null;
      throw error;
    });
    if (!answer) return shown;
    expect([page, answer.status]).toEqual([page, 200]);
  }
}

type Backup = { file: string; began: number; ended: number };

async function backUp(number: number): Promise<Backup> {
  const file = path.join(folder, `backup-${number}.sqlite`);
  const began = now();
  await operate(["backup", file]);
  return { file, began, ended: now() };
}

/** The ids of the reported events that the database holds. */
function recordedIn(data: string): Set<unknown> {
  const sqlite = new Sqlite(databaseFile(data), { readonly: true });
  const ids = sqlite.prepare("SELECT external_id FROM ledger_entries WHERE kind = 'spend'").pluck().all();
  sqlite.close();
  expect(new Set(ids).size, "doubled").toBe(ids.length);
  return new Set(ids);
}

/** Restores where there is nothing. @returns the ids of the reported events that it brought. */
async function restore({ file, began, ended }: Backup, data: string, reports: readonly Report[]) {
  expect(await operate(["restore", file], data)).toMatchObject({ verified: true, replaced: null });
  const ids = recordedIn(data);
  const lost = reports.filter(({ event, acknowledged }) => {
    return acknowledged !== null && acknowledged < began && !ids.has(event.id);
  });
  expect(lost, "acknowledged before the backup began, and not in it").toEqual([]);
  const foreseen = reports.filter(({ event, asked }) => asked > ended && ids.has(event.id));
  expect(foreseen, "asked after the backup ended, and in it").toEqual([]);
  return ids;
}

/** Each spender's balance and lifetime spend, from the database. */
function figures(data: string): Record<string, { balance: bigint; spent: bigint }> {
  const sqlite = new Sqlite(databaseFile(data), { readonly: true });
  sqlite.defaultSafeIntegers(true);
  const rows = sqlite.prepare("SELECT code, balance, spent FROM organizations WHERE spent > 0").all() as {
    code: string;
    balance: bigint;
    spent: bigint;
  }[];
  sqlite.close();
  return Object.fromEntries(rows.map(({ code, ...figures }) => [code, figures]));
}

/** The same, from what was reported and given. */
function figuresOf(reports: readonly Report[], topUps: number): ReturnType<typeof figures> {
  return Object.fromEntries(
    SPENDERS.map((code) => {
      const own = reports.filter(({ event }) => event.organization === code);
      const spent = own.reduce((sum, { micros }) => sum + micros, 0n);
      const total = GIVEN + (code === TOPPED_UP ? topUps * TOP_UP : 0);
      return [code, { balance: BigInt(total) * 1_000_000n - spent, spent }];
    }),
  );
}

function residentMegabytes({ process: { pid } }: TestServer): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

const topUp = (id: string) => operate(["credits", "allocate", TOPPED_UP, String(TOP_UP), "--id", id]);

test("an operator sets up, works, backs up, loses everything, restores, and comes to the same figures", async () => {
  server = await startServer({ directory });
  const { url } = server;
  const keys = await setUp();
  const visitor = await signIn(url);
  const applications = [
    ...["essay-coach", "Übersetzer", "tutor"].map((name) => new Application(name, keys.all, SPENDERS, 1)),
    new Application("lab-assistant", keys.own, [OWN_APPLICATIONS], 1),
    new Application("nightly-grader", keys.all, SPENDERS, 20),
    new Application("course-builder", keys.own, [OWN_APPLICATIONS], 5),
  ];

  let stopping = false;
  const isStopping = () => stopping;
  const reading = read(visitor, isStopping);
  const load = Promise.all([reading, ...applications.map((one) => one.work(url, isStopping))]);
  /** Pauses, unless the load has failed: waiting for an hour would prove nothing more. */
  const pause = (seconds: number) => Promise.race([sleep(seconds * 1000), load]);
  const began = now();
  const backups: Backup[] = [];
  const memory: number[] = [];
  while (now() - began < SECONDS * 1000) {
    await pause(SECONDS_BETWEEN_BACKUPS);
    backups.push(await backUp(backups.length));
    memory.push(residentMegabytes(server));
  }
  await topUp("top-up-1");
  const last = await backUp(backups.length);
  await Promise.all([topUp("top-up-2"), pause(1)]);
  stopping = true;
  await server.stop();
  expect(server.process.exitCode, server.output()).toBe(0);
  await load;
  const reports = applications.flatMap((one) => one.reports);
  const before = recordedIn(directory);
  expect(reports.filter(({ event, acknowledged }) => acknowledged && !before.has(event.id))).toEqual([]);
  expect(figures(directory)).toEqual(
    figuresOf(
      reports.filter(({ event }) => before.has(event.id)),
      2,
    ),
  );
  rmSync(directory, { recursive: true });

  // The machine is lost, so the portal moves to a new one.
  const [early] = backups;
  if (!early) throw new Error("there was no backup");
  const elsewhere = path.join(folder, "elsewhere");
  const [ids, then] = await Promise.all([
    restore(last, directory, reports),
    // An early backup is as good.
    restore(early, elsewhere, reports),
  ]);
  expect(verifyDatabase(databaseFile(elsewhere))).toMatchObject({ ok: true });
  const earlyReports = reports.filter(({ event }) => then.has(event.id));
  expect(figures(elsewhere)).toEqual(figuresOf(earlyReports, 0));
  server = await startServer({ directory });
  const back = await signIn(server.url);
  expect((await back.send(`/organizations/${TOPPED_UP}`)).status).toBe(200);
  const former = new HttpBrowser(server.url);
  for (const [name, cookie] of visitor.cookies) former.cookies.set(name, cookie);
  expect((await former.send("/organizations")).status).toBe(307);
  expect(verifyDatabase(databaseFile(directory))).toMatchObject({ ok: true });
  const restored = reports.filter(({ event }) => ids.has(event.id));
  expect(restored.length).toBe(ids.size);
  expect(figures(directory)).toEqual(figuresOf(restored, 1));

  // Every sender reports all of its events again, once.
  const toppedUp = await Promise.all(["top-up-1", "top-up-2"].map(topUp));
  expect(toppedUp.map(({ repeated }) => repeated)).toEqual([true, false]);
  const repeated = await Promise.all(
    applications.map((one) => one.repeat(server?.url ?? "", (id) => ids.has(id))),
  );
  const duplicates = repeated.reduce((sum, one) => sum + one.duplicates, 0);
  const recorded = repeated.reduce((sum, one) => sum + one.recorded, 0);
  expect([duplicates, recorded]).toEqual([ids.size, reports.length - ids.size]);
  expect(recorded).toBeGreaterThan(0);
  expect(figures(directory)).toEqual(figuresOf(reports, 2));
  expect(await operate(["verify"])).toMatchObject({ ok: true });
  await server.stop();

  const waited = applications.flatMap((one) => one.waited).sort((one, other) => one - other);
  const at = (share: number) => waited[Math.floor(share * (waited.length - 1))]?.toFixed() ?? "?";
  const minutes = ((last.ended - began) / 60_000).toFixed(1);
  const sizes = [memory[0], memory[Math.floor(memory.length / 2)], memory.at(-1)].join(", ");
  say(
    `rehearsal: ${minutes} min, ${reports.length} events in ${waited.length} requests (ms: median ${at(0.5)}, 99% ${at(0.99)}, longest ${at(1)}), ` +
      `${await reading} pages, ${backups.length + 1} backups, resident memory ${sizes} MB; ` +
      `restored ${ids.size}, sent again ${duplicates} duplicates and ${recorded} recorded, to the same figures; verify clean`,
  );
});
