import {
  choiceParam,
  idParam,
  pageParam,
  searchParamsCodec,
  tagsParam,
  textParam,
} from "#lib/search-params.ts";

export const SORT_KEYS = ["created", "name", "members", "balance", "spent"] as const;
export type SortKey = (typeof SORT_KEYS)[number];
/** With a minus: from high to low, or from new to old. */
export type Sort = SortKey | `-${SortKey}`;

export const SORTS = SORT_KEYS.flatMap((key): Sort[] => [key, `-${key}`]);

/** The view of `/organizations`, as its URL defines it. */
export const organizationsSearchParams = searchParamsCodec({
  q: textParam(200),
  status: choiceParam(["all", "active", "inactive"], "all"),
  type: idParam,
  tag: tagsParam,
  sort: choiceParam(SORTS, "-created"),
  view: choiceParam(["cards", "table"], "cards"),
  page: pageParam,
});

export type OrganizationsView = typeof organizationsSearchParams.defaults;

/** The link to a view; a change of anything but the page starts at page 1. */
export function organizationsHref(
  view: OrganizationsView,
  change: Partial<OrganizationsView> = {},
  path = "/organizations",
): string {
  return path + organizationsSearchParams.encode({ ...view, page: 1, ...change });
}

/** The view of `/settings/tags`: the tags that begin with `q`, after the tag `after`. */
export const tagsListSearchParams = searchParamsCodec({ q: textParam(200), after: textParam(200) });
