import { eq } from "drizzle-orm";
import { database } from "#db/client.ts";
import { members } from "#db/schema/index.ts";
import { getApiKey } from "#lib/api-keys/queries.ts";
import { addDays, rangeBetween } from "#lib/calendar.ts";
import { emailKey } from "#lib/email.ts";
import { aliasesOf, people } from "#lib/members/aliases.ts";
import { readsPerson } from "#lib/members/authorize.ts";
import { type NamedOrganization, organizationByCode } from "#lib/organization-codes/queries.ts";
import { readRowId } from "#lib/row-id.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { foldForUniqueness } from "#lib/text.ts";
import { endOfDay } from "#lib/time.ts";
import type { OTHERS, RefusalCode } from "../rules.ts";
import type { RefusalsView } from "../search-params.ts";

/** The filters of a view, with ids and folded texts in place of what the URL has. */
export type RefusalFilter = {
  /** Every read by the filter is inside it. */
  scope: Scope;
  /** From this instant on, and before that one, in milliseconds since 1970. */
  first: number | null;
  end: number | null;
  organization: NamedOrganization | null;
  /**
   * The member that the requests named. `id` is the person; `keys` are folded emails of requests that came before the
   * portal had a person with them.
   */
  member: { id: number | null; email: string; keys: readonly string[] } | null;
  applicationKey: string | null;
  code: "all" | RefusalCode | typeof OTHERS;
  apiKeyId: number | null;
  /** The view names an organization, a person or a key that does not exist in the scope, so nothing can match. */
  nothing: boolean;
};

/** A person by id, or the person or nobody that the email names; null for the id of nobody in the scope. */
function memberBy(scope: Scope, text: string): RefusalFilter["member"] {
  const id = readRowId(text);
  const person =
    id !== null
      ? database()
          .select({ id: members.id, email: members.email })
          .from(members)
          .where(eq(members.id, id))
          .get()
      : people(database())(emailKey(text));
  if (!person || !readsPerson(database(), scope, person.id)) {
    return id !== null ? null : { id: null, email: text, keys: [emailKey(text)] };
  }
  const emails = [person.email, ...aliasesOf(database(), person.id).map(({ email }) => email)];
  return { id: person.id, email: person.email, keys: emails.map(emailKey) };
}

/** Looks up what the view names in the scope. The view's days are of the enterprise's time zone. */
export function refusalFilter(scope: Scope, view: RefusalsView, timeZone: string): RefusalFilter {
  const { from, to } = rangeBetween(view.from, view.to);
  const organization = view.organization === "" ? null : organizationByCode(scope, view.organization);
  const member = view.member === "" ? null : memberBy(scope, view.member);
  return {
    scope,
    first: from === null ? null : endOfDay(addDays(from, -1), timeZone).getTime(),
    end: to === null ? null : endOfDay(to, timeZone).getTime(),
    organization,
    member,
    applicationKey: view.application === "" ? null : foldForUniqueness(view.application),
    code: view.code,
    apiKeyId: view.key,
    nothing:
      (view.organization !== "" && organization === null) ||
      (view.member !== "" && member === null) ||
      (view.key !== null && getApiKey(scope, view.key) === null),
  };
}
