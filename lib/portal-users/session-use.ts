import { and, eq, gt, lte, or } from "drizzle-orm";
import { DatabaseUnavailableError, database, write } from "#db/client.ts";
import { portalSessions } from "#db/schema/index.ts";
import { errorFields, log } from "#lib/log.ts";
import { processWide } from "#lib/process-wide.ts";

/** A session's last use is written this often at most. */
const USE_MS = 60_000;
/** How long uses are collected, so that those of many people are written in one transaction, after their pages are sent. */
const COLLECT_MS = 1_000;
const SESSIONS_MAX = 10_000;

type Uses = {
  /** By the hash of a session's id, oldest first; `at` in milliseconds since 1970. */
  noted: Map<string, { at: number; saved: boolean }>;
  timer: NodeJS.Timeout | null;
};

const uses = processWide<Uses>("lib/portal-users/session-use", () => ({ noted: new Map(), timer: null }));

/**
 * Notes that a session was used just now. The database gets it later, and once a minute at most, so that a page that
 * only reads neither waits for a write nor fails with one.
 */
export function noteSessionUse(idHash: string, now = Date.now()): void {
  const last = uses.noted.get(idHash);
  if (last && now >= last.at && now - last.at < USE_MS) return;
  uses.noted.delete(idHash);
  const oldest = uses.noted.keys().next();
  if (uses.noted.size >= SESSIONS_MAX && !oldest.done) uses.noted.delete(oldest.value);
  uses.noted.set(idHash, { at: now, saved: false });
  uses.timer ??= setTimeout(saveLater, COLLECT_MS).unref();
}

/**
 * The last use that this process noted, in milliseconds since 1970; null for none. A database that cannot be written
 * to does not have it.
 */
export function notedUse(idHash: string): number | null {
  return uses.noted.get(idHash)?.at ?? null;
}

function saveLater(): void {
  uses.timer = null;
  saveSessionUses().catch((error) => {
    // Busy, or the disk is full. The next use that is noted tries again for all.
    if (!(error instanceof DatabaseUnavailableError)) log.error("session use not saved", errorFields(error));
  });
}

/**
 * Writes the uses that were noted, if the database is free at this moment.
 *
 * @throws DatabaseUnavailableError; the uses are kept for the next time.
 */
export async function saveSessionUses(): Promise<void> {
  const unsaved = [...uses.noted].filter(([, use]) => !use.saved);
  if (unsaved.length === 0) return;
  await write(
    (tx) => {
      for (const [idHash, { at }] of unsaved) {
        // Another process may have written it within this minute. A use in the future was written before the clock was
        // set back.
        const isOlder = or(
          lte(portalSessions.lastUsedAt, new Date(at - USE_MS)),
          gt(portalSessions.lastUsedAt, new Date(at + USE_MS)),
        );
        tx.update(portalSessions)
          .set({ lastUsedAt: new Date(at) })
          .where(and(eq(portalSessions.idHash, idHash), isOlder))
          .run();
      }
    },
    database(),
    0,
  );
  for (const [, use] of unsaved) use.saved = true;
}
