import { listOrganizations, totalsByCreditType } from "#lib/organizations/queries.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { suggestMembers } from "#lib/transactions/queries.ts";

/** Organizations that somebody may mean: those with the words in name or code, their codes as the value. */
export function suggestOrganizations(text: string, limit: number): { value: string; label: string }[] {
  const view = organizationsSearchParams.decode({ q: text, sort: "name" });
  if (view.q === "") return [];
  return listOrganizations(view, totalsByCreditType())
    .items.slice(0, limit)
    .map(({ code, name }) => ({ value: code, label: name }));
}

export function suggestPeople(text: string, limit: number): { value: string; label: string }[] {
  if (text.trim() === "") return [];
  return suggestMembers(text, limit).map(({ email, name }) => ({ value: email, label: name }));
}
