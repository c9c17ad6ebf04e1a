/** Refuses a form that was not sent from one of our pages. */
export const SENT_FROM_ELSEWHERE =
  "This form was not sent from a page of this portal, so nothing was changed. Open the portal at its usual address and try again.";

/**
 * Whether `address` is on this portal, by the host and the scheme that the server's first step has written. A page of
 * ours behind a proxy that does not tell its scheme may be on https while we see http; the reverse is another site,
 * because anyone on the network can answer for http.
 */
function isOurs(address: string | null, headers: Headers): boolean {
  if (address === null || address.length > 2_048 || !URL.canParse(address)) return false;
  const { host, protocol } = new URL(address);
  if (host !== (headers.get("x-forwarded-host") ?? headers.get("host"))) return false;
  return protocol === "https:" || headers.get("x-forwarded-proto") !== "https";
}

/**
 * Whether a request that changes something comes from one of our pages, by what browsers say in Sec-Fetch-Site and
 * Origin. A page of ours that is open at another address than APP_URL does not count.
 */
export function isSameOrigin(headers: Headers): boolean {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  if (site && site !== "same-origin") return false;
  return site !== null && origin === null ? true : isOurs(origin, headers);
}

/**
 * Whether a link was followed on one of our pages. Browsers send Origin only with forms, so where they do not send
 * Sec-Fetch-Site, the referrer decides.
 */
export function cameFromOurPage(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site) return site === "same-origin";
  return isOurs(headers.get("referer"), headers);
}
