/** The roles of portal users, lowest first. Each role includes the rights of the roles before it. */
export const ROLES = ["viewer", "admin", "owner"] as const;
export type Role = (typeof ROLES)[number];

/** How a form names that a user has no role on the whole enterprise. */
export const NO_ROLE = "none";
/** The words for it. */
export const NO_ROLE_LABEL = "no enterprise role";

/** Who makes a change. Created only by a checked session, a checked API key, the command line or the portal itself. */
export type Actor =
  | {
      kind: "portal_user";
      id: number;
      email: string;
      /** The role on the whole enterprise; null for a user who has grants on organizations or tags alone. */
      role: Role | null;
      address: string | null;
    }
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

/**
 * Thrown by a command when an organization is outside the actor's scope. The answer is the same as for an organization
 * that does not exist.
 */
export class OutsideScopeError extends Error {
  constructor() {
    super("This organization does not exist.");
  }
}

/** For what only the command line and the portal itself do. @throws ForbiddenError */
export function assertOperator(actor: Actor): void {
  if (actor.kind !== "operator" && actor.kind !== "system") throw new ForbiddenError("owner");
}

/** Whether `role` includes the rights of `needed`. Null, which is no role on the enterprise, includes none. */
export function hasRole(role: Role | null, needed: Role): boolean {
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
