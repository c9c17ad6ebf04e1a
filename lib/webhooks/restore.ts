import type Sqlite from "better-sqlite3";
import { eq, isNull, sql } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { alerts, deliveries, mailItems, mails, outboxEvents, webhookEndpoints } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { setEndpointState } from "./commands/endpoints.ts";
import { endpointSubject, endpointValues } from "./commands/records.ts";

// A restore brings back the outbox of the backup. Without what follows, it would send again what was sent since, to
// receivers that were removed since, and sign with secrets that were rotated since.

/** What the database before a restore has of an endpoint. */
export type PresentEndpoint = {
  id: number;
  createdAt: number;
  name: string;
  urlSealed: string;
  urlShown: string;
  events: string;
  secretSealed: string | null;
  previousSecretSealed: string | null;
  previousSecretUntil: number | null;
  state: "active" | "paused" | "resting";
  stateReason: string | null;
};

/** The endpoints in a database. @throws SqliteError in a damaged one, and in an old one without the table. */
export function endpointsIn(sqlite: Sqlite.Database): PresentEndpoint[] {
  return sqlite
    .prepare(
      `SELECT id, created_at AS createdAt, name, url_sealed AS urlSealed, url_shown AS urlShown, events,
         secret_sealed AS secretSealed, previous_secret_sealed AS previousSecretSealed,
         previous_secret_until AS previousSecretUntil, state, state_reason AS stateReason
       FROM webhook_endpoints`,
    )
    .safeIntegers(false)
    .all() as PresentEndpoint[];
}

/** Ends everything that the backup still had to send. It was sent since, or it is long ago. */
export function discardRestoredOutbox(tx: Transaction, now: Date): void {
  tx.delete(outboxEvents).where(isNull(outboxEvents.dispatchedAt)).run();
  tx.update(deliveries)
    .set({ state: "cancelled", nextTryAt: null, endedAt: now })
    .where(eq(deliveries.state, "waiting"))
    .run();
  tx.delete(mailItems).where(isNull(mailItems.mailId)).run();
  tx.delete(mails).where(eq(mails.state, "waiting")).run();
  // Alerts that wait for a digest have no event yet.
  tx.update(alerts).set({ announced: true }).where(sql`${alerts.announced} = 0`).run();
}

const CAME_BACK =
  "It was removed after this backup was made, and came back with the restore. Resume it if it should get events again.";

/**
 * Suspends endpoints of a restored backup that were removed since, and gives the others the address, the secrets and the
 * state that they have in `present`, with audit entries. With `asItWas` it only looks.
 *
 * @param present null if there was no database before, which then decides nothing
 * @returns the names of the endpoints that were removed since
 */
export function settleRestoredEndpoints(
  tx: Transaction,
  actor: Actor,
  { present, asItWas, now }: { present: PresentEndpoint[] | null; asItWas: boolean; now: Date },
): string[] {
  if (present === null) return [];
  const removed: string[] = [];
  for (const row of tx.select().from(webhookEndpoints).all()) {
    const latest = present.find(
      ({ id, createdAt }) => id === row.id && createdAt === row.createdAt.getTime(),
    );
    if (!latest) {
      removed.push(row.name);
      if (!asItWas && row.state !== "resting") {
        setEndpointState(tx, row, { state: "resting", reason: CAME_BACK }, actor, now);
      }
      continue;
    }
    if (asItWas) continue;
    const { id: _, createdAt: __, previousSecretUntil, ...columns } = latest;
    const changed = tx
      .update(webhookEndpoints)
      .set({
        ...columns,
        previousSecretUntil: previousSecretUntil === null ? null : new Date(previousSecretUntil),
      })
      .where(eq(webhookEndpoints.id, row.id))
      .returning()
      .get();
    const differences = changesBetween(endpointValues(row), endpointValues(changed));
    if (!differences) continue;
    recordAudit(
      tx,
      actor,
      [{ action: "webhook.updated", subject: endpointSubject(changed), ...differences }],
      now,
    );
  }
  return removed;
}
