import { and, eq, isNotNull } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { authenticatorApps, passkeys, portalSessions, settings } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";

// Sign-in and sessions need only these two answers about second factors. Everything else about them is in
// lib/second-factor/, which builds on portal users.

/** Whether an account has a passkey or a confirmed authenticator app. Recovery codes alone do not count. */
export function hasSecondFactor(portalUserId: number, reader: Reader = database()): boolean {
  const passkey = reader
    .select({ id: passkeys.id })
    .from(passkeys)
    .where(eq(passkeys.portalUserId, portalUserId))
    .limit(1)
    .get();
  if (passkey) return true;
  const app = reader
    .select({ id: authenticatorApps.portalUserId })
    .from(authenticatorApps)
    .where(and(eq(authenticatorApps.portalUserId, portalUserId), isNotNull(authenticatorApps.confirmedAt)))
    .get();
  return app !== undefined;
}

const policy = statement((db) => db.select({ isRequired: settings.requireSecondFactor }).from(settings));

/**
 * Whether this session must add a second factor before anything else: the enterprise requires one, the password started
 * the session, and the account has none. Single sign-on relies on its provider.
 */
export function mustAddSecondFactor(portalUserId: number, sessionHash: string): boolean {
  if (!policy.get()?.isRequired || hasSecondFactor(portalUserId)) return false;
  const session = database()
    .select({ identityId: portalSessions.identityId })
    .from(portalSessions)
    .where(eq(portalSessions.idHash, sessionHash))
    .get();
  return session !== undefined && session.identityId === null;
}
