import { pageParam, searchParamsCodec } from "#lib/search-params.ts";

/** The view of `/settings/notifications`: a page of the people who can get mails. */
export const recipientsSearchParams = searchParamsCodec({ page: pageParam });

/** The link to a page of the people, or from it to a page that leads back to it. */
export const recipientsHref = (page: number, path = "/settings/notifications"): string =>
  `${path}${recipientsSearchParams.encode({ page })}`;
