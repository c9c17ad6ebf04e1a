import { and, asc, count, eq, isNull } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { authenticatorApps, passkeys, portalSessions, recoveryCodes, settings } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { auditedFactorValues, type StoredFactors } from "./fingerprint.ts";
import { isLargeMove, MAX_PASSKEYS, type SecondFactorPolicy } from "./rules.ts";

export type Passkey = typeof passkeys.$inferSelect;

/** An account's second factors, as its page shows them. */
export type SecondFactor = {
  passkeys: Pick<Passkey, "id" | "name" | "relyingParty" | "createdAt" | "lastUsedAt">[];
  /** Null without a confirmed authenticator app. */
  authenticatorApp: { createdAt: Date; lastUsedAt: Date | null } | null;
  recoveryCodesLeft: number;
};

/** The passkeys of an account, in the order in which they were added. */
export function passkeysOf(portalUserId: number, reader: Reader = database()): Passkey[] {
  return reader
    .select()
    .from(passkeys)
    .where(eq(passkeys.portalUserId, portalUserId))
    .orderBy(asc(passkeys.id))
    .limit(MAX_PASSKEYS)
    .all();
}

export function passkeyByCredential(credentialId: string, reader: Reader = database()): Passkey | null {
  return reader.select().from(passkeys).where(eq(passkeys.credentialId, credentialId)).get() ?? null;
}

export function authenticatorAppOf(portalUserId: number, reader: Reader = database()) {
  return (
    reader.select().from(authenticatorApps).where(eq(authenticatorApps.portalUserId, portalUserId)).get() ??
    null
  );
}

/** How many recovery codes an account has left. */
export function recoveryCodesLeft(portalUserId: number, reader: Reader = database()): number {
  const row = reader
    .select({ left: count() })
    .from(recoveryCodes)
    .where(and(eq(recoveryCodes.portalUserId, portalUserId), isNull(recoveryCodes.usedAt)))
    .get();
  return row?.left ?? 0;
}

export function secondFactorOf(portalUserId: number, reader: Reader = database()): SecondFactor {
  const app = authenticatorAppOf(portalUserId, reader);
  return {
    passkeys: passkeysOf(portalUserId, reader),
    authenticatorApp: app?.confirmedAt ? { createdAt: app.confirmedAt, lastUsedAt: app.lastUsedAt } : null,
    recoveryCodesLeft: recoveryCodesLeft(portalUserId, reader),
  };
}

/** The second factors of an account as an audit entry has them after a change. */
export function auditedFactors(portalUserId: number, reader: Reader) {
  const app = authenticatorAppOf(portalUserId, reader);
  const stored: StoredFactors = {
    passkeys: passkeysOf(portalUserId, reader),
    authenticatorApp: app?.confirmedAt ? app.secret : null,
    recoveryCodes: reader
      .select({ codeHash: recoveryCodes.codeHash })
      .from(recoveryCodes)
      .where(and(eq(recoveryCodes.portalUserId, portalUserId), isNull(recoveryCodes.usedAt)))
      .all()
      .map(({ codeHash }) => codeHash),
  };
  return auditedFactorValues(stored);
}

/** When the person in this session last proved who they are; null if there is no such session. */
export function confirmedAtOf(sessionHash: string, reader: Reader = database()): Date | null {
  const row = reader
    .select({ confirmedAt: portalSessions.confirmedAt, createdAt: portalSessions.createdAt })
    .from(portalSessions)
    .where(eq(portalSessions.idHash, sessionHash))
    .get();
  return row ? (row.confirmedAt ?? row.createdAt) : null;
}

const currentPolicy = statement((db) =>
  db
    .select({
      requireSecondFactor: settings.requireSecondFactor,
      askAgainAbove: settings.askAgainAbove,
    })
    .from(settings),
);
const NO_POLICY: SecondFactorPolicy = { requireSecondFactor: false, askAgainAbove: null };

/** What the enterprise asks of people who sign in. */
export function secondFactorPolicy(): SecondFactorPolicy {
  return currentPolicy.get() ?? NO_POLICY;
}

/**
 * Whether moving `amount` micro-credits at once asks the person to confirm who they are. A function is called only where an
 * amount can ask at all.
 */
export function asksForMove(amount: bigint | (() => bigint)): boolean {
  const { askAgainAbove } = secondFactorPolicy();
  if (askAgainAbove === null) return false;
  return isLargeMove(typeof amount === "bigint" ? amount : amount(), askAgainAbove);
}

/** {@link secondFactorPolicy} inside a transaction. */
export function readSecondFactorPolicy(reader: Reader): SecondFactorPolicy {
  const row = reader.select().from(settings).get();
  return row ? { requireSecondFactor: row.requireSecondFactor, askAgainAbove: row.askAgainAbove } : NO_POLICY;
}
