import { cookies, headers } from "next/headers";
import { forbidden, redirect } from "next/navigation";
import { cache } from "react";
import { type Actor, hasRole, type Role } from "#lib/actor.ts";
import { clientAddress, nameRequester } from "#lib/request-context.ts";
import { sessionIdOf } from "./auth.ts";
import { type PortalUser, userOfSession } from "./queries.ts";
import { HOME } from "./rules.ts";
import { tokenHash } from "./secrets.ts";
import { noteSessionUse } from "./session-use.ts";

/** The id of this request's session, which may have ended. */
export const currentSessionId = cache(async (): Promise<string | null> => sessionIdOf(await cookies()));

/** The hash of {@link currentSessionId}, by which lists and forms name sessions; null without a session. */
export async function currentSessionHash(): Promise<string | null> {
  const sessionId = await currentSessionId();
  return sessionId === null ? null : tokenHash(sessionId);
}

/** The signed-in user, read from the database once per request. */
export const currentUser = cache(async (): Promise<PortalUser | null> => {
  const sessionId = await currentSessionId();
  const user = sessionId ? userOfSession(sessionId) : null;
  if (!sessionId || !user) return null;
  nameRequester({ portalUserId: user.id });
  noteSessionUse(tokenHash(sessionId));
  return user;
});

/** The address of the sign-in page that leads back to `returnTo`. */
export function signInHref(returnTo: string): string {
  return returnTo === HOME ? "/sign-in" : `/sign-in?${new URLSearchParams({ callbackUrl: returnTo })}`;
}

/**
 * The signed-in user. Every page and handler of the portal calls this first. Redirects to sign-in, which leads back to
 * `returnTo`, if nobody is signed in. Answers 403 if the role is too low.
 */
export async function requireUser(returnTo: string, role: Role = "viewer"): Promise<PortalUser> {
  const user = await currentUser();
  if (!user) redirect(signInHref(returnTo));
  if (!hasRole(user.role, role)) forbidden();
  return user;
}

/** The actor of an action or a handler; null if nobody is signed in. */
export async function actingUser(): Promise<(Actor & { kind: "portal_user" }) | null> {
  const user = await currentUser();
  return user && { kind: "portal_user", ...user, address: clientAddress(await headers()) };
}
