import { createHash } from "node:crypto";

/** What signs an account in beside its password, as the database stores it. */
export type StoredFactors = {
  /** Credential id and public key of each passkey. */
  passkeys: readonly { credentialId: string; publicKey: string }[];
  /** The encrypted secret of a confirmed authenticator app. */
  authenticatorApp: string | null;
  /** Hashes of the recovery codes that are left. */
  recoveryCodes: readonly string[];
};

const DIGITS = 16;

/**
 * A short hash over an account's second factors, which an audit entry stores after each change. `verify` compares it,
 * so that a factor that was replaced in the database is found. Null if there is none. It tells nothing about a secret:
 * everything that it is made of is public, encrypted or a hash of 80 random bits.
 */
export function factorsFingerprint({
  passkeys,
  authenticatorApp,
  recoveryCodes,
}: StoredFactors): string | null {
  if (passkeys.length === 0 && authenticatorApp === null && recoveryCodes.length === 0) return null;
  const content = JSON.stringify([
    passkeys.map(({ credentialId, publicKey }) => `${credentialId} ${publicKey}`).sort(),
    authenticatorApp,
    [...recoveryCodes].sort(),
  ]);
  return createHash("sha256").update(content).digest("hex").slice(0, DIGITS);
}

/** An account's second factors as an audit entry has them after a change. */
export function auditedFactorValues(stored: StoredFactors) {
  return {
    passkeys: stored.passkeys.length,
    authenticatorApp: stored.authenticatorApp === null ? "off" : "on",
    recoveryCodes: stored.recoveryCodes.length,
    factorsFingerprint: factorsFingerprint(stored),
  };
}
