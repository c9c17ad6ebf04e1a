import { applicationMeant } from "#lib/applications/queries.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { type RawSearchParams, withMisread } from "#lib/search-params.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import {
  type TransactionsView,
  transactionsHref,
  transactionsSearchParams,
} from "#lib/transactions/search-params.ts";
import { onlyOrganization, onlyPerson } from "./suggestions.ts";

/**
 * The address to redirect a view to, or null: a form without JavaScript sends empty fields, e-mails for members, and
 * names for organizations and applications.
 */
export function canonicalHref(
  scope: Scope,
  raw: RawSearchParams,
  view: TransactionsView,
  path: string,
): string | null {
  const { organization, member, application } = transactionFilter(scope, view, 0);
  const change: Partial<TransactionsView> = {};
  const person = member?.id ?? onlyPerson(scope, view.member);
  if (person !== null && String(person) !== view.member) change.member = String(person);
  // Addresses from before the tabs had the split alone.
  if (view.by !== null && raw.tab === undefined) change.tab = "spending";
  if (organization && organization.code !== view.organization) change.organization = organization.code;
  if (!organization && view.organization) {
    const only = onlyOrganization(scope, view.organization);
    if (only !== null) change.organization = only;
  }
  if (view.application !== null && application?.id !== view.application) {
    // Digits are an id. They are a name where no application has that id.
    const match = application ?? applicationMeant(scope, String(view.application));
    if (match) change.application = match.id;
  }
  const untidy = Object.values(raw).some((value) => value === "");
  if (!untidy && Object.keys(change).length === 0) return null;
  const href = transactionsHref({ ...view, ...change }, { before: view.before, after: view.after }, path);
  return withMisread(href, transactionsSearchParams.misread(raw));
}
