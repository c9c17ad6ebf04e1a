import { and, eq, sql } from "drizzle-orm";
import { database, type Reader, type Transaction, write } from "#db/client.ts";
import { deliveries, deliveryTries, outboxEvents, webhookEndpoints } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { config } from "#lib/config.ts";
import { appendEvent } from "#lib/outbox/append.ts";
import { type PostOptions, type PostOutcome, postOnce } from "../post.ts";
import type { EndpointRow } from "../queries.ts";
import { bodyFor, type SentEvent } from "../rules/bodies.ts";
import { endpointPauseAfter, mustSuspend, pauseAfter, pauseDuringTry } from "../rules/retries.ts";
import { unsealFor } from "../secrets.ts";
import { signedHeaders } from "../signing.ts";
import { setEndpointState } from "./endpoints.ts";
import { endDelivery, endpointById } from "./records.ts";

/** What a send depends on. Tests replace it. */
export type SendOptions = PostOptions & {
  /** From 0 to 1: where in its range the jitter is. */
  random?: () => number;
  now?: () => Date;
};

/** A delivery with what is sent and where. */
export type DueDelivery = {
  delivery: typeof deliveries.$inferSelect;
  event: SentEvent;
  endpoint: EndpointRow;
};

const PORTAL: Actor = { kind: "system" };

const UNREADABLE =
  "The portal’s secret has changed, so the address and the secret of this endpoint cannot be read. Enter the address again and rotate the secret.";

/** The secrets that sign now: the present one, and the previous one for a while; null if one cannot be read. */
function secretsOf(endpoint: EndpointRow, now: Date): string[] | null {
  const { secretSealed, previousSecretSealed, previousSecretUntil } = endpoint;
  if (secretSealed === null) return [];
  const secret = unsealFor(endpoint, "secret", secretSealed);
  if (secret === null) return null;
  const isRotating = previousSecretUntil !== null && previousSecretUntil > now;
  const previous =
    isRotating && previousSecretSealed !== null ? unsealFor(endpoint, "secret", previousSecretSealed) : null;
  return previous === null ? [secret] : [secret, previous];
}

/** Where an endpoint is and what signs for it. */
type Access = { url: string; secrets: string[] };

/** The {@link Access} to an endpoint now; null if its address or secret cannot be read. */
function accessOf(endpoint: EndpointRow, now: Date): Access | null {
  const url = unsealFor(endpoint, "address", endpoint.urlSealed);
  const secrets = secretsOf(endpoint, now);
  return url === null || secrets === null ? null : { url, secrets };
}

type Sending = Pick<DueDelivery, "event" | "endpoint">;

/** Sends an event once. @returns null if the endpoint's address or secret cannot be read */
export async function sendOnce(sending: Sending, options: SendOptions = {}): Promise<PostOutcome | null> {
  const { now = () => new Date() } = options;
  const access = accessOf(sending.endpoint, now());
  return access && post({ ...sending, access }, options);
}

async function post(
  { event, endpoint, access: { url, secrets } }: Sending & { access: Access },
  { now = () => new Date(), random: _, ...options }: SendOptions,
): Promise<PostOutcome> {
  const { appUrl, privateWebhooksAllowed } = config();
  const body = bodyFor(endpoint.kind, event, appUrl?.origin ?? null);
  const headers =
    endpoint.kind === "webhook" ? signedHeaders({ eventId: event.eventId, body, at: now() }, secrets) : {};
  const outcome = await postOnce(
    url,
    { headers, body },
    { ...(privateWebhooksAllowed && { isAllowed: () => true }), ...options },
  );
  return { ...outcome, answer: outcome.answer && withoutSecretsOf(url, outcome.answer) };
}

/** A shorter part of an address is a word, and no secret. */
const SECRET_PART_MIN_CHARACTERS = 8;

/** An answer without the parts of the address that may be secrets: many servers repeat the path that they do not know. */
function withoutSecretsOf(href: string, answer: string): string {
  const { pathname, search } = new URL(href);
  let text = answer;
  for (const part of (pathname + search).split(/[/?&=]/)) {
    if (part.length >= SECRET_PART_MIN_CHARACTERS) text = text.replaceAll(part, "…");
  }
  return text;
}

/** Adds a try to the log of its delivery. */
export function insertTry(tx: Transaction, deliveryId: number, outcome: PostOutcome, at: Date): void {
  const { durationMs, status, error, answer } = outcome;
  tx.insert(deliveryTries).values({ deliveryId, at, durationMs, status, error, answer }).run();
}

function suspend(tx: Transaction, endpoint: EndpointRow, reason: string, now: Date): void {
  setEndpointState(tx, endpoint, { state: "resting", reason }, PORTAL, now);
  appendEvent(
    tx,
    {
      type: "webhook.resting",
      subject: `webhook:${endpoint.id}`,
      organizationId: null,
      data: {
        title: `The webhook endpoint ${endpoint.name} is suspended`,
        text: `${reason} Events for it wait until you resume it.`,
        path: `/settings/notifications/endpoints/${endpoint.id}`,
        organization: null,
        figures: { failures: endpoint.failures + 1 },
      },
    },
    now,
  );
}

/** The same delivery as before the request, or undefined if a restore or a removal came in between. */
function stillWaiting(tx: Transaction, { delivery, event }: DueDelivery) {
  return tx
    .select({ tries: deliveries.tries })
    .from(deliveries)
    .innerJoin(outboxEvents, eq(outboxEvents.id, deliveries.eventId))
    .where(
      and(
        eq(deliveries.id, delivery.id),
        eq(deliveries.state, "waiting"),
        eq(outboxEvents.eventId, event.eventId),
      ),
    )
    .get();
}

/** Stores what came of a try: the log, when the next one is, and how the endpoint is. */
async function finishTry(
  due: DueDelivery,
  outcome: PostOutcome,
  { at, now, random }: { at: Date; now: Date; random: () => number },
): Promise<void> {
  await write((tx) => {
    const present = stillWaiting(tx, due);
    const endpoint = endpointById(tx, due.endpoint.id);
    if (!present || !endpoint) return;
    const { delivery } = due;
    const tries = present.tries + 1;
    insertTry(tx, delivery.id, outcome, at);
    tx.update(deliveries).set({ tries }).where(eq(deliveries.id, delivery.id)).run();
    if (outcome.error === null) {
      endDelivery(tx, delivery, "delivered", now);
      tx.update(webhookEndpoints)
        .set({ failures: 0, failingSince: null, retryAt: null, lastSuccessAt: now })
        .where(eq(webhookEndpoints.id, endpoint.id))
        .run();
      return;
    }
    const pause = pauseAfter(tries, random);
    if (pause === null) endDelivery(tx, delivery, "failed", now);
    else {
      tx.update(deliveries)
        .set({ nextTryAt: new Date(now.getTime() + Math.max(pause, outcome.retryAfterMs)) })
        .where(eq(deliveries.id, delivery.id))
        .run();
    }
    const failures = endpoint.failures + 1;
    const failingSince = endpoint.failingSince ?? at;
    // What a receiver asks for is about all events and not about this one.
    const endpointPause = Math.max(endpointPauseAfter(failures, random), outcome.retryAfterMs);
    tx.update(webhookEndpoints)
      .set({
        failures,
        failingSince,
        retryAt: endpointPause === 0 ? null : new Date(now.getTime() + endpointPause),
      })
      .where(eq(webhookEndpoints.id, endpoint.id))
      .run();
    const suspends = mustSuspend({ failures, failingSince, status: outcome.status, now });
    if (endpoint.state === "active" && suspends) suspend(tx, endpoint, outcome.error, now);
  });
}

/** The delivery of an endpoint that is due first; null for none, and while the endpoint is suspended or paused. */
function firstDue(reader: Reader, endpointId: number, now: Date): DueDelivery | null {
  const row = reader
    .select({ delivery: deliveries, event: outboxEvents, endpoint: webhookEndpoints })
    .from(deliveries)
    .innerJoin(outboxEvents, eq(outboxEvents.id, deliveries.eventId))
    .innerJoin(webhookEndpoints, eq(webhookEndpoints.id, deliveries.endpointId))
    .where(
      and(
        eq(deliveries.endpointId, endpointId),
        sql`${deliveries.nextTryAt} <= ${now.getTime()}`,
        eq(webhookEndpoints.state, "active"),
        sql`coalesce(${webhookEndpoints.retryAt}, 0) <= ${now.getTime()}`,
      ),
    )
    .orderBy(deliveries.nextTryAt, deliveries.id)
    .limit(1)
    .get();
  return row ?? null;
}

/** A delivery that is to be tried now, with the access that its endpoint has. */
type TakenDelivery = DueDelivery & { access: Access };

/**
 * Takes the delivery of an endpoint that is due first, to try it now. Its next try is put off before the request, as after
 * a failure: otherwise a database that cannot store results would let the same event be sent every second.
 *
 * It looks first without the write lock, so that nobody waits for the lock to learn that nothing is due.
 *
 * @param mayTake is asked again when the write lock is there, because the worker may be stopped during the wait for it
 * @returns null for none, and if the endpoint's address or secret cannot be read, which suspends the endpoint
 */
export async function takeDue(
  endpointId: number,
  mayTake: () => boolean,
  { now = () => new Date(), random = Math.random }: SendOptions = {},
): Promise<TakenDelivery | null> {
  if (!mayTake() || !firstDue(database(), endpointId, now())) return null;
  return write((tx) => {
    if (!mayTake()) return null;
    const at = now();
    const due = firstDue(tx, endpointId, at);
    if (!due) return null;
    const access = accessOf(due.endpoint, at);
    if (access === null) {
      suspend(tx, due.endpoint, UNREADABLE, at);
      return null;
    }
    tx.update(deliveries)
      .set({ nextTryAt: new Date(at.getTime() + pauseDuringTry(due.delivery.tries, random)) })
      .where(eq(deliveries.id, due.delivery.id))
      .run();
    return { ...due, access };
  });
}

/** Tries a delivery of {@link takeDue} once and stores what came of it. */
export async function deliver(taken: TakenDelivery, options: SendOptions = {}): Promise<void> {
  const { now = () => new Date(), random = Math.random } = options;
  const at = now();
  const outcome = await post(taken, options);
  await finishTry(taken, outcome, { at, now: now(), random });
}
