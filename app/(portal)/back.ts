import { safeReturnPath } from "#lib/portal-users/rules.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { oneOf } from "./status-question.ts";

/** The page that a form was opened from, by the parameter `back` of the URL; `otherwise` without it. */
export function backFrom(raw: RawSearchParams, otherwise: string): string {
  const claimed = oneOf(raw, "back");
  return claimed === "" ? otherwise : safeReturnPath(claimed);
}
