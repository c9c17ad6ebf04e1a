import { describe, expect, it, test } from "vitest";
import {
  enterpriseRole,
  failuresThatCount,
  newPassword,
  safeReturnPath,
  tidyOneTimeCode,
  tooManyTries,
  waitBeforeTry,
} from "#lib/portal-users/rules.ts";
import {
  areLooserLimits,
  deviceName,
  endSessionsInput,
  endSessionsOfInput,
  sessionLimitsFormValues,
  sessionLimitsInput,
} from "#lib/portal-users/session-rules.ts";

const NOW = new Date("2026-11-24T10:00:00Z");
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const LIMIT = { free: 5, forgetMs: 3_600_000 };

test.each([
  [0, 7],
  [3_599_999, 7],
  [3_600_000, 0],
  // A try in parallel, which took its time later and was counted earlier.
  [-1, 7],
  [-60_000, 7],
  // The clock was set back.
  [-60_001, 0],
])("failures of which the last was %i ms ago count as %i", (age, count) => {
  expect(failuresThatCount({ failures: 7, lastAt: ago(age) }, LIMIT, NOW)).toBe(count);
  expect(failuresThatCount(undefined, LIMIT, NOW)).toBe(0);
});

test.each([
  [4, 0, 0],
  [5, 0, 15_000],
  [5, 14_999, 1],
  [5, 15_000, 0],
  [5, 20_000, 0],
  [6, 0, 30_000],
  [7, 10_000, 50_000],
  [10, 0, 480_000],
  [11, 0, 900_000],
  [1_000_000, 0, 900_000],
])("after %i failures, the last %i ms ago, the next try waits %i ms", (failures, age, wait) => {
  expect(waitBeforeTry({ failures, lastAt: ago(age) }, LIMIT, NOW)).toBe(wait);
});

test("without failures nobody waits", () => {
  expect(waitBeforeTry(undefined, LIMIT, NOW)).toBe(0);
});

test.each([
  [0, "1 second"],
  [1, "1 second"],
  [1_000, "1 second"],
  [1_001, "2 seconds"],
  [59_000, "59 seconds"],
  [59_001, "1 minute"],
  [60_000, "1 minute"],
  [60_001, "2 minutes"],
  [900_000, "15 minutes"],
])("a wait of %i ms is told as %s", (wait, text) => {
  expect(tooManyTries(wait)).toBe(`Too many failed tries. Try again in ${text}.`);
});

test("the role none is no role on the enterprise", () => {
  expect(["owner", "admin", "viewer", "none"].map((text) => enterpriseRole.parse(text))).toEqual([
    ...["owner", "admin", "viewer"],
    null,
  ]);
  expect(enterpriseRole.safeParse("x").error?.issues.map(({ message }) => message)).toEqual([
    "Choose a role.",
  ]);
});

test("case, width, spaces and hyphens of a code do not matter", () => {
  expect(tidyOneTimeCode(" ab-c1 ２ ")).toBe("ABC12");
});

test.each([
  [`/${"x".repeat(3_999)}`, `/${"x".repeat(3_999)}`],
  [`/${"x".repeat(4_000)}`, "/organizations"],
  ["http://portal.invalid:99999/", "/organizations"],
])("the way back %#", (claimed, path) => {
  expect(safeReturnPath(claimed)).toBe(path);
});

test.each([
  ["x".repeat(7), "Between 8 and 200 characters; this has 7."],
  ["x".repeat(201), "Between 8 and 200 characters; this has 201."],
  ["x".repeat(1_000), "Between 8 and 200 characters; this has 1000."],
  ["x".repeat(1_001), "Between 8 and 200 characters; this has 1001."],
  // 18 characters each once they are normalized.
  ["\uFDFA".repeat(12), "Between 8 and 200 characters; this has 216."],
])("a password is refused by its length %#", (text, message) => {
  expect(newPassword.safeParse(text).error?.issues.map((issue) => [issue.code, issue.message])).toEqual([
    ["custom", message],
  ]);
});

describe("the limits of sessions", () => {
  const read = (sessionLifetime: string, sessionIdle: string) => {
    const parsed = sessionLimitsInput.safeParse({ sessionLifetime, sessionIdle });
    return parsed.success ? parsed.data : parsed.error.issues.map(({ path }) => path[0]);
  };

  test.each([
    ["1 hour", "15 minutes", { sessionLifetime: 60, sessionIdle: 15 }],
    ["90 days", "30 days", { sessionLifetime: 129_600, sessionIdle: 43_200 }],
    ["14 days", " ", { sessionLifetime: 20_160, sessionIdle: null }],
    ["59 minutes", "", ["sessionLifetime"]],
    ["91 days", "", ["sessionLifetime"]],
    ["14 days", "14 minutes", ["sessionIdle"]],
    ["14 days", "31 days", ["sessionIdle"]],
  ])("%s and %j are read", (lifetime, idle, limits) => {
    expect(read(lifetime, idle)).toEqual(limits);
  });

  it("are looser where sessions last longer, or longer without use", () => {
    const before = { lifetimeMinutes: 600, idleMinutes: 60 };
    const areLooser = (after: Partial<typeof before> | { idleMinutes: null }) =>
      areLooserLimits(before, { ...before, ...after });
    expect([{ lifetimeMinutes: 601 }, { idleMinutes: 61 }, { idleMinutes: null }].map(areLooser)).toEqual([
      ...[true, true, true],
    ]);
    expect([{}, { lifetimeMinutes: 599 }, { idleMinutes: 59 }].map(areLooser)).toEqual([false, false, false]);
    expect(areLooserLimits({ ...before, idleMinutes: null }, before)).toBe(false);
  });

  it("are shown as they are typed", () => {
    expect(sessionLimitsFormValues({ lifetimeMinutes: 20_160, idleMinutes: null })).toEqual({
      sessionLifetime: "14 days",
      sessionIdle: "",
    });
    expect(sessionLimitsFormValues({ lifetimeMinutes: 60, idleMinutes: 15 })).toEqual({
      sessionLifetime: "1 hour",
      sessionIdle: "15 minutes",
    });
  });
});

test("sessions are named by a hash, or all at once", () => {
  const hash = "0123456789abcdef".repeat(4);
  const own = (session: string) => endSessionsInput.safeParse({ session }).success;
  const others = (session: string) => endSessionsOfInput.safeParse({ user: "7", session }).success;
  expect([hash, "others", "all", `${hash}0`, `x${hash}`, hash.slice(1)].map(own)).toEqual([
    ...[true, true, false, false, false, false],
  ]);
  expect([hash, "others", "all"].map(others)).toEqual([true, false, true]);
});

const SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
test.each([
  [null, "Unknown device"],
  ["curl/8.5", "Unknown device"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140 Safari/537.36 Edg/140`, "Edge on Windows"],
  [`Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140`, "Firefox on Windows"],
  [`Mozilla/5.0 (X11; CrOS x86_64) Chrome/140 Safari/537.36`, "Chrome on ChromeOS"],
  [`Mozilla/5.0 (X11; Linux x86_64) Chrome/140 Safari/537.36 OPR/120`, "Opera on Linux"],
  [
    `Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28 Chrome/130 Safari/537.36`,
    "Samsung Internet on Android",
  ],
  [`Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) ${SAFARI} Version/18.0 Safari/604.1`, "Safari on iPhone"],
  [`Mozilla/5.0 (iPad; CPU OS 18_0) ${SAFARI} CriOS/140 Safari/604.1`, "Chrome on iPad"],
  [
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${SAFARI} Version/18.0 Safari/605.1.15`,
    "Safari on macOS",
  ],
  ["Firefox/140", "Firefox"],
  ["Windows NT", "Windows"],
])("%j is shown as %s", (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name);
});
