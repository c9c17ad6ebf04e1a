import { and, asc, eq } from "drizzle-orm";
import { database, type Reader, write } from "#db/client.ts";
import { portalUserGrants, portalUserIdentities, portalUsers } from "#db/schema/index.ts";
import type { Actor, Role } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { subjectOf } from "#lib/portal-users/commands/records.ts";
import { done, type Result } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { onEnterprise } from "#lib/scope/scope.ts";

/** An account and the person at a provider that it is linked to. */
export type Link = { userId: number; email: string; role: Role | null; issuer: string; subject: string };

const LINKS_MAX = 10_000;

/** Which links are to move: those of one issuer, or those of every issuer but the present one. */
export type RelinkSelection = { from: string } | { to: string };

/** Issuers are compared as addresses, because a provider may write its own with or without the last slash. */
function isSameIssuer(one: string, other: string): boolean {
  const address = (text: string) => (URL.canParse(text) ? new URL(text).href : text).replace(/\/$/, "");
  return address(one) === address(other);
}

function isSelected(issuer: string, selection: RelinkSelection): boolean {
  return "from" in selection ? isSameIssuer(issuer, selection.from) : !isSameIssuer(issuer, selection.to);
}

/** The links that {@link relink} would remove, by e-mail. */
export function linksToMove(selection: RelinkSelection, reader: Reader = database()): Link[] {
  return reader
    .select({
      userId: portalUsers.id,
      email: portalUsers.email,
      role: portalUserGrants.role,
      issuer: portalUserIdentities.issuer,
      subject: portalUserIdentities.subject,
    })
    .from(portalUserIdentities)
    .innerJoin(portalUsers, eq(portalUsers.id, portalUserIdentities.portalUserId))
    .leftJoin(portalUserGrants, and(eq(portalUserGrants.portalUserId, portalUsers.id), onEnterprise))
    .orderBy(asc(portalUsers.emailKey))
    .limit(LINKS_MAX)
    .all()
    .filter(({ issuer }) => isSelected(issuer, selection));
}

/**
 * Removes links to a provider's old address or registration, and ends the sessions that they started. At their next
 * sign-in, people are linked again by their e-mail, which the provider must verify or `OIDC_TRUST_EMAIL` must trust:
 * the subjects of a new registration are not known before. @returns the links that were removed.
 */
export async function relink(selection: RelinkSelection, actor: Actor): Promise<Result<Link[]>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const links = linksToMove(selection, tx);
    for (const { userId } of links) {
      tx.delete(portalUserIdentities).where(eq(portalUserIdentities.portalUserId, userId)).run();
    }
    recordAudit(
      tx,
      actor,
      links.map(({ userId, email, issuer, subject }) => ({
        action: "portal_user.unlinked" as const,
        subject: subjectOf({ id: userId, email }),
        before: { issuer, subject },
      })),
    );
    return done(links);
  });
}
