import { and, eq, gt, isNull, lte } from "drizzle-orm";
import { database, type Reader, type Transaction } from "#db/client.ts";
import { pendingSignIns, portalUsers } from "#db/schema/index.ts";
import { newToken, tokenHash } from "./secrets.ts";

/** For how long a sign-in waits for the second factor after the password was right. */
export const PENDING_SIGN_IN_MS = 10 * 60_000;

/** A sign-in that waits for its second factor. */
export type PendingSignIn = { userId: number; email: string };

/** The pending sign-in of a token; null if it was used, has expired, or its account is disabled. */
export function pendingSignIn(
  tokenHash: string,
  now: Date,
  reader: Reader = database(),
): PendingSignIn | null {
  const row = reader
    .select({ userId: portalUsers.id, email: portalUsers.email })
    .from(pendingSignIns)
    .innerJoin(portalUsers, eq(portalUsers.id, pendingSignIns.portalUserId))
    .where(
      and(
        eq(pendingSignIns.tokenHash, tokenHash),
        gt(pendingSignIns.expiresAt, now),
        isNull(portalUsers.disabledAt),
      ),
    )
    .get();
  return row ?? null;
}

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
