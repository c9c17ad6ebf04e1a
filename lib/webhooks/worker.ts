import { and, eq, sql } from "drizzle-orm";
import { database, type Transaction } from "#db/client.ts";
import { deliveries, webhookEndpoints } from "#db/schema/index.ts";
import { errorFields, log } from "#lib/log.ts";
import { isEventType, matchesEvent } from "#lib/outbox/rules/events.ts";
import { processWide } from "#lib/process-wide.ts";
import { insertDelivery } from "./commands/records.ts";
import { deliver, type SendOptions, takeDue } from "./commands/send.ts";
import { patternsOf } from "./queries.ts";

// Only the process that holds the worker's lock calls this: see lib/scheduler.

/** The lanes that send now, by their endpoint: one for each, so that one receiver delays no other. */
const lanes = processWide("lib/webhooks/worker", () => ({
  running: new Map<number, Promise<void>>(),
  isStopping: false,
}));

/** Adds the deliveries of an event to the endpoints that have asked for it. @returns how many there are */
export function addDeliveries(
  tx: Transaction,
  event: { id: number; type: string; subject: string },
  now: Date,
): number {
  const { id: eventId, type, subject } = event;
  if (!isEventType(type)) return 0;
  const endpoints = tx
    .select({ id: webhookEndpoints.id, events: webhookEndpoints.events })
    .from(webhookEndpoints)
    .where(sql`${webhookEndpoints.state} <> 'paused'`)
    .all()
    .filter((endpoint) => matchesEvent(patternsOf(endpoint), type));
  for (const { id: endpointId } of endpoints) insertDelivery(tx, { eventId, endpointId, subject }, now);
  return endpoints.length;
}

/** Sends what is due to one endpoint, one delivery after the other. */
async function runLane(endpointId: number, options: SendOptions): Promise<void> {
  for (;;) {
    const due = await takeDue(endpointId, () => !lanes.isStopping, options);
    if (!due) return;
    await deliver(due, options);
  }
}

/** The endpoints that have something due. */
function endpointsDue(now: Date): number[] {
  return database()
    .select({ id: webhookEndpoints.id })
    .from(webhookEndpoints)
    .where(
      and(
        eq(webhookEndpoints.state, "active"),
        sql`coalesce(${webhookEndpoints.retryAt}, 0) <= ${now.getTime()}`,
        sql`EXISTS (SELECT 1 FROM ${deliveries} WHERE ${deliveries.endpointId} = ${webhookEndpoints.id}
          AND ${deliveries.nextTryAt} <= ${now.getTime()})`,
      ),
    )
    .all()
    .map(({ id }) => id);
}

/** Starts to send what is due, to each endpoint at the same time. Does not wait for the answers. */
export function startDelivering(options: SendOptions = {}): void {
  const { now = () => new Date() } = options;
  for (const id of endpointsDue(now())) {
    if (lanes.running.has(id)) continue;
    const lane = runLane(id, options)
      .catch((error) => log.error("a webhook was not delivered", { endpoint: id, ...errorFields(error) }))
      .finally(() => lanes.running.delete(id));
    lanes.running.set(id, lane);
  }
}

/** Waits for the requests that are under way. */
export async function lanesEnded(): Promise<void> {
  await Promise.all(lanes.running.values());
}

/**
 * Sends nothing more, and waits for the requests that are under way.
 *
 * @param run the job's run that is under way, which may be about to call {@link startDelivering}
 */
export async function stopDelivering(run: Promise<void> | null = null): Promise<void> {
  lanes.isStopping = true;
  await run;
  await lanesEnded();
  lanes.isStopping = false;
}
