/** Roles of portal users; each may do all that the ones before it may. */
export const ROLES = ["viewer", "admin", "owner"] as const;
export type Role = (typeof ROLES)[number];

/** Who makes a change. Only a checked session, the command line or the portal itself makes one of these. */
export type Actor =
  | { kind: "portal_user"; id: number; email: string; role: Role; address: string | null }
  | { kind: "operator" }
  | { kind: "system" }
  /** An application, by its key: of one organization, or null for the whole enterprise. It may report usage and nothing else. */
  | { kind: "api_key"; id: number; name: string; organizationId: number | null; address: string | null };

/** Raised by a command when its actor's role does not reach. Pages and actions ask first; this is the lock. */
export class ForbiddenError extends Error {
  readonly needed: Role;
  constructor(needed: Role) {
    super(`This needs the role ${needed}.`);
    this.needed = needed;
  }
}

/** May somebody with `role` do what needs `needed`? */
export function hasRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Every command starts with this. @throws ForbiddenError */
export function assertRole(actor: Actor, needed: Role): void {
  if (actor.kind === "operator" || actor.kind === "system") return;
  if (actor.kind !== "portal_user" || !hasRole(actor.role, needed)) throw new ForbiddenError(needed);
}
