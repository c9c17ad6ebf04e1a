"use client";

import { SearchField, SearchForm, useListSearch } from "#components/ui/list-search.tsx";
import { type PortalUsersView, portalUsersHref } from "#lib/portal-users/search-params.ts";

/** The search of the portal users. The URL is the only state, and without JavaScript the form sends the same one. */
export function PortalUserSearch({ view }: { view: PortalUsersView }) {
  const search = useListSearch(view, (next) => portalUsersHref(next, { page: next.page }));
  return (
    <SearchForm action="/settings/users">
      <SearchField label="Search portal users" placeholder="Search by email" search={search} />
    </SearchForm>
  );
}
