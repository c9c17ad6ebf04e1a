import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { credits, operator, value } from "#tests/support/builders.ts";
import { inDatabase, removeDirectory } from "#tests/support/database.ts";
import { say, times } from "#tests/support/faults.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";
import { MEMBERS, makeSpendingPortal, post } from "#tests/support/spending-portal.ts";

const SERVERS = 2;
const CLIENTS = 50;
/** The available credits, whole. */
const WHOLE = times({ short: 300, long: 50_000 });

let portal: { directory: string; key: string };
let file: string;
let servers: TestServer[] = [];

beforeEach(async () => {
  portal = await makeSpendingPortal({ LAW: WHOLE });
  file = path.join(portal.directory, "bursar.sqlite");
});
afterEach(async () => {
  for (const server of servers) await server.stop();
  servers = [];
  removeDirectory(portal.directory);
});

type Tally = { recorded: number; refused: number; slowestMs: number; others: unknown[] };

/** One credit after the other, now and then ten at once, until this is refused with nothing left. */
async function spendUntilRefused(url: string, name: string, members: readonly string[], tally: Tally) {
  let left = 1;
  for (let round = 0; left > 0; round += 1) {
    const events = Array.from({ length: round % 7 === 6 ? 10 : 1 }, (_, number) => ({
      id: `${name}-${round}-${number}`,
      organization: "LAW",
      member: members[(round + number) % members.length],
      application: "essay-coach",
      credits: "1",
    }));
    const startedAt = performance.now();
    const answer =
      events.length === 1
        ? await post(url, portal.key, "usage", events[0])
        : await post(url, portal.key, "usage/batch", { events });
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedAt);
    const results =
      events.length === 1 ? [answer.body] : ((answer.body.results ?? []) as Record<string, unknown>[]);
    if (results.length !== events.length) tally.others.push(answer);
    for (const result of results) {
      const { code } = (result.error ?? result) as { code?: string };
      if (result.status === "recorded") tally.recorded += 1;
      else if (code === "insufficient_credits" || code === "allowance_exceeded") {
        tally.refused += 1;
        left = 0;
      } else tally.others.push(result);
    }
    if (tally.others.length > 0) return;
  }
}

/** Two servers, fifty clients each. */
async function spendAll(members: readonly string[]): Promise<Tally> {
  const options = { directory: portal.directory, environment: { API_RATE_LIMIT: "0" } };
  servers = await Promise.all(Array.from({ length: SERVERS }, () => startServer(options)));
  const tally: Tally = { recorded: 0, refused: 0, slowestMs: 0, others: [] };
  await Promise.all(
    servers.flatMap(({ url }, server) =>
      Array.from({ length: CLIENTS }, (_, client) =>
        spendUntilRefused(url, `${server}-${client}`, members, tally),
      ),
    ),
  );
  // Every answer was one of two: recorded, or nothing left.
  expect(tally.others).toEqual([]);
  expect(tally.refused).toBeGreaterThanOrEqual(SERVERS * CLIENTS);
  expect(verifyDatabase(file).faults).toBe(0);
  return tally;
}

function read<T>(query: string): T {
  const sqlite = new Sqlite(file, { readonly: true });
  try {
    return sqlite.prepare(query).pluck().get() as T;
  } finally {
    sqlite.close();
  }
}

test("two servers, 50 clients each, one balance: spent to the last credit, not one more", async () => {
  const tally = await spendAll(MEMBERS);
  expect(tally.recorded).toBe(WHOLE);
  expect(read("SELECT balance FROM organizations")).toBe(0);
  expect(read("SELECT spent FROM organizations")).toBe(WHOLE * 1_000_000);
  expect(read("SELECT min(balance_after) FROM ledger_entries")).toBe(0);
  say(
    `two servers: ${tally.recorded} of ${WHOLE} credits spent by ${SERVERS * CLIENTS} clients, ${tally.refused} refused for want of credits, no other answer, slowest ${Math.round(tally.slowestMs)} ms`,
  );
});

test("two servers, 50 clients each, one member's allowance: spent to the last credit, not one more", async () => {
  const allowance = Math.ceil(WHOLE / 2);
  await inDatabase(portal.directory, async () =>
    value(
      await updateOrganization(
        { id: 1, name: "LAW", code: "LAW", creditType: 1, monthlyAllowance: credits(allowance) },
        operator,
      ),
    ),
  );
  const tally = await spendAll([MEMBERS[0]]);
  expect(tally.recorded).toBe(allowance);
  expect(read("SELECT spent FROM membership_months")).toBe(allowance * 1_000_000);
  say(
    `two servers: ${tally.recorded} of an allowance of ${allowance} credits spent by ${SERVERS * CLIENTS} clients, ${tally.refused} refused, no other answer, slowest ${Math.round(tally.slowestMs)} ms`,
  );
});
