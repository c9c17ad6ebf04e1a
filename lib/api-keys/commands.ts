import { createHash } from "node:crypto";
import { eq } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { apiKeys, organizations, settings } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { fingerprint, recordAudit } from "#lib/audit/commands.ts";
import { newToken, tokenHash } from "#lib/portal-users/secrets.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertManages, assertRole, readsIn } from "#lib/scope/authorize.ts";
import { endOfDay } from "#lib/time.ts";
import { type CreateApiKeyInput, KEY_PREFIX, SHOWN_CHARACTERS } from "./rules.ts";

/** A key as it is shown once, when it was created. */
export type NewApiKey = {
  id: number;
  name: string;
  /** The secret itself, which is stored nowhere. */
  key: string;
  /** Its first characters, by which lists name it. */
  prefix: string;
  /** Null for the whole enterprise. */
  organization: { id: number; code: string } | null;
  expiresAt: Date | null;
};

function organizationOf(tx: Transaction, id: number | null) {
  if (id === null) return null;
  return tx
    .select({ id: organizations.id, code: organizations.code })
    .from(organizations)
    .where(eq(organizations.id, id))
    .get();
}

/**
 * A new key. The first characters of one that a form creates are derived from the form's id and its sender. They are
 * stored, so a form that is sent twice finds its key by them. The rest is as random as that of any key.
 */
function newKey(requestId: string | undefined, actor: Actor): string {
  const token = newToken();
  if (requestId === undefined) return KEY_PREFIX + token;
  const sender = actor.kind === "portal_user" ? actor.id : 0;
  const hash = createHash("sha256").update(`${sender} ${requestId}`).digest("base64url");
  const start = hash.slice(0, SHOWN_CHARACTERS - KEY_PREFIX.length);
  return KEY_PREFIX + start + token.slice(start.length);
}

/** Creates a key of an organization, or of the whole enterprise. It works until its last day there ends. */
export async function createApiKey(
  input: CreateApiKeyInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<NewApiKey, "organization" | "expires" | "requestId">> {
  const key = newKey(input.requestId, actor);
  const prefix = key.slice(0, SHOWN_CHARACTERS);
  const keyHash = tokenHash(key);
  return write((tx) => {
    const organization = organizationOf(tx, input.organization);
    if (organization === undefined) {
      return refused("organization_not_found", "This organization does not exist.", "organization");
    }
    if (organization) assertManages(tx, actor, [organization.id]);
    else assertRole(tx, actor, "admin");
    const before = tx.select({ name: apiKeys.name }).from(apiKeys).where(eq(apiKeys.prefix, prefix)).get();
    if (before) {
      const message = `This form already created the key ${before.name} (${prefix}…). A key is shown once: if you did not copy it, revoke it and create another.`;
      return refused("key_made_before", message, "requestId");
    }
    const timeZone = tx.select({ timeZone: settings.timeZone }).from(settings).get()?.timeZone ?? "UTC";
    const expiresAt = input.expires === null ? null : endOfDay(input.expires, timeZone);
    if (expiresAt && expiresAt <= now) {
      return refused("expires_in_past", "Enter today or a later date.", "expires");
    }
    const { id } = tx
      .insert(apiKeys)
      .values({
        name: input.name,
        organizationId: input.organization,
        prefix,
        keyHash,
        createdAt: now,
        expiresAt,
      })
      .returning({ id: apiKeys.id })
      .get();
    recordAudit(
      tx,
      actor,
      [
        {
          action: "api_key.created",
          subject: { kind: "api_key", id, label: input.name, organizationId: input.organization },
          after: {
            name: input.name,
            keyPrefix: prefix,
            keyFingerprint: fingerprint(keyHash),
            organization: organization?.code ?? null,
            expires: expiresAt?.toISOString() ?? null,
          },
        },
      ],
      now,
    );
    return done({ id, name: input.name, key, prefix, organization, expiresAt });
  });
}

/** Revokes a key: its next request is refused. A second call changes nothing. */
export async function revokeApiKey(
  input: { id: number },
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<{ name: string; prefix: string }>> {
  return write((tx) => {
    const key = tx.select().from(apiKeys).where(eq(apiKeys.id, input.id)).get();
    if (!key || !readsIn(tx, actor, key.organizationId)) {
      return refused("api_key_not_found", "This key does not exist.");
    }
    if (key.organizationId === null) assertRole(tx, actor, "admin");
    else assertManages(tx, actor, [key.organizationId]);
    const { name, prefix } = key;
    if (key.revokedAt) return done({ name, prefix });
    tx.update(apiKeys).set({ revokedAt: now }).where(eq(apiKeys.id, key.id)).run();
    recordAudit(
      tx,
      actor,
      [
        {
          action: "api_key.revoked",
          subject: { kind: "api_key", id: key.id, label: name, organizationId: key.organizationId },
          before: { status: "active" },
          after: { keyPrefix: prefix, status: "revoked" },
        },
      ],
      now,
    );
    return done({ name, prefix });
  });
}
