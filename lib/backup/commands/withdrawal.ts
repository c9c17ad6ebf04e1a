import { existsSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { and, eq, isNull } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { apiKeys, portalUsers } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import type { AuditChange } from "#lib/audit/rules.ts";
import { grantsIn, type PresentGrants, withdrawGrantsAgain } from "#lib/grants/restore.ts";
import { factorsIn, type PresentFactors, withdrawFactorsAgain } from "#lib/second-factor/restore.ts";
import { endpointsIn, type PresentEndpoint, settleRestoredEndpoints } from "#lib/webhooks/restore.ts";

/** Portal users by email, API keys, and by email the portal users whose second factors are meant. */
export type Withdrawn = {
  users: string[];
  keys: { name: string; prefix: string }[];
  factors: string[];
  /** "Admin of LAW of dean@example.edu". */
  access: string[];
  /** Names of webhook endpoints. */
  webhooks: string[];
};

export const NOTHING_WITHDRAWN: Withdrawn = { users: [], keys: [], factors: [], access: [], webhooks: [] };

/** By the folded email of each user and the hash of each key, because a restore may give ids to others. */
export type WithdrawnKeys = {
  emailKeys: string[];
  keyHashes: string[];
  factors: PresentFactors;
  grants: PresentGrants;
  /** Null if there was no database, or none with endpoints. */
  endpoints: PresentEndpoint[] | null;
};

/** What `read` gives; `nothing` where SQLite cannot read. */
function orNothing<T>(read: () => T, nothing: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Sqlite.SqliteError) return nothing;
    throw error;
  }
}

/**
 * What is disabled and revoked, and which factors, grants and endpoints there are, in a database. A missing or damaged database has
 * nothing, because it is replaced all the same, and an old one has nothing of what its tables lack.
 */
export function withdrawnIn(file: string): WithdrawnKeys {
  const sqlite = existsSync(file)
    ? orNothing(() => new Sqlite(file, { readonly: true, timeout: 10_000 }), null)
    : null;
  const read = <T>(part: (sqlite: Sqlite.Database) => T, nothing: T): T =>
    sqlite ? orNothing(() => part(sqlite), nothing) : nothing;
  try {
    return {
      ...read(disabledIn, { emailKeys: [], keyHashes: [] }),
      factors: read(factorsIn, { accounts: new Map(), challenges: [] }),
      grants: read(grantsIn, new Map()),
      endpoints: read<PresentEndpoint[] | null>(endpointsIn, null),
    };
  } finally {
    sqlite?.close();
  }
}

function disabledIn(sqlite: Sqlite.Database): Pick<WithdrawnKeys, "emailKeys" | "keyHashes"> {
  const column = (sql: string) => sqlite.prepare(sql).pluck().all() as string[];
  return {
    emailKeys: column("SELECT email_key FROM portal_users WHERE disabled_at IS NOT NULL"),
    keyHashes: column("SELECT key_hash FROM api_keys WHERE revoked_at IS NOT NULL"),
  };
}

/**
 * Finds the accounts, keys, second factors, access and webhook endpoints that a backup would enable again. Unless `asItWas`,
 * disables, revokes and removes them again and suspends the endpoints, with audit entries.
 */
export function withdrawAgain(
  tx: Transaction,
  actor: Actor,
  { current, asItWas, now }: { current: WithdrawnKeys; asItWas: boolean; now: Date },
): Withdrawn {
  const users = current.emailKeys.flatMap((emailKey) =>
    tx
      .select({ id: portalUsers.id, email: portalUsers.email })
      .from(portalUsers)
      .where(and(eq(portalUsers.emailKey, emailKey), isNull(portalUsers.disabledAt)))
      .all(),
  );
  const keys = current.keyHashes.flatMap((keyHash) =>
    tx
      .select({
        id: apiKeys.id,
        name: apiKeys.name,
        prefix: apiKeys.prefix,
        organizationId: apiKeys.organizationId,
      })
      .from(apiKeys)
      .where(and(eq(apiKeys.keyHash, keyHash), isNull(apiKeys.revokedAt)))
      .all(),
  );
  if (!asItWas) {
    for (const { id } of users) {
      tx.update(portalUsers).set({ disabledAt: now }).where(eq(portalUsers.id, id)).run();
    }
    for (const { id } of keys) tx.update(apiKeys).set({ revokedAt: now }).where(eq(apiKeys.id, id)).run();
    recordAudit(
      tx,
      actor,
      [
        ...users.map(
          ({ id, email }): AuditChange => ({
            action: "portal_user.disabled",
            subject: { kind: "portal_user", id, label: email },
          }),
        ),
        ...keys.map(
          ({ id, name, prefix, organizationId }): AuditChange => ({
            action: "api_key.revoked",
            subject: { kind: "api_key", id, label: name, organizationId },
            before: { status: "active" },
            after: { keyPrefix: prefix, status: "revoked" },
          }),
        ),
      ],
      now,
    );
  }
  return {
    users: users.map(({ email }) => email),
    keys: keys.map(({ name, prefix }) => ({ name, prefix })),
    access: withdrawGrantsAgain(tx, actor, { present: current.grants, asItWas }),
    factors: withdrawFactorsAgain(tx, actor, { present: current.factors, asItWas, now }),
    webhooks: settleRestoredEndpoints(tx, actor, { present: current.endpoints, asItWas, now }),
  };
}
