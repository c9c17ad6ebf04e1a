/** The roles of portal users, lowest first. Each role includes the rights of the roles before it. */
export const ROLES = ["viewer", "admin", "owner"] as const;
export type Role = (typeof ROLES)[number];

/** Who makes a change. Created only by a checked session, a checked API key, the command line or the portal itself. */
export type Actor =
  | { kind: "portal_user"; id: number; email: string; role: Role; address: string | null }
  | { kind: "operator" }
  | { kind: "system" }
  /**
   * An application with an API key of one organization, or of the whole enterprise (null). It may only report usage.
   */
  | { kind: "api_key"; id: number; name: string; organizationId: number | null; address: string | null };

/**
 * Thrown by a command when the actor's role is too low. Pages and actions check first; this check is the one that
 * counts.
 */
export class ForbiddenError extends Error {
  readonly needed: Role;
  constructor(needed: Role) {
    super(`This needs the role ${needed}.`);
    this.needed = needed;
  }
}

/** Whether `role` includes the rights of `needed`. */
export function hasRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Every command calls this first. @throws ForbiddenError */
export function assertRole(actor: Actor, needed: Role): void {
  if (actor.kind === "operator" || actor.kind === "system") return;
  if (actor.kind !== "portal_user" || !hasRole(actor.role, needed)) throw new ForbiddenError(needed);
}
