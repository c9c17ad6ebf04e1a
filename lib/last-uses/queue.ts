import { and, eq, gt, isNull, lte, or } from "drizzle-orm";
import { DatabaseUnavailableError, database, type Transaction, write } from "#db/client.ts";
import { apiKeys, portalSessions } from "#db/schema/index.ts";
import { errorFields, log } from "#lib/log.ts";
import { processWide } from "#lib/process-wide.ts";

/** A last use is written this often at most. */
const USE_MS = 60_000;
/** How long uses are collected, so that those of many people and applications are written in one transaction. */
const COLLECT_MS = 1_000;
const NOTED_MAX = 20_000;

/** What is used: its row is found by the hash of its secret. */
type Kind = "session" | "api_key";

type Uses = {
  /** By the hash of a session's id or of an API key, oldest first; `at` in milliseconds since 1970. */
  noted: Map<string, { kind: Kind; at: number; saved: boolean }>;
  /** Whether this process writes by itself what was noted. */
  isStarted: boolean;
  timer: NodeJS.Timeout | null;
};

const uses = processWide<Uses>("lib/last-uses/queue", () => ({
  noted: new Map(),
  isStarted: false,
  timer: null,
}));

/**
 * Notes that a session or an API key was used. The database gets it later, and once a minute at most, so that a request
 * that only reads neither waits for a write nor fails with one.
 */
export function noteUse(kind: Kind, hash: string, at = Date.now()): void {
  const last = uses.noted.get(hash);
  if (last && at >= last.at && at - last.at < USE_MS) return;
  uses.noted.delete(hash);
  const oldest = uses.noted.keys().next();
  if (uses.noted.size >= NOTED_MAX && !oldest.done) uses.noted.delete(oldest.value);
  uses.noted.set(hash, { kind, at, saved: false });
  if (uses.isStarted) uses.timer ??= setTimeout(saveLater, COLLECT_MS).unref();
}

/**
 * The last use that this process noted, in milliseconds since 1970; null for none. A database that cannot be written
 * to does not have it.
 */
export function notedUse(hash: string): number | null {
  return uses.noted.get(hash)?.at ?? null;
}

/** From now on uses are written a second after they were noted. The server calls this. */
export function startSavingUses(): void {
  uses.isStarted = true;
}

function saveLater(): void {
  uses.timer = null;
  saveUses().catch((error) => {
    // Busy, or the disk is full. The next use that is noted tries again for all.
    if (!(error instanceof DatabaseUnavailableError)) log.error("last uses not saved", errorFields(error));
  });
}

/**
 * The condition that a stored use is not the one at `at`. Another process may have written it within this minute. A use in
 * the future was written before the clock was set back.
 */
const isOther = (column: typeof portalSessions.lastUsedAt | typeof apiKeys.lastUsedAt, at: number) =>
  or(isNull(column), lte(column, new Date(at - USE_MS)), gt(column, new Date(at + USE_MS)));

function store(tx: Transaction, kind: Kind, hash: string, at: number): void {
  const use = { lastUsedAt: new Date(at) };
  if (kind === "session") {
    const { idHash, lastUsedAt } = portalSessions;
    tx.update(portalSessions)
      .set(use)
      .where(and(eq(idHash, hash), isOther(lastUsedAt, at)))
      .run();
  } else {
    const { keyHash, lastUsedAt } = apiKeys;
    tx.update(apiKeys)
      .set(use)
      .where(and(eq(keyHash, hash), isOther(lastUsedAt, at)))
      .run();
  }
}

/**
 * Writes the uses that were noted.
 *
 * @param waitMs how long it waits for the database's write lock
 * @throws DatabaseUnavailableError; the uses are kept for the next time.
 */
export async function saveUses({ waitMs = 0 }: { waitMs?: number } = {}): Promise<void> {
  const unsaved = [...uses.noted].filter(([, use]) => !use.saved);
  if (unsaved.length === 0) return;
  await write(
    (tx) => {
      for (const [hash, { kind, at }] of unsaved) store(tx, kind, hash, at);
    },
    database(),
    waitMs,
  );
  for (const [, use] of unsaved) use.saved = true;
}
