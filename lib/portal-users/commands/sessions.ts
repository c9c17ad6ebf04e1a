import { and, eq, isNull } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { pendingSignIns, portalSessions, portalUserIdentities, portalUsers } from "#db/schema/index.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { currentRequest } from "#lib/request-context.ts";
import { enterpriseRoleOf } from "#lib/scope/scope.ts";
import { newToken, tokenHash } from "../secrets.ts";
import { readSessionLimits } from "../session-queries.ts";
import { rememberAddress } from "../throttle.ts";
import { subjectOf } from "./records.ts";
import { deleteEndedSessions } from "./session-limits.ts";

const MINUTE_MS = 60_000;

export type NewSession = {
  /** The hash of the password that was compared. The session starts only while the account still has it. */
  checkedHash?: string | null;
  /** The identity of single sign-on that let them in. */
  identityId?: number | null;
  /** The second factor that let them in, as the audit names it. */
  secondFactor?: string;
  /** When they last proved who they are, if that was before now. */
  confirmedAt?: Date;
  now?: Date;
};

/**
 * {@link startSession} inside a transaction, in the browser that the current request names.
 * @returns its id; null when the account is disabled, or its password or identity is no longer the one that was checked.
 */
export function insertSession(
  tx: Transaction,
  userId: number,
  address: string | null,
  { checkedHash, identityId = null, secondFactor, now = new Date(), confirmedAt = now }: NewSession = {},
): string | null {
  const id = newToken();
  const identity =
    identityId === null
      ? undefined
      : tx.select().from(portalUserIdentities).where(eq(portalUserIdentities.id, identityId)).get();
  if (identityId !== null && identity?.portalUserId !== userId) return null;
  const user = tx
    .update(portalUsers)
    .set({ lastSignInAt: now })
    .where(
      and(
        eq(portalUsers.id, userId),
        isNull(portalUsers.disabledAt),
        checkedHash ? eq(portalUsers.passwordHash, checkedHash) : undefined,
      ),
    )
    .returning({ id: portalUsers.id, email: portalUsers.email })
    .get();
  if (!user) return null;
  if (address !== null) rememberAddress(tx, userId, address, now);
  const limits = readSessionLimits(tx);
  deleteEndedSessions(tx, limits, now);
  tx.insert(portalSessions)
    .values({
      idHash: tokenHash(id),
      portalUserId: userId,
      createdAt: now,
      expiresAt: new Date(now.getTime() + limits.lifetimeMinutes * MINUTE_MS),
      address,
      userAgent: currentRequest()?.userAgent ?? null,
      lastUsedAt: now,
      identityId,
      confirmedAt,
    })
    .run();
  const after = {
    ...(identity && { issuer: identity.issuer }),
    ...(secondFactor !== undefined && { secondFactor }),
  };
  recordAudit(tx, { kind: "portal_user", ...user, role: enterpriseRoleOf(user.id, tx), address }, [
    {
      action: "session.started",
      subject: subjectOf(user),
      ...(Object.keys(after).length > 0 && { after }),
    },
  ]);
  return id;
}

/**
 * Starts a session. @returns its id, which only the browser's cookie may hold; null when the account is disabled, or
 * its identity is no longer the one that was checked.
 */
export function startSession(
  userId: number,
  address: string | null,
  options: NewSession = {},
): Promise<string | null> {
  return write((tx) => insertSession(tx, userId, address, options));
}

/** Ends a session. Its cookie no longer works. `address` is where the request came from. */
export async function endSession(sessionId: string, address: string | null): Promise<void> {
  await write((tx) => {
    const session = tx
      .delete(portalSessions)
      .where(eq(portalSessions.idHash, tokenHash(sessionId)))
      .returning({ userId: portalSessions.portalUserId })
      .get();
    const user = session && tx.select().from(portalUsers).where(eq(portalUsers.id, session.userId)).get();
    if (!user) return;
    const { id, email } = user;
    recordAudit(tx, { kind: "portal_user", id, email, role: enterpriseRoleOf(id, tx), address }, [
      { action: "session.ended", subject: subjectOf(user) },
    ]);
  });
}

/**
 * Ends every session that a password started, and every sign-in that waits for its second factor, which a password began.
 * Used when passwords were switched off. @returns how many sessions.
 */
export async function endPasswordSessions(): Promise<number> {
  return write((tx) => {
    tx.delete(pendingSignIns).run();
    const sessions = tx
      .delete(portalSessions)
      .where(isNull(portalSessions.identityId))
      .returning({ userId: portalSessions.portalUserId })
      .all();
    const ids = new Set(sessions.map(({ userId }) => userId));
    const users = tx
      .select({ id: portalUsers.id, email: portalUsers.email })
      .from(portalUsers)
      .all()
      .filter(({ id }) => ids.has(id));
    recordAudit(
      tx,
      { kind: "system" },
      users.map((user) => ({ action: "session.ended" as const, subject: subjectOf(user) })),
    );
    return sessions.length;
  });
}
