import { and, count, desc, eq, gt, inArray, lte, type Placeholder, type SQL } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { portalSessions, portalUsers, settings } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { deviceName, type SessionLimits } from "./session-rules.ts";

const MINUTE_MS = 60_000;
/**
 * A session that was created further in the future began before the clock was set back. It does not go on, because its
 * lifetime would begin when the clock reaches its start. A clock that a time server corrects moves by less.
 */
const AHEAD_MINUTES = 5;
/** How many sessions a page lists. */
const SESSIONS_LISTED = 100;

const limits = statement((db) =>
  db
    .select({ lifetimeMinutes: settings.sessionMinutes, idleMinutes: settings.sessionIdleMinutes })
    .from(settings),
);

const DEFAULTS: SessionLimits = { lifetimeMinutes: 14 * 24 * 60, idleMinutes: null };

/** How long the enterprise lets sessions last. */
export function sessionLimits(): SessionLimits {
  return limits.get() ?? DEFAULTS;
}

/** {@link sessionLimits} inside a transaction. */
export function readSessionLimits(reader: Reader): SessionLimits {
  const columns = { lifetimeMinutes: settings.sessionMinutes, idleMinutes: settings.sessionIdleMinutes };
  return reader.select(columns).from(settings).get() ?? DEFAULTS;
}

/**
 * The instants between which a session that goes on lies: it ends after `now`, was created between two of them, and was
 * used after the last.
 */
type LiveAfter<Instant> = { now: Instant; createdAfter: Instant; createdUntil: Instant; usedAfter: Instant };

/**
 * The {@link LiveAfter} of sessions that go on at `now`.
 *
 * @param notedUse a later use than the row's, in milliseconds since 1970
 */
export function liveAfter(
  { lifetimeMinutes, idleMinutes }: SessionLimits,
  now: Date,
  notedUse: number | null = null,
): LiveAfter<Date> {
  const before = (minutes: number) => new Date(now.getTime() - minutes * MINUTE_MS);
  const idleSince = idleMinutes === null ? null : before(idleMinutes);
  const isUsed = idleSince === null || (notedUse !== null && notedUse > idleSince.getTime());
  return {
    now,
    createdAfter: before(lifetimeMinutes),
    createdUntil: before(-AHEAD_MINUTES),
    usedAfter: isUsed ? BEFORE_ANY_USE : idleSince,
  };
}

/** `last_used_at` is 0 in the rows of sessions from before that column. */
const BEFORE_ANY_USE = new Date(-1);

/** The condition that a row of `portal_sessions` goes on, by {@link liveAfter} or by placeholders for its values. */
export const isLiveAfter = ({
  now,
  createdAfter,
  createdUntil,
  usedAfter,
}: LiveAfter<Date | Placeholder>): SQL | undefined =>
  and(
    gt(portalSessions.expiresAt, now),
    gt(portalSessions.createdAt, createdAfter),
    lte(portalSessions.createdAt, createdUntil),
    gt(portalSessions.lastUsedAt, usedAfter),
  );

/** The condition that a row of `portal_sessions` goes on at `now`. */
export const isLive = (limits: SessionLimits, now: Date): SQL | undefined =>
  isLiveAfter(liveAfter(limits, now));

/** One row of a list of sessions. */
export type SessionItem = {
  /** The hash of its id, by which forms name it. */
  idHash: string;
  createdAt: Date;
  lastUsedAt: Date;
  address: string | null;
  /** "Firefox on Windows", from the User-Agent. */
  device: string;
  userAgent: string | null;
  /** Single sign-on started it. */
  byProvider: boolean;
};

/** The sessions of a portal user that go on, the last used first: at most {@link SESSIONS_LISTED}, and how many in all. */
export function sessionsOf(userId: number, now = new Date()): { sessions: SessionItem[]; total: number } {
  const db = database();
  const mine = and(eq(portalSessions.portalUserId, userId), isLive(sessionLimits(), now));
  const rows = db
    .select()
    .from(portalSessions)
    .where(mine)
    .orderBy(desc(portalSessions.lastUsedAt), portalSessions.idHash)
    .limit(SESSIONS_LISTED)
    .all();
  const total = db.select({ total: count() }).from(portalSessions).where(mine).get()?.total ?? 0;
  return {
    total,
    sessions: rows.map(({ idHash, createdAt, lastUsedAt, address, userAgent, identityId }) => ({
      idHash,
      createdAt,
      lastUsedAt,
      address,
      device: deviceName(userAgent),
      userAgent,
      byProvider: identityId !== null,
    })),
  };
}

/** How many sessions each of these portal users has, by id; without those who have none. They are those of one page. */
export function sessionCounts(userIds: readonly number[], now = new Date()): Map<number, number> {
  const rows = database()
    .select({ userId: portalSessions.portalUserId, sessions: count() })
    .from(portalSessions)
    .where(and(inArray(portalSessions.portalUserId, [...userIds]), isLive(sessionLimits(), now)))
    .groupBy(portalSessions.portalUserId)
    .all();
  return new Map(rows.map(({ userId, sessions }) => [userId, sessions]));
}

/** The portal user with an id, whose sessions a page lists; null if there is none. */
export function portalUserOfId(id: number): { id: number; email: string } | null {
  return (
    database()
      .select({ id: portalUsers.id, email: portalUsers.email })
      .from(portalUsers)
      .where(eq(portalUsers.id, id))
      .get() ?? null
  );
}
