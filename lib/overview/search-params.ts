import { idParam, searchParamsCodec } from "#lib/search-params.ts";
import { tagKeyParam } from "#lib/transactions/search-params.ts";

/** The view of `/overview`, as its URL defines it. */
export const overviewSearchParams = searchParamsCodec({
  /** The credit type whose month is charted and split; null for the one that spent the most. */
  type: idParam,
  /** `tag:faculty`: the key of tags by which the month is split; null for the first. */
  by: tagKeyParam,
});

export type OverviewView = typeof overviewSearchParams.defaults;

/** The link to a view. */
export function overviewHref(view: OverviewView, change: Partial<OverviewView> = {}): string {
  return `/overview${overviewSearchParams.encode({ ...view, ...change })}`;
}
