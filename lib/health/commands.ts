import { sql } from "drizzle-orm";
import { type Database, database, type Transaction, write } from "#db/client.ts";
import { healthChecks } from "#db/schema/index.ts";
import { type Actor, assertOperator } from "#lib/actor.ts";
import { announce } from "#lib/alerts/announce.ts";
import { checkPortal } from "#lib/alerts/portal.ts";

/** What the command line does to keep the data safe. */
export type HealthCheckKind = (typeof healthChecks.$inferInsert)["kind"];

/** How long it waits for the database's write lock: the command that was done must not seem to hang. */
const WAIT_MS = 1_000;

/** Stores a check unless a newer one of its kind is stored, in the transaction of the caller. */
export function storeHealthCheck(
  tx: Transaction,
  { kind, faults, at }: { kind: HealthCheckKind; faults: number; at: Date },
): void {
  tx.insert(healthChecks)
    .values({ kind, faults, at })
    .onConflictDoUpdate({
      target: healthChecks.kind,
      set: { faults, at },
      setWhere: sql`excluded.at >= ${healthChecks.at}`,
    })
    .run();
}

/**
 * Records that a backup was made or that the data was verified, unless something newer is recorded, and opens or resolves
 * the alerts about it.
 *
 * @throws DatabaseUnavailableError where the database cannot be written to within a second
 */
export async function recordHealthCheck(
  { kind, faults, at = new Date() }: { kind: HealthCheckKind; faults: number; at?: Date },
  actor: Actor,
  { now = new Date(), db = database() }: { now?: Date; db?: Database } = {},
): Promise<void> {
  assertOperator(actor);
  await write(
    (tx) => {
      storeHealthCheck(tx, { kind, faults, at });
      announce(tx, checkPortal(now, db), now);
    },
    db,
    WAIT_MS,
  );
}
