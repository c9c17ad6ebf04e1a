import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { removeDirectory } from "#tests/support/database.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";
import { eventually, launchServer, startServer, type TestServer } from "#tests/support/server.ts";
import { MEMBERS, makeSpendingPortal, post, type SentEvent } from "#tests/support/spending-portal.ts";

const random = seededRandom("kill");
const ORGANIZATIONS = { LAW: 1_000_000, ART: 1_000_000 };
const CLIENTS = 8;
/** One kill in this number comes while the server is still starting. */
const DURING_START = 8;

let portal: { directory: string; key: string };
let file: string;
let server: TestServer | undefined;

beforeEach(async () => {
  portal = await makeSpendingPortal(ORGANIZATIONS);
  file = path.join(portal.directory, "bursar.sqlite");
});
afterEach(async () => {
  await server?.kill();
  removeDirectory(portal.directory);
});

/** A request that must be answered some day: one event, or a batch. */
type Request = { path: "usage" | "usage/batch"; events: SentEvent[] };

/** The state of a client: everything it sent, what was acknowledged, and what it must send again. */
class Client {
  readonly sent = new Map<string, SentEvent>();
  readonly acknowledged = new Set<string>();
  unanswered: Request | null = null;
  repeats = 0;
  readonly name: string;
  private events = 0;

  constructor(name: string) {
    this.name = name;
  }

  private event(): SentEvent {
    this.events += 1;
    const event = {
      id: `${this.name}-${this.events}`,
      organization: random.pick(Object.keys(ORGANIZATIONS)),
      member: random.pick(MEMBERS),
      application: random.pick(["essay-coach", "Übersetzer"]),
      credits: `0.${String(1 + random.below(999_999)).padStart(6, "0")}`,
    };
    this.sent.set(event.id, event);
    return event;
  }

  private next(): Request {
    if (random.chance(0.75)) return { path: "usage", events: [this.event()] };
    return {
      path: "usage/batch",
      events: Array.from({ length: 1 + random.below(20) }, () => this.event()),
    };
  }

  /** Sends one request after the other until the server is gone; the last stays unanswered. */
  async work(url: string): Promise<void> {
    for (;;) {
      const again = this.unanswered !== null;
      const request = this.unanswered ?? this.next();
      this.unanswered = request;
      const single = request.path === "usage";
      const body = single ? request.events[0] : { events: request.events };
      const answer = await post(url, portal.key, request.path, body).catch(() => null);
      if (!answer) return;
      if (!single) expect(answer).toMatchObject({ status: 200 });
      const results = single ? [answer.body] : (answer.body.results as Record<string, unknown>[]);
      expect(results.map((result) => result.id)).toEqual(request.events.map((event) => event.id));
      for (const [position, { status, credits }] of results.entries()) {
        // Only what was sent before may have been recorded before.
        expect(again ? ["recorded", "duplicate"] : ["recorded"]).toContain(status);
        expect(Number(credits)).toBe(Number(request.events[position]?.credits));
        if (status === "duplicate") this.repeats += 1;
      }
      for (const event of request.events) this.acknowledged.add(event.id);
      this.unanswered = null;
    }
  }
}

const acknowledgedBy = (clients: readonly Client[]) =>
  clients.reduce((sum, client) => sum + client.acknowledged.size, 0);

/** @throws what one of them found wrong, once all have ended. */
async function allWork(clients: readonly Client[], url: string): Promise<void> {
  const ends = await Promise.allSettled(clients.map((client) => client.work(url)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

const micros = (credits: string) => BigInt(credits.replace(".", ""));

/** Nothing acknowledged is lost, nothing is there twice or was never sent, and every figure is that of the entries. */
function expectKept(clients: readonly Client[]): number {
  const sqlite = new Sqlite(file, { readonly: true });
  sqlite.defaultSafeIntegers(true);
  const rows = sqlite
    .prepare(
      `SELECT external_id AS id, amount, code, email FROM ledger_entries
       JOIN organizations ON organizations.id = ledger_entries.organization_id
       JOIN memberships ON memberships.id = ledger_entries.membership_id
       JOIN members ON members.id = memberships.member_id
       WHERE kind = 'spend'`,
    )
    .all() as { id: string; amount: bigint; code: string; email: string }[];
  const balance = sqlite.prepare("SELECT sum(balance) FROM organizations").pluck().get();
  sqlite.close();

  const recorded = new Map(rows.map((row) => [row.id, row]));
  expect(recorded.size, "doubled").toBe(rows.length);
  const lost = clients.flatMap((client) => [...client.acknowledged].filter((id) => !recorded.has(id)));
  expect(lost, "acknowledged, and lost").toEqual([]);
  const sent = new Map(clients.flatMap((client) => [...client.sent]));
  let spent = 0n;
  for (const { id, amount, code, email } of rows) {
    spent += amount;
    const event = sent.get(id);
    const eventColumns = event && [micros(event.credits), event.organization, event.member];
    expect([amount, code, email], id).toEqual(eventColumns);
  }
  const total = Object.values(ORGANIZATIONS).reduce((sum, one) => sum + BigInt(one), 0n) * 1_000_000n;
  expect(balance).toBe(total - spent);

  const report = verifyDatabase(file);
  expect(report.checks.filter((check) => check.faults > 0)).toEqual([]);
  return rows.length;
}

test("what was acknowledged outlasts SIGKILL at a random moment, once", async () => {
  const kills = times({ short: 3, long: 1_000 });
  const clients = Array.from({ length: CLIENTS }, (_, number) => new Client(`client-${number}`));
  const started = performance.now();
  let entries = 0;
  for (let kill = 1; kill <= kills; kill += 1) {
    const options = { directory: portal.directory, environment: { API_RATE_LIMIT: "0" } };
    const starting = kill % DURING_START === 0;
    server = starting ? await launchServer(options) : await startServer(options);
    const { url } = server;
    const before = acknowledgedBy(clients);
    const working = starting ? null : allWork(clients, url);
    if (working) {
      const first = eventually("a first answer", () => acknowledgedBy(clients) > before || null);
      await Promise.race([first, working]);
    }
    await sleep(starting ? random.below(2_000) : random.below(400));
    expect(server.process.exitCode, server.output()).toBeNull();
    const ended = once(server.process, "exit");
    await server.kill();
    expect((await ended)[1]).toBe("SIGKILL");
    await working;
    entries = expectKept(clients);
    if (kill % 50 === 0) say(`kill: ${kill} kills, ${entries} entries, 0 lost, 0 doubled, verify clean`);
  }

  // At last, everything that was ever sent is answered.
  server = await startServer({ directory: portal.directory, environment: { API_RATE_LIMIT: "0" } });
  const { url } = server;
  const working = allWork(clients, url);
  await sleep(500);
  await server.stop();
  await working;
  entries = expectKept(clients);
  const repeats = clients.reduce((sum, client) => sum + client.repeats, 0);
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  say(
    `kill: ${kills} kills in ${minutes} min; ${acknowledgedBy(clients)} events acknowledged, 0 lost, ` +
      `${entries} entries, 0 doubled; ${repeats} had been recorded without their answer, and were answered as duplicates`,
  );
  expect(acknowledgedBy(clients)).toBeGreaterThan(kills);
});
