import { cursorParam } from "#lib/keyset.ts";
import { searchParamsCodec } from "#lib/search-params.ts";

/** The view of `/credit-types/<id>`: the page of the pool's entries older than `before`, or newer than `after`. */
export const creditTypeSearchParams = searchParamsCodec({ before: cursorParam, after: cursorParam });

export type CreditTypeView = typeof creditTypeSearchParams.defaults;

export function creditTypeHref(id: number, view: Partial<CreditTypeView> = {}): string {
  return `/credit-types/${id}${creditTypeSearchParams.encode({ ...creditTypeSearchParams.defaults, ...view })}`;
}
