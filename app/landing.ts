import { organizationsByIds } from "#lib/organizations/queries/organizations.ts";
import { userOfSession } from "#lib/portal-users/queries.ts";
import { HOME } from "#lib/portal-users/rules.ts";
import type { Scope } from "#lib/scope/scope.ts";

/**
 * Where `path` leads a user: a user with exactly one organization gets its page in place of the list, which would have
 * nothing else.
 */
export function landing(scope: Scope, path: string = HOME): string {
  const [id, ...others] = scope.organizationIds ?? [];
  if (path !== HOME || id === undefined || others.length > 0) return path;
  const [organization] = organizationsByIds(scope, [id]);
  return organization ? `/organizations/${encodeURIComponent(organization.code)}` : path;
}

/** {@link landing} of the user whose session has just begun. */
export function landingOfSession(sessionId: string, path: string): string {
  const user = userOfSession(sessionId);
  return user ? landing(user.scope, path) : path;
}
