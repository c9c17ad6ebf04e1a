import { eq } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { memberships } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { type Refused, refused } from "#lib/result.ts";
import { manages, reads, type Scope } from "#lib/scope/scope.ts";

// A person's name and emails are the same in all organizations, so that they change for those who manage all of them.

/** What a scope allows with a person as a whole. */
type Reach = "outside" | "reads" | "manages some" | "manages";

function reachOf(reader: Reader, scope: Scope, memberId: number): Reach {
  if (scope.managedIds === null) return "manages";
  const ids = reader
    .select({ id: memberships.organizationId })
    .from(memberships)
    .where(eq(memberships.memberId, memberId))
    .all()
    .map(({ id }) => id);
  if (!ids.some((id) => reads(scope, id))) return "outside";
  const managed = ids.filter((id) => manages(scope, id)).length;
  if (managed === 0) return "reads";
  return managed === ids.length ? "manages" : "manages some";
}

/** Whether the name and the emails of a person may be changed, and the person be merged. */
export const mayChangePerson = (scope: Scope, memberId: number): boolean =>
  managesPerson(database(), scope, memberId);

/**
 * The refusal to change or merge a person; null for those who manage all organizations that the person is a member of.
 * It names none of the others.
 *
 * @param unknown the refusal of a person who does not exist
 * @throws ForbiddenError of a person who may only be read
 */
export function changeRefused<Field extends string>(
  reader: Reader,
  scope: Scope,
  { memberId, name, unknown }: { memberId: number; name: string; unknown: Refused<Field> },
): Refused<Field> | null {
  switch (reachOf(reader, scope, memberId)) {
    case "manages":
      return null;
    case "outside":
      return unknown;
    case "reads":
      throw new ForbiddenError("admin");
    case "manages some":
      return refused(
        "person_not_managed",
        `${name} is also a member of organizations that you do not manage. Ask an admin of the enterprise to do this.`,
      );
  }
}

/** {@link changeRefused} where a field of a form names the person, so that the refusal is shown at that field. */
export function namedPersonRefused<Field extends string>(
  reader: Reader,
  scope: Scope,
  { field, ...person }: { memberId: number; name: string; unknown: Refused<Field>; field: Field },
): Refused<Field> | null {
  if (reachOf(reader, scope, person.memberId) === "reads") {
    return refused(
      "person_not_managed",
      `You do not manage the organizations of ${person.name}. Ask an admin of the enterprise to do this.`,
      field,
    );
  }
  const refusal = changeRefused(reader, scope, person);
  return refusal && { ...refusal, field };
}

/** Whether a person is a member of an organization in the scope. */
export const readsPerson = (reader: Reader, scope: Scope, memberId: number): boolean =>
  reachOf(reader, scope, memberId) !== "outside";

/** Whether all organizations that a person is a member of are managed in the scope. */
export const managesPerson = (reader: Reader, scope: Scope, memberId: number): boolean =>
  reachOf(reader, scope, memberId) === "manages";
