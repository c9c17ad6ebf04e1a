import { lte } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { pendingSignIns } from "#db/schema/index.ts";
import { newToken, tokenHash } from "#lib/portal-users/secrets.ts";
import { PENDING_SIGN_IN_MS } from "./rules.ts";

/**
 * Notes that the first step of a sign-in is done. @returns the token for the browser's cookie, which opens the second
 * step and nothing else, once.
 */
export function insertPendingSignIn(tx: Transaction, portalUserId: number, now = new Date()): string {
  const token = newToken();
  tx.delete(pendingSignIns).where(lte(pendingSignIns.expiresAt, now)).run();
  tx.insert(pendingSignIns)
    .values({
      tokenHash: tokenHash(token),
      portalUserId,
      expiresAt: new Date(now.getTime() + PENDING_SIGN_IN_MS),
    })
    .run();
  return token;
}
