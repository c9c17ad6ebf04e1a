import { hasRole } from "#lib/actor.ts";
import type { Batch } from "#lib/batches/queries/batches.ts";
import { isOfOrganizationAdmins } from "#lib/bulk/rules/batches.ts";
import type { ActingUser } from "#lib/portal-users/session.ts";
import { managesAny } from "#lib/scope/scope.ts";

/** Whether a user is offered to reverse a batch. The command checks each of its organizations. */
export function mayReverse(
  { kind, reversedById, isPart }: Batch,
  { role, scope }: Pick<ActingUser, "role" | "scope">,
): boolean {
  if (kind === "reversal" || reversedById !== null || isPart) return false;
  return isOfOrganizationAdmins(kind) ? managesAny(scope) : hasRole(role, "admin");
}
