import { fork } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { closeDatabase, database, write } from "#db/client.ts";
import { auditEntries, signInAddresses, signInFailures } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import {
  changeOwnPassword,
  createPortalUser,
  resetPortalUser,
  SignInDelayedError,
  signInWithPassword,
} from "#lib/portal-users/commands.ts";
import { addressBlock, SIGN_IN_LIMITS, tooManyTries, waitBeforeTry } from "#lib/portal-users/rules.ts";
import { beginTry } from "#lib/portal-users/throttle.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const operator: Actor = { kind: "operator" };
const ANA = "ana@example.edu";
const PASSWORD = "some long words";
const HOME = "192.0.2.7";
const ELSEWHERE = "203.0.113.9";

beforeEach(async () => {
  await createPortalUser({ email: ANA, role: "owner", password: PASSWORD }, operator);
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-24T10:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

const forward = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** "in", "wrong", or the wait in seconds. */
async function attempt(email: string, password: string, address: string | null): Promise<string | number> {
  try {
    return (await signInWithPassword(email, password, address)) === null ? "wrong" : "in";
  } catch (error) {
    if (error instanceof SignInDelayedError) return error.waitMs / 1000;
    throw error;
  }
}

async function attempts(count: number, email: string, address: string | null, password = "wrong words") {
  const outcomes: (string | number)[] = [];
  for (let made = 0; made < count; made += 1) outcomes.push(await attempt(email, password, address));
  return outcomes;
}

describe("tries at one account", () => {
  it.each([ANA, "nobody@example.edu"])(
    "cost nothing five times, then wait longer and longer: %s",
    async (email) => {
      expect(await attempts(6, email, null)).toEqual([...Array(5).fill("wrong"), 15]);
      const waits: (string | number)[] = [];
      for (let round = 0; round < 8; round += 1) {
        const wait = await attempt(email, "wrong words", null);
        waits.push(wait);
        forward(Number(wait) * 1000);
        expect(await attempt(email, "wrong words", null)).toBe("wrong");
      }
      expect(waits).toEqual([15, 30, 60, 120, 240, 480, 900, 900]);
      forward(SIGN_IN_LIMITS.account.forgetMs);
      expect(await attempts(6, email, null)).toEqual([...Array(5).fill("wrong"), 15]);
    },
  );

  it("are refused with the right password too, and a refused try is not counted", async () => {
    await attempts(5, ANA, ELSEWHERE);
    expect(await attempts(50, ANA, ELSEWHERE, PASSWORD)).toEqual(Array(50).fill(15));
    forward(15_000);
    expect(await attempt(ANA, PASSWORD, ELSEWHERE)).toBe("in");
  });

  it("count one e-mail however it is written", async () => {
    expect(await attempts(3, "ANA@example.edu", null)).not.toContain(15);
    expect(await attempts(3, "ａna@Example.EDU", null)).toEqual(["wrong", "wrong", 15]);
  });

  it("find each other when they come at once", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, () => attempt(ANA, "wrong words", ELSEWHERE)),
    );
    expect(outcomes.filter((outcome) => outcome === "wrong")).toHaveLength(5);
  });

  it("are still counted after a restart", async () => {
    await attempts(5, ANA, null);
    closeDatabase();
    expect(await attempt(ANA, PASSWORD, null)).toBe(15);
  });

  it("never keep a person out at an address from which they have signed in", async () => {
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    for (let hour = 0; hour < 5; hour += 1) {
      await attempts(20, ANA, ELSEWHERE);
      expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
      forward(3_600_000);
    }
  });

  it("are limited from a familiar address as well", async () => {
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    const outcomes = await attempts(11, ANA, HOME);
    expect(outcomes.slice(0, 10)).toEqual(Array(10).fill("wrong"));
    expect(outcomes[10]).toBeGreaterThan(60);
  });

  it("are forgotten with a new password", async () => {
    await attempts(6, ANA, ELSEWHERE);
    await resetPortalUser({ email: ANA, password: "other long words" }, operator);
    expect(await attempt(ANA, "other long words", ELSEWHERE)).toBe("in");
  });

  it("tell the owner once, and only of accounts that exist", async () => {
    await attempts(9, ANA, ELSEWHERE);
    await attempts(9, "nobody@example.edu", ELSEWHERE);
    const told = database()
      .select()
      .from(auditEntries)
      .all()
      .filter((entry) => entry.action === "portal_user.sign_in_delayed");
    expect(told).toMatchObject([
      { actorKind: "system", subjectLabel: ANA, after: `{"failures":5,"address":"${ELSEWHERE}"}` },
    ]);
  });

  it("survive a clock that is set back", async () => {
    await attempts(6, ANA, null);
    forward(-24 * 3_600_000);
    expect(await attempt(ANA, PASSWORD, null)).toBe("in");
  });
});

describe("tries from one address", () => {
  it("are limited over all accounts, known or not; other addresses go on", async () => {
    const outcomes: (string | number)[] = [];
    for (let one = 0; one < 31; one += 1) {
      outcomes.push(await attempt(`n${one}@example.edu`, "wrong words", ELSEWHERE));
    }
    expect(outcomes).toEqual([...Array(30).fill("wrong"), 15]);
    expect(await attempt(ANA, PASSWORD, ELSEWHERE)).toBe(15);
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    forward(3_600_000);
    expect(await attempt("n1@example.edu", "wrong words", ELSEWHERE)).toBe("wrong");
  });

  it("are not made good by a right password in between", async () => {
    let made = 0;
    for (; made < 100; made += 1) {
      if (typeof (await attempt(`n${made}@example.edu`, "wrong words", ELSEWHERE)) === "number") break;
      if (made % 5 === 0) await attempt(ANA, PASSWORD, ELSEWHERE);
    }
    expect(made).toBe(30);
  });

  it.each([
    ["2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2:bbbb:1:2:3", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002::", "2001:db8:1:2::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["192.0.2.7", "192.0.2.7"],
  ])("%s counts as %s", (address, block) => {
    expect(addressBlock(address)).toBe(block);
  });
});

describe("what is kept", () => {
  it("names nobody who was tried, and is cleared after a day", async () => {
    await attempts(3, "my secret password", ELSEWHERE);
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    const kept = JSON.stringify(database().select().from(signInFailures).all());
    expect(kept).not.toContain("secret");
    expect(kept).not.toContain(ELSEWHERE);
    expect(database().select().from(signInAddresses).all()).toMatchObject([{ address: HOME }]);
    forward(24 * 3_600_000 + 1);
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    expect(
      database()
        .select()
        .from(signInFailures)
        .all()
        .every((row) => row.failures === 0),
    ).toBe(true);
  });

  it("does not grow without end", async () => {
    const insert = database().$client.prepare("INSERT INTO sign_in_failures VALUES (?, 1, ?)");
    database().$client.transaction(() => {
      for (let row = 0; row < 100_500; row += 1) insert.run(`k${row}`, Date.now() - row);
    })();
    for (let made = 0; made < 500; made += 1) {
      await write((tx) => beginTry(tx, { email: `n${made}@example.edu`, user: undefined, address: null }));
    }
    expect(database().select().from(signInFailures).all().length).toBeLessThanOrEqual(100_500);
    expect(
      database()
        .$client.prepare("EXPLAIN QUERY PLAN DELETE FROM sign_in_failures WHERE last_at < 1")
        .all()
        .map((step) => (step as { detail: string }).detail)
        .join(),
    ).toContain("USING");
  });
});

describe("one's own current password", () => {
  it("cannot be guessed by a borrowed session", async () => {
    const actor = { kind: "portal_user", id: 1, email: ANA, role: "owner", address: HOME } as const;
    const change = (currentPassword: string) =>
      changeOwnPassword({ currentPassword, newPassword: "other long words" }, actor);
    for (let made = 0; made < 5; made += 1) {
      expect(await change("wrong words")).toMatchObject({ code: "password_wrong" });
    }
    expect(await change(PASSWORD)).toMatchObject({ code: "too_many_tries", field: "currentPassword" });
    forward(15_000);
    expect(await change(PASSWORD)).toMatchObject({ ok: true });
  });
});

it("says when to try again", () => {
  expect([1, 14_001, 59_000, 60_000, 61_000, 900_000].map(tooManyTries)).toEqual(
    ["1 second", "15 seconds", "59 seconds", "1 minute", "2 minutes", "15 minutes"].map(
      (wait) => `Too many failed tries. Try again in ${wait}.`,
    ),
  );
  expect(waitBeforeTry(undefined, SIGN_IN_LIMITS.account, new Date())).toBe(0);
});

it("counts tries of two processes together", async () => {
  vi.useRealTimers();
  closeDatabase();
  const script = new URL("../../support/try-passwords.ts", import.meta.url);
  const results = await Promise.all(
    [1, 2].map(async () => {
      const child = fork(script, [ANA, "12"], { env: { ...process.env }, execArgv: ["--no-warnings"] });
      const [outcomes] = (await once(child, "message")) as [string[]];
      await once(child, "exit");
      return outcomes;
    }),
  );
  expect(results.flat().filter((outcome) => outcome === "wrong")).toHaveLength(5);
  expect(results.flat().filter((outcome) => outcome === "delayed")).toHaveLength(19);
});
