import { count, eq } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { webhookEndpoints } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { config } from "#lib/config.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { patternsOf } from "../queries.ts";
import {
  type CreateEndpointInput,
  ENDPOINTS_MAX,
  endpointFormValues,
  readEndpointUrl,
  shownUrl,
  type UpdateEndpointInput,
} from "../rules/endpoints.ts";
import { ROTATION_MS } from "../rules/retries.ts";
import { sealFor, unsealFor } from "../secrets.ts";
import { newWebhookSecret } from "../signing.ts";
import { endpointById, endpointSubject, endpointValues } from "./records.ts";

const HIDDEN_CHANGE = "The part of the address that is not shown was changed.";

const notFound = () => refused<never>("endpoint_not_found", "This endpoint does not exist.");

const urlOf = (text: string): Result<string, "url"> => {
  const read = readEndpointUrl(text, config().privateWebhooksAllowed);
  return read.ok ? done(read.value) : refused("invalid_url", read.message, "url");
};

/** A new endpoint. `secret` signs what is sent to it, and is shown once; Slack and Teams have none. */
export type NewEndpoint = { id: number; name: string; secret: string | null };

/** Adds an endpoint in the transaction of the caller, who has read its address. */
export function insertEndpoint(
  tx: Transaction,
  { kind, name: typedName, url, events }: CreateEndpointInput,
  actor: Actor,
  now: Date,
): NewEndpoint {
  const secret = kind === "webhook" ? newWebhookSecret() : null;
  const name = typedName || new URL(url).hostname.slice(0, 100);
  const row = tx
    .insert(webhookEndpoints)
    .values({
      name,
      kind,
      urlSealed: "",
      urlShown: shownUrl(url, kind),
      events: JSON.stringify(events),
      ownerId: actor.kind === "portal_user" ? actor.id : null,
      createdAt: now,
    })
    .returning()
    .get();
  // Sealed with the row's id, which is known only now.
  tx.update(webhookEndpoints)
    .set({
      urlSealed: sealFor(row, "address", url),
      secretSealed: secret === null ? null : sealFor(row, "secret", secret),
    })
    .where(eq(webhookEndpoints.id, row.id))
    .run();
  recordAudit(
    tx,
    actor,
    [{ action: "webhook.created", subject: endpointSubject(row), after: endpointValues(row) }],
    now,
  );
  return { id: row.id, name, secret };
}

/** Adds an endpoint. Events that are older are not sent to it. */
export async function createEndpoint(
  input: CreateEndpointInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<NewEndpoint, "url">> {
  const url = urlOf(input.url);
  if (!url.ok) return url;
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const endpoints = tx.select({ count: count() }).from(webhookEndpoints).get()?.count ?? 0;
    if (endpoints >= ENDPOINTS_MAX) {
      return refused("too_many_endpoints", `There are ${ENDPOINTS_MAX} endpoints already. Remove one first.`);
    }
    return done(insertEndpoint(tx, { ...input, url: url.value }, actor, now));
  });
}

/**
 * Changes the name, the address or the events of an endpoint. Deliveries that wait go to the new address. With the
 * `original` values of a form it refuses to overwrite a change made since.
 */
export async function updateEndpoint(
  input: UpdateEndpointInput,
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ name: string; changed: boolean }, "url">> {
  const url = urlOf(input.url);
  if (!url.ok) return url;
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const row = endpointById(tx, input.id);
    if (!row) return notFound();
    const present = endpointFormValues({
      name: row.name,
      url: unsealFor(row, "address", row.urlSealed) ?? "",
      events: patternsOf(row),
    });
    const next = endpointFormValues({ name: input.name, url: url.value, events: input.events });
    if (JSON.stringify(present) === JSON.stringify(next)) return done({ name: row.name, changed: false });
    const stale = staleEdit(original, present);
    if (stale) return stale;
    const changed = tx
      .update(webhookEndpoints)
      .set({
        name: input.name,
        urlSealed: sealFor(row, "address", url.value),
        urlShown: shownUrl(url.value, row.kind),
        events: JSON.stringify(input.events),
      })
      .where(eq(webhookEndpoints.id, row.id))
      .returning()
      .get();
    const { before, after } = changesBetween(endpointValues(row), endpointValues(changed)) ?? {};
    const isHidden = present.url !== url.value && row.urlShown === changed.urlShown;
    recordAudit(tx, actor, [
      {
        action: "webhook.updated",
        subject: endpointSubject(changed),
        ...(before && { before }),
        after: { ...after, ...(isHidden && { note: HIDDEN_CHANGE }) },
      },
    ]);
    return done({ name: changed.name, changed: true });
  });
}

/**
 * Gives an endpoint a new secret. For 24 hours what is sent is signed with the old one too, so that the receiver can
 * change over without missing anything.
 */
export async function rotateSecret(
  { id }: { id: number },
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<{ id: number; name: string; secret: string; previousUntil: Date }>> {
  const secret = newWebhookSecret();
  const previousUntil = new Date(now.getTime() + ROTATION_MS);
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const row = endpointById(tx, id);
    if (!row) return notFound();
    if (row.kind !== "webhook") {
      return refused("no_secret", "Slack and Teams check no signature, so there is no secret to rotate.");
    }
    tx.update(webhookEndpoints)
      .set({
        secretSealed: sealFor(row, "secret", secret),
        previousSecretSealed: row.secretSealed,
        previousSecretUntil: previousUntil,
      })
      .where(eq(webhookEndpoints.id, id))
      .run();
    recordAudit(tx, actor, [{ action: "webhook.secret_rotated", subject: endpointSubject(row) }], now);
    return done({ id, name: row.name, secret, previousUntil });
  });
}

/** Stores a state in the transaction of the caller, with its audit entry. */
export function setEndpointState(
  tx: Transaction,
  row: Parameters<typeof endpointValues>[0] & { id: number },
  change: { state: "active" | "paused" | "resting"; reason: string | null },
  actor: Actor,
  now: Date,
): void {
  const { state, reason } = change;
  tx.update(webhookEndpoints)
    .set({
      state,
      stateReason: reason,
      ...(state === "active" && { failures: 0, failingSince: null, retryAt: null }),
    })
    .where(eq(webhookEndpoints.id, row.id))
    .run();
  const action = (
    { active: "webhook.resumed", paused: "webhook.paused", resting: "webhook.rested" } as const
  )[state];
  recordAudit(
    tx,
    actor,
    [
      {
        action,
        subject: endpointSubject(row),
        before: { status: row.state },
        after: { status: state, ...(reason !== null && { note: reason }) },
      },
    ],
    now,
  );
}

/** Pauses an endpoint, or resumes one that is paused or suspended. What waits is then sent. */
export async function pauseOrResume(
  { id, to }: { id: number; to: "active" | "paused" },
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<{ name: string; changed: boolean }>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const row = endpointById(tx, id);
    if (!row) return notFound();
    if (row.state === to) return done({ name: row.name, changed: false });
    setEndpointState(tx, row, { state: to, reason: null }, actor, now);
    return done({ name: row.name, changed: true });
  });
}

/** Removes an endpoint with its deliveries. Nothing more is sent to it. */
export async function removeEndpoint(
  { id }: { id: number },
  actor: Actor,
): Promise<Result<{ name: string }>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const row = endpointById(tx, id);
    if (!row) return notFound();
    tx.delete(webhookEndpoints).where(eq(webhookEndpoints.id, id)).run();
    recordAudit(tx, actor, [
      { action: "webhook.removed", subject: endpointSubject(row), before: endpointValues(row) },
    ]);
    return done({ name: row.name });
  });
}
