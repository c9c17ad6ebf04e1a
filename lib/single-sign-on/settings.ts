import { ROLES, type Role } from "#lib/actor.ts";
import { EnvironmentError } from "#lib/environment.ts";
import { characters } from "#lib/text.ts";
import type { RoleMapping } from "./rules.ts";

/** Single sign-on by OpenID Connect, as the environment sets it. */
export type SingleSignOn = {
  /** The only address that the portal ever asks; nobody can set it from a page. */
  issuer: URL;
  clientId: string;
  clientSecret: string;
  scopes: string;
  /** What the provider is called on the button. */
  name: string;
  roles: RoleMapping | null;
  /** Is an account made for somebody who has none? */
  createsUsers: boolean;
};

const REQUIRED = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"] as const;
const VALUES: Record<Role, string> = {
  owner: "OIDC_OWNER_VALUES",
  admin: "OIDC_ADMIN_VALUES",
  viewer: "OIDC_VIEWER_VALUES",
};
const OPTIONAL = [
  "OIDC_SCOPES",
  "OIDC_NAME",
  "OIDC_ROLE_CLAIM",
  "OIDC_CREATE_USERS",
  ...Object.values(VALUES),
];

const given = (name: string): string => process.env[name]?.trim() ?? "";

function issuerAddress(): URL {
  const text = given("OIDC_ISSUER");
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLoopback = url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback);
  const isIssuer =
    url !== null && url.href.split(/[?#]/).length === 1 && !url.pathname.includes("/.well-known/");
  if (!url || !isSafe || !isIssuer || url.username || url.password) {
    throw new EnvironmentError(
      "OIDC_ISSUER must be the issuer's https:// address, such as https://id.example.edu, without /.well-known/ or a query.",
    );
  }
  if (/^\/(common|organizations|consumers)(\/|$)/.test(url.pathname) && url.hostname.includes("microsoft")) {
    throw new EnvironmentError(
      "OIDC_ISSUER must name your own tenant: this one lets in every tenant's people.",
    );
  }
  return url;
}

function scopes(): string {
  const text = given("OIDC_SCOPES") || "openid email";
  const names = text.split(/\s+/);
  // RFC 6749, 3.3: what a scope's name may hold.
  if (!names.includes("openid") || !names.every((name) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name))) {
    throw new EnvironmentError("OIDC_SCOPES must be names between spaces, openid among them.");
  }
  return names.join(" ");
}

function roles(): RoleMapping | null {
  const claim = given("OIDC_ROLE_CLAIM");
  const values = Object.fromEntries(
    ROLES.map((role) => [
      role,
      given(VALUES[role])
        .split(",")
        .map((value) => value.trim())
        .filter((value) => value !== ""),
    ]),
  ) as Record<Role, string[]>;
  const all = Object.values(values).flat();
  if (claim === "" && all.length === 0) return null;
  if (claim === "" || all.length === 0) {
    throw new EnvironmentError(
      "OIDC_ROLE_CLAIM and the values that give a role (OIDC_OWNER_VALUES, OIDC_ADMIN_VALUES, OIDC_VIEWER_VALUES) are set together or not at all.",
    );
  }
  return { claim, values };
}

function providerName(): string {
  const name = given("OIDC_NAME") || "single sign-on";
  if (characters(name) > 40) throw new EnvironmentError("OIDC_NAME must have at most 40 characters.");
  return name;
}

/** "on" or "off"; anything else is refused by name. */
function onOrOff(name: string, otherwise: boolean): boolean {
  const text = given(name).toLowerCase();
  if (text === "") return otherwise;
  if (text !== "on" && text !== "off") throw new EnvironmentError(`${name} must be on or off.`);
  return text === "on";
}

/** Null when none of the settings is given. @throws EnvironmentError for one that is missing or cannot be meant. */
export function singleSignOn(): SingleSignOn | null {
  const missing = REQUIRED.filter((name) => given(name) === "");
  const isSet = [...REQUIRED, ...OPTIONAL].some((name) => given(name) !== "");
  if (!isSet) return null;
  if (missing.length > 0) {
    throw new EnvironmentError(`Single sign-on is set by half: ${missing.join(" and ")} must be set too.`);
  }
  const mapping = roles();
  return {
    issuer: issuerAddress(),
    clientId: given("OIDC_CLIENT_ID"),
    clientSecret: given("OIDC_CLIENT_SECRET"),
    scopes: scopes(),
    name: providerName(),
    roles: mapping,
    createsUsers: onOrOff("OIDC_CREATE_USERS", mapping !== null),
  };
}

/** `PASSWORD_SIGN_IN`: may anybody sign in with a password? @throws EnvironmentError when nobody could sign in at all. */
export function passwordsAllowed(): boolean {
  const allowed = onOrOff("PASSWORD_SIGN_IN", true);
  if (!allowed && !singleSignOn()) {
    throw new EnvironmentError("PASSWORD_SIGN_IN is off, so single sign-on must be set: OIDC_ISSUER is not.");
  }
  return allowed;
}

export const PASSWORDS_OFF = "Passwords are switched off in this portal: people sign in by single sign-on.";
