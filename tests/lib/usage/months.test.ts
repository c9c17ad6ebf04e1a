import path from "node:path";
import { desc } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { database } from "#db/client.ts";
import { ledgerEntries } from "#db/schema/index.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits } from "#lib/ledger/commands/transfers.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { dayOf } from "#lib/time.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { credits, operator, requestId, spend, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

/** Ana's allowance in LAW. */
const ALLOWANCE = credits(1000);
const useTimeZone = async (timeZone: string) =>
  value(await updateSettings({ enterpriseName: "E", timeZone, dateFormat: "YYYY-MM-DD" }, operator));
const at = (instant: string) => new Date(instant);
const half = (instant: string, now = at("2026-12-15T12:00:00Z")) =>
  spend({ credits: ALLOWANCE / 2n, occurredAt: at(instant), organization: "LAW" }, now);
const lastEntry = () => database().select().from(ledgerEntries).orderBy(desc(ledgerEntries.id)).get();

beforeEach(async () => {
  await makeSmallEnterprise();
  // Enough for three months' allowances.
  value(
    await allocateCredits(
      { organization: 1, amount: credits(5000), note: null, requestId: requestId() },
      operator,
    ),
  );
});

afterEach(() => {
  const report = verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite"));
  expect(report.checks.filter((check) => check.faults > 0)).toEqual([]);
});

/** The first millisecond of a month there, and that month. */
const BEGINNINGS: [zone: string, first: string, month: string][] = [
  ["UTC", "2026-12-01T00:00:00.000Z", "2026-12"],
  ["America/New_York", "2026-03-01T05:00:00.000Z", "2026-03"],
  // Still daylight saving time, whose last hours these are.
  ["America/New_York", "2026-11-01T04:00:00.000Z", "2026-11"],
  ["America/New_York", "2026-12-01T05:00:00.000Z", "2026-12"],
  ["Europe/Berlin", "2026-03-31T22:00:00.000Z", "2026-04"],
  ["Europe/Berlin", "2026-10-31T23:00:00.000Z", "2026-11"],
  ["Asia/Singapore", "2026-11-30T16:00:00.000Z", "2026-12"],
  ["Asia/Singapore", "2025-12-31T16:00:00.000Z", "2026-01"],
  // Daylight saving time of half an hour.
  ["Australia/Lord_Howe", "2026-03-31T13:00:00.000Z", "2026-04"],
  ["Australia/Lord_Howe", "2026-04-30T13:30:00.000Z", "2026-05"],
  // Samoa had just left out 30 December.
  ["Pacific/Apia", "2011-12-31T10:00:00.000Z", "2012-01"],
  ["Pacific/Kiritimati", "2026-11-30T10:00:00.000Z", "2026-12"],
  ["UTC", "2028-03-01T00:00:00.000Z", "2028-03"],
  ["UTC", "2028-02-01T00:00:00.000Z", "2028-02"],
];

describe("a month begins at midnight of the enterprise's time zone", () => {
  test.each(BEGINNINGS)("%s at %s", async (zone, first, month) => {
    await useTimeZone(zone);
    const before = new Date(at(first).getTime() - 1).toISOString();
    const now = at("2028-04-01T00:00:00Z");
    // Each month has its own allowance, once, whichever is spent first.
    expect(await half(first, now)).toMatchObject({ ok: true });
    expect(await half(before, now)).toMatchObject({ ok: true });
    expect(await half(before, now)).toMatchObject({ ok: true, value: { member: { remaining: 0n } } });
    expect(await half(before, now)).toMatchObject({ ok: false, code: "allowance_exceeded" });
    expect(await half(first, now)).toMatchObject({ ok: true, value: { member: { remaining: 0n } } });
    const refused = await spend({ credits: 1n, occurredAt: at(first) }, now);
    expect(refused).toMatchObject({ ok: false, code: "allowance_exceeded" });
    expect(refused.ok ? "" : refused.message).toContain(` 0 of 1000 credits left in ${month};`);
    expect(await spend({ credits: 1n, occurredAt: at(before) }, now)).toMatchObject({ ok: false });
  });

  test("29 February is of February", async () => {
    await half("2028-02-29T23:59:59.999Z", at("2028-03-02T00:00:00Z"));
    expect(lastEntry()?.day).toBe(20280229);
  });
});

test.each([
  ["America/New_York", 2026, 365],
  ["Europe/Berlin", 2026, 365],
  ["Asia/Singapore", 2026, 365],
  ["Australia/Lord_Howe", 2026, 365],
  ["Europe/Berlin", 2028, 366],
  // Samoa has never seen 30 December 2011.
  ["Pacific/Apia", 2011, 364],
])("%s in %i: %i days, each after the one before, whatever the clock is put to", (zone, year, days) => {
  const seen: number[] = [];
  for (let hour = -15 * 4; hour < 367 * 24 * 4; hour += 1) {
    const day = dayOf(new Date(Date.UTC(year, 0, 1) + hour * 900_000), zone);
    if (Math.floor(day / 10_000) !== year) continue;
    if (seen.at(-1) !== day) seen.push(day);
  }
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(new Set(seen).size).toBe(days);
  expect(seen).toHaveLength(days);
  expect(seen.includes(20111230)).toBe(false);
});

describe("late and early", () => {
  it("counts a late event in the month in which it occurred, not in that of its arrival", async () => {
    await useTimeZone("Asia/Singapore");
    const now = at("2026-12-05T00:00:00Z");
    value(await half("2026-11-20T00:00:00Z", now));
    expect(await spend({ credits: ALLOWANCE }, now)).toMatchObject({
      ok: true,
      value: { member: { spentThisMonth: ALLOWANCE, remaining: 0n } },
    });
    expect(await half("2026-11-21T00:00:00Z", now)).toMatchObject({ ok: true });
    expect(await half("2026-11-22T00:00:00Z", now)).toMatchObject({ code: "allowance_exceeded" });
  });

  it("gives allowance back in the month of the reversed entry, whenever it is reversed", async () => {
    await useTimeZone("America/New_York");
    const now = at("2027-01-02T12:00:00Z");
    value(await half("2026-12-01T04:59:59.999Z", now));
    const entry = lastEntry()?.id ?? 0;
    value(await half("2026-11-02T12:00:00Z", now));
    value(await spend({ credits: ALLOWANCE, occurredAt: at("2026-12-01T05:00:00Z") }, now));
    expect(await half("2026-11-03T12:00:00Z", now)).toMatchObject({ code: "allowance_exceeded" });
    // Another time zone by then: the entry stays in its day.
    await useTimeZone("Pacific/Kiritimati");
    value(await reverseEntry({ entry, note: null, requestId: requestId() }, operator, now));
    expect(lastEntry()).toMatchObject({ kind: "reversal", day: 20261130 });
    expect(await half("2026-11-03T12:00:00Z", now)).toMatchObject({ ok: true });
    expect(await half("2026-12-03T12:00:00Z", now)).toMatchObject({ code: "allowance_exceeded" });
  });

  it("keeps each month's allowance when the clock is set back and forward by a day", async () => {
    await useTimeZone("Europe/Berlin");
    const noon = (day: string) => at(`${day}T11:00:00Z`);
    const spendAll = (now: Date) => spend({ credits: ALLOWANCE }, now);
    expect(await spendAll(noon("2026-12-01"))).toMatchObject({ ok: true });
    // Set back into November, whose allowance is still there, once.
    expect(await spendAll(noon("2026-11-30"))).toMatchObject({ ok: true });
    expect(await spendAll(noon("2026-11-30"))).toMatchObject({ code: "allowance_exceeded" });
    // Forward again, and one day too far: still December.
    expect(await spendAll(noon("2026-12-01"))).toMatchObject({ code: "allowance_exceeded" });
    expect(await spendAll(noon("2026-12-02"))).toMatchObject({ code: "allowance_exceeded" });
    expect(await spendAll(noon("2027-01-01"))).toMatchObject({ ok: true });
  });

  it("answers a repeat as the first time, although zone and allowance have changed since", async () => {
    const now = at("2026-11-30T20:00:00Z");
    const id = requestId();
    const first = value(await spend({ id, credits: ALLOWANCE }, now));
    await useTimeZone("Asia/Singapore");
    const again = value(await spend({ id, credits: ALLOWANCE }, at("2026-12-24T00:00:00Z")));
    expect(again).toEqual({ ...first, status: "duplicate" });
    // In Singapore it was December already; the entry stays where it was recorded.
    expect(await spend({ credits: ALLOWANCE }, now)).toMatchObject({ ok: true });
  });
});
