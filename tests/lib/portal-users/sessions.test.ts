import { spawn } from "node:child_process";
import { once } from "node:events";
import { asc, eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DatabaseBusyError, database, write } from "#db/client.ts";
import { auditEntries, portalSessions } from "#db/schema/index.ts";
import { type Actor, ForbiddenError, type Role } from "#lib/actor.ts";
import { noteUse, saveUses } from "#lib/last-uses/queue.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { endOwnSessions, endSessionsOfUser } from "#lib/portal-users/commands/session-endings.ts";
import { updateSessionLimits } from "#lib/portal-users/commands/session-limits.ts";
import { endPasswordSessions, startSession } from "#lib/portal-users/commands/sessions.ts";
import { insertPendingSignIn, pendingSignIn } from "#lib/portal-users/pending-sign-ins.ts";
import { countSessions, userOfSession } from "#lib/portal-users/queries.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import { sessionCounts, sessionLimits, sessionsOf } from "#lib/portal-users/session-queries.ts";
import {
  deviceName,
  endSessionsInput,
  endSessionsOfInput,
  sessionLimitsInput,
} from "#lib/portal-users/session-rules.ts";
import { runInRequest } from "#lib/request-context.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const START = new Date("2026-11-24T08:00:00Z");
const minutes = (count: number) => new Date(START.getTime() + count * 60_000);
const HOUR = 60;
const DAY = 24 * HOUR;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

type Person = Actor & { kind: "portal_user" };

async function person(email: string, role: Role = "viewer"): Promise<Person> {
  const { id } = value(await createPortalUser({ email, role }, operator));
  return { kind: "portal_user", id, email, role, address: "192.0.2.1" };
}

async function session(user: Person, userAgent?: string, address: string | null = "192.0.2.7") {
  const id = await runInRequest({ id: "request", ...(userAgent && { userAgent }) }, () =>
    startSession(user.id, address),
  );
  if (id === null) throw new Error("no session");
  return { id, hash: tokenHash(id) };
}

const limits = (sessionLifetime: string, sessionIdle = "") =>
  updateSessionLimits(sessionLimitsInput.parse({ sessionLifetime, sessionIdle }), operator);
const row = (hash: string) =>
  database().select().from(portalSessions).where(eq(portalSessions.idHash, hash)).get();
const rows = () => database().select().from(portalSessions).all();
const audit = () =>
  database()
    .select()
    .from(auditEntries)
    .orderBy(asc(auditEntries.id))
    .all()
    .filter(({ action }) => !["portal_user.invited", "session.started"].includes(action));

describe("the device of a session", () => {
  it.each([
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
      "Firefox on Windows",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
      "Chrome on macOS",
    ],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
      "Edge on Windows",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
      "Safari on iPhone",
    ],
    [
      "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1",
      "Chrome on iPad",
    ],
    [
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
      "Samsung Internet on Android",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
      "Safari on macOS",
    ],
    [
      "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
      "Chrome on ChromeOS",
    ],
    [
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 OPR/126.0.0.0",
      "Opera on Linux",
    ],
    ["Firefox/1", "Firefox"],
    ["something (Linux)", "Linux"],
    ["curl/8.14.1", "Unknown device"],
    ["<script>alert(1)</script>", "Unknown device"],
    ["", "Unknown device"],
    [null, "Unknown device"],
  ])("%j is %s", (userAgent, device) => {
    expect(deviceName(userAgent)).toBe(device);
  });
});

describe("a list of sessions", () => {
  it("has those of one user that go on, the last used first", async () => {
    const ana = await person("ana@example.edu");
    const ben = await person("ben@example.edu");
    const first = await session(
      ana,
      "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    );
    vi.setSystemTime(minutes(5));
    const second = await session(ana, undefined, null);
    await session(ben);
    expect(sessionsOf(ana.id, minutes(5))).toEqual({
      total: 2,
      sessions: [
        {
          idHash: second.hash,
          createdAt: minutes(5),
          lastUsedAt: minutes(5),
          address: null,
          device: "Unknown device",
          userAgent: null,
          byProvider: false,
        },
        {
          idHash: first.hash,
          createdAt: START,
          lastUsedAt: START,
          address: "192.0.2.7",
          device: "Firefox on Linux",
          userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
          byProvider: false,
        },
      ],
    });
    expect(sessionsOf(ana.id, minutes(14 * DAY)).total).toBe(1);
    expect(sessionsOf(ana.id, minutes(14 * DAY + 5))).toEqual({ total: 0, sessions: [] });
    expect(sessionCounts([ana.id, ben.id, 99], minutes(5))).toEqual(
      new Map([
        [ana.id, 2],
        [ben.id, 1],
      ]),
    );
    expect(sessionCounts([ben.id], minutes(5))).toEqual(new Map([[ben.id, 1]]));
  });

  it("shows a hundred of any number", async () => {
    const ana = await person("ana@example.edu");
    for (let n = 0; n < 103; n += 1) await session(ana);
    const list = sessionsOf(ana.id, START);
    expect([list.sessions.length, list.total]).toEqual([100, 103]);
  });
});

describe("the last use of a session", () => {
  it("is written at most once a minute", async () => {
    const { hash } = await session(await person("ana@example.edu"));
    noteUse("session", hash, minutes(0.5).getTime());
    await saveUses();
    expect(row(hash)?.lastUsedAt).toEqual(START);
    noteUse("session", hash, minutes(1.5).getTime());
    await saveUses();
    expect(row(hash)?.lastUsedAt).toEqual(minutes(1.5));
    noteUse("session", hash, minutes(2.4).getTime());
    await saveUses();
    expect(row(hash)?.lastUsedAt).toEqual(minutes(1.5));
    noteUse("session", hash, minutes(2.5).getTime());
    await saveUses();
    expect(row(hash)?.lastUsedAt).toEqual(minutes(2.5));
  });

  it("is right again after the clock was ahead", async () => {
    const { hash } = await session(await person("ana@example.edu"));
    noteUse("session", hash, minutes(365 * DAY).getTime());
    await saveUses();
    noteUse("session", hash, minutes(3).getTime());
    await saveUses();
    expect(row(hash)?.lastUsedAt).toEqual(minutes(3));
  });

  it("waits for nothing while another process writes, and comes with the next", async () => {
    const { id, hash } = await session(await person("ana@example.edu"));
    value(await limits("14 days", "1 hour"));
    const holder = spawn(process.execPath, ["tests/support/hold-database.ts", "600000"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await once(holder.stdout, "data");
      noteUse("session", hash, minutes(45).getTime());
      await expect(saveUses()).rejects.toThrow(DatabaseBusyError);
      expect(row(hash)?.lastUsedAt).toEqual(START);
      // This process knows of the use, though the database does not.
      expect(userOfSession(id, minutes(90))).not.toBeNull();
      expect(userOfSession(id, minutes(105))).toBeNull();
    } finally {
      holder.kill("SIGKILL");
      await once(holder, "exit");
    }
    await saveUses();
    expect(row(hash)?.lastUsedAt).toEqual(minutes(45));
  });
});

describe("the limits of sessions", () => {
  it("are fourteen days, with or without use, until somebody sets others", async () => {
    expect(sessionLimits()).toEqual({ lifetimeMinutes: 14 * DAY, idleMinutes: null });
    const { id } = await session(await person("ana@example.edu"));
    expect(userOfSession(id, minutes(14 * DAY - 1))).not.toBeNull();
    expect(userOfSession(id, minutes(14 * DAY))).toBeNull();
  });

  it("when they are shortened, count from the next request of sessions that have begun", async () => {
    const { id } = await session(await person("ana@example.edu"));
    value(await limits("12 hours"));
    expect(userOfSession(id, minutes(12 * HOUR - 1))).not.toBeNull();
    expect(userOfSession(id, minutes(12 * HOUR))).toBeNull();
    expect(countSessions(minutes(12 * HOUR - 1))).toBe(1);
    expect(countSessions(minutes(12 * HOUR))).toBe(0);
  });

  it("when they are lengthened, leave a session its cookie's end", async () => {
    const { id } = await session(await person("ana@example.edu"));
    value(await limits("30 days"));
    expect(userOfSession(id, minutes(14 * DAY))).toBeNull();
    const later = await session(await person("ben@example.edu"));
    expect(userOfSession(later.id, minutes(30 * DAY - 1))).not.toBeNull();
    expect(userOfSession(later.id, minutes(30 * DAY))).toBeNull();
  });

  it("end a session without use, from its last use on", async () => {
    const { id, hash } = await session(await person("ana@example.edu"));
    value(await limits("14 days", "2 hours"));
    noteUse("session", hash, minutes(HOUR).getTime());
    await saveUses();
    expect(userOfSession(id, minutes(3 * HOUR - 1))).not.toBeNull();
    expect(userOfSession(id, minutes(3 * HOUR))).toBeNull();
  });

  it("bring back no session that had ended", async () => {
    const ana = await person("ana@example.edu");
    const one = await session(ana);
    value(await limits("14 days", "1 hour"));
    vi.setSystemTime(minutes(2 * HOUR));
    expect(userOfSession(one.id)).toBeNull();
    value(await limits("14 days"));
    expect(userOfSession(one.id)).toBeNull();
    const two = await session(ana);
    vi.setSystemTime(minutes(5 * HOUR));
    value(await limits("1 hour"));
    value(await limits("14 days"));
    expect(userOfSession(two.id)).toBeNull();
    expect(rows()).toEqual([]);
  });

  it("end a session that began while the clock was ahead, and no other", async () => {
    const ana = await person("ana@example.edu");
    vi.setSystemTime(minutes(5 * 365 * DAY));
    const { id } = await session(ana);
    vi.setSystemTime(minutes(5));
    const late = await session(ana);
    vi.setSystemTime(minutes(0));
    expect(userOfSession(id)).toBeNull();
    expect(userOfSession(late.id)).not.toBeNull();
    expect(sessionsOf(ana.id).total).toBe(1);
    await session(ana);
    expect(row(tokenHash(id))).toBeUndefined();
  });

  it("clear sessions that have ended away at the next sign-in", async () => {
    const ana = await person("ana@example.edu");
    await session(ana);
    value(await limits("14 days", "1 hour"));
    vi.setSystemTime(minutes(HOUR));
    const { hash } = await session(ana);
    expect(rows().map(({ idHash }) => idHash)).toEqual([hash]);
  });

  it("are audited, and refuse a stale form", async () => {
    const owner = await person("owner@example.edu", "owner");
    const input = sessionLimitsInput.parse({ sessionLifetime: "7d", sessionIdle: "12h" });
    expect(value(await updateSessionLimits(input, owner))).toEqual({ changed: true });
    expect(value(await updateSessionLimits(input, owner))).toEqual({ changed: false });
    expect(audit().map(({ action, before, after }) => ({ action, before, after }))).toEqual([
      {
        action: "settings.updated",
        before: '{"sessionLifetime":"14 days","sessionIdle":""}',
        after: '{"sessionLifetime":"7 days","sessionIdle":"12 hours"}',
      },
    ]);
    const original = { sessionLifetime: "14 days", sessionIdle: "" };
    const other = sessionLimitsInput.parse({ sessionLifetime: "8 days", sessionIdle: "" });
    expect(await updateSessionLimits(other, owner, original)).toMatchObject({
      code: "stale_edit",
      current: { sessionLifetime: "7 days", sessionIdle: "12 hours" },
    });
  });

  it.each(["viewer", "admin"] as const)("are not for a %s", async (role) => {
    const input = sessionLimitsInput.parse({ sessionLifetime: "7 days", sessionIdle: "" });
    await expect(updateSessionLimits(input, await person("a@example.edu", role))).rejects.toThrow(
      ForbiddenError,
    );
    expect(sessionLimits().lifetimeMinutes).toBe(14 * DAY);
  });

  it.each([
    ["sessionLifetime", "", "Enter a number with its unit, such as “12 hours” or “14 days”."],
    ["sessionLifetime", "59 minutes", "Between 1 hour and 90 days."],
    ["sessionLifetime", "91 days", "Between 1 hour and 90 days."],
    ["sessionIdle", "14 minutes", "Between 15 minutes and 30 days."],
    ["sessionIdle", "31 days", "Between 15 minutes and 30 days."],
    ["sessionIdle", "never", "Enter a number with its unit, such as “12 hours” or “14 days”."],
  ])("refuse %s %j at its field", (field, text, message) => {
    const result = sessionLimitsInput.safeParse({
      sessionLifetime: "14 days",
      sessionIdle: "",
      [field]: text,
    });
    expect(result.error?.issues).toMatchObject([{ path: [field], message }]);
  });
});

describe("ending sessions", () => {
  it("ends one of one's own, once, and names its device in the audit", async () => {
    const ana = await person("ana@example.edu");
    const here = await session(ana);
    const phone = await session(
      ana,
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
      "2001:db8::5",
    );
    expect(value(await endOwnSessions({ session: phone.hash }, ana, here.hash))).toEqual({ ended: 1 });
    expect(value(await endOwnSessions({ session: phone.hash }, ana, here.hash))).toEqual({ ended: 0 });
    expect(userOfSession(phone.id)).toBeNull();
    expect(userOfSession(here.id)).not.toBeNull();
    expect(audit()).toMatchObject([
      {
        action: "session.revoked",
        actorLabel: "ana@example.edu",
        subjectLabel: "ana@example.edu",
        before: '{"device":"Safari on iPhone","address":"2001:db8::5"}',
      },
    ]);
  });

  it("ends none of another's by its hash", async () => {
    const ana = await person("ana@example.edu", "admin");
    const ben = await person("ben@example.edu");
    const here = await session(ana);
    const theirs = await session(ben);
    expect(value(await endOwnSessions({ session: theirs.hash }, ana, here.hash))).toEqual({ ended: 0 });
    const owner = await person("owner@example.edu", "owner");
    expect(value(await endSessionsOfUser({ user: ana.id, session: theirs.hash }, owner))).toEqual({
      email: "ana@example.edu",
      ended: 0,
    });
    expect(userOfSession(theirs.id)).not.toBeNull();
    expect(audit()).toEqual([]);
  });

  it("ends all others of one's own, and the present one goes on", async () => {
    const ana = await person("ana@example.edu");
    const ben = await person("ben@example.edu");
    const here = await session(ana);
    const others = [await session(ana), await session(ana)];
    const theirs = await session(ben);
    expect(value(await endOwnSessions({ session: "others" }, ana, here.hash))).toEqual({ ended: 2 });
    expect(value(await endOwnSessions({ session: "others" }, ana, here.hash))).toEqual({ ended: 0 });
    expect([here, ...others, theirs].map(({ id }) => userOfSession(id)?.email)).toEqual([
      "ana@example.edu",
      undefined,
      undefined,
      "ben@example.edu",
    ]);
    expect(audit()).toMatchObject([{ action: "sessions.revoked", after: '{"sessions":2}' }]);
  });

  it("ends the sign-ins that wait for a second factor with all the sessions of their account, and no others", async () => {
    const owner = await person("owner@example.edu", "owner");
    const [ana, ben] = [await person("ana@example.edu"), await person("ben@example.edu")];
    const here = await session(ana);
    const begin = () => write((tx) => [ana, ben].map(({ id }) => tokenHash(insertPendingSignIn(tx, id))));
    const goesOn = (hash: string) => pendingSignIn(hash, new Date())?.email;
    const first = await begin();
    value(await endOwnSessions({ session: "others" }, ana, here.hash));
    expect(first.map(goesOn)).toEqual([undefined, "ben@example.edu"]);
    const second = await begin();
    value(await endSessionsOfUser({ user: ana.id, session: "all" }, owner));
    expect(second.map(goesOn)).toEqual([undefined, "ben@example.edu"]);
    expect(await endPasswordSessions()).toBe(0);
    expect(second.map(goesOn)).toEqual([undefined, undefined]);
  });

  it("lets an owner end one or all of another's", async () => {
    const owner = await person("owner@example.edu", "owner");
    const ana = await person("ana@example.edu");
    const mine = await session(owner);
    const [one, two, three] = [await session(ana), await session(ana), await session(ana)];
    expect(value(await endSessionsOfUser({ user: ana.id, session: one.hash }, owner))).toEqual({
      email: "ana@example.edu",
      ended: 1,
    });
    expect(userOfSession(two.id)).not.toBeNull();
    expect(value(await endSessionsOfUser({ user: ana.id, session: "all" }, owner)).ended).toBe(2);
    expect([one, two, three].map(({ id }) => userOfSession(id))).toEqual([null, null, null]);
    expect(userOfSession(mine.id)).not.toBeNull();
    expect(audit()).toMatchObject([
      { action: "session.revoked", actorLabel: "owner@example.edu", subjectLabel: "ana@example.edu" },
      { action: "sessions.revoked", actorLabel: "owner@example.edu", after: '{"sessions":2}' },
    ]);
    expect(await endSessionsOfUser({ user: 99, session: "all" }, owner)).toMatchObject({
      code: "portal_user_not_found",
    });
  });

  it.each(["viewer", "admin"] as const)("lets no %s end another's", async (role) => {
    const ana = await person("ana@example.edu");
    const { id, hash } = await session(ana);
    const actor = await person("somebody@example.edu", role);
    for (const chosen of [hash, "all"]) {
      await expect(endSessionsOfUser({ user: ana.id, session: chosen }, actor)).rejects.toThrow(
        ForbiddenError,
      );
    }
    expect(userOfSession(id)).not.toBeNull();
  });

  it.each(["", "all", "none", "x".repeat(64), "A".repeat(64), "0".repeat(63)])(
    "refuses %j as one of one's own",
    (text) => {
      expect(endSessionsInput.safeParse({ session: text }).success).toBe(false);
    },
  );

  it("takes a hash, and the word of each form", () => {
    const hash = "0123456789abcdef".repeat(4);
    expect(endSessionsInput.parse({ session: hash })).toEqual({ session: hash });
    expect(endSessionsInput.parse({ session: "others" })).toEqual({ session: "others" });
    expect(endSessionsOfInput.parse({ user: "7", session: "all" })).toEqual({ user: 7, session: "all" });
    expect(endSessionsOfInput.safeParse({ user: "7", session: "others" }).success).toBe(false);
    expect(endSessionsOfInput.safeParse({ user: "0", session: "all" }).success).toBe(false);
  });
});
