import { applicationMeant } from "#lib/applications/queries.ts";
import { isPrint, printHref } from "#lib/print.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { matchExternalId } from "#lib/search/matches.ts";
import { isUntidy, type RawSearchParams, withIsoDays, withMisread } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { getTransaction } from "#lib/transactions/queries/entries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import {
  type TransactionsView,
  transactionsHref,
  transactionsSearchParams,
} from "#lib/transactions/search-params.ts";
import { onlyOrganization, onlyPerson } from "./suggestions.ts";

/** The entry with this number, "1234" or "#1234", where no entry has the text as its external id; null for none. */
function entryMeant(scope: Scope, text: string): number | null {
  const [, digits] = /^#?([1-9]\d{0,14})$/.exec(text) ?? [];
  if (digits === undefined || matchExternalId(scope, text, 1).length > 0) return null;
  return getTransaction(scope, Number(digits))?.id ?? null;
}

/**
 * The address to redirect a view to, or null: a form without JavaScript sends empty fields, days as the enterprise writes
 * them, emails and names for members, and names for organizations and applications.
 */
export async function canonicalHref(
  scope: Scope,
  raw: RawSearchParams,
  view: TransactionsView,
  path: string,
): Promise<string | null> {
  const entry = entryMeant(scope, view.externalId);
  if (entry !== null) return `/transactions/${entry}`;
  const { organization, member, application } = transactionFilter(scope, view, 0);
  const change: Partial<TransactionsView> = {};
  const person = member?.id ?? (await onlyPerson(scope, view.member))?.id ?? null;
  if (person !== null && String(person) !== view.member) change.member = String(person);
  // Addresses from before the tabs had the split alone.
  if (view.by !== null && raw.tab === undefined) change.tab = "spending";
  // Without a text, it is that of the view's API key.
  if (organization && view.organization !== "" && organization.code !== view.organization)
    change.organization = organization.code;
  if (!organization && view.organization) {
    const only = onlyOrganization(scope, view.organization);
    if (only !== null) change.organization = only;
  }
  if (view.application !== null && application?.id !== view.application) {
    // Digits are an id. They are a name where no application has that id.
    const match = application ?? applicationMeant(scope, String(view.application));
    if (match) change.application = match.id;
  }
  const iso = withIsoDays(raw, getSettings().dateFormat);
  if (!isUntidy(raw, iso) && Object.keys(change).length === 0) return null;
  const href = transactionsHref({ ...view, ...change }, { before: view.before, after: view.after }, path);
  return withMisread(isPrint(raw) ? printHref(href) : href, transactionsSearchParams.misread(iso));
}
