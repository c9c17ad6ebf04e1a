import {
  choiceParam,
  idParam,
  pageParam,
  type RepeatedParam,
  searchParamsCodec,
  tagsParam,
  textParam,
} from "#lib/search-params.ts";

export const SORT_KEYS = [
  "created",
  "name",
  "members",
  "balance",
  "spent",
  "spent-30d",
  /** How long the balance lasts: ascending begins with those that run out first. */
  "runs-out",
] as const;
export type SortKey = (typeof SORT_KEYS)[number];
/** With a minus: from high to low, or from new to old. */
export type Sort = SortKey | `-${SortKey}`;

export const SORTS = SORT_KEYS.flatMap((key): Sort[] => [key, `-${key}`]);

/** The columns of the table besides the name, in their order. */
export const COLUMN_KEYS = [
  "status",
  "created",
  "members",
  "balance",
  "runs-out",
  "spent",
  "spent-30d",
  "type",
  "allowance",
] as const;
export type ColumnKey = (typeof COLUMN_KEYS)[number];

const DEFAULT_COLUMNS = COLUMN_KEYS.filter((key) => key !== "created");

/** `cols=members,balance`. A form without JavaScript sends each column by itself: `cols=members&cols=balance`. */
const columnsParam: RepeatedParam<ColumnKey> = {
  fallback: DEFAULT_COLUMNS,
  decodeAll: (texts) => {
    const chosen = texts.flatMap((text) => text.split(",", COLUMN_KEYS.length));
    const columns = COLUMN_KEYS.filter((key) => chosen.includes(key));
    return columns.length === 0 ? DEFAULT_COLUMNS : columns;
  },
  encodeAll: (columns) => {
    const text = columns.join(",");
    return text === DEFAULT_COLUMNS.join(",") ? [] : [text];
  },
};

/** How many organizations a page has. The first is the default. */
export const PAGE_SIZES = ["24", "50", "100"] as const;

/** Within how many days the credits run out. */
export const RUNS_OUT_DAYS = ["7", "30", "90"] as const;

/** The view of `/organizations`, as its URL defines it. */
export const organizationsSearchParams = searchParamsCodec({
  q: textParam(200),
  status: choiceParam(["all", "active", "inactive"], "all"),
  type: idParam,
  tag: tagsParam,
  "runs-out": choiceParam(["any", ...RUNS_OUT_DAYS], "any"),
  sort: choiceParam(SORTS, "-created"),
  view: choiceParam(["cards", "table"], "cards"),
  cols: columnsParam,
  size: choiceParam(PAGE_SIZES, "24"),
  page: pageParam,
});

export type OrganizationsView = typeof organizationsSearchParams.defaults;

/** What the portal remembers of a view for its own links: how the list looks, and not what it shows. */
export type OrganizationsLook = Pick<OrganizationsView, "view" | "cols" | "size">;

/** The query string of a look, which {@link organizationsSearchParams} reads; "" for the default. */
export function lookQuery({ view, cols, size }: OrganizationsLook): string {
  return organizationsSearchParams.encode({ ...organizationsSearchParams.defaults, view, cols, size });
}

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
