import { setImmediate as nextTurn } from "node:timers/promises";
import { and, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import { type Database, database, type Transaction, write } from "#db/client.ts";
import { alerts } from "#db/schema/index.ts";
import { addDays, monthOf } from "#lib/calendar.ts";
import { readSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { markStale } from "../checks.ts";
import { ROWS_A_PIECE } from "./pieces.ts";
import { UNUSUAL_DAYS } from "./unusual.ts";

const DAY_MS = 86_400_000;

/** For how many days a change of access needs attention. */
const ACCESS_DAYS = 90;

/** Resolves some of the alerts that a condition selects. @returns how many */
function endSome(tx: Transaction, condition: SQL, now: Date, db: Database): number {
  const ended = tx
    .update(alerts)
    .set({ state: "resolved", resolvedAt: now, resolution: "period_ended" })
    .where(
      sql`${alerts.id} IN (SELECT id FROM alerts INDEXED BY alerts_unresolved_kind
        WHERE state <> 'resolved' AND ${condition} LIMIT ${ROWS_A_PIECE})`,
    )
    .returning({ kind: alerts.kind, organizationId: alerts.organizationId })
    .all();
  // The limits of an organization leave out the rules about months that have an unresolved alert.
  const organizations = ended.flatMap(({ kind, organizationId }) =>
    kind === "month_growth" ? (organizationId ?? []) : [],
  );
  if (organizations.length > 0) markStale(organizations, db);
  return ended.length;
}

/** Resolves alerts about months and days that are over. The limits that change with them are out of date then. */
export async function endPeriods(now = new Date(), db: Database = database()): Promise<void> {
  const today = dayOf(now, readSettings(db).timeZone);
  const conditions: SQL[] = [
    sql`kind IN ('month_growth', 'allowance_share') AND period < ${monthOf(today)}`,
    sql`kind = 'unusual_spend' AND period < ${addDays(today, -UNUSUAL_DAYS)}`,
    sql`kind = 'access_changed' AND opened_at < ${now.getTime() - ACCESS_DAYS * DAY_MS}`,
  ];
  for (const condition of conditions) {
    for (;;) {
      const ended = await write((tx) => endSome(tx, condition, now, db), db);
      if (ended < ROWS_A_PIECE) break;
      await nextTurn();
    }
  }
}

/** For how many days alerts are kept, and longer where they are not resolved. */
const KEPT_DAYS = 400;

/**
 * Deletes old alerts that are resolved, in pieces. One that is acknowledged is still there for its rule: without it, the
 * limits of its organization would be wrong. @returns how many.
 */
export async function deleteOldAlerts(now = new Date(), db: Database = database()): Promise<number> {
  const before = new Date(now.getTime() - KEPT_DAYS * DAY_MS);
  for (let deleted = 0; ; ) {
    const { changes } = await write(
      (tx) =>
        tx
          .delete(alerts)
          .where(
            inArray(
              alerts.id,
              tx
                .select({ id: alerts.id })
                .from(alerts)
                .where(and(lt(alerts.openedAt, before), eq(alerts.state, "resolved")))
                .orderBy(alerts.openedAt)
                .limit(ROWS_A_PIECE),
            ),
          )
          .run(),
      db,
    );
    deleted += changes;
    if (changes < ROWS_A_PIECE) return deleted;
    await nextTurn();
  }
}
