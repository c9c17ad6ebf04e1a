import { accessSync, constants, lstatSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { ROLES, type Role } from "./actor.ts";
import { emailAddress } from "./email.ts";
import { processWide } from "./process-wide.ts";
import { characters } from "./text.ts";

/** Raised with one line for the operator when a setting of the environment is invalid. */
export class ConfigError extends Error {}

const text = z.string();
const onOff = z.enum(["on", "off"], "must be on or off.").transform((value) => value === "on");
const wholeNumber = (smallest: number, largest: number, message: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((number) => number >= smallest && number <= largest, message);
/** Values between commas. */
const list = text.transform((values) =>
  values
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== ""),
);

const ADDRESS = "must be an address without a path, such as https://portal.example.edu.";
const address = text.transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url;
  context.addIssue({ code: "custom", message: ADDRESS });
  return z.NEVER;
});

const issuer = text.transform((value, context) => {
  const refuse = (message: string) => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  const url = URL.canParse(value) ? new URL(value) : null;
  const isLoopback = url !== null && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback);
  const isIssuer = url !== null && !/[?#]/.test(url.href) && !url.pathname.includes("/.well-known/");
  if (!url || !isSafe || !isIssuer || url.username || url.password) {
    return refuse(
      "must be the issuer's https:// address, such as https://id.example.edu, without /.well-known/ or a query.",
    );
  }
  if (/^\/(common|organizations|consumers)(\/|$)/.test(url.pathname) && url.hostname.includes("microsoft")) {
    return refuse("must name your own tenant: this one lets in every tenant's people.");
  }
  return url;
});

const email = text.transform((value, context) => {
  const parsed = emailAddress.safeParse(value);
  if (parsed.success) return parsed.data;
  context.addIssue({ code: "custom", message: "must be an e-mail address such as ana@example.edu." });
  return z.NEVER;
});

const MAIL_SERVER = "must be the address of a mail server, such as smtps://user:password@mail.example.edu.";
const mailServer = text.transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url && /^smtps?:$/.test(url.protocol) && url.hostname !== "") return value;
  context.addIssue({ code: "custom", message: MAIL_SERVER });
  return z.NEVER;
});

/** An address, or a name and an address (RFC 5322, 3.4). A line break would let a header be added. */
const sender = text.transform((value, context) => {
  const [, name = "", bracketed] = /^([^<>\r\n]{0,200})<([^<>]{1,254})>$/.exec(value) ?? [];
  const address = bracketed ?? value;
  // Not `emailAddress`: a machine may send its mails as bursar@localhost.
  if (/^[^\s<>@]{1,64}@[^\s<>@]{1,190}$/.test(address)) {
    return { name: name.trim().replace(/^"(.*)"$/, "$1"), address };
  }
  context.addIssue({
    code: "custom",
    message: "must be an e-mail address, or a name and an address such as Bursar <bursar@example.edu>.",
  });
  return z.NEVER;
});

const scopes = text
  .transform((value) => value.split(/\s+/))
  .refine(
    // RFC 6749, 3.3: the characters of a scope.
    (names) => names.includes("openid") && names.every((name) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name)),
    "must be names between spaces, openid among them.",
  )
  .transform((names) => names.join(" "));

/**
 * Every setting, read from the environment variable of its name. One that is empty counts as not set. `default` is the
 * text in the documentation, in Markdown; a setting without one has no value unless it is set.
 */
const SETTINGS_SCHEMA = z.object({
  PORT: wholeNumber(1, 65_535, "must be a number from 1 to 65535.")
    .default(3000)
    .meta({ description: "The port to listen on.", default: "`3000`" }),
  HOST: text
    .regex(/^[\w.:-]{1,253}$/, "must be a host name or an IP address of this machine.")
    .optional()
    .meta({
      description: "The address to listen on. Use `127.0.0.1` behind a reverse proxy on the same machine.",
      default: "all interfaces",
    }),
  DATA_DIR: text.default("data").meta({
    description: "The folder of the database and everything else that is kept.",
    default: "`./data`",
  }),
  APP_URL: address.optional().meta({
    description:
      "The address that people use, without a path. With `https://`, cookies are `Secure` and browsers are told to stay on TLS (HSTS).",
    default: "the host of each request",
  }),
  TRUST_PROXY: wholeNumber(0, 9, "must be the number of reverse proxies in front: 0, or 1 to 9.")
    .default(0)
    .meta({
      description:
        "The number of reverse proxies in front. They set `X-Forwarded-Proto` and add to `X-Forwarded-For`. With `0`, both headers are ignored.",
      default: "`0`",
    }),
  API_RATE_LIMIT: wholeNumber(0, 999_999_999, "must be a number of requests a minute, or 0 for no limit.")
    .default(120_000)
    .meta({
      description: "Requests per minute that one API key may make to one server process. `0` means no limit.",
      default: "`120000`",
    }),
  USAGE_MAX_AGE_DAYS: wholeNumber(0, 99_999, "must be a number of days, or 0 for no limit.")
    .default(35)
    .meta({
      description:
        "How many days ago an event may have occurred that an application reports. `0` means no limit. `import usage` is not bound.",
      default: "`35`",
    }),
  AUTH_SECRET: text
    .min(
      32,
      "must have at least 32 characters, such as `openssl rand -base64 33` prints; without it one is made and kept.",
    )
    .optional()
    .meta({
      description:
        "Signs session cookies and encrypts the secrets of [authenticator apps](../second-factor.md#the-portals-secret). At least 32 characters.",
      default: "created once, in `DATA_DIR/auth-secret`",
      secret: true,
    }),
  OWNER_EMAIL: email.optional().meta({
    description:
      "With `OWNER_PASSWORD`, creates the first owner at the first start, instead of `/setup`. Without passwords (`PASSWORD_SIGN_IN=off`), the e-mail is enough.",
  }),
  OWNER_PASSWORD: text
    .optional()
    .meta({ description: "The password of the first owner: see `OWNER_EMAIL`.", secret: true }),
  OIDC_ISSUER: issuer.optional().meta({
    description:
      "The issuer of [single sign-on](../single-sign-on.md) by OpenID Connect, set together with `OIDC_CLIENT_ID` and `OIDC_CLIENT_SECRET`. Register `APP_URL/api/auth/callback/oidc` at the provider.",
  }),
  OIDC_CLIENT_ID: text.optional().meta({ description: "The portal's client id at the provider." }),
  OIDC_CLIENT_SECRET: text
    .optional()
    .meta({ description: "The portal's client secret at the provider.", secret: true }),
  OIDC_NAME: text
    .refine((name) => characters(name) <= 40, "must have at most 40 characters.")
    .default("single sign-on")
    .meta({
      description: "The name of the provider on the button “Sign in with …”.",
      default: "`single sign-on`",
    }),
  OIDC_SCOPES: scopes
    .default("openid email")
    .meta({ description: "The scopes to request.", default: "`openid email`" }),
  OIDC_ROLE_CLAIM: text.optional().meta({
    description: "The claim that contains roles, such as `roles` or `realm_access.roles`.",
  }),
  OIDC_OWNER_VALUES: list.default([]).meta({
    description: "The values of that claim, separated by commas, that give the role owner.",
  }),
  OIDC_ADMIN_VALUES: list.default([]).meta({
    description: "The values of that claim, separated by commas, that give the role admin.",
  }),
  OIDC_VIEWER_VALUES: list.default([]).meta({
    description: "The values of that claim, separated by commas, that give the role viewer.",
  }),
  OIDC_GRANT_CLAIM: text.optional().meta({
    description:
      "The claim that contains grants, such as `bursar:admin:MKT`, `bursar:viewer:tag:faculty:science` or `bursar:viewer`. What it no longer contains ends at the next sign-in.",
  }),
  OIDC_CREATE_USERS: onOff.optional().meta({
    description: "Creates an account for a person who has none.",
    default: "`on` with a role claim, else `off`",
  }),
  OIDC_TRUST_EMAIL: onOff.default(false).meta({
    description:
      "`on` counts every e-mail of the provider as verified, because its administrators manage them.",
    default: "`off`",
  }),
  PASSWORD_SIGN_IN: onOff.default(true).meta({
    description: "`off` forbids passwords; everybody then signs in by single sign-on.",
    default: "`on`",
  }),
  CHECKPOINTS: onOff.default(true).meta({
    description:
      "`off` leaves it to [Litestream](../backup.md#back-up) to copy the write-ahead log into the database. Without Litestream, the log then grows to 1 GB.",
    default: "`on`",
  }),
  METRICS_TOKEN: text.optional().meta({
    description:
      "Opens `/metrics` (Prometheus text format) to requests with this bearer token. Without it there is no such page.",
    secret: true,
  }),
  METRICS_BALANCES: onOff.default(true).meta({
    description:
      "`off` leaves the credits of pools and organizations out of `/metrics`. With `on`, their names and codes are in it.",
    default: "`on`",
  }),
  SMTP_URL: mailServer.optional().meta({
    description:
      "The server that takes mails, such as `smtps://user:password@mail.example.edu`; set together with `MAIL_FROM`. Without it the portal sends no mail ([notifications](../operations.md#notifications)).",
    secret: true,
  }),
  MAIL_FROM: sender.optional().meta({
    description: "The sender of mails, such as `Bursar <bursar@example.edu>`.",
  }),
  WEBHOOK_ALLOW_PRIVATE: onOff.default(false).meta({
    description:
      "`on` lets webhooks go to private and local addresses, and to `http://` ([webhooks](../webhooks.md#which-addresses-are-allowed)).",
    default: "`off`",
  }),
  LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error"], "must be one of debug, info, warn, error.")
    .default("info")
    .meta({
      description: "`debug` (includes health checks and static files), `info`, `warn` or `error`.",
      default: "`info`",
    }),
  LOG_FORMAT: z.enum(["json", "pretty"], "must be one of json, pretty.").optional().meta({
    description: "One readable line, or one JSON object, per event.",
    default: "`pretty` in a terminal, else `json`",
  }),
});

type Values = z.output<typeof SETTINGS_SCHEMA>;
export type SettingName = keyof Values;

/** A setting as the documentation lists it. `default` is Markdown; null where there is no value unless it is set. */
export type Setting = {
  name: SettingName;
  description: string;
  default: string | null;
  /** Its value is never printed. */
  isSecret: boolean;
};

/** Every setting, in the order in which the documentation lists them. */
export const SETTINGS: readonly Setting[] = Object.entries(SETTINGS_SCHEMA.shape).map(([name, schema]) => {
  const meta = schema.meta() ?? {};
  return {
    name: name as SettingName,
    description: meta.description ?? "",
    default: typeof meta.default === "string" ? meta.default : null,
    isSecret: meta.secret === true,
  };
});

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
  /** Whether every e-mail of the provider counts as verified, because its administrators manage them. */
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
  logLevel: Values["LOG_LEVEL"];
  logFormat: "json" | "pretty";
};

const VALUES_OF = {
  owner: "OIDC_OWNER_VALUES",
  admin: "OIDC_ADMIN_VALUES",
  viewer: "OIDC_VIEWER_VALUES",
} as const satisfies Record<Role, SettingName>;

function singleSignOnOf(values: Values, isSet: (name: SettingName) => boolean): SingleSignOn | null {
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

function mailOf({ SMTP_URL: url, MAIL_FROM: from }: Values): MailSettings | null {
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

/** Adds the settings of a file that the environment does not have. @throws ConfigError for one that cannot be read */
function addSettingsOf(file: string): void {
  // A link to a file that this user may not see counts: without its settings, a command acts on another data folder.
  if (!lstatSync(file, { throwIfNoEntry: false })) return;
  try {
    // Node names every failure of the next call ENOENT.
    accessSync(file, constants.R_OK);
    process.loadEnvFile(file);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new ConfigError(`${file} cannot be read (${reason}). Run this as a user who may read it.`);
  }
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
