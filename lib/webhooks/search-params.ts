import { cursorParam } from "#lib/keyset.ts";
import { searchParamsCodec } from "#lib/search-params.ts";

/** The page of an endpoint's deliveries older than a place, or newer. */
export const deliveriesSearchParams = searchParamsCodec({ before: cursorParam, after: cursorParam });
