import { cookies, headers } from "next/headers";
import { forbidden, notFound, redirect } from "next/navigation";
import { cache } from "react";
import type { Actor } from "#lib/actor.ts";
import { noteUse } from "#lib/last-uses/queue.ts";
import { clientAddress, nameRequester } from "#lib/request-context.ts";
import { type Access, hasAccess, readsAny, type Scope } from "#lib/scope/scope.ts";
import { sessionIdOf } from "./auth.ts";
import { type SessionUser, userOfSession } from "./queries.ts";
import { mustAddSecondFactor } from "./required-factor.ts";
import { HOME } from "./rules.ts";
import { tokenHash } from "./secrets.ts";

/** The id of this request's session, which may have ended. */
export const currentSessionId = cache(async (): Promise<string | null> => sessionIdOf(await cookies()));

/** The hash of {@link currentSessionId}, by which lists and forms name sessions; null without a session. */
export async function currentSessionHash(): Promise<string | null> {
  const sessionId = await currentSessionId();
  return sessionId === null ? null : tokenHash(sessionId);
}

/** The user of this request's session, read from the database once per request. */
const sessionUser = cache(async (): Promise<{ user: SessionUser; isEnrolling: boolean } | null> => {
  const sessionId = await currentSessionId();
  const user = sessionId ? userOfSession(sessionId) : null;
  if (!sessionId || !user) return null;
  nameRequester({ portalUserId: user.id });
  const sessionHash = tokenHash(sessionId);
  noteUse("session", sessionHash);
  return { user, isEnrolling: mustAddSecondFactor(user.id, sessionHash) };
});

/** The signed-in user. Null also for a person who must add a second factor before anything else. */
export async function currentUser(): Promise<SessionUser | null> {
  const signedIn = await sessionUser();
  return signedIn && !signedIn.isEnrolling ? signedIn.user : null;
}

/** The user whose session opens nothing but the page "Account", because the enterprise requires a second factor. */
export async function enrollingUser(): Promise<SessionUser | null> {
  const signedIn = await sessionUser();
  return signedIn?.isEnrolling ? signedIn.user : null;
}

/** The address of the page where a second factor is added, which leads on to `returnTo`. */
export function enrolHref(returnTo: string): string {
  return `/account?${new URLSearchParams({ next: returnTo })}`;
}

/** The address of the sign-in page that leads back to `returnTo`. */
export function signInHref(returnTo: string): string {
  return returnTo === HOME ? "/sign-in" : `/sign-in?${new URLSearchParams({ callbackUrl: returnTo })}`;
}

/**
 * The signed-in user. Every page and handler of the portal calls this first. Redirects to sign-in, which leads back to
 * `returnTo`, if nobody is signed in.
 *
 * @param needed what is missing is answered by 403 for users with a role on the enterprise. For others a page that
 * needs such a role does not exist (404); where organizations are managed, 403 is for those who may read some.
 */
export async function requireUser(returnTo: string, needed: Access = "viewer"): Promise<SessionUser> {
  const user = await currentUser();
  if (!user) redirect((await enrollingUser()) ? enrolHref(returnTo) : signInHref(returnTo));
  if (hasAccess(user, needed)) return user;
  if (user.role !== null || (needed === "organization_admin" && readsAny(user.scope))) forbidden();
  notFound();
}

/** {@link requireUser} for the page "Account" and its parts, which are also open to people who must add a second factor. */
export async function requireAccount(
  returnTo: string,
): Promise<{ user: SessionUser; isEnrolling: boolean; sessionId: string }> {
  const [signedIn, sessionId] = await Promise.all([sessionUser(), currentSessionId()]);
  if (!signedIn || !sessionId) redirect(signInHref(returnTo));
  return { ...signedIn, sessionId };
}

/** Who sends a form or calls a handler, with what they may read and manage as the request began. */
export type ActingUser = Actor & { kind: "portal_user" } & { scope: Scope };

/** The actor of an action or a handler; null if nobody is signed in. */
export async function actingUser({ whileEnrolling = false } = {}): Promise<ActingUser | null> {
  const user = (await currentUser()) ?? (whileEnrolling ? await enrollingUser() : null);
  if (!user) return null;
  const { id, email, role, scope } = user;
  return { kind: "portal_user", id, email, role, address: clientAddress(await headers()), scope };
}
