import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { write } from "#db/client.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { createEndpoint, setEndpointState } from "#lib/webhooks/commands/endpoints.ts";
import { endpointById } from "#lib/webhooks/commands/records.ts";
import { onlyRules, operator, value } from "#tests/support/builders.ts";
import { inDatabase, removeDirectory } from "#tests/support/database.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";
import { eventually, startServer, type TestServer } from "#tests/support/server.ts";
import { makeSpendingPortal, post } from "#tests/support/spending-portal.ts";

const random = seededRandom("alerts");
/** Each is spent below a fifth of its last allocation by one event. */
const ORGANIZATIONS = 40;
const codes = Array.from({ length: ORGANIZATIONS }, (_, number) => `U${number}`);

let portal: { directory: string; key: string };
let server: TestServer | undefined;

beforeEach(async () => {
  portal = await makeSpendingPortal(Object.fromEntries(codes.map((code) => [code, 100])));
  await inDatabase(portal.directory, async () => {
    await onlyRules("balance_share");
    // Events wait for an endpoint that is suspended, and nothing is sent to it.
    const endpoint = { kind: "webhook", name: "", url: "https://example.edu/hook", events: ["*"] } as const;
    const { id } = value(await createEndpoint(endpoint, operator));
    await write((tx) => {
      const row = endpointById(tx, id);
      if (row) setEndpointState(tx, row, { state: "resting", reason: null }, operator, new Date());
    });
  });
});
afterEach(async () => {
  await server?.kill();
  removeDirectory(portal.directory);
});

/**
 * The codes of the organizations that have the spend, the alert, and an announced alert. `told` is how many alerts the
 * events tell of: one each, or the number that a digest has.
 */
function stored() {
  const sqlite = new Sqlite(path.join(portal.directory, "bursar.sqlite"), { readonly: true });
  const column = (sql: string) => sqlite.prepare(sql).pluck().all() as string[];
  const ofAlerts = "SELECT code FROM alerts a JOIN organizations o ON o.id = a.organization_id";
  const answer = {
    spent: column(
      "SELECT code FROM ledger_entries e JOIN organizations o ON o.id = e.organization_id WHERE kind = 'spend' ORDER BY code",
    ),
    alerted: column(`${ofAlerts} WHERE kind = 'balance_share' ORDER BY code`),
    announced: column(`${ofAlerts} WHERE kind = 'balance_share' AND announced = 1 ORDER BY code`),
    told: Number(
      column(
        `SELECT coalesce(sum(coalesce(json_extract(data, '$.figures.alerts'), 1)), 0) FROM outbox_events
         WHERE type = 'organization.balance_low'`,
      )[0],
    ),
  };
  sqlite.close();
  return answer;
}

test("a kill between leaves a spend with its alert, or neither", async () => {
  const kills = times({ short: 2, long: 200 });
  const left = [...codes];
  for (let kill = 1; kill <= kills && left.length > 0; kill += 1) {
    const running = await startServer({
      directory: portal.directory,
      environment: { API_RATE_LIMIT: "0" },
    });
    server = running;
    const some = left.splice(0, Math.ceil(ORGANIZATIONS / kills));
    let answers = 0;
    const requests = some.map((organization) =>
      post(running.url, portal.key, "usage", {
        id: `event-${organization}`,
        organization,
        member: "ana@example.edu",
        application: "essay-coach",
        credits: "81",
      })
        .then(() => {
          answers += 1;
        })
        .catch(() => null),
    );
    // Some are answered, and the others are anywhere between their arrival and their commit.
    const target = 1 + random.below(some.length - 1);
    await eventually("answers", () => (answers >= target ? true : null));
    await sleep(random.below(5));
    await running.kill();
    await Promise.all(requests);
    const { spent, alerted, announced, told } = stored();
    expect(spent.length).toBeGreaterThanOrEqual(answers);
    expect(alerted).toEqual(spent);
    // The others wait for a digest.
    expect(told).toBe(announced.length);
    expect(told).toBeGreaterThan(0);
    say(`alerts: kill ${kill}: ${spent.length} spends of ${ORGANIZATIONS}, ${told} alerts told of`);
  }
  const report = verifyDatabase(path.join(portal.directory, "bursar.sqlite"));
  expect(report.checks.filter((check) => check.faults > 0)).toEqual([]);
});
