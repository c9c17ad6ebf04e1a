import { applicationMeant } from "#lib/applications/queries.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { listRefusals } from "#lib/refusals/queries/list.ts";
import { type RefusalsView, refusalsHref, refusalsSearchParams } from "#lib/refusals/search-params.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { isUntidy, type RawSearchParams, withIsoDays, withMisread } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { foldForUniqueness } from "#lib/text.ts";
import { onlyOrganization, onlyPerson } from "../transactions/suggestions.ts";

/**
 * The address to redirect a view to, or null: a form without JavaScript sends empty fields, days as the enterprise writes
 * them, emails and names for members, and names for organizations.
 */
export async function canonicalHref(
  scope: Scope,
  raw: RawSearchParams,
  view: RefusalsView,
  path: string,
): Promise<string | null> {
  const filter = refusalFilter(scope, view, "UTC");
  const { organization, member } = filter;
  const change: Partial<RefusalsView> = {};
  // A refused request may name an email that nobody has.
  const person =
    member?.id ?? (view.member.includes("@") ? null : ((await onlyPerson(scope, view.member))?.id ?? null));
  if (person !== null && String(person) !== view.member) change.member = String(person);
  if (organization && organization.code !== view.organization) change.organization = organization.code;
  if (!organization && view.organization) {
    const only = onlyOrganization(scope, view.organization);
    if (only !== null) change.organization = only;
  }
  const application = view.application === "" ? null : applicationMeant(scope, view.application);
  // Applications that were refused only are known by no name, so that a text with refusals is what somebody means.
  if (application && foldForUniqueness(application.name) !== filter.applicationKey) {
    if (listRefusals(filter, { before: null, after: null }).items.length === 0)
      change.application = application.name;
  }
  const iso = withIsoDays(raw, getSettings().dateFormat);
  if (!isUntidy(raw, iso) && Object.keys(change).length === 0) return null;
  const href = refusalsHref({ ...view, ...change }, { before: view.before, after: view.after }, path);
  return withMisread(href, refusalsSearchParams.misread(iso));
}
