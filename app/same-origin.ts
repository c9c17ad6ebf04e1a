const ownHost = (headers: Headers) => headers.get("x-forwarded-host") ?? headers.get("host");

const isAtHost = (address: string | null, host: string | null) =>
  address !== null && URL.canParse(address) && new URL(address).host === host;

/**
 * Does this request come from a page of ours? Handlers and actions that change things ask here; Next's own check lets
 * an action pass that names no origin at all.
 */
export function isSameOrigin(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site) return site === "same-origin";
  return isAtHost(headers.get("origin"), ownHost(headers));
}

/** Was this link followed on a page of ours? Only a form names its origin; where browsers do not say, the referrer does. */
export function cameFromOurPage(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site) return site === "same-origin";
  return isAtHost(headers.get("referer"), ownHost(headers));
}

export const SENT_FROM_ELSEWHERE =
  "This form was not sent from a page of this portal, so nothing was changed. Open the portal at its usual address and try again.";
