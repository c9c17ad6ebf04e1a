import { describe, expect, it } from "vitest";
import {
  endpointPauseAfter,
  mustSuspend,
  pauseAfter,
  pauseDuringTry,
  retryAfterMs,
  TRIES_MAX,
} from "#lib/webhooks/rules/retries.ts";

const HOUR_MS = 3_600_000;
const middle = () => 0.5;
const all = (random: () => number) =>
  Array.from({ length: TRIES_MAX }, (_, index) => pauseAfter(index + 1, random));

describe("the pauses of a delivery", () => {
  it("make eight tries over 24 hours", () => {
    expect(all(middle)).toEqual([
      10_000,
      60_000,
      300_000,
      1_800_000,
      7_200_000,
      21_600_000,
      55_430_000,
      null,
    ]);
    const sum = all(middle).reduce<number>((total, pause) => total + (pause ?? 0), 0);
    expect(sum).toBe(24 * HOUR_MS);
  });

  it("are up to a tenth shorter or longer", () => {
    expect(all(() => 0)[0]).toBe(9_000);
    expect(all(() => 1)[0]).toBe(11_000);
  });
});

it("a try puts the delivery off by the pause of its failure, and the last try by the longest", () => {
  expect([0, 1, 6, 7].map((tries) => pauseDuringTry(tries, middle))).toEqual([
    10_000, 60_000, 55_430_000, 55_430_000,
  ]);
  expect(pauseDuringTry(0, () => 1)).toBe(11_000);
});

describe("the pause of an endpoint", () => {
  it("begins with five failures in a row, doubles, and is an hour at most", () => {
    const pauses = [0, 1, 4, 5, 6, 7, 11, 12, 13, 50].map((failures) => endpointPauseAfter(failures, middle));
    expect(pauses).toEqual([0, 0, 0, 30_000, 60_000, 120_000, 1_920_000, HOUR_MS, HOUR_MS, HOUR_MS]);
  });

  it("is never longer than the pause of a delivery that is alone", () => {
    for (let failures = 5; failures < TRIES_MAX; failures += 1) {
      expect(endpointPauseAfter(failures, () => 1)).toBeLessThan(pauseAfter(failures, () => 0) ?? 0);
    }
  });
});

describe("the header Retry-After", () => {
  const now = new Date("2026-11-26T12:00:00Z");
  const pauseOf = (header: string | undefined, status = 429) => retryAfterMs({ status, header, now });

  it("has seconds or a date", () => {
    expect(pauseOf("120")).toBe(120_000);
    expect(pauseOf(" 0 ")).toBe(0);
    expect(pauseOf("Thu, 26 Nov 2026 12:05:00 GMT", 503)).toBe(300_000);
    expect(pauseOf("Thu, 26 Nov 2026 11:05:00 GMT")).toBe(0);
  });

  it("asks for an hour at most", () => {
    expect(pauseOf("86400")).toBe(HOUR_MS);
    expect(pauseOf("9".repeat(400))).toBe(HOUR_MS);
    expect(pauseOf("Sat, 28 Nov 2026 12:00:00 GMT")).toBe(HOUR_MS);
  });

  it("asks for nothing in any other form", () => {
    const headers = [undefined, "", "-5", "1.5", "soon", "2027-01-01", "soon GMT"];
    expect(headers.map((header) => pauseOf(header))).toEqual(headers.map(() => 0));
  });

  it("counts only with an answer that a later try may repair", () => {
    for (const status of [200, 307, 404, 410, 500]) expect(pauseOf("120", status)).toBe(0);
  });
});

describe("an endpoint is suspended", () => {
  const now = new Date(100 * HOUR_MS);
  const since = (hours: number) => new Date(now.getTime() - hours * HOUR_MS);

  it("after eight failures and 21 hours, and not before", () => {
    expect(mustSuspend({ failures: 8, failingSince: since(21), status: 500, now })).toBe(true);
    expect(mustSuspend({ failures: 7, failingSince: since(30), status: 500, now })).toBe(false);
    expect(mustSuspend({ failures: 90, failingSince: since(20), status: null, now })).toBe(false);
  });

  it("with the last try of a delivery, also with the shortest pauses", () => {
    const shortest = all(() => 0).reduce<number>((total, pause) => total + (pause ?? 0), 0);
    const failingSince = new Date(now.getTime() - shortest);
    expect(mustSuspend({ failures: 8, failingSince, status: 500, now })).toBe(true);
  });

  it("at once when the receiver is gone for good", () => {
    expect(mustSuspend({ failures: 1, failingSince: now, status: 410, now })).toBe(true);
  });
});
