/**
 * Does this request come from a page of ours? Handlers and actions that change things ask here; Next's own check lets
 * an action pass that names no origin at all.
 */
export function isSameOrigin(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site) return site === "same-origin";
  const origin = headers.get("origin");
  if (!origin || !URL.canParse(origin)) return false;
  return new URL(origin).host === (headers.get("x-forwarded-host") ?? headers.get("host"));
}

export const SENT_FROM_ELSEWHERE =
  "This form was not sent from a page of this portal, so nothing was changed. Open the portal at its usual address and try again.";
