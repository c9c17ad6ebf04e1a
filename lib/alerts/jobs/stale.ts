import { setTimeout as sleep } from "node:timers/promises";
import { lt } from "drizzle-orm";
import { type Database, database, write } from "#db/client.ts";
import { organizations } from "#db/schema/index.ts";
import { checkContext, checkStaleOrganization } from "../checks.ts";
import { rulesSummary } from "../rules-of.ts";
import { SUBJECTS_A_WRITE } from "./pieces.ts";

/** For how long one transaction checks organizations. */
const STALE_PIECE_MS = 20;
/** For how long one run checks organizations: a server that stops waits for its end. The next run goes on. */
const STALE_RUN_MS = 5_000;

/** Some of the organizations whose limits are out of date. */
function staleOrganizations(db: Database): number[] {
  return db
    .select({ id: organizations.id })
    .from(organizations)
    .where(lt(organizations.alertVersion, rulesSummary(db).version))
    .limit(SUBJECTS_A_WRITE)
    .all()
    .map(({ id }) => id);
}

/** Checks these organizations until they are all checked or a piece of work is done. @returns how long it took */
function checkSomeStale(ids: readonly number[], now: Date, db: Database): number {
  const began = performance.now();
  const context = checkContext(db, now, rulesSummary(db));
  for (const id of ids) {
    checkStaleOrganization(id, context);
    if (performance.now() - began > STALE_PIECE_MS) break;
  }
  return performance.now() - began;
}

/**
 * Checks organizations whose limits are out of date, because a rule, a tag, a status or an allowance was changed, until
 * they are all checked or the time of one run is over. After each piece of work it pauses for as long as the piece took,
 * so that requests have half of the time at least. @returns whether all are.
 */
export async function checkStaleOrganizations(
  now = new Date(),
  { db = database(), runMs = STALE_RUN_MS }: { db?: Database; runMs?: number } = {},
): Promise<boolean> {
  const end = performance.now() + runMs;
  for (;;) {
    const ids = staleOrganizations(db);
    if (ids.length === 0) return true;
    const took = await write(() => checkSomeStale(ids, now, db), db);
    if (performance.now() > end) return false;
    await sleep(took);
  }
}
