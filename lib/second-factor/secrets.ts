import { seal, unseal } from "#lib/portal-users/sealing.ts";
import { newOneTimeCode, tokenHash } from "#lib/portal-users/secrets.ts";

const APP_KEY = "authenticator app";

/** The account, and for an app that is being set up the session in which that happens. */
export type SecretOwner = { portalUserId: number; sessionId: string | null };

const boundTo = ({ portalUserId, sessionId }: SecretOwner) =>
  `portal user ${portalUserId}${sessionId === null ? "" : `, session ${tokenHash(sessionId)}`}`;

/**
 * Encrypts an authenticator app's secret. It cannot be moved to another account, and no other session can read the secret
 * of an app that is being set up.
 */
export function sealTotpSecret(secret: string, owner: SecretOwner): string {
  return seal(secret, APP_KEY, boundTo(owner));
}

/** Decrypts what {@link sealTotpSecret} wrote; null if the owner or the portal's secret is another one. */
export function openTotpSecret(sealed: string, owner: SecretOwner): string | null {
  return unseal(sealed, APP_KEY, boundTo(owner));
}

/** Four groups of four, 80 bits: "K7QM-2XFD-9HRA-T4WE". */
export function newRecoveryCode(): string {
  return newOneTimeCode(16);
}

/** The hash of a recovery code, as `readCode` reads it, of one account. */
export function recoveryCodeHash(portalUserId: number, code: string): string {
  return tokenHash(`recovery code ${portalUserId} ${code}`);
}
