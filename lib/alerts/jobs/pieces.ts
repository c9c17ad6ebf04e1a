import { setImmediate as nextTurn } from "node:timers/promises";
import { and, eq, inArray, type max, type min, sql } from "drizzle-orm";
import { type Database, write } from "#db/client.ts";
import { alertRules, alerts } from "#db/schema/index.ts";
import { type CheckContext, checkContext } from "../checks.ts";
import type { Subject } from "../reconcile.ts";
import type { AlertKind } from "../rules/kinds.ts";
import { rulesSummary } from "../rules-of.ts";

// The rules that depend on time. Each job does a bounded piece of work in a transaction, lets other writes in, and goes
// on. Whatever a killed job has not done, the next run does. The alerts that jobs open wait for one digest at their end.

/** How many subjects one transaction checks, which takes some milliseconds. */
export const SUBJECTS_A_WRITE = 100;
/** How many rows are read at once. */
export const ROWS_A_PIECE = 1_000;

/** Runs `work` for each of the ids, some in one transaction. */
export async function inWrites<T>(
  all: readonly T[],
  work: (one: T, context: CheckContext) => void,
  now: Date,
  db: Database,
): Promise<void> {
  for (let start = 0; start < all.length; start += SUBJECTS_A_WRITE) {
    await write(() => {
      const context = checkContext(db, now, rulesSummary(db));
      for (const one of all.slice(start, start + SUBJECTS_A_WRITE)) work(one, context);
    }, db);
    await nextTurn();
  }
}

/** The lowest or highest threshold of the enabled rules of a kind; null without one. */
export function threshold(db: Database, kind: AlertKind, of: typeof min | typeof max): bigint | null {
  const row = db
    .select({ threshold: of(alertRules.threshold) })
    .from(alertRules)
    .where(and(eq(alertRules.kind, kind), eq(alertRules.enabled, true)))
    .get();
  return row?.threshold ?? null;
}

/** The subjects that have an unresolved alert of one of these kinds. */
export function subjectsWithAlerts(db: Database, kinds: readonly AlertKind[]): Subject[] {
  return db
    .selectDistinct({ kind: alerts.subjectKind, id: alerts.subjectId, organizationId: alerts.organizationId })
    .from(alerts)
    .where(and(inArray(alerts.kind, [...kinds]), sql`${alerts.state} <> 'resolved'`))
    .all();
}
