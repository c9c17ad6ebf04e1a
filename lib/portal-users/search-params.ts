import { pageParam, searchParamsCodec, textParam } from "#lib/search-params.ts";

/** The view of `/settings/users`: the portal users whose email contains `q`. */
export const portalUsersSearchParams = searchParamsCodec({ q: textParam(200), page: pageParam });

export type PortalUsersView = typeof portalUsersSearchParams.defaults;

/** The link to a view; another search starts at its first page. */
export function portalUsersHref(view: PortalUsersView, change: Partial<PortalUsersView> = {}): string {
  return `/settings/users${portalUsersSearchParams.encode({ ...view, page: 1, ...change })}`;
}

/** The link to one portal user in the list: the search for the email, because the person may be on any page. */
export const portalUserHref = (email: string): string => portalUsersHref({ q: email, page: 1 });
