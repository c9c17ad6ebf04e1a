import { and, eq, ne } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import {
  pendingSignIns,
  portalSessions,
  portalUserGrants,
  portalUserLinks,
  portalUsers,
} from "#db/schema/index.ts";
import type { Actor, Role } from "#lib/actor.ts";
import { actorLabel } from "#lib/audit/commands.ts";
import type { AuditChange } from "#lib/audit/rules.ts";
import { emailKey } from "#lib/email.ts";
import { onEnterprise } from "#lib/scope/scope.ts";
import { newToken, tokenHash } from "../secrets.ts";

const DAY_MS = 24 * 3600 * 1000;
/** How long an invitation or a password link can be used. */
const LINK_MS = 7 * DAY_MS;

/** The subject of an audit entry about a portal user. */
export const subjectOf = (user: { id: number; email: string }): AuditChange["subject"] => ({
  kind: "portal_user",
  id: user.id,
  label: user.email,
});

export function insertUser(
  tx: Transaction,
  email: string,
  passwordHash: string | null,
): { id: number; email: string } {
  return tx
    .insert(portalUsers)
    .values({ email, emailKey: emailKey(email), passwordHash, createdAt: new Date() })
    .returning({ id: portalUsers.id, email: portalUsers.email })
    .get();
}

/** Gives an account a role on the whole enterprise, null for none, in place of the one that it has. */
export function setEnterpriseRole(
  tx: Transaction,
  userId: number,
  role: Role | null,
  actor: Actor,
  source: "portal" | "single_sign_on" = "portal",
): void {
  tx.delete(portalUserGrants)
    .where(and(eq(portalUserGrants.portalUserId, userId), onEnterprise))
    .run();
  if (role === null) return;
  tx.insert(portalUserGrants)
    .values({
      portalUserId: userId,
      role,
      source,
      grantedBy: actorLabel(actor),
      createdAt: new Date(),
    })
    .run();
}

/** Replaces an account's one-time link with a new one. @returns its path. */
export function insertLink(tx: Transaction, userId: number): string {
  const token = newToken();
  const now = Date.now();
  deleteLinksOf(tx, userId);
  tx.insert(portalUserLinks)
    .values({
      tokenHash: tokenHash(token),
      portalUserId: userId,
      createdAt: new Date(now),
      expiresAt: new Date(now + LINK_MS),
    })
    .run();
  return `/invite/${token}`;
}

export const deleteLinksOf = (tx: Transaction, userId: number) =>
  tx.delete(portalUserLinks).where(eq(portalUserLinks.portalUserId, userId)).run();

/**
 * Ends every session of an account except one, and every sign-in that waits for its second factor.
 *
 * @param except the hash of the session that goes on
 */
export function endSessionsOf(tx: Transaction, userId: number, except: string | null = null): void {
  const isOther = except === null ? undefined : ne(portalSessions.idHash, except);
  tx.delete(portalSessions)
    .where(and(eq(portalSessions.portalUserId, userId), isOther))
    .run();
  tx.delete(pendingSignIns).where(eq(pendingSignIns.portalUserId, userId)).run();
}
