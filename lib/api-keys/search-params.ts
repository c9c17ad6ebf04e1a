import { cursorParam } from "#lib/keyset.ts";
import { choiceParam, searchParamsCodec } from "#lib/search-params.ts";

/** The view of `/api-keys` and of an organization's tab of keys, as the URL defines it. */
export const apiKeysSearchParams = searchParamsCodec({
  scope: choiceParam(["all", "enterprise"], "all"),
  /** The page of keys older than this place, or newer. */
  before: cursorParam,
  after: cursorParam,
});

export type ApiKeysView = typeof apiKeysSearchParams.defaults;

/** The link to a view; a change of anything but the page starts at the newest keys. */
export function apiKeysHref(
  view: ApiKeysView,
  change: Partial<ApiKeysView> = {},
  path = "/api-keys",
): string {
  return path + apiKeysSearchParams.encode({ ...view, before: null, after: null, ...change });
}
