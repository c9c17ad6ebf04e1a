import { setImmediate as nextTurn } from "node:timers/promises";
import { and, inArray, lt, ne, type SQL, sql } from "drizzle-orm";
import { type Database, database, write } from "#db/client.ts";
import { alerts } from "#db/schema/index.ts";
import { addDays, monthOf } from "#lib/calendar.ts";
import { readSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { ROWS_A_PIECE } from "./pieces.ts";

const DAY_MS = 86_400_000;

/** For how many days an unusual day, and a change of access, need attention. */
const UNUSUAL_DAYS = 7;
const ACCESS_DAYS = 90;

/** Resolves alerts about months and days that are over. */
export async function endPeriods(now = new Date(), db: Database = database()): Promise<void> {
  const today = dayOf(now, readSettings(db).timeZone);
  const ended: SQL[] = [
    sql`kind IN ('month_growth', 'allowance_share') AND period < ${monthOf(today)}`,
    sql`kind = 'unusual_spend' AND period < ${addDays(today, -UNUSUAL_DAYS)}`,
    sql`kind = 'access_changed' AND opened_at < ${now.getTime() - ACCESS_DAYS * DAY_MS}`,
  ];
  for (const condition of ended) {
    for (;;) {
      const { changes } = await write(
        (tx) =>
          tx
            .update(alerts)
            .set({ state: "resolved", resolvedAt: now, resolution: "period_ended" })
            .where(
              sql`${alerts.id} IN (SELECT id FROM alerts INDEXED BY alerts_unresolved_kind
                WHERE state <> 'resolved' AND ${condition} LIMIT ${ROWS_A_PIECE})`,
            )
            .run(),
        db,
      );
      if (changes < ROWS_A_PIECE) break;
      await nextTurn();
    }
  }
}

/** For how many days alerts are kept that are not open any more. */
const KEPT_DAYS = 400;

/** Deletes old alerts that are acknowledged or resolved, in pieces. @returns how many. */
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
                .where(and(lt(alerts.openedAt, before), ne(alerts.state, "open")))
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
