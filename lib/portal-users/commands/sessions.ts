import { and, eq, isNull } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { portalSessions, portalUserIdentities, portalUsers } from "#db/schema/index.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { currentRequest } from "#lib/request-context.ts";
import { enterpriseRoleOf } from "#lib/scope/scope.ts";
import { newToken, tokenHash } from "../secrets.ts";
import { readSessionLimits } from "../session-queries.ts";
import { rememberAddress } from "../throttle.ts";
import { subjectOf } from "./records.ts";
import { deleteEndedSessions } from "./session-limits.ts";

const MINUTE_MS = 60_000;

/**
 * Starts a session, in the browser that the current request names. `alongside` runs in the same transaction.
 * @returns its id, which only the browser's cookie may hold; null when the account is disabled, or its password or
 * identity is no longer the one that was checked.
 */
export async function startSession(
  userId: number,
  address: string | null,
  {
    checkedHash,
    identityId = null,
    alongside,
  }: {
    checkedHash?: string | null;
    /** The identity of single sign-on that let them in. */
    identityId?: number | null;
    alongside?: (tx: Transaction) => void;
  } = {},
): Promise<string | null> {
  const id = newToken();
  const now = new Date();
  return write((tx) => {
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
    alongside?.(tx);
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
      })
      .run();
    recordAudit(tx, { kind: "portal_user", ...user, role: enterpriseRoleOf(user.id, tx), address }, [
      {
        action: "session.started",
        subject: subjectOf(user),
        ...(identity && { after: { issuer: identity.issuer } }),
      },
    ]);
    return id;
  });
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

/** Ends every session that a password started. Used when passwords were switched off. @returns how many. */
export async function endPasswordSessions(): Promise<number> {
  return write((tx) => {
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
