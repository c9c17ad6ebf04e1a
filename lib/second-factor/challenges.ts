import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { lte } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { usedChallenges } from "#db/schema/index.ts";
import { derivedKey } from "#lib/portal-users/sealing.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";

/** How long a passkey may take to sign a challenge. */
export const CHALLENGE_MS = 10 * 60_000;

const RANDOM_BYTES = 16;
const EXPIRY_BYTES = 8;

function seal(content: Buffer, boundTo: string): Buffer {
  return createHmac("sha256", derivedKey("passkey challenge")).update(content).update(boundTo).digest();
}

/**
 * A challenge for a passkey. It carries its own expiry and a signature, so that a stranger who asks for challenges
 * stores nothing. `boundTo` names what it is for and the session, the pending sign-in or the browser that asked:
 * elsewhere it is no challenge.
 */
export function newChallenge(boundTo: string, now = Date.now()): Uint8Array<ArrayBuffer> {
  const content = Buffer.alloc(RANDOM_BYTES + EXPIRY_BYTES, randomBytes(RANDOM_BYTES));
  content.writeBigUInt64BE(BigInt(now + CHALLENGE_MS), RANDOM_BYTES);
  return new Uint8Array(Buffer.concat([content, seal(content, boundTo)]));
}

/** Whether this is a challenge of this portal, bound to `boundTo`, that has not expired. `challenge` is base64url. */
export function isChallenge(challenge: string, boundTo: string, now = Date.now()): boolean {
  const bytes = Buffer.from(challenge, "base64url");
  const content = bytes.subarray(0, RANDOM_BYTES + EXPIRY_BYTES);
  const signature = bytes.subarray(RANDOM_BYTES + EXPIRY_BYTES);
  const expected = seal(content, boundTo);
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return false;
  return content.readBigUInt64BE(RANDOM_BYTES) > BigInt(now);
}

/** Uses a challenge up. @returns false if it was used before. */
export function consumeChallenge(tx: Transaction, challenge: string, now = new Date()): boolean {
  tx.delete(usedChallenges).where(lte(usedChallenges.expiresAt, now)).run();
  const { changes } = tx
    .insert(usedChallenges)
    .values({ challengeHash: tokenHash(challenge), expiresAt: new Date(now.getTime() + CHALLENGE_MS) })
    .onConflictDoNothing()
    .run();
  return Number(changes) === 1;
}
