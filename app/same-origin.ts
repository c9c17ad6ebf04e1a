const ownHost = (headers: Headers) => headers.get("x-forwarded-host") ?? headers.get("host");

const isAtHost = (address: string | null, host: string | null) =>
  address !== null && URL.canParse(address) && new URL(address).host === host;

/**
 * Does this request come from a page of ours? Handlers and actions that change things ask here; Next's own check lets
 * an action pass that names no origin at all.
 */
export function isSameOrigin(headers: Headers): boolean {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  if (site && site !== "same-origin") return false;
  // Also a page of ours at another address than APP_URL, which Next would answer with an error of 500.
  return site !== null && origin === null ? true : isAtHost(origin, ownHost(headers));
}

/** Was this link followed on a page of ours? Only a form names its origin; where browsers do not say, the referrer does. */
export function cameFromOurPage(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site) return site === "same-origin";
  return isAtHost(headers.get("referer"), ownHost(headers));
}

export const SENT_FROM_ELSEWHERE =
  "This form was not sent from a page of this portal, so nothing was changed. Open the portal at its usual address and try again.";
