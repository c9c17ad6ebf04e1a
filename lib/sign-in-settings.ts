import { config, type SingleSignOn } from "./config.ts";

export type { SingleSignOn } from "./config.ts";

/** Single sign-on as the environment sets it; null when none of its settings is set. */
export function singleSignOn(): SingleSignOn | null {
  return config().singleSignOn;
}

/** Issuers are compared as addresses, because a provider may write its own with or without the last slash. */
export function isSameIssuer(one: string, other: string): boolean {
  const address = (text: string) => (URL.canParse(text) ? new URL(text).href : text).replace(/\/$/, "");
  return address(one) === address(other);
}

/** `PASSWORD_SIGN_IN`: whether anybody may sign in with a password. */
export function passwordsAllowed(): boolean {
  return config().passwordsAllowed;
}

export const PASSWORDS_OFF = "Passwords are switched off in this portal: people sign in by single sign-on.";
