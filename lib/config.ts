import { lstatSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { ROLES, type Role } from "./actor.ts";
import { type EnvironmentValues, SETTINGS, SETTINGS_SCHEMA, type SettingName } from "./environment.ts";
import { processWide } from "./process-wide.ts";

/** Raised with one line for the operator when a setting of the environment is invalid. */
export class ConfigError extends Error {}

/** Settings whose spaces at the beginning and end count. */
const VERBATIM: readonly SettingName[] = ["AUTH_SECRET", "OWNER_PASSWORD", "METRICS_TOKEN"];

/** Single sign-on by OpenID Connect. */
export type SingleSignOn = {
  /** The only address to which the portal sends requests; no page can change it. */
  issuer: URL;
  clientId: string;
  clientSecret: string;
  scopes: string;
  /** The name of the provider on the button. */
  name: string;
  /** The claim that contains roles, and the values of it that give each role. */
  roles: { claim: string; values: Record<Role, readonly string[]> } | null;
  /** The claim that contains grants; null for none. */
  grantClaim: string | null;
  /** Whether an account is created for somebody who has none. */
  createsUsers: boolean;
  /** Whether every email of the provider counts as verified, because its administrators manage them. */
  trustsEmail: boolean;
};

/** How mails are sent. `url` may contain a password. */
export type MailSettings = { url: string; from: { name: string; address: string } };

/** The settings, as the program uses them. */
export type Config = {
  port: number;
  /** Null for all interfaces. */
  host: string | null;
  /** The address that people use; null when it is left to each request's own host. */
  appUrl: URL | null;
  /** How many reverse proxies are in front and add to X-Forwarded-For. With 0 the header is ignored. */
  trustedProxies: number;
  /** Requests a minute that one API key may make; 0 is no limit. */
  apiRateLimit: number;
  /** How many days ago a reported event may have occurred; null is no limit. */
  usageMaxAgeDays: number | null;
  authSecret: string | null;
  ownerEmail: string | null;
  ownerPassword: string | null;
  /** Null when none of its settings is set. */
  singleSignOn: SingleSignOn | null;
  /** Whether anybody may sign in with a password. */
  passwordsAllowed: boolean;
  /** Null if nothing is measured. */
  metricsToken: string | null;
  /** Whether the metrics have the credits of pools and organizations. */
  metricsBalances: boolean;
  /** The server that takes mails, and their sender; null if the portal sends none. */
  mail: MailSettings | null;
  /** Whether webhooks may go to private addresses and to http. */
  privateWebhooksAllowed: boolean;
  logLevel: EnvironmentValues["LOG_LEVEL"];
  logFormat: "json" | "pretty";
};

const VALUES_OF = {
  owner: "OIDC_OWNER_VALUES",
  admin: "OIDC_ADMIN_VALUES",
  viewer: "OIDC_VIEWER_VALUES",
} as const satisfies Record<Role, SettingName>;

function singleSignOnOf(
  values: EnvironmentValues,
  isSet: (name: SettingName) => boolean,
): SingleSignOn | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = values;
  if (!SETTINGS.some(({ name }) => name.startsWith("OIDC_") && isSet(name))) return null;
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) {
    const missing = (["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"] as const).filter(
      (name) => !isSet(name),
    );
    throw new ConfigError(`Single sign-on is incomplete: ${missing.join(" and ")} must be set too.`);
  }
  const claim = values.OIDC_ROLE_CLAIM;
  const byRole = Object.fromEntries(ROLES.map((role) => [role, values[VALUES_OF[role]]])) as Record<
    Role,
    string[]
  >;
  const hasValues = Object.values(byRole).some((one) => one.length > 0);
  if ((claim !== undefined) !== hasValues) {
    throw new ConfigError(
      "OIDC_ROLE_CLAIM and the values that give a role (OIDC_OWNER_VALUES, OIDC_ADMIN_VALUES, OIDC_VIEWER_VALUES) are set together or not at all.",
    );
  }
  const roles = claim === undefined ? null : { claim, values: byRole };
  const grantClaim = values.OIDC_GRANT_CLAIM ?? null;
  return {
    issuer,
    clientId,
    clientSecret,
    scopes: values.OIDC_SCOPES,
    name: values.OIDC_NAME,
    roles,
    grantClaim,
    createsUsers: values.OIDC_CREATE_USERS ?? (roles !== null || grantClaim !== null),
    trustsEmail: values.OIDC_TRUST_EMAIL,
  };
}

function mailOf({ SMTP_URL: url, MAIL_FROM: from }: EnvironmentValues): MailSettings | null {
  if (url === undefined && from === undefined) return null;
  if (url === undefined) throw new ConfigError("SMTP_URL must be set together with MAIL_FROM.");
  if (from === undefined) throw new ConfigError("MAIL_FROM must be set together with SMTP_URL.");
  return { url, from };
}

/**
 * Reads and checks every setting.
 *
 * @throws ConfigError for the first invalid one, with a line that begins with its name
 */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const isSet = (name: SettingName) => (environment[name]?.trim() ?? "") !== "";
  const texts = SETTINGS.filter(({ name }) => isSet(name)).map(({ name }) => {
    const value = environment[name];
    return [name, VERBATIM.includes(name) ? value : value?.trim()];
  });
  const parsed = SETTINGS_SCHEMA.safeParse(Object.fromEntries(texts));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(`${String(issue?.path[0])} ${issue?.message}`);
  }
  const values = parsed.data;
  const singleSignOn = singleSignOnOf(values, isSet);
  if (!values.PASSWORD_SIGN_IN && !singleSignOn) {
    throw new ConfigError("PASSWORD_SIGN_IN is off, so single sign-on must be set: OIDC_ISSUER is not.");
  }
  return {
    port: values.PORT,
    host: values.HOST ?? null,
    appUrl: values.APP_URL ?? null,
    trustedProxies: values.TRUST_PROXY,
    apiRateLimit: values.API_RATE_LIMIT,
    usageMaxAgeDays: values.USAGE_MAX_AGE_DAYS || null,
    authSecret: values.AUTH_SECRET ?? null,
    ownerEmail: values.OWNER_EMAIL ?? null,
    ownerPassword: values.OWNER_PASSWORD ?? null,
    singleSignOn,
    passwordsAllowed: values.PASSWORD_SIGN_IN,
    metricsToken: values.METRICS_TOKEN ?? null,
    metricsBalances: values.METRICS_BALANCES,
    mail: mailOf(values),
    privateWebhooksAllowed: values.WEBHOOK_ALLOW_PRIVATE,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT ?? (process.stdout.isTTY ? "pretty" : "json"),
  };
}

const current = processWide<{ config: Config | null }>("lib/config", () => ({ config: null }));

/** A line of a settings file that has a `#` after the quotes of its value, or anywhere in a value without quotes. */
const CUT_VALUE = /^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*(?:'[^']*'|"[^"]*"|(?!['" \t]))[^#]*#/;

/**
 * Node begins a comment at such a `#`, and systemd reads it as a part of the value: the command line would have another
 * AUTH_SECRET than the service.
 *
 * @throws ConfigError for one that the environment does not have
 */
function refuseCutValues(file: string, text: string): void {
  for (const line of text.split("\n")) {
    const name = CUT_VALUE.exec(line)?.[1] ?? "";
    if (!SETTINGS.some((setting) => setting.name === name) || process.env[name] !== undefined) continue;
    throw new ConfigError(
      `${name} in ${file} has a # outside of quotes. Put the value between single quotes, and a comment on a line of its own.`,
    );
  }
}

/**
 * Adds the settings of a file that the environment does not have.
 *
 * @throws ConfigError for one that cannot be read, or not in the same way by systemd
 */
function addSettingsOf(file: string): void {
  // A link to a file that this user may not see counts: without its settings, a command acts on another data folder.
  if (!lstatSync(file, { throwIfNoEntry: false })) return;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new ConfigError(`${file} cannot be read (${reason}). Run this as a user who may read it.`);
  }
  refuseCutValues(file, text);
  for (const [name, value] of Object.entries(parseEnv(text))) process.env[name] ??= value;
}

/**
 * Reads the settings from the environment, again where they were read before. In `folder`, a file named `.env` adds
 * settings that the environment does not have: for the server and the command line alike.
 *
 * @throws ConfigError
 */
export function loadConfig(folder?: string): Config {
  if (folder !== undefined) addSettingsOf(path.join(folder, ".env"));
  current.config = parseConfig(process.env);
  return current.config;
}

/**
 * The settings, read at the start. @throws ConfigError for an invalid setting, in a program that did not load the
 * settings at its start
 */
export function config(): Config {
  return current.config ?? loadConfig();
}

/** `APP_URL`, the address that people use; null when it is left to each request's own host. */
export function appUrl(): URL | null {
  return config().appUrl;
}

/** Whether people reach the portal by TLS, as far as APP_URL tells. */
export function isBehindTls(): boolean {
  return config().appUrl?.protocol === "https:";
}

/**
 * The name of one of our cookies. With TLS it has the prefix `__Host-`: browsers then accept it only from this host,
 * with the path `/`.
 */
export function cookieName(name: string): string {
  return isBehindTls() ? `__Host-${name}` : name;
}
