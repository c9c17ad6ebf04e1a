import { createHash } from "node:crypto";
import { eq } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { apiKeys, organizations, settings } from "#db/schema/index.ts";
import { type Actor, assertRole } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { newToken, tokenHash } from "#lib/portal-users/secrets.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { endOfDay } from "#lib/time.ts";
import { type CreateApiKeyInput, KEY_PREFIX, SHOWN_CHARACTERS } from "./rules.ts";

/** A key as it is shown, once. */
export type NewApiKey = {
  id: number;
  name: string;
  /** The secret itself, which is kept nowhere. */
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
 * A new key. One that a form asks for has its first characters from the form's id and who sent it: by these, which are
 * kept, the key of a form that was sent before is found, and the rest is as random as any.
 */
function newKey(requestId: string | undefined, actor: Actor): string {
  const token = newToken();
  if (requestId === undefined) return KEY_PREFIX + token;
  const sender = actor.kind === "portal_user" ? actor.id : 0;
  const hash = createHash("sha256").update(`${sender} ${requestId}`).digest("base64url");
  const start = hash.slice(0, SHOWN_CHARACTERS - KEY_PREFIX.length);
  return KEY_PREFIX + start + token.slice(start.length);
}

/** Makes a key of an organization, or of the whole enterprise. It works to the end of its last day there. */
export async function createApiKey(
  input: CreateApiKeyInput,
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<NewApiKey, "organization" | "expires" | "requestId">> {
  assertRole(actor, "admin");
  const key = newKey(input.requestId, actor);
  const prefix = key.slice(0, SHOWN_CHARACTERS);
  return write((tx) => {
    const before = tx.select({ name: apiKeys.name }).from(apiKeys).where(eq(apiKeys.prefix, prefix)).get();
    if (before) {
      const message = `This form made the key ${before.name} (${prefix}…) before, and no second one now. A key is shown once only: whoever has not copied it revokes it and creates another.`;
      return refused("key_made_before", message, "requestId");
    }
    const organization = organizationOf(tx, input.organization);
    if (organization === undefined) {
      return refused("organization_not_found", "This organization does not exist.", "organization");
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
        keyHash: tokenHash(key),
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
          subject: { kind: "api_key", id, label: input.name },
          after: {
            name: input.name,
            keyPrefix: prefix,
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

/** Ends a key: its next request is refused. Again, it changes nothing. */
export async function revokeApiKey(
  input: { id: number },
  actor: Actor,
  now: Date = new Date(),
): Promise<Result<{ name: string; prefix: string }>> {
  assertRole(actor, "admin");
  return write((tx) => {
    const key = tx.select().from(apiKeys).where(eq(apiKeys.id, input.id)).get();
    if (!key) return refused("api_key_not_found", "This key does not exist.");
    const { name, prefix } = key;
    if (key.revokedAt) return done({ name, prefix });
    tx.update(apiKeys).set({ revokedAt: now }).where(eq(apiKeys.id, key.id)).run();
    recordAudit(
      tx,
      actor,
      [
        {
          action: "api_key.revoked",
          subject: { kind: "api_key", id: key.id, label: name },
          before: { status: "active" },
          after: { keyPrefix: prefix, status: "revoked" },
        },
      ],
      now,
    );
    return done({ name, prefix });
  });
}
