import { safeReturnPath } from "#lib/portal-users/rules.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { oneOf } from "./status-question.ts";

/** Where a form was opened from, as its page's URL says; `otherwise` when it does not. */
export function backFrom(raw: RawSearchParams, otherwise: string): string {
  const claimed = oneOf(raw, "back");
  return claimed === "" ? otherwise : safeReturnPath(claimed);
}
