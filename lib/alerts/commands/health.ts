import { type Database, database, write } from "#db/client.ts";
import { type Actor, assertOperator } from "#lib/actor.ts";
import { type HealthCheckKind, storeHealthCheck } from "#lib/health/commands.ts";
import { announce } from "../announce.ts";
import { checkPortal } from "../portal.ts";

/** How long it waits for the database's write lock: the command that was done must not seem to hang. */
const WAIT_MS = 1_000;

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
