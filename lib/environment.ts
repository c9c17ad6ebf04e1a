import { z } from "zod";
import {
  address,
  email,
  issuer,
  list,
  mailServer,
  onOff,
  scopes,
  sender,
  text,
  wholeNumber,
} from "./environment-values.ts";
import { characters } from "./text.ts";

/**
 * Every setting, read from the environment variable of its name. One that is empty counts as not set. `default` is the
 * text in the documentation, in Markdown; a setting without one has no value unless it is set.
 */
export const SETTINGS_SCHEMA = z.object({
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
        "Signs session cookies. Encrypts the secrets of [authenticator apps](../second-factor.md#the-portals-secret), and the addresses and secrets of webhooks. At least 32 characters.",
      default: "created once, in `DATA_DIR/auth-secret`",
      secret: true,
    }),
  OWNER_EMAIL: email.optional().meta({
    description:
      "With `OWNER_PASSWORD`, creates the first owner at the first start, instead of `/setup`. Without passwords (`PASSWORD_SIGN_IN=off`), the email is enough. An account that has this email already becomes the owner and keeps its password.",
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
    default: "`on` with `OIDC_ROLE_CLAIM` or `OIDC_GRANT_CLAIM`, else `off`",
  }),
  OIDC_TRUST_EMAIL: onOff.default(false).meta({
    description:
      "`on` counts every email of the provider as verified, because its administrators manage them.",
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

/** The values of the settings. */
export type EnvironmentValues = z.output<typeof SETTINGS_SCHEMA>;
export type SettingName = keyof EnvironmentValues;

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
