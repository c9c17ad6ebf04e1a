/** Raised with one line for the operator when a setting of the environment cannot be meant. */
export class EnvironmentError extends Error {}

/** `APP_URL`, the address that people use; null when it is left to each request's own host. */
export function appUrl(): URL | null {
  const given = process.env.APP_URL;
  if (!given) return null;
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new EnvironmentError("APP_URL must be an address such as https://portal.example.edu.");
  }
  return url;
}

/** Do people reach the portal by TLS, as far as `APP_URL` says? */
export function isBehindTls(): boolean {
  return appUrl()?.protocol === "https:";
}

/** The name of a cookie of ours: behind TLS, browsers take a `__Host-` one from this very host alone, for every path. */
export function cookieName(name: string): string {
  return isBehindTls() ? `__Host-${name}` : name;
}

/** `TRUST_PROXY`: how many reverse proxies stand in front and say in X-Forwarded-For who asked; 0 believes nobody. */
export function trustedProxies(): number {
  const given = process.env.TRUST_PROXY;
  if (!given) return 0;
  if (!/^\d$/.test(given)) {
    throw new EnvironmentError("TRUST_PROXY must be the number of reverse proxies in front: 0, or 1 to 9.");
  }
  return Number(given);
}

/** `API_RATE_LIMIT`: how many requests a minute one API key may make; 0 is no limit. */
export function apiRateLimit(): number {
  const given = process.env.API_RATE_LIMIT;
  if (!given) return 120_000;
  if (!/^\d{1,9}$/.test(given)) {
    throw new EnvironmentError("API_RATE_LIMIT must be a number of requests a minute, or 0 for no limit.");
  }
  return Number(given);
}

/** `USAGE_MAX_AGE_DAYS`: how many days ago a reported event may have occurred, 35 unless set; null for 0, no bound. */
export function usageMaxAgeDays(): number | null {
  const text = process.env.USAGE_MAX_AGE_DAYS;
  if (!text) return 35;
  if (!/^\d{1,5}$/.test(text)) {
    throw new EnvironmentError("USAGE_MAX_AGE_DAYS must be a number of days, or 0 for no limit.");
  }
  return Number(text) || null;
}
