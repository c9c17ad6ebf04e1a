/** Sent to the window when somebody chooses another look; its `detail` is the query string. */
export const LOOK_CHOSEN = "bursar-look-chosen";

const YEAR_SECONDS = 365 * 24 * 3600;

/**
 * Stores in this browser how the list looks, so that the navigation leads to it.
 *
 * @param query from `lookQuery`
 */
export function rememberLook(cookie: string, query: string): void {
  const secure = cookie.startsWith("__Host-") ? "; secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing on plain HTTP and in older browsers
  document.cookie = `${cookie}=${encodeURIComponent(query)}; path=/; max-age=${YEAR_SECONDS}; samesite=lax${secure}`;
  dispatchEvent(new CustomEvent(LOOK_CHOSEN, { detail: query }));
}
