import { type ApplicationChoice, suggestApplications } from "#lib/applications/queries.ts";
import { applicationText } from "#lib/applications/rules.ts";
import { listMembers, prepareMembers } from "#lib/members/queries/member-list.ts";
import { membersSearchParams } from "#lib/members/search-params.ts";
import { listOrganizations } from "#lib/organizations/queries/list.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { suggestTags } from "#lib/organizations/tag-queries.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { tagPrefix } from "#lib/tags.ts";
import { foldForUniqueness } from "#lib/text.ts";
import type { MemberChoice } from "#lib/transactions/queries/entries.ts";
import { suggestMembers, suggestModels } from "#lib/transactions/queries/suggestions.ts";
import { modelParamText } from "#lib/transactions/search-params.ts";

/** Organizations that somebody may mean: those with the words in name or code, their codes as the value. */
export function suggestOrganizations(
  scope: Scope,
  text: string,
  limit: number,
): { value: string; label: string }[] {
  const view = organizationsSearchParams.decode({ q: text, sort: "name" });
  if (view.q === "") return [];
  return listOrganizations(scope, view, totalsByCreditType(scope))
    .items.slice(0, limit)
    .map(({ code, name }) => ({ value: code, label: name }));
}

/** The code of the only organization that somebody may mean; null for none or several. */
export function onlyOrganization(scope: Scope, text: string): string | null {
  const [only, ...others] = suggestOrganizations(scope, text, 2);
  return only && others.length === 0 ? only.value : null;
}

/** The code that a form's text means: a code as it is, or the code of the only organization with the words. */
export function organizationMeant(scope: Scope, text: string): string {
  return getOrganization(scope, text) ? text : (onlyOrganization(scope, text) ?? text);
}

/** People whose email or name begins with the text; without any, those who have its words anywhere in these. */
export async function peopleMeant(scope: Scope, text: string, limit: number): Promise<MemberChoice[]> {
  if (text.trim() === "") return [];
  const people = suggestMembers(scope, text, limit);
  if (people.length > 0) return people;
  return peopleWith(scope, text, limit);
}

/** People who have the words of the text anywhere in their name or email. */
async function peopleWith(scope: Scope, text: string, limit: number): Promise<MemberChoice[]> {
  const view = { ...membersSearchParams.defaults, q: text };
  return listMembers(scope, view, await prepareMembers(scope, view)).items.slice(0, limit);
}

/** The person that a text names, if it names exactly one; else null. Digits are an id already. */
export async function onlyPerson(scope: Scope, text: string): Promise<MemberChoice | null> {
  const [only, ...others] = /^\d+$/.test(text) ? [] : await peopleMeant(scope, text, 2);
  return only && others.length === 0 ? only : null;
}

export async function suggestPeople(
  scope: Scope,
  text: string,
  limit: number,
): Promise<{ value: string; label: string }[]> {
  const first = text.trim() === "" ? [] : suggestMembers(scope, text, limit);
  // A part of the name or of the email may be all that somebody remembers.
  const others = text.trim() === "" || first.length === limit ? [] : await peopleWith(scope, text, limit);
  const people = new Map([...first, ...others].map((person) => [person.id, person]));
  return [...people.values()].slice(0, limit).map(({ email, name }) => ({ value: email, label: name }));
}

/** Organizations and people that somebody may mean, by the code or the email under which the audit trail has them. */
export async function suggestObjects(
  scope: Scope,
  text: string,
  limit: number,
): Promise<{ value: string; label: string }[]> {
  const most = Math.ceil(limit / 2);
  return [...suggestOrganizations(scope, text, most), ...(await suggestPeople(scope, text, most))].slice(
    0,
    limit,
  );
}

/** What access can be given on: organizations, their codes as the value, and tags. */
export function suggestScopes(scope: Scope, text: string, limit: number): { value: string; label: string }[] {
  const most = Math.ceil(limit / 2);
  const tags = suggestTags(scope, tagPrefix(text), most).map((tag) => ({ value: tag, label: "" }));
  return [...suggestOrganizations(scope, text, limit - tags.length), ...tags];
}

export function suggestModelNames(
  scope: Scope,
  text: string,
  limit: number,
): { value: string; label: string }[] {
  return suggestModels(scope, text.trim(), limit)
    .map(modelParamText)
    .filter((value) => value !== null)
    .map((value) => ({ value, label: "" }));
}

/** Applications that somebody may mean. */
export function suggestApplicationNames(
  scope: Scope,
  text: string,
  limit: number,
): { value: string; label: string }[] {
  return suggestApplications(scope, text, limit).map((application) => ({
    value: applicationText(application),
    label: applicationLabel(application),
  }));
}

/** An application's name, with the name that its senders use where the two differ. */
export function applicationLabel({ name, nameKey }: ApplicationChoice): string {
  return foldForUniqueness(name) === nameKey ? name : `${name} (sent as ${nameKey})`;
}
