import { and, eq } from "drizzle-orm";
import { database } from "#db/client.ts";
import { alerts } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { acknowledgeAlerts } from "#lib/alerts/commands/inbox.ts";
import { createRule, updateRule } from "#lib/alerts/commands/rules.ts";
import { runHourlyChecks, runMinuteChecks } from "#lib/alerts/jobs/runs.ts";
import { checkStaleOrganizations } from "#lib/alerts/jobs/stale.ts";
import type { Result } from "#lib/result.ts";

const credits = (whole: number) => BigInt(whole) * 1_000_000n;

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.message);
  return result.value;
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
