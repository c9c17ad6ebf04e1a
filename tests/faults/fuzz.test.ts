import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { eq, like } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, database, databaseFile, openDatabase, write } from "#db/client.ts";
import { imports, portalUsers } from "#db/schema/index.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { importFile } from "#lib/imports/file.ts";
import { membersImporter } from "#lib/members/import.ts";
import { organizationsImporter } from "#lib/organizations/import.ts";
import { setEnterpriseRole } from "#lib/portal-users/commands/records.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { builtActions } from "#tests/support/actions.ts";
import { operator, value } from "#tests/support/builders.ts";
import { inDatabase, removeDirectory } from "#tests/support/database.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";
import { createFuzz } from "#tests/support/fuzz.ts";
import { type Answer, HttpBrowser, type Sent } from "#tests/support/http-browser.ts";
import { ownerCookie, unescaped } from "#tests/support/portal-client.ts";
import { processorMilliseconds } from "#tests/support/processor-time.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";
import { MEMBERS, makeSpendingPortal } from "#tests/support/spending-portal.ts";

const random = seededRandom("fuzz");
const fuzz = createFuzz(random);
const INPUTS = times({ short: 5_000, long: 1_000_000 });
const AT_ONCE = 8;
const SAMPLES = 200;
/** One request in this number is a file for the server, whose thread to read it takes longer than hundreds of requests. */
const UPLOAD_EVERY = INPUTS < 10_000 ? 300 : 1_000;

let portal: { directory: string; key: string };
/** The folder of this process, which has the files that it reads itself. */
let ownPortal: { directory: string };
let ownDatabase: Database;
let server: TestServer;
let visitor: Fuzzer;
let key: string;
/** Fields and parameters that pages have shown. */
const names = new Set([
  "q",
  "status",
  "type",
  "sort",
  "view",
  "page",
  "from",
  "to",
  "callbackUrl",
  "problem",
]);
/** Forms that pages have shown: where they are posted to, and what is in them. */
const forms = new Map<string, { page: string; fields: [name: string, value: string][] }>();

const failures: string[] = [];
/** The lines of the server's log at level "error": it met what it does not expect, whatever it answered. */
const errorLines: string[] = [];

/** Keeps each request that the server failed at, as it was sent. */
class Fuzzer extends HttpBrowser {
  override async send(target: string, sent: Sent = {}): Promise<Answer> {
    const fail = (how: string) => {
      const body = Buffer.from(sent.body ?? "").subarray(0, 1_000);
      failures.push(
        `${sent.method ?? "GET"} ${target} ${JSON.stringify(sent.headers)} ${JSON.stringify(body.toString())}: ${how}`,
      );
    };
    try {
      const answer = await super.send(target, sent);
      if (answer.status >= 500) fail(`${answer.status} ${answer.text.slice(0, 200)}`);
      return answer;
    } catch (error) {
      fail(String(error));
      throw error;
    }
  }
}

beforeAll(async () => {
  portal = await makeSpendingPortal({ LAW: 1_000_000, ART: 1_000_000 });
  ownPortal = await makeSpendingPortal({ LAW: 1, ART: 1 });
  ownDatabase = openDatabase(databaseFile(ownPortal.directory));
  server = await startServer({
    directory: portal.directory,
    environment: { API_RATE_LIMIT: "0", USAGE_MAX_AGE_DAYS: "0" },
    // With gigabytes of free memory, Node delays garbage collection, which would look like a leak.
    nodeOptions: ["--max-old-space-size=256"],
  });
  if (!server.process.stdout) throw new Error("the server's log is not read");
  createInterface({ input: server.process.stdout }).on("line", (line) => {
    if (line.includes('"level":"error"')) errorLines.push(line);
  });
  visitor = new Fuzzer(server.url);
  await renew();
}, 180_000);
afterAll(async () => {
  await server?.stop();
  ownDatabase?.$client.close();
  for (const one of [portal, ownPortal]) if (one) removeDirectory(one.directory);
});

let renewing: Promise<void> | null = null;

/** A session and a key that work, whatever the last requests have done to those before. */
function renew(): Promise<void> {
  renewing ??= makeAnew().finally(() => {
    renewing = null;
  });
  return renewing;
}

async function makeAnew(): Promise<void> {
  await inDatabase(portal.directory, async () => {
    await ownerCookie();
    await write((tx) => {
      tx.update(portalUsers).set({ disabledAt: null }).where(eq(portalUsers.id, 1)).run();
      setEnterpriseRole(tx, 1, "owner", operator);
    });
    const [name = "", ...rest] = (await ownerCookie()).split("=");
    visitor.cookies.set(name, rest.join("="));
    key = value(await createApiKey({ organization: null, name: "fuzz", expires: null }, operator)).key;
  });
}

/** The routes of the build, "/organizations/[code]". */
const routes = (() => {
  const file = path.join(".next", "server", "app-paths-manifest.json");
  const built = Object.keys(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>);
  return built
    .map((route) => route.replace(/\/\([^/]*\)/g, "").replace(/\/(page|route)$/, "") || "/")
    .filter((route) => !route.startsWith("/api/v1") && !route.startsWith("/_"));
})();

/** A route with something that exists in place of what is variable, or with something that does not. */
function address(route: string): string {
  return route.replace(/\[+(?:\.\.\.)?(\w+)\]+/g, (_, name: string) =>
    random.chance(0.6)
      ? name === "code"
        ? random.pick(["LAW", "art"])
        : String(1 + random.below(20))
      : encodeURIComponent(fuzz.text().toWellFormed()).replace(/^\.+$/, "%2E"),
  );
}

/** Remembers the forms and parameter names of a page. */
function learn(page: string, html: string): void {
  for (const [, name = ""] of html.matchAll(/[?;&]([a-zA-Z]{1,20})=/g)) if (names.size < 200) names.add(name);
  for (const [form] of html.matchAll(/<form[\s\S]*?<\/form>/g)) {
    const fields: [string, string][] = [...form.matchAll(/<(?:input|select|textarea|button)[^>]*>/g)].flatMap(
      ([element]) => {
        const name = /\bname="([^"]*)"/.exec(element)?.[1];
        const fieldValue = /\bvalue="([^"]*)"/.exec(element)?.[1] ?? "";
        return name ? [[unescaped(name), unescaped(fieldValue)] as [string, string]] : [];
      },
    );
    if (!fields.some(([name]) => name.startsWith("$ACTION"))) continue;
    const shape = `${page.replace(/\d+/g, "n")} ${fields.map(([name]) => name).join(" ")}`;
    if (forms.size < 500 || forms.has(shape)) forms.set(shape, { page, fields });
    for (const [name] of fields) if (!name.startsWith("$") && names.size < 200) names.add(name);
  }
}

async function encoded(data: FormData): Promise<{ body: Uint8Array; type: string }> {
  const whole = new Response(data);
  const type = whole.headers.get("content-type") ?? "";
  return { body: new Uint8Array(await whole.arrayBuffer()), type };
}

/** The beginning of a body, or nothing of it. */
const cutOff = (body: Uint8Array) => body.subarray(0, random.chance(0.3) ? 0 : random.below(body.length));

let events = 0;
function event(): Record<string, unknown> {
  events += 1;
  const whole = {
    id: random.chance(0.9) ? `fuzz-${events}` : fuzz.text(),
    organization: random.pick(["LAW", "ART", "law"]),
    member: random.pick(MEMBERS),
    application: random.pick(["essay-coach", "Übersetzer"]),
    credits: random.pick(["0.047", "1", 1.5, "1000000", 5e-5]),
    occurredAt: "2026-11-23T10:00:00Z",
    metadata: { model: "gpt-4o" },
  };
  return random.chance(0.4) ? whole : fuzz.mutated(whole);
}

/** Reports of usage, as JSON and as what should have been. */
function json(): Promise<Answer> {
  const headers: Record<string, string> = {
    authorization: random.chance(0.97) ? `Bearer ${key}` : encodeURIComponent(fuzz.text().toWellFormed()),
    "content-type": random.chance(0.97) ? "application/json" : random.pick(["text/plain", "a", "x/y;z"]),
  };
  const cloud = ({ id, member, ...data }: Record<string, unknown>) =>
    fuzz.mutated({ specversion: "1.0", id, source: "/gateway", type: "ai.usage", subject: member, data });
  const send = (target: string, body: unknown, more: Record<string, string> = {}) => {
    const bytes = fuzz.bytes(JSON.stringify(body) ?? "");
    const isPost = random.chance(0.98);
    return visitor.send(`/api/v1/${target}`, {
      method: isPost ? "POST" : random.pick(["PUT", "DELETE", "PATCH"]),
      headers: { ...headers, ...more },
      // Other methods are refused before the body is read, and a long one then ends with the connection.
      body: isPost ? bytes : bytes.subarray(0, 1_000),
    });
  };
  const kind = random.below(12);
  if (kind < 6) return send("usage", event());
  if (kind < 8)
    return send("usage/batch", fuzz.mutated({ events: Array.from({ length: random.below(30) }, event) }));
  if (kind === 8) return send("events", cloud(event()), { "content-type": "application/cloudevents+json" });
  if (kind === 9) {
    const batch = Array.from({ length: random.below(20) }, () => cloud(event()));
    return send("events", batch, { "content-type": "application/cloudevents-batch+json" });
  }
  if (kind === 10) {
    const attribute = () => encodeURIComponent(fuzz.text().toWellFormed()).slice(0, 1_000);
    const ce = {
      "ce-specversion": "1.0",
      "ce-id": attribute(),
      "ce-source": attribute(),
      "ce-type": "t",
      "ce-subject": attribute(),
    };
    const { id: _, ...data } = event();
    return send("events", data, ce);
  }
  return send(random.pick(["usage", "usage/batch", "events"]), fuzz.json());
}

/** Requests for pages, exports and the usage check with invalid parameters. */
async function queries(): Promise<Answer> {
  if (random.chance(0.15)) {
    return visitor.send(`/api/v1/usage/check?${fuzz.query(["member", "organization", "credits"])}`, {
      headers: { authorization: `Bearer ${key}` },
    });
  }
  const page = address(random.pick(routes));
  const headers: Record<string, string> = random.chance(0.1) ? { rsc: "1" } : {};
  const answer = await visitor.send(`${page}?${fuzz.query([...names])}`, { headers });
  if (answer.status === 200) learn(page, answer.text);
  return answer;
}

const COLUMNS = {
  organizations: ["name", "code", "credit_type", "monthly_allowance_per_member", "status"],
  members: ["organization", "name", "email", "role", "monthly_allowance", "status"],
} as const;
const FILE_KINDS = ["organizations", "members"] as const;

type FileKind = keyof typeof COLUMNS;

/** A file that makes little sense; one in five does, or nothing would ever be imported. */
function file(kind: FileKind): Uint8Array {
  const cell = (column: string) =>
    random.pick(
      {
        credit_type: ["JPY Credits"],
        organization: ["LAW", "ART"],
        status: ["active", "inactive"],
        role: ["admin", "creator", "viewer"],
        email: [`p${random.below(500)}@example.edu`],
        code: [`C${random.below(500)}`],
      }[column] ?? [String(random.below(1_000))],
    );
  if (random.chance(0.2)) return Buffer.from(`${COLUMNS[kind]}\n${COLUMNS[kind].map(cell)}\n`);
  return fuzz.bytes(fuzz.csv(COLUMNS[kind], cell));
}

/** A file is read, checked and, where it is good, imported in this process, by what the server's thread calls. */
async function files(): Promise<{ status: number }> {
  const kind = random.pick(FILE_KINDS);
  const bytes = file(kind);
  const read =
    kind === "members"
      ? importFile(membersImporter, bytes, operator, { db: ownDatabase })
      : importFile(organizationsImporter, bytes, operator, { db: ownDatabase });
  return read.then(
    ({ ok }) => ({ status: ok ? 200 : 400 }),
    (error) => {
      failures.push(`${kind} ${JSON.stringify(Buffer.from(bytes).toString("latin1"))}: ${error}`);
      throw error;
    },
  );
}

/** A file is uploaded, previewed, and sometimes imported. */
async function csv(): Promise<Answer> {
  const kind = random.pick(FILE_KINDS);
  const data = new FormData();
  const upload = new File([file(kind) as BlobPart], fuzz.text().slice(0, 100));
  data.append(random.chance(0.95) ? "file" : "fil", upload);
  const { body, type } = await encoded(data);
  const answer = await visitor.send(`/${kind}/import/upload`, {
    method: "POST",
    headers: { origin: server.url, "content-type": random.chance(0.97) ? type : "multipart/form-data" },
    body: random.chance(0.97) ? body : cutOff(body),
  });
  const preview = answer.headers.location;
  if (answer.status === 303 && preview && new URL(preview, server.url).pathname.includes("/import/")) {
    const page = await visitor.send(preview);
    if (page.status === 200) learn(new URL(preview, server.url).pathname, page.text);
    if (page.status >= 500) return page;
  }
  return answer;
}

const actions = builtActions();

/** A page's form, posted as a browser does or nearly so; or an action called as the page's script does. */
async function action(): Promise<Answer> {
  const choices = [...forms.values()];
  if (choices.length === 0 || random.chance(0.3)) {
    const fields = Object.fromEntries(
      Array.from({ length: random.below(8) }, () => [random.pick([...names]), fuzz.text()]),
    );
    const id = random.chance(0.95)
      ? random.pick(actions).id
      : fuzz.mangle(`60${"a".repeat(40)}`).replace(/[^!-~]/g, "0");
    const page = address(random.pick(routes));
    if (random.chance(0.7)) return visitor.act(page, id, fields, { stateful: random.chance(0.8) });
    return visitor.send(page, {
      method: "POST",
      headers: { origin: server.url, "next-action": id, "content-type": "text/plain;charset=UTF-8" },
      body: fuzz.bytes(JSON.stringify(random.chance(0.5) ? [{}, fuzz.json()] : fuzz.json()) ?? ""),
    });
  }
  const { page, fields } = random.pick(choices);
  const data = new FormData();
  for (const [name, given] of fields) {
    const isOurs = !name.startsWith("$ACTION");
    if (random.chance(isOurs ? 0.05 : 0.01)) continue;
    if (random.chance(isOurs ? 0.4 : 0.02)) data.append(name, fuzz.bodyText());
    else data.append(name, given);
    if (random.chance(0.02)) data.append(name, new File(["x"], "x"));
  }
  if (random.chance(0.1)) data.append(fuzz.text(), fuzz.bodyText());
  const { body, type } = await encoded(data);
  const answer = await visitor.send(page, {
    method: "POST",
    headers: {
      origin: server.url,
      "content-type": random.chance(0.98) ? type : "multipart/form-data; boundary=x",
    },
    body: random.chance(0.98) ? body : cutOff(body),
  });
  if (answer.status === 200) learn(page, answer.text);
  return answer;
}

const KINDS = { json, queries, files, action, csv };
/** Of a hundred requests, uploads aside. Drawing a page, which each form does too, takes as long as five reports. */
const SHARES = { json: 84, queries: 8, action: 4, files: 4 } as const;
const kinds = (Object.keys(SHARES) as (keyof typeof SHARES)[]).flatMap((kind) =>
  Array.from({ length: SHARES[kind] }, () => kind),
);

/** The server's resident memory, in MB; only Linux tells. */
function memory(): number {
  const file = `/proc/${server.process.pid}/status`;
  if (!existsSync(file)) return Number.NaN;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(file, "utf8"))?.[1]) / 1024;
}

const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;

test("no input makes the server fail or grow", async () => {
  const statuses = new Map<string, number>();
  const samples: number[] = [];
  let requests = 0;
  let started = 0;
  let ended = 0;
  const began = performance.now();
  const [serverBegan, clientBegan] = [processorMilliseconds(server.process.pid ?? 0), process.cpuUsage()];

  /** Whether the last `by` passed a multiple of `step`. */
  const passed = (step: number, by: number) => Math.floor(ended / step) > Math.floor((ended - by) / step);

  const one = async () => {
    requests += 1;
    const kind = requests % UPLOAD_EVERY === 0 ? "csv" : random.pick(kinds);
    const eventsBefore = events;
    const answering: Promise<{ status: number; headers?: Answer["headers"] } | null> = KINDS[kind]().catch(
      () => null,
    );
    // Each event of a batch is an input of its own.
    const inputs = Math.max(1, events - eventsBefore);
    started += inputs;
    const answer = await answering;
    ended += inputs;
    if (passed(Math.ceil(INPUTS / SAMPLES), inputs)) samples.push(memory());
    if (passed(20_000, inputs)) {
      const rate = (ended * 1_000) / (performance.now() - began);
      say(`fuzz: ${ended} inputs, ${rate.toFixed()} a second, ${memory().toFixed()} MB`);
    }
    if (answer) {
      const count = `${kind} ${Math.floor(answer.status / 100)}xx`;
      statuses.set(count, (statuses.get(count) ?? 0) + 1);
      if (answer.status === 401 || answer.headers?.location?.includes("/sign-in")) await renew();
    }
  };
  const work = async () => {
    while (started < INPUTS && failures.length < 10) await one();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));

  const seconds = (performance.now() - began) / 1_000;
  const client = process.cpuUsage(clientBegan);
  const perRequest = [
    processorMilliseconds(server.process.pid ?? 0) - serverBegan,
    (client.user + client.system) / 1_000,
  ].map((ms) => (ms / requests).toFixed(1));
  const quarter = Math.floor(samples.length / 4);
  const [early, late] = [median(samples.slice(quarter, 2 * quarter)), median(samples.slice(-quarter))];
  const counts = [...statuses].sort().map(([status, count]) => `${status} ${count}`);
  say(
    `fuzz: ${ended} inputs by ${requests} requests in ${seconds.toFixed()} s, ${(ended / seconds).toFixed()} a second (${counts.join(", ")}), ${forms.size} forms, ${actions.length} actions; a processor for ${perRequest[0]} ms a request in the server and ${perRequest[1]} ms in the client; memory ${early.toFixed()} MB in the second quarter, ${late.toFixed()} MB in the last`,
  );
  expect(failures.join("\n"), server.output().slice(-5_000)).toBe("");
  expect(errorLines.join("\n")).toBe("");
  expect(server.process.exitCode).toBeNull();
  expect((await fetch(`${server.url}/api/health/ready`)).status).toBe(200);
  const unprocessed = await inDatabase(portal.directory, () => {
    return database().select().from(imports).where(like(imports.error, "%could not be processed%")).all();
  });
  expect(unprocessed).toEqual([]);
  for (const kind of Object.keys(KINDS)) {
    expect(
      [...statuses.keys()].some((one) => one.startsWith(`${kind} 2`) || one.startsWith(`${kind} 3`)),
      kind,
    ).toBe(true);
  }
  if (existsSync("/proc")) expect(late).toBeLessThan(early * 1.25 + 100);
  for (const { directory } of [portal, ownPortal]) {
    expect(verifyDatabase(databaseFile(directory)).faults).toBe(0);
  }
});
