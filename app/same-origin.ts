import { beginAction } from "#lib/request-context.ts";
import * as sameOrigin from "#lib/same-origin.ts";

export { cameFromOurPage, SENT_FROM_ELSEWHERE } from "#lib/same-origin.ts";

/**
 * What every action and every handler that changes something asks first, although the server has refused other origins
 * already. It also tells the server that the posted form could be read, so that a later failure is not blamed on it.
 */
export function isSameOrigin(headers: Headers): boolean {
  beginAction();
  return sameOrigin.isSameOrigin(headers);
}
