import { HOME } from "#lib/portal-users/rules.ts";
import type { SignInRefusal } from "#lib/single-sign-on/rules.ts";

/** The sign-in page with what went wrong, and where it was to lead. */
export function problemHref(problem: SignInRefusal | (string & {}), callbackUrl: string = HOME): string {
  const query = new URLSearchParams(callbackUrl === HOME ? {} : { callbackUrl });
  query.set("problem", problem);
  return `/sign-in?${query}`;
}
