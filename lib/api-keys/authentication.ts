import { eq, sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { apiKeys } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import type { Actor } from "#lib/actor.ts";
import { noteUse } from "#lib/last-uses/queue.ts";
import { sameHash, tokenHash } from "#lib/portal-users/secrets.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { bearerKey, statusOf } from "./rules.ts";

const MINUTE_MS = 60_000;

const refusal = (message: string) => refused("unauthorized", message);

const statements = {
  byHash: statement((db) =>
    db
      .select({
        id: apiKeys.id,
        name: apiKeys.name,
        organizationId: apiKeys.organizationId,
        keyHash: apiKeys.keyHash,
        expiresAt: apiKeys.expiresAt,
        revokedAt: apiKeys.revokedAt,
        lastUsedAt: apiKeys.lastUsedAt,
      })
      .from(apiKeys)
      .where(eq(apiKeys.keyHash, sql.placeholder("keyHash"))),
  ),
};

/** The hash of the key in an `Authorization` header, or the refusal `unauthorized`. */
export function keyHashOf(header: string | null): Result<string> {
  if (!header) return refusal("Send an API key as Authorization: Bearer bur_….");
  const key = bearerKey(header);
  return key === null ? refusal("This is not an API key of the portal.") : done(tokenHash(key));
}

type RequestOrigin = { address: string | null; now?: Date; db?: Database };
export type Application = Actor & { kind: "api_key" };

/** The application whose key has this hash, read from the database at every request; or the refusal `unauthorized`. */
export function applicationOf(
  keyHash: string,
  { address, now = new Date(), db = database() }: RequestOrigin,
): Result<Application> {
  const key = statements.byHash.get({ keyHash }, db);
  // The time of the index lookup depends on the hash, which does not reveal a key. This comparison always takes the
  // same time.
  if (!key || !sameHash(key.keyHash, keyHash)) return refusal("There is no such API key.");
  const status = statusOf(key, now);
  // Only a request with the whole key gets this far, so this tells nobody else that the key exists.
  if (status !== "active")
    return refusal(`This API key ${status === "revoked" ? "was revoked" : "has expired"}.`);
  noteKeyUse(key, now);
  return done({ kind: "api_key", id: key.id, name: key.name, organizationId: key.organizationId, address });
}

/** The application that sent this `Authorization` header; or the refusal `unauthorized`. */
export function authenticate(header: string | null, origin: RequestOrigin): Result<Application> {
  const hash = keyHashOf(header);
  return hash.ok ? applicationOf(hash.value, origin) : hash;
}

/** Notes the minute of a key's last use, which is written later: once a minute instead of at each request. */
function noteKeyUse({ keyHash, lastUsedAt }: { keyHash: string; lastUsedAt: Date | null }, now: Date): void {
  const minute = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  // A later minute was stored before the clock was set back.
  if (lastUsedAt?.getTime() === minute) return;
  noteUse("api_key", keyHash, minute);
}
