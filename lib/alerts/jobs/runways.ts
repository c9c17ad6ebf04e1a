import { setImmediate as nextTurn } from "node:timers/promises";
import { max, sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { creditTypes } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { checkOrganization, checkPool } from "../checks.ts";
import { inWrites, ROWS_A_PIECE, subjectsWithAlerts, threshold } from "./pieces.ts";

/** Opens and resolves alerts about organizations whose balance lasts for few days, and about pools. */
export async function checkRunways(now = new Date(), db: Database = database()): Promise<void> {
  const most = threshold(db, "balance_days", max);
  const ids = new Set(subjectsWithAlerts(db, ["balance_days"]).map(({ id }) => id));
  let from: [number, number] = [-1, 0];
  while (most !== null) {
    const rows = statement(
      sql`SELECT id, days_left FROM organizations INDEXED BY organizations_days_left
        WHERE (days_left, id) > (${from[0]}, ${from[1]}) AND days_left < ${most} AND active = 1
        ORDER BY days_left, id LIMIT ${ROWS_A_PIECE}`,
    ).lists<[bigint, bigint]>({}, db);
    for (const [id] of rows) ids.add(Number(id));
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_A_PIECE) break;
    from = [Number(last[1]), Number(last[0])];
    await nextTurn();
  }
  await inWrites([...ids], (id, context) => void checkOrganization(id, "condition_ended", context), now, db);
  const pools = db.select({ id: creditTypes.id }).from(creditTypes).all();
  await inWrites(pools, ({ id }, context) => void checkPool(id, "condition_ended", context), now, db);
}
