import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from "cloudevents";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import {
  applications,
  creditTypes,
  ledgerEntries,
  members,
  memberships,
  organizations,
} from "#db/schema/index.ts";
import { createApiKey, revokeApiKey } from "#lib/api-keys/commands.ts";
import { plainCredits } from "#lib/credits.ts";
import { parseCsv } from "#lib/csv.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { aCreditType, anOrganization, credits, operator, value } from "#tests/support/builders.ts";
import { run } from "#tests/support/command-line.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { llmRequests } from "#tests/support/llm-requests.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

// The server has the database open; so has the test, as the command line would.
let server: TestServer;
let directory: string;
let before: string | undefined;
/** Of the whole enterprise. */
let key: string;
let pool: number;

const newKey = async (organization: number | null) =>
  value(await createApiKey({ organization, name: "tests", expires: null }, operator));

beforeAll(async () => {
  before = process.env.DATA_DIR;
  directory = makeTemporaryDirectory();
  process.env.DATA_DIR = directory;
  pool = await aCreditType({ name: "SGD Credits", currency: "SGD", available: credits(1_000_000) });
  key = (await newKey(null)).key;
  // The real requests are years old.
  server = await startServer({ directory, environment: { USAGE_MAX_AGE_DAYS: "0" } });
});

afterAll(async () => {
  await server?.stop();
  closeDatabase();
  if (before === undefined) delete process.env.DATA_DIR;
  else process.env.DATA_DIR = before;
  removeDirectory(directory);
});

type Said = { status: number; json: Record<string, unknown>; headers: Headers };

async function send(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  at = server.url,
): Promise<Said> {
  const response = await fetch(`${at}/api/v1/${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

/** Runs all of the work, that many at a time. */
async function atOnce<T>(simultaneous: number, work: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < work.length; index = next++) {
      const one = work[index];
      if (one) results[index] = await one();
    }
  };
  await Promise.all(Array.from({ length: simultaneous }, worker));
  return results;
}

/** `npm run bursar -- verify`, in this process. */
function expectVerified(): void {
  expect(verifyDatabase(databaseFile(directory)).checks.filter(({ faults }) => faults > 0)).toEqual([]);
}

describe("19,366 real requests of members of the universities", () => {
  // The rule: every 100th line of universities.csv is an organization with 5 members; request i is of the organization
  // i mod 83 and of its member floor(i / 83) mod 5, in the application named after the hour. By i mod 3 they are sent
  // singly, in batches of 1,000, and as CloudEvents; of those by turns in binary, in structured and in batched mode.
  const MEMBERS = 5;
  const requests = llmRequests();
  const universities = (() => {
    const parsed = parseCsv(readFileSync("tests/data/universities.csv"));
    if (!parsed.ok) throw new Error(parsed.fault.message);
    const [header, ...rows] = parsed.records.map(({ cells }) => cells);
    const [name = -1, code = -1] = ["name", "code"].map((column) => header?.indexOf(column) ?? -1);
    return rows
      .filter((_, index) => index % 100 === 0)
      .map((cells) => ({ name: cells[name] ?? "", code: cells[code] ?? "" }));
  })();
  const events = requests.map((one, index) => {
    const { code } = universities[index % universities.length] ?? { code: "" };
    const member = Math.floor(index / universities.length) % MEMBERS;
    return {
      id: `llm-${index}`,
      organization: code,
      member: `member${member}@${code.toLowerCase()}.example.edu`,
      application: `chat at ${one.at.getUTCHours()}`,
      credits: plainCredits(one.credits),
      occurredAt: one.at.toISOString(),
      micro: one.credits,
    };
  });
  /** The exact sum of what each of a kind has spent, by another way than the portal's. */
  const sumBy = (kind: "organization" | "member" | "application") => {
    const sums: Record<string, bigint> = {};
    for (const event of events) sums[event[kind]] = (sums[event[kind]] ?? 0n) + event.micro;
    return sums;
  };
  const total = requests.reduce((sum, one) => sum + one.credits, 0n);

  const inBatches = <T>(list: readonly T[], size: number) =>
    Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
      list.slice(index * size, (index + 1) * size),
    );
  const third = (which: number) => events.filter((_, index) => index % 3 === which);
  const plain = ({ micro: _, ...event }: (typeof events)[number]) => event;

  function cloudEvent({ id, member, micro: _, ...data }: (typeof events)[number]) {
    return new CloudEvent({ id, source: "/gateway", type: "ai.usage", subject: member, data });
  }

  /** Sends them all and counts the answers' `status`. */
  async function sendAll(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    const count = (answer: unknown) => {
      const { status, code } = answer as { status?: string; code?: string };
      const outcome = code ?? status ?? "nothing";
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    };
    const countAll = ({ json }: Said) => {
      for (const result of json.results as unknown[]) count(result);
    };
    const sink = `${server.url}/api/v1/events`;
    const options = { headers: { Authorization: `Bearer ${key}` } };
    const emitBy = (mode: Mode) => emitterFor(httpTransport(sink), { binding: HTTP, mode });
    const [binary, structured] = [emitBy(Mode.BINARY), emitBy(Mode.STRUCTURED)];
    const emitted = third(2);
    await atOnce(32, [
      ...third(0).map((event) => async () => count((await send("usage", plain(event))).json)),
      ...inBatches(third(1), 1_000).map(
        (batch) => async () => countAll(await send("usage/batch", { events: batch.map(plain) })),
      ),
      ...emitted
        .filter((_, index) => index % 3 < 2)
        .map((event, index) => async () => {
          const emit = index % 2 === 0 ? binary : structured;
          const { body } = (await emit(cloudEvent(event), options)) as { body: string };
          count(JSON.parse(body));
        }),
      ...inBatches(
        emitted.filter((_, index) => index % 3 === 2),
        500,
      ).map(
        (batch) => async () =>
          countAll(
            await send("events", JSON.stringify(batch.map(cloudEvent)), {
              "Content-Type": "application/cloudevents-batch+json",
            }),
          ),
      ),
    ]);
    return counts;
  }

  const figures = () => {
    const db = database();
    const spent = <T extends { name: string; spent: bigint }>(rows: T[]) =>
      Object.fromEntries(rows.filter((row) => row.spent > 0n).map((row) => [row.name, row.spent]));
    return {
      total: db.select().from(creditTypes).get()?.totalSpent,
      organization: spent(
        db.select({ name: organizations.code, spent: organizations.spent }).from(organizations).all(),
      ),
      member: spent(db.select({ name: members.email, spent: members.spent }).from(members).all()),
      application: spent(
        db
          .select({ name: applications.name, spent: sql<bigint>`sum(${ledgerEntries.amount})` })
          .from(ledgerEntries)
          .innerJoin(applications, eq(applications.id, ledgerEntries.applicationId))
          .groupBy(applications.id)
          .all(),
      ),
      entries: db.select({ id: sql<bigint>`max(id)` }).from(ledgerEntries).get()?.id,
    };
  };

  // Seconds each; a busy machine may need minutes.
  const LIMIT = { timeout: 300_000 };

  it("arrive singly, batched and as CloudEvents, and add up to the last micro-credit", LIMIT, async () => {
    for (const { name, code } of universities) {
      const emails = Array.from(
        { length: MEMBERS },
        (_, index) => `member${index}@${code.toLowerCase()}.example.edu`,
      );
      await anOrganization({ name, code, creditType: pool, members: emails, balance: credits(1_000) });
    }
    expect([universities.length, requests.length]).toEqual([83, 19_366]);
    const began = performance.now();
    expect(await sendAll()).toEqual({ recorded: 19_366 });
    console.log(`19,366 requests in ${Math.round(performance.now() - began)} ms`);
    expect(figures()).toMatchObject({
      total,
      organization: sumBy("organization"),
      member: sumBy("member"),
      application: sumBy("application"),
    });
    expectVerified();
  });

  it("sent again change nothing", LIMIT, async () => {
    const first = figures();
    expect(await sendAll()).toEqual({ duplicate: 19_366 });
    expect(figures()).toEqual(first);
  });
});

describe("100 simultaneous spends of which 37 may be", () => {
  const spendAll = async (organization: string, servers: readonly TestServer[]) => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        send(
          "usage",
          {
            id: `${organization}-${index}`,
            organization,
            member: "ana@example.edu",
            application: "x",
            credits: "1",
          },
          {},
          servers[index % servers.length]?.url,
        ),
      ),
    );
    const counts: Record<string, number> = {};
    for (const { status, json } of answers) {
      const outcome = `${status} ${json.code ?? json.status}`;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    return counts;
  };

  /** Two organizations: one whose balance holds 37, one whose allowance does. */
  async function prepare(name: string): Promise<[balance: string, allowance: string]> {
    const add = (code: string, amount: bigint) =>
      anOrganization({ name: code, code, creditType: pool, members: ["ana@example.edu"], balance: amount });
    await add(`${name}-BALANCE`, credits(37) + 999_999n);
    const id = await add(`${name}-ALLOWANCE`, credits(1_000));
    value(await updateOrganization({ id, name, monthlyAllowance: credits(37) }, operator));
    return [`${name}-BALANCE`, `${name}-ALLOWANCE`];
  }

  async function expectThirtySeven(name: string, servers: readonly TestServer[]): Promise<void> {
    const [balance, allowance] = await prepare(name);
    expect(await spendAll(balance, servers)).toEqual({
      "201 recorded": 37,
      "402 insufficient_credits": 63,
    });
    expect(await spendAll(allowance, servers)).toEqual({ "201 recorded": 37, "402 allowance_exceeded": 63 });
    // Who was recorded is so still, and nobody else.
    expect(await spendAll(balance, servers)).toEqual({
      "200 duplicate": 37,
      "402 insufficient_credits": 63,
    });
    expectVerified();
  }

  it("are 37, on one server", () => expectThirtySeven("ONE", [server]));

  it("are 37, on two servers with one data folder", async () => {
    const second = await startServer({ directory });
    try {
      await expectThirtySeven("TWO", [server, second]);
    } finally {
      await second.stop();
    }
  });
});

describe("over a real connection", () => {
  /** POSTs 11 MB; without Content-Length they come chunked. */
  async function elevenMegabytes(path: string, headers: Record<string, string>) {
    const sent = request(`${server.url}${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
    });
    sent.flushHeaders();
    sent.end(Buffer.alloc(11 * 1024 * 1024, " "));
    const [response] = await once(sent, "response");
    let text = "";
    for await (const chunk of response) text += chunk;
    // The server decides what happens to the rest of the body.
    sent.on("error", () => {});
    sent.destroy();
    return { status: response.statusCode, json: JSON.parse(text) };
  }

  test.each(["/api/v1/usage", "/api/v1/usage/batch", "/api/v1/events"])(
    "413 for 11 MB at %s",
    async (path) => {
      const announced = { "Content-Length": String(11 * 1024 * 1024) };
      for (const headers of [announced, {}]) {
        const answer = await elevenMegabytes(path, headers);
        expect(answer).toMatchObject({ status: 413, json: { code: "content_too_large" } });
      }
      const wrong = { ...announced, Authorization: "Bearer bur_wrong" };
      expect(await elevenMegabytes(path, wrong)).toMatchObject({ status: 401 });
      expect((await fetch(`${server.url}/api/health/ready`)).status).toBe(200);
    },
  );

  it("answers other methods, other paths and broken ones as problems of a client", async () => {
    const ask = (path: string, method = "GET") => fetch(`${server.url}${path}`, { method });
    for (const method of ["GET", "PUT", "PATCH", "DELETE"]) {
      const answer = await ask("/api/v1/usage", method);
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
      expect(await answer.json()).toMatchObject({ code: "method_not_allowed" });
    }
    expect((await ask("/api/v1/usage", "HEAD")).status).toBe(405);
    expect((await ask("/api/v1/usage/check", "HEAD")).status).toBe(401);
    const options = await ask("/api/v1/usage/check", "OPTIONS");
    expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, HEAD, OPTIONS"]);
    for (const path of ["/api/v1", "/api/v1/", "/api/v1/nothing/here", "/api/v1/usage/nothing"]) {
      for (const method of ["GET", "POST"]) {
        const answer = await ask(path, method);
        expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
          ...[path, 404],
          "application/problem+json",
        ]);
      }
    }
    for (const [path, method] of [
      ["/api/v1/%ff", "GET"],
      ["/api/v1/usage/%E0%A4%A", "POST"],
    ] as const) {
      const answer = await ask(path, method);
      expect([path, answer.status, await answer.json()]).toMatchObject([
        path,
        400,
        { code: "invalid_request" },
      ]);
    }
    // An escaped letter is the letter: the API answers, and to applications, which name no origin.
    for (const path of ["/api/v1/%75sage", "/api/v1/usage/b%61tch", "/api/v1/%6eothing"]) {
      const answer = await ask(path, "POST");
      expect([path, answer.headers.get("content-type")]).toEqual([path, "application/problem+json"]);
      expect([401, 404]).toContain(answer.status);
    }
    const document = await ask("/api/v1/openapi.json");
    expect(await document.json()).toMatchObject({ openapi: "3.1.0" });
  });

  it("refuses a key at the next request after another process revoked it", async () => {
    const enterpriseKey = await newKey(null);
    const ask = () =>
      fetch(`${server.url}/api/v1/usage/check?member=no@example.edu&organization=ONE-BALANCE`, {
        headers: { Authorization: `Bearer ${enterpriseKey.key}` },
      });
    const first = await ask();
    expect([first.status, first.headers.get("cache-control")]).toEqual([404, "no-store"]);
    expect(first.headers.get("ratelimit-policy")).toBe('"requests";q=120000;w=60');
    value(await revokeApiKey({ id: enterpriseKey.id }, operator));
    expect((await ask()).status).toBe(401);
    const printed = server.output();
    expect(printed).not.toContain(enterpriseKey.key);
    expect(printed).not.toContain(key);
  });
});

describe("docs/usage-api.md", () => {
  const text = readFileSync("docs/usage-api.md", "utf8");
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, code = ""]) => code);

  async function runExample(command: string, args: string[], url = server.url): Promise<string> {
    const { code, out, err } = await run(command, args, { BURSAR_URL: url, BURSAR_API_KEY: key });
    if (code !== 0) throw new Error(`exit code ${code}: ${err}${out}`);
    return out;
  }
  const runShell = (code: string) => runExample("sh", ["-c", code]);
  const runNode = (code: string) => runExample(process.execPath, ["--input-type=module", "--eval", code]);

  beforeAll(async () => {
    const id = await anOrganization({
      name: "Faculty of Engineering",
      code: "ENG",
      creditType: pool,
      members: ["wei.ling.tan@example.edu"],
      balance: credits(9_953),
    });
    value(
      await updateOrganization(
        { id, name: "Faculty of Engineering", monthlyAllowance: credits(1_000) },
        operator,
      ),
    );
  });

  it("has examples that work as described", async () => {
    const [, recordOne = "", check = "", ...moreShell] = blocks("sh");
    const [report = "", batch = "", sdk = "", emitter = "", cloudBatch = "", ...moreCode] = blocks("js");
    const [recorded = "", spendable = "", ...moreAnswers] = blocks("json");
    expect([moreShell, moreCode, moreAnswers]).toEqual([[], [], []]);

    expect(JSON.parse(await runShell(recordOne))).toEqual(JSON.parse(recorded));
    expect(JSON.parse(await runShell(recordOne))).toMatchObject({ status: "duplicate" });
    const { member, ...rest } = JSON.parse(spendable);
    const checkAnswer = JSON.parse(await runShell(check));
    expect(Object.keys(checkAnswer)).toEqual(Object.keys({ ...rest, member }));
    expect(checkAnswer).toMatchObject({ allowed: true, organization: rest.organization });
    expect(Object.keys(checkAnswer.member)).toEqual(Object.keys(member));

    expect(await runNode(report)).toMatch(/^\d+(\.\d+)?\n$/);
    expect(await runNode(batch)).toBe(
      "batch-1 recorded \nbatch-2 refused invalid_request\nbatch-3 recorded \n2 recorded, 0 duplicate, 1 refused\n",
    );
    expect(await runNode(sdk)).toBe("201 recorded\n");
    expect(await runNode(emitter)).toBe("recorded\n");
    expect(await runNode(cloudBatch)).toBe("recorded recorded\n");
    const spent = database()
      .select({ spent: memberships.spent })
      .from(memberships)
      .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
      .where(eq(organizations.code, "ENG"))
      .get()?.spent;
    // 4 times 0.047, the two of the batch, and those of the batch of CloudEvents.
    expect(plainCredits(spent ?? 0n)).toBe("4.438");
  });

  it("has an example that names the status when a proxy answers with a page", async () => {
    const proxy = createServer((_, response) => {
      response.writeHead(403, { "Content-Type": "text/html" }).end("<h1>Forbidden</h1>");
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const { port } = proxy.address() as AddressInfo;
    try {
      const [report = ""] = blocks("js");
      const args = ["--input-type=module", "--eval", report];
      await expect(runExample(process.execPath, args, `http://127.0.0.1:${port}`)).rejects.toThrow(
        "Error: The portal answered 403.",
      );
    } finally {
      proxy.close();
    }
  });

  it("names every code of a problem", async () => {
    const { PROBLEMS } = await import("#lib/problem.ts");
    for (const [code, [status]] of Object.entries(PROBLEMS)) {
      expect([code, new RegExp(`^\\| [\\d, ]*${status}[\\d, ]* \\|.*\`${code}\``, "m").test(text)]).toEqual([
        code,
        true,
      ]);
    }
  });
});
