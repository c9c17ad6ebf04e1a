import { fork } from "node:child_process";
import { once } from "node:events";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { closeDatabase, database, write } from "#db/client.ts";
import { auditEntries, signInAddresses, signInFailures } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { addressBlock } from "#lib/network-address.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { changeOwnPassword, resetPortalUser } from "#lib/portal-users/commands/passwords.ts";
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";
import { SIGN_IN_LIMITS, tooManyTries, waitBeforeTry } from "#lib/portal-users/rules.ts";
import { auditDelay, beginTry, settleTry, type Try } from "#lib/portal-users/throttle.ts";
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

/** "in", "wrong", or the wait in seconds or minutes as it is told: "15 seconds". */
async function attempt(email: string, password: string, address: string | null): Promise<string> {
  const outcome = await signInWithPassword(email, password, address);
  if (outcome.ok) return "in";
  if (outcome.code === "credentials_wrong") return "wrong";
  return /Try again in (.*)\.$/.exec(outcome.message)?.[1] ?? outcome.message;
}

async function attempts(count: number, email: string, address: string | null, password = "wrong words") {
  const outcomes: string[] = [];
  for (let made = 0; made < count; made += 1) outcomes.push(await attempt(email, password, address));
  return outcomes;
}

/** The audit entries of delayed sign-ins. */
const delays = () =>
  database().select().from(auditEntries).where(eq(auditEntries.action, "portal_user.sign_in_delayed")).all();

describe("tries at one account", () => {
  it.each([ANA, "nobody@example.edu"])(
    "cost nothing five times, then wait longer and longer, and are forgotten after 24 hours: %s",
    async (email) => {
      expect(await attempts(6, email, null)).toEqual([...Array(5).fill("wrong"), "15 seconds"]);
      const waits: string[] = [];
      for (const seconds of [15, 30, 60, 120, 240, 480, 900, 900]) {
        waits.push(await attempt(email, "wrong words", null));
        forward(seconds * 1000);
        expect(await attempt(email, "wrong words", null)).toBe("wrong");
      }
      expect(waits).toEqual([
        "15 seconds",
        "30 seconds",
        "1 minute",
        "2 minutes",
        "4 minutes",
        "8 minutes",
        "15 minutes",
        "15 minutes",
      ]);
      forward(24 * 3_600_000 - 1);
      expect(await attempts(2, email, null)).toEqual(["wrong", "15 minutes"]);
      forward(24 * 3_600_000);
      expect(await attempts(6, email, null)).toEqual([...Array(5).fill("wrong"), "15 seconds"]);
    },
  );

  it("are refused with the right password too, and a refused try delays nobody further", async () => {
    await attempts(5, ANA, ELSEWHERE);
    expect(await attempts(20, ANA, ELSEWHERE, PASSWORD)).toEqual(Array(20).fill("15 seconds"));
    forward(15_000);
    expect(await attempt(ANA, PASSWORD, ELSEWHERE)).toBe("in");
  });

  it("count one email however it is written", async () => {
    expect(await attempts(3, "ANA@example.edu", null)).toEqual(Array(3).fill("wrong"));
    expect(await attempts(3, "ａna@Example.EDU", null)).toEqual(["wrong", "wrong", "15 seconds"]);
  });

  it("find each other when they come at once", async () => {
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => attempt(ANA, "wrong words", null)));
    expect(outcomes.filter((outcome) => outcome === "wrong")).toHaveLength(5);
  });

  it("are still counted after a restart", async () => {
    await attempts(5, ANA, null);
    closeDatabase();
    expect(await attempt(ANA, PASSWORD, null)).toBe("15 seconds");
  });

  it("never keep a person out at an address from which they have signed in within 90 days", async () => {
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    for (let hour = 0; hour < 5; hour += 1) {
      await attempts(12, ANA, ELSEWHERE);
      expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
      forward(3_600_000);
    }
    forward(89 * 24 * 3_600_000);
    await attempts(5, ANA, ELSEWHERE);
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    forward(90 * 24 * 3_600_000 + 1);
    await attempts(5, ANA, ELSEWHERE);
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("15 seconds");
  });

  it("let ten tries at the right password through at a familiar address, and forget them after 24 hours", async () => {
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    for (let round = 0; round < 3; round += 1) {
      // A right password forgets them all, so that nine more may follow.
      await attempts(9, ANA, HOME);
      expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    }
    await attempts(10, ANA, HOME);
    expect(await attempt(ANA, PASSWORD, HOME)).toMatch(/second|minute/);
    forward(3_600_000);
    await attempts(1, ANA, HOME);
    expect(await attempt(ANA, PASSWORD, HOME)).toMatch(/second|minute/);
    forward(24 * 3_600_000);
    await attempts(6, ANA, HOME);
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
  });

  it("are forgotten with a new password, and with a new link", async () => {
    await attempts(6, ANA, ELSEWHERE);
    await resetPortalUser({ email: ANA, password: "other long words" }, operator);
    expect(await attempt(ANA, "other long words", ELSEWHERE)).toBe("in");
  });

  it("tell the owner once, and only of accounts that exist", async () => {
    await attempts(9, ANA, ELSEWHERE);
    await attempts(9, "nobody@example.edu", ELSEWHERE);
    expect(delays()).toMatchObject([
      { actorKind: "system", subjectLabel: ANA, after: `{"failures":5,"address":"${ELSEWHERE}"}` },
    ]);
  });

  it("delay nobody and are not reported when the next try succeeds", async () => {
    await attempts(4, ANA, ELSEWHERE);
    for (let signIns = 0; signIns < 3; signIns += 1)
      expect(await attempt(ANA, PASSWORD, ELSEWHERE)).toBe("in");
    expect(delays()).toEqual([]);
    await attempts(1, ANA, ELSEWHERE);
    expect(delays()).toHaveLength(1);
    forward(15_000);
    expect(await attempt(ANA, PASSWORD, ELSEWHERE)).toBe("in");
    expect(delays()).toHaveLength(1);
  });

  it("are forgotten 24 hours after the last failure, however often the account signs in until then", async () => {
    await attempts(4, ANA, ELSEWHERE);
    for (let hour = 0; hour < 24; hour += 1) {
      forward(3_600_000);
      expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    }
    expect(await attempts(5, ANA, ELSEWHERE)).toEqual(Array(5).fill("wrong"));
  });

  it("survive a clock that is set back", async () => {
    await attempts(6, ANA, null);
    forward(-24 * 3_600_000);
    expect(await attempt(ANA, PASSWORD, null)).toBe("in");
  });

  it("are not counted when the database refuses the session", async () => {
    database().$client.exec(
      "CREATE TEMP TRIGGER no_session BEFORE INSERT ON portal_sessions BEGIN SELECT RAISE(ABORT, 'no room'); END",
    );
    await expect(signInWithPassword(ANA, PASSWORD, HOME)).rejects.toThrow("no room");
    expect(database().select().from(signInFailures).all()).toEqual([]);
  });
});

describe("what a stranger learns at an address that others share", () => {
  /** Fails 30 times with emails that nobody has, after Ana has signed in there. */
  async function exhaust(address: string): Promise<void> {
    for (let one = 0; one < 30; one += 1) await attempt(`n${one}@example.edu`, "wrong words", address);
  }

  it("is nothing: an account that exists is answered as one that does not, try by try", async () => {
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    await exhaust(HOME);
    const outcomesOfKnown: string[] = [];
    const unknown: string[] = [];
    for (let one = 0; one < 14; one += 1) {
      outcomesOfKnown.push(await attempt(ANA, "wrong words", HOME));
      unknown.push(await attempt("nobody@example.edu", "wrong words", HOME));
      if (one % 3 === 2) forward(20_000);
    }
    expect(outcomesOfKnown).toEqual(unknown);
    expect(outcomesOfKnown.slice(0, 3)).toEqual(["wrong", "wrong", "4 minutes"]);
  });

  it("writes as many rows for one as for the other", async () => {
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    const changes = async (email: string) => {
      const before = database().$client.prepare("SELECT total_changes()").pluck().get() as bigint;
      await attempt(email, "wrong words", HOME);
      return Number((database().$client.prepare("SELECT total_changes()").pluck().get() as bigint) - before);
    };
    for (const email of [ANA, "nobody@example.edu"]) {
      await attempts(6, email, HOME);
      expect([email, await changes(email)]).toEqual([email, 1]);
    }
  });

  it("does not block an account that is new to that address", async () => {
    await exhaust(HOME);
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
  });

  it("allows an account that is new there two mistakes, and then makes it wait like the others", async () => {
    await exhaust(HOME);
    expect(await attempts(3, ANA, HOME)).toEqual(["wrong", "wrong", "1 minute"]);
    forward(60_000);
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
  });

  it("ends after an hour without a failure", async () => {
    await exhaust(HOME);
    await attempts(2, ANA, HOME);
    forward(3_600_000);
    expect(await attempts(2, ANA, HOME)).toEqual(["wrong", "wrong"]);
  });

  it("does not end with a right password in between", async () => {
    await exhaust(HOME);
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    expect(await attempts(3, "nobody@example.edu", HOME)).toEqual(["wrong", "wrong", "1 minute"]);
  });

  it("ends at the same time although others sign in there until then", async () => {
    await exhaust(HOME);
    expect(await attempts(3, "nobody@example.edu", HOME)).toEqual(["wrong", "wrong", "1 minute"]);
    forward(50_000);
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    expect(await attempts(1, "nobody@example.edu", HOME)).toEqual(["10 seconds"]);
  });

  it("does not concern other addresses", async () => {
    await exhaust(HOME);
    expect(await attempts(3, ANA, ELSEWHERE)).toEqual(["wrong", "wrong", "wrong"]);
  });
});

it.each([
  ["2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2:bbbb:1:2:3", "2001:db8:1:2::/64"],
  ["2001:0db8:0001:0002::", "2001:db8:1:2::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["192.0.2.7", "192.0.2.7"],
])("the address %s counts as %s", (address, block) => {
  expect(addressBlock(address)).toBe(block);
});

describe("what is kept", () => {
  it("names nobody who was tried, and is cleared after a day", async () => {
    await attempts(3, "my secret password", ELSEWHERE);
    expect(await attempt(ANA, PASSWORD, HOME)).toBe("in");
    const texts = JSON.stringify(database().select().from(signInFailures).all());
    expect(texts).not.toContain("secret");
    expect(texts).not.toContain(ELSEWHERE);
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
      // The higher the number, the older the row.
      for (let row = 0; row < 100_500; row += 1) insert.run(`k${row}`, Date.now() - row);
    })();
    for (let made = 0; made < 500; made += 1) {
      await write((tx) => beginTry(tx, { email: "n@example.edu", user: undefined, address: null }));
    }
    const keys = database()
      .select({ key: signInFailures.key })
      .from(signInFailures)
      .all()
      .map(({ key }) => key)
      .filter((key) => key.startsWith("k"));
    expect(keys.length).toBeLessThanOrEqual(100_000);
    expect(keys).toContain("k0");
    expect(keys).not.toContain("k100499");
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

it("tells when to try again", () => {
  expect([1, 14_001, 59_000, 60_000, 61_000, 900_000].map(tooManyTries)).toEqual(
    ["1 second", "15 seconds", "59 seconds", "1 minute", "2 minutes", "15 minutes"].map(
      (wait) => `Too many failed tries. Try again in ${wait}.`,
    ),
  );
  expect(waitBeforeTry(undefined, SIGN_IN_LIMITS.account, new Date())).toBe(0);
});

it("counts tries in parallel, whose times are not in the order in which they are counted", async () => {
  const waits: number[] = [];
  for (const ms of [5, 3, 4, 1, 2, 0]) {
    const now = new Date(Date.now() + ms);
    const { waitMs } = await write((tx) => beginTry(tx, { email: ANA, user: undefined, address: null }, now));
    waits.push(waitMs);
  }
  expect(waits).toEqual([0, 0, 0, 0, 0, 15_002]);
});

describe("a try that succeeds while others run", () => {
  const WHEN = new Date("2026-11-24T10:00:00Z");
  const begin = (ms: number) =>
    write((tx) =>
      beginTry(tx, { email: ANA, user: undefined, address: null }, new Date(WHEN.getTime() + ms)),
    );
  const succeed = (one: Try) => write((tx) => settleTry(tx, one, "succeeded"));
  const account = () => {
    const [row] = database().select().from(signInFailures).all();
    return row && { failures: row.failures, ms: row.lastAt.getTime() - WHEN.getTime() };
  };

  it("leaves the time of a later try, which may fail", async () => {
    await begin(0);
    const early = await begin(1_000);
    await begin(2_000);
    await succeed(early);
    expect(account()).toEqual({ failures: 2, ms: 2_000 });
  });

  it("leaves the time of a try in the same millisecond", async () => {
    await begin(0);
    const one = await begin(1_000);
    await begin(1_000);
    await succeed(one);
    expect(account()).toEqual({ failures: 2, ms: 1_000 });
  });

  it("puts the time of an earlier try back", async () => {
    await begin(0);
    const early = await begin(1_000);
    const late = await begin(2_000);
    await succeed(late);
    expect(account()).toEqual({ failures: 2, ms: 1_000 });
    await succeed(early);
    expect(account()).toEqual({ failures: 1, ms: 0 });
  });

  it("takes back a full count, so that the try that filled it reports no delay", async () => {
    const tries = await Promise.all([0, 1, 2, 3, 4].map(begin));
    const [first, last] = [tries[0], tries[4]];
    if (!first || !last) throw new Error("no tries");
    const user = { id: 1, email: ANA };
    const report = () => write((tx) => auditDelay(tx, last, "portal_user.sign_in_delayed", user, null));
    await succeed(first);
    await report();
    expect(delays()).toEqual([]);
    const next = await begin(5);
    await write((tx) => auditDelay(tx, next, "portal_user.sign_in_delayed", user, null));
    expect(delays()).toHaveLength(1);
  });
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
  expect(results.flat().filter((outcome) => outcome === "credentials_wrong")).toHaveLength(5);
  expect(results.flat().filter((outcome) => outcome === "too_many_tries")).toHaveLength(19);
});
