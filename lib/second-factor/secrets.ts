import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { authSecret, newOneTimeCode, tokenHash } from "#lib/portal-users/secrets.ts";

/** A key of its own for each purpose, derived from the portal's secret (HKDF, RFC 5869). */
export function derivedKey(purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", authSecret(), "", `bursar ${purpose}`, 32));
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = "v1.";
const APP_KEY = "authenticator app";

/** The account, and for an app that is being set up the session in which that happens. */
export type SecretOwner = { portalUserId: number; sessionId: string | null };

const boundTo = ({ portalUserId, sessionId }: SecretOwner) =>
  Buffer.from(`portal user ${portalUserId}${sessionId === null ? "" : `, session ${tokenHash(sessionId)}`}`);

/**
 * Encrypts an authenticator app's secret with AES-256-GCM and a key that is derived from the portal's secret, which no
 * backup contains. The text is bound to its owner, so that it cannot be moved to another account, and no other session
 * can read the secret of an app that is being set up.
 */
export function sealTotpSecret(secret: string, owner: SecretOwner): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", derivedKey(APP_KEY), nonce);
  cipher.setAAD(boundTo(owner));
  const content = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return VERSION + Buffer.concat([nonce, cipher.getAuthTag(), content]).toString("base64url");
}

/** Decrypts what {@link sealTotpSecret} wrote; null if the owner or the portal's secret is another one. */
export function openTotpSecret(sealed: string, owner: SecretOwner): string | null {
  if (!sealed.startsWith(VERSION)) return null;
  const bytes = Buffer.from(sealed.slice(VERSION.length), "base64url");
  if (bytes.length <= NONCE_BYTES + TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv("aes-256-gcm", derivedKey(APP_KEY), bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(boundTo(owner));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const content = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([content, decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}

/** Four groups of four, 80 bits: "K7QM-2XFD-9HRA-T4WE". */
export function newRecoveryCode(): string {
  return newOneTimeCode(16);
}

/** The hash of a recovery code, as `readCode` reads it, of one account. */
export function recoveryCodeHash(portalUserId: number, code: string): string {
  return tokenHash(`recovery code ${portalUserId} ${code}`);
}
