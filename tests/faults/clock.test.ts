import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { plainCredits } from "#lib/credits.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { credits, operator, value } from "#tests/support/builders.ts";
import { inDatabase, removeDirectory } from "#tests/support/database.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";
import { eventually, startServer, type TestServer } from "#tests/support/server.ts";
import { MEMBERS, makeSpendingPortal, post } from "#tests/support/spending-portal.ts";

const random = seededRandom("clock");
const ALLOWANCE = credits(1_000);
const [MEMBER] = MEMBERS;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Singapore",
  "Australia/Lord_Howe",
  "Pacific/Apia",
];
const FROM = Date.UTC(2027, 11, 1);
const UNTIL = Date.UTC(2029, 2, 1);

const formats = new Map(
  ZONES.map((zone) => [
    zone,
    new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      hourCycle: "h23",
    }),
  ]),
);

/** The calendar there, without the product's own code. */
function local(at: number, zone: string): { month: number; offset: number } {
  const parts = formats.get(zone)?.formatToParts(at) ?? [];
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"));
  return { month: of("year") * 100 + of("month"), offset: wall - Math.floor(at / 60_000) * 60_000 };
}

/** The first instant after which `what` differs, in the hour that begins at `hour`. */
function turn(hour: number, what: (at: number) => number): number {
  let [before, after] = [hour, hour + HOUR];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (what(middle) === what(hour)) before = middle;
    else after = middle;
  }
  return after;
}

/** Where a clock may go wrong there: beginnings of months, changes to and from daylight saving time, 29 February. */
function turningPoints(zone: string): number[] {
  const points = [
    Date.UTC(2028, 1, 29) - local(FROM, zone).offset,
    Date.UTC(2028, 2, 1) - local(FROM, zone).offset,
  ];
  const month = (at: number) => local(at, zone).month;
  const offset = (at: number) => local(at, zone).offset;
  for (let hour = FROM; hour < UNTIL; hour += HOUR) {
    for (const what of [month, offset]) {
      if (what(hour) !== what(hour + HOUR)) points.push(turn(hour, what));
    }
  }
  return points;
}

let portal: { directory: string; key: string };
let file: string;
let clock: string;
let server: TestServer;

beforeEach(async () => {
  portal = await makeSpendingPortal({ LAW: 1_000_000 });
  file = path.join(portal.directory, "bursar.sqlite");
  clock = path.join(portal.directory, "clock");
  setClock(FROM);
  await inDatabase(portal.directory, async () =>
    value(await updateOrganization({ id: 1, name: "LAW", monthlyAllowance: ALLOWANCE }, operator)),
  );
  server = await startServer({
    directory: portal.directory,
    environment: { API_RATE_LIMIT: "0", USAGE_MAX_AGE_DAYS: "0", CLOCK_FILE: clock },
    nodeOptions: [`--import=${path.resolve("tests/support/set-clock.mjs")}`],
  });
});
afterEach(async () => {
  await server.stop();
  rmSync(clock, { force: true });
  removeDirectory(portal.directory);
});

/** Sets the server's clock. The file is replaced whole, because the server reads it all the time. */
function setClock(at: number): void {
  writeFileSync(`${clock}.new`, String(Math.round(at - Date.now())));
  renameSync(`${clock}.new`, clock);
}

const useTimeZone = (timeZone: string) =>
  inDatabase(portal.directory, async () =>
    value(await updateSettings({ enterpriseName: "E", timeZone, dateFormat: "YYYY-MM-DD" }, operator)),
  );

test("each month has its allowance once, wherever the server's clock is put", async () => {
  const points = new Map(ZONES.map((zone) => [zone, turningPoints(zone)]));
  // Fifteen or more months begin, and six zones but three have daylight saving time.
  expect(points.get("UTC")).toHaveLength(17);
  expect(points.get("Europe/Berlin")?.length).toBeGreaterThan(18);
  const spent = new Map<number, bigint>();
  const spends = times({ short: 100, long: 20_000 });
  let zone = "UTC";
  let at = FROM;
  let refused = 0;
  let moves = 0;
  for (let n = 0; n < spends; n += 1) {
    if (n % 25 === 0) {
      zone = random.pick(ZONES);
      await useTimeZone(zone);
    }
    if (random.chance(0.4)) {
      moves += 1;
      // A day back or forward from where it is; or near a turning point, on either side.
      if (random.chance(0.4)) at += random.pick([-DAY, DAY]);
      else at = random.pick(points.get(zone) ?? []) + random.pick([-DAY, -HOUR, -60_000, 500, HOUR, DAY]);
    }
    setClock(at);
    // A late event counts in the month in which it occurred.
    const occurredAt = random.chance(0.2) ? random.pick(points.get(zone) ?? []) - random.pick([1, 0]) : at;
    if (occurredAt > at) continue;
    const { month } = local(occurredAt, zone);
    const before = spent.get(month) ?? 0n;
    const amount = random.pick([ALLOWANCE - before, ALLOWANCE - before + 1n, 1n, credits(400), credits(999)]);
    if (amount <= 0n) continue;
    const answer = await post(server.url, portal.key, "usage", {
      id: `clock-${n}`,
      organization: "LAW",
      member: MEMBER,
      application: "essay-coach",
      credits: plainCredits(amount),
      ...(occurredAt !== at && { occurredAt: new Date(occurredAt).toISOString() }),
    });
    const where = `${new Date(occurredAt).toISOString()} in ${zone}`;
    if (before + amount > ALLOWANCE) {
      refused += 1;
      expect([answer.status, answer.body.code], where).toEqual([402, "allowance_exceeded"]);
    } else {
      spent.set(month, before + amount);
      expect(answer, where).toMatchObject({
        status: 201,
        body: {
          member: {
            spentThisMonth: plainCredits(before + amount),
            remaining: plainCredits(ALLOWANCE - before - amount),
          },
        },
      });
    }
  }

  const sqlite = new Sqlite(file, { readonly: true });
  const sums = sqlite
    .defaultSafeIntegers(true)
    .prepare("SELECT month, spent FROM membership_months WHERE spent > 0 ORDER BY month")
    .all() as { month: bigint; spent: bigint }[];
  sqlite.close();
  expect(new Map(sums.map((row) => [Number(row.month), row.spent]))).toEqual(
    new Map([...spent].sort(([a], [b]) => a - b)),
  );
  for (const sum of spent.values()) expect(sum).toBeLessThanOrEqual(ALLOWANCE);
  expect(verifyDatabase(file).faults).toBe(0);
  const full = [...spent.values()].filter((sum) => sum === ALLOWANCE).length;
  say(
    `clock: set ${moves} times in ${ZONES.length} time zones; ${spent.size} months, ${full} of them spent to the last millionth, ${refused} spends over an allowance refused`,
  );
  expect(full).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});

test("what was spent in 30 days follows the server's clock, forward and back", async () => {
  const sum = () => {
    const sqlite = new Sqlite(file, { readonly: true });
    try {
      return sqlite.prepare("SELECT spent_last_30_days FROM organizations WHERE id = 1").pluck().get();
    } finally {
      sqlite.close();
    }
  };
  const becomes = (expected: number) =>
    eventually(`the sum to be ${expected}`, () => (sum() === expected ? true : null));
  const event = { id: "clock-30", organization: "LAW", member: MEMBER, application: "essay-coach" };
  expect(await post(server.url, portal.key, "usage", { ...event, credits: "5" })).toMatchObject({
    status: 201,
  });
  expect(sum()).toBe(5_000_000);
  setClock(FROM + 31 * DAY);
  await becomes(0);
  setClock(FROM + 29 * DAY);
  await becomes(5_000_000);
  expect(verifyDatabase(file).faults).toBe(0);
});
