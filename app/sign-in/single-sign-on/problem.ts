import { HOME } from "#lib/portal-users/rules.ts";

/** The sign-in page with what went wrong and where it was to lead. */
export function problemHref(code: string, callbackUrl: string): string {
  const asked = new URLSearchParams(callbackUrl === HOME ? {} : { callbackUrl });
  asked.set("problem", code);
  return `/sign-in?${asked}`;
}
