import { sql } from "drizzle-orm";
import { type Database, database, write } from "#db/client.ts";
import { alerts } from "#db/schema/index.ts";
import { announceWaiting } from "../announce.ts";
import { checkPortal } from "../portal.ts";
import { endPeriods } from "./ends.ts";
import { checkKeys } from "./keys.ts";
import { checkRefusals } from "./refusals.ts";
import { checkRunways } from "./runways.ts";
import { checkUnusualDays } from "./unusual.ts";

/** Opens and resolves alerts about the last backup and the last check of the data. */
export async function checkHealth(now = new Date(), db: Database = database()): Promise<void> {
  await write(() => checkPortal(now, db), db);
}

const announceAll = (now: Date, db: Database) => write((tx) => announceWaiting(tx, now), db);

/** Every minute: refusals, and the digest of alerts that wait for one. */
export async function runMinuteChecks(now = new Date(), db: Database = database()): Promise<void> {
  await checkRefusals(now, db);
  if (db.select({ id: alerts.id }).from(alerts).where(sql`${alerts.announced} = 0`).limit(1).get()) {
    await announceAll(now, db);
  }
}

/** Every hour: what depends on the clock alone. */
export async function runHourlyChecks(now = new Date(), db: Database = database()): Promise<void> {
  await endPeriods(now, db);
  await checkRunways(now, db);
  await checkKeys(now, db);
  await checkHealth(now, db);
  await checkUnusualDays(now, db);
  await announceAll(now, db);
}
