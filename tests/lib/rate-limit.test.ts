import { describe, expect, it } from "vitest";
import { createRateLimit } from "#lib/rate-limit.ts";

const MINUTE = 60_000;
const make = (quota: number, maxSubjects = 100) => createRateLimit({ quota, windowSeconds: 60, maxSubjects });

describe("a limit", () => {
  it("lets the limit through in each window, which begins with the first", () => {
    const limit = make(2);
    expect(limit.take("a", 1_000)).toEqual({ allowed: true, remaining: 1, resetSeconds: 60 });
    expect(limit.take("a", 1_001)).toEqual({ allowed: true, remaining: 0, resetSeconds: 60 });
    expect(limit.take("a", 31_000)).toEqual({ allowed: false, remaining: 0, resetSeconds: 30 });
    expect(limit.take("a", 60_999)).toMatchObject({ allowed: false, resetSeconds: 1 });
    expect(limit.take("a", 61_000)).toMatchObject({ allowed: true, remaining: 1 });
    expect(limit.take("b", 61_000)).toMatchObject({ allowed: true, remaining: 1 });
  });

  it("starts again when the clock was set back", () => {
    const limit = make(1);
    limit.take("a", 10 * MINUTE);
    expect(limit.take("a", 10 * MINUTE)).toMatchObject({ allowed: false });
    expect(limit.take("a", MINUTE)).toMatchObject({ allowed: true });
  });

  it("is none with a quota of 0", () => {
    const limit = make(0);
    for (let tries = 0; tries < 1_000; tries += 1) expect(limit.take("a", 0).allowed).toBe(true);
  });

  it("forgets the oldest when there are too many to remember", () => {
    const limit = make(1, 3);
    for (const subject of ["a", "b", "c", "d"]) limit.take(subject, 0);
    expect(["b", "c", "d"].map((subject) => limit.take(subject, 1).allowed)).toEqual([false, false, false]);
    expect(limit.take("a", 1).allowed).toBe(true);
  });

  it("counts as oldest the subject whose window began first, also after that window began again", () => {
    const limit = make(1, 2);
    limit.take("a", 0);
    limit.take("b", 1);
    limit.take("a", MINUTE);
    limit.take("c", MINUTE + 1);
    expect(["a", "c", "b"].map((subject) => limit.take(subject, MINUTE + 2).allowed)).toEqual([
      false,
      false,
      true,
    ]);
  });
});
