import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { leaveTimeInDay } from "#tests/support/clock.ts";
import { removeDirectory } from "#tests/support/database.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";
import { type Answer, makeSpendingPortal, post } from "#tests/support/spending-portal.ts";

const random = seededRandom("same id");
const AT_ONCE = 100;

let portal: { directory: string; key: string };
let file: string;
let servers: TestServer[];

// "Spent this month" grows from round to round.
beforeAll(() => leaveTimeInDay(), 240_000);
beforeEach(async () => {
  portal = await makeSpendingPortal({ LAW: 1_000_000 });
  file = path.join(portal.directory, "bursar.sqlite");
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.kill();
  removeDirectory(portal.directory);
});

async function start(): Promise<TestServer> {
  const server = await startServer({
    directory: portal.directory,
    environment: { API_RATE_LIMIT: "0" },
  });
  servers.push(server);
  return server;
}

const event = (id: string) => ({
  id,
  organization: "LAW",
  member: "ana@example.edu",
  application: "essay-coach",
  credits: "1.5",
});

/**
 * The same event a hundred times at once: singles, and within batches. `onAnswer` is told how many were answered.
 *
 * @returns an answer each, or null where none came.
 */
function sendAll(
  urls: readonly string[],
  id: string,
  onAnswer: (answered: number) => void = () => {},
): Promise<(Answer | null)[]> {
  let answered = 0;
  return Promise.all(
    Array.from({ length: AT_ONCE }, async (_, number) => {
      const url = urls[number % urls.length] ?? "";
      const single = number % 5 !== 0;
      const sent = single ? event(id) : { events: [event(id)] };
      const answer = await post(url, portal.key, single ? "usage" : "usage/batch", sent).catch(() => null);
      if (!answer) return null;
      answered += 1;
      onAnswer(answered);
      if (single) return answer;
      const [result = {}] = answer.body.results as Record<string, unknown>[];
      return { status: result.status === "recorded" ? 201 : answer.status, body: result };
    }),
  );
}

/** One was recorded, at most; the others are its duplicates, in the same words. */
function expectEqual(answers: readonly Answer[]): void {
  const recorded = answers.filter((answer) => answer.status === 201);
  expect(recorded.length).toBeLessThanOrEqual(1);
  for (const answer of answers) {
    const status = answer.status === 201 ? "recorded" : "duplicate";
    expect([200, 201]).toContain(answer.status);
    expect(answer.body).toEqual({ ...answers[0]?.body, status });
  }
}

/** @returns how many entries the ids have, and verifies the rest. */
function entriesOf(ids: readonly string[]): number {
  const sqlite = new Sqlite(file, { readonly: true });
  const count = sqlite
    .prepare("SELECT count(*) FROM ledger_entries WHERE external_id IN (SELECT value FROM json_each(?))")
    .pluck()
    .get(JSON.stringify(ids));
  sqlite.close();
  expect(verifyDatabase(file).faults).toBe(0);
  return Number(count);
}

test("the same id 100 times at once, at two servers: one entry, 100 equal answers", async () => {
  const urls = (await Promise.all([start(), start()])).map((server) => server.url);
  const ids = Array.from({ length: times({ short: 3, long: 1_000 }) }, (_, round) => `same-${round}`);
  for (const [round, id] of ids.entries()) {
    const answers = (await sendAll(urls, id)).filter((answer) => answer !== null);
    expect(answers).toHaveLength(AT_ONCE);
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expectEqual(answers);
    expect(answers[0]?.body).toMatchObject({
      id,
      credits: "1.5",
      organization: { code: "LAW", balance: String(1_000_000 - 1.5 * (round + 1)) },
      member: { email: "ana@example.edu", spentThisMonth: String(1.5 * (round + 1)) },
    });
  }
  expect(entriesOf(ids)).toBe(ids.length);
  say(`same id: ${ids.length} × ${AT_ONCE} at two servers, ${ids.length} entries, all answers equal`);
});

test("the same id 100 times at once, across a kill: one entry, equal answers before and after", async () => {
  const ids = Array.from({ length: times({ short: 2, long: 100 }) }, (_, round) => `killed-${round}`);
  let server = await start();
  let before = 0;
  for (const id of ids) {
    // The first requests of a new server take longer than all others.
    await sendAll([server.url], `${id}-before`);
    // Before the first answer, after the last, or in between.
    const enough = random.below(AT_ONCE + 1);
    const { promise: isTime, resolve } = Promise.withResolvers<void>();
    const sending = sendAll([server.url], id, (count) => count === enough && resolve());
    if (enough === 0) setTimeout(resolve, random.below(50));
    await isTime;
    await server.kill();
    const answered = (await sending).filter((answer) => answer !== null);
    before += answered.length;
    server = await start();
    const again = (await sendAll([server.url], id)).filter((answer) => answer !== null);
    expect(again).toHaveLength(AT_ONCE);
    expectEqual([...answered, ...again]);
    expect(entriesOf([id])).toBe(1);
  }
  expect(entriesOf(ids)).toBe(ids.length);
  say(
    `same id: ${ids.length} × ${AT_ONCE} across a kill, ${before} answered before it, ${ids.length} entries, all answers equal`,
  );
});
