import { and, eq } from "drizzle-orm";
import { database, type Transaction } from "#db/client.ts";
import { alerts } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { acknowledgeAlerts } from "#lib/alerts/commands/inbox.ts";
import { createRule, updateRule } from "#lib/alerts/commands/rules.ts";
import { runHourlyChecks, runMinuteChecks } from "#lib/alerts/jobs/runs.ts";
import { checkStaleOrganizations } from "#lib/alerts/jobs/stale.ts";
import { storeHealthCheck } from "#lib/health/commands.ts";
import type { Result } from "#lib/result.ts";

const credits = (whole: number) => BigInt(whole) * 1_000_000n;

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

const HOUR_MS = 3_600_000;
/** The last night's backup and the last check of the data, before the demo is filled. */
const BACKUP_AGE_MS = 8 * HOUR_MS;
const VERIFY_AGE_MS = 50 * HOUR_MS;

/**
 * Records a backup and a check as the demo enterprise would have made them. Without them, the portal would warn that there
 * was no backup since the demo's history begins, which is years ago.
 */
export function addDemoHealth(tx: Transaction, now: Date): void {
  const ago = (ms: number) => new Date(now.getTime() - ms);
  storeHealthCheck(tx, { kind: "verify", faults: 0, at: ago(VERIFY_AGE_MS) });
  storeHealthCheck(tx, { kind: "backup", faults: 0, at: ago(BACKUP_AGE_MS) });
}

/**
 * Gives the demo alerts of each state beside those that its spending has opened: a balance below a rule of its own, one
 * that somebody looks after, and one that was resolved because its rule was corrected.
 */
export async function addDemoAlerts(actor: Actor, now: Date): Promise<void> {
  const below = { kind: "balance_amount", tag: null } as const;
  accepted(await createRule({ ...below, threshold: credits(10_000), organization: "ENT-TEST" }, actor, now));
  const { id } = accepted(
    await createRule({ ...below, threshold: credits(600_000), organization: "BUS" }, actor, now),
  );
  await checkStaleOrganizations(now, { runMs: Number.POSITIVE_INFINITY });
  accepted(await updateRule({ id, threshold: "500000", enabled: "on" }, actor, undefined, now));
  await checkStaleOrganizations(now, { runMs: Number.POSITIVE_INFINITY });
  await runHourlyChecks(now);
  await runMinuteChecks(now);
  const first = database()
    .select({ id: alerts.id })
    .from(alerts)
    .where(and(eq(alerts.kind, "allowance_share"), eq(alerts.state, "open")))
    .orderBy(alerts.id)
    .limit(1)
    .get();
  if (first) accepted(await acknowledgeAlerts({ ids: [first.id] }, actor, now));
}
