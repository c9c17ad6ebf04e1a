import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, test } from "vitest";
import { ConfigError, config, loadConfig, parseConfig } from "#lib/config.ts";
import { SETTINGS, type SettingName } from "#lib/environment.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";

const SINGLE_SIGN_ON = {
  OIDC_ISSUER: "https://id.example.edu/realms/campus",
  OIDC_CLIENT_ID: "bursar",
  OIDC_CLIENT_SECRET: "secret",
};

/** Invalid values of each setting; a setting that takes any text has none. */
const INVALID: Record<SettingName, readonly string[]> = {
  PORT: ["0", "65536", "99999", "abc", "3000.5", "-1", "0x50", "1e3", "٣٠٠٠"],
  HOST: ["a b", "http://localhost", "a/b", "[::1]", "x".repeat(254)],
  DATA_DIR: [],
  APP_URL: [
    "portal.example.edu",
    "javascript:alert(1)",
    "https://user:secret@portal.example.edu",
    "https://portal.example.edu/bursar",
    "https://portal.example.edu/?a=b",
    "https://portal.example.edu/#a",
    "ftp://portal.example.edu",
    "https://",
  ],
  TRUST_PROXY: ["true", "yes", "abc", "-1", "1.5", "10", "١"],
  API_RATE_LIMIT: ["many", "-1", "1.5", "1e3", "1234567890"],
  USAGE_MAX_AGE_DAYS: ["-1", "1.5", "month", "100000"],
  AUTH_SECRET: ["x", "x".repeat(31)],
  OWNER_EMAIL: ["ana", "ana@", "ana@localhost", "ana@example.edu, bo@example.edu"],
  OWNER_PASSWORD: [],
  OIDC_ISSUER: [
    "id.example.edu",
    "http://id.example.edu",
    "http://127.0.0.1.evil.example",
    "https://a:b@id.example.edu",
    "https://id.example.edu?x=1",
    "https://id.example.edu#",
    "https://id.example.edu/.well-known/openid-configuration",
    "file:///etc/passwd",
    "https://login.microsoftonline.com/common/v2.0",
  ],
  OIDC_CLIENT_ID: [],
  OIDC_CLIENT_SECRET: [],
  OIDC_NAME: ["x".repeat(41)],
  OIDC_SCOPES: ["email", 'openid "email"', "openid\\email"],
  OIDC_ROLE_CLAIM: [],
  OIDC_OWNER_VALUES: [],
  OIDC_ADMIN_VALUES: [],
  OIDC_VIEWER_VALUES: [],
  OIDC_GRANT_CLAIM: [],
  OIDC_CREATE_USERS: ["yes", "true", "1", "ON"],
  OIDC_TRUST_EMAIL: ["yes", "true", "1"],
  PASSWORD_SIGN_IN: ["no", "false", "0"],
  CHECKPOINTS: ["yes", "true", "0"],
  METRICS_TOKEN: [],
  METRICS_BALANCES: ["yes", "true", "1"],
  SMTP_URL: ["mail.example.edu", "https://mail.example.edu", "smtp:"],
  MAIL_FROM: [
    "bursar",
    "Bursar <bursar>",
    "Bursar <bursar@example.edu>\r\nBcc: eve@example.edu",
    "a b@example.edu",
  ],
  WEBHOOK_ALLOW_PRIVATE: ["yes", "true", "1"],
  LOG_LEVEL: ["verbose", "INFO", "2"],
  LOG_FORMAT: ["text", "JSON"],
};

test.each(SETTINGS.flatMap(({ name }) => INVALID[name].map((value) => [name, value] as const)))(
  "%s=%s is refused with one line that names it",
  (name, value) => {
    const message = (() => {
      try {
        parseConfig({ ...SINGLE_SIGN_ON, [name]: value });
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        return String(error instanceof Error && error.message);
      }
      return "accepted";
    })();
    expect(message).toMatch(new RegExp(`^${name} must .+\\.$`));
    expect(message).not.toContain("\n");
  },
);

test.each(SETTINGS)(
  "$name is described, and empty or blank it counts as not set",
  ({ name, description }) => {
    expect(description).toMatch(/^[A-Z`].+\.$/);
    expect(parseConfig({ [name]: "" })).toEqual(parseConfig({}));
    expect(parseConfig({ [name]: "  " })).toEqual(parseConfig({}));
  },
);

test("every setting that the code reads from the environment is in the list", () => {
  const names = new Set([
    "NODE_ENV",
    "NEXT_RUNTIME",
    "AUTH_URL",
    "SQLITE_TMPDIR",
    "NODE_EXTRA_CA_CERTS",
    "__NEXT_PRIVATE_STANDALONE_CONFIG",
  ]);
  for (const { name } of SETTINGS) names.add(name);
  const files = ["app", "components", "db", "lib"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => path.join(folder, file)),
  );
  const unknown = files
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/process\.env\.(\w+)/g)].map(([, name = ""]) => name),
    )
    .filter((name) => !names.has(name));
  expect(unknown).toEqual([]);
});

test("without a setting, each has its default", () => {
  expect(parseConfig({ LOG_FORMAT: "json" })).toEqual({
    port: 3000,
    host: null,
    appUrl: null,
    trustedProxies: 0,
    apiRateLimit: 120_000,
    usageMaxAgeDays: 35,
    authSecret: null,
    ownerEmail: null,
    ownerPassword: null,
    singleSignOn: null,
    passwordsAllowed: true,
    metricsToken: null,
    metricsBalances: true,
    mail: null,
    privateWebhooksAllowed: false,
    logLevel: "info",
    logFormat: "json",
  });
});

test("spaces around a value do not count, except in a password and in secrets of our own", () => {
  const { port, authSecret, ownerPassword } = parseConfig({
    PORT: " 4000 ",
    AUTH_SECRET: ` ${"x".repeat(32)} `,
    OWNER_PASSWORD: " a b ",
  });
  expect([port, authSecret, ownerPassword]).toEqual([4000, ` ${"x".repeat(32)} `, " a b "]);
});

test.each(["https://portal.example.edu", "https://portal.example.edu/", "http://localhost:3000"])(
  "APP_URL may be %s",
  (APP_URL) => {
    expect(parseConfig({ APP_URL }).appUrl?.href).toBe(`${APP_URL.replace(/\/$/, "")}/`);
  },
);

test("0 is no limit of days", () => {
  expect(parseConfig({ USAGE_MAX_AGE_DAYS: "0" }).usageMaxAgeDays).toBeNull();
});

describe("single sign-on", () => {
  it("takes three settings, and has defaults for the others", () => {
    const { issuer, ...rest } = parseConfig(SINGLE_SIGN_ON).singleSignOn ?? {};
    expect(issuer?.href).toBe(SINGLE_SIGN_ON.OIDC_ISSUER);
    expect(rest).toEqual({
      clientId: "bursar",
      clientSecret: "secret",
      scopes: "openid email",
      name: "single sign-on",
      roles: null,
      grantClaim: null,
      createsUsers: false,
      trustsEmail: false,
    });
  });

  it("reads roles, scopes and whether accounts are created", () => {
    const settings = {
      ...SINGLE_SIGN_ON,
      OIDC_SCOPES: "openid  email groups",
      OIDC_ROLE_CLAIM: "groups",
      OIDC_OWNER_VALUES: "a, b ,",
      OIDC_VIEWER_VALUES: "c",
      OIDC_TRUST_EMAIL: "on",
    };
    expect(parseConfig(settings).singleSignOn).toMatchObject({
      scopes: "openid email groups",
      roles: { claim: "groups", values: { owner: ["a", "b"], admin: [], viewer: ["c"] } },
      grantClaim: null,
      createsUsers: true,
      trustsEmail: true,
    });
    expect(parseConfig({ ...settings, OIDC_CREATE_USERS: "off" }).singleSignOn?.createsUsers).toBe(false);
  });

  it.each(["http://127.0.0.1:9000", "http://localhost:9000/x", "http://[::1]:9000"])(
    "takes %s",
    (OIDC_ISSUER) => {
      expect(parseConfig({ ...SINGLE_SIGN_ON, OIDC_ISSUER }).singleSignOn?.issuer.href).toBe(
        new URL(OIDC_ISSUER).href,
      );
    },
  );

  it.each<[string, Record<string, string>, string]>([
    [
      "no client",
      { OIDC_ISSUER: SINGLE_SIGN_ON.OIDC_ISSUER },
      "Single sign-on is incomplete: OIDC_CLIENT_ID and OIDC_CLIENT_SECRET must be set too.",
    ],
    [
      "no secret",
      { ...SINGLE_SIGN_ON, OIDC_CLIENT_SECRET: "" },
      "Single sign-on is incomplete: OIDC_CLIENT_SECRET must be set too.",
    ],
    [
      "only a name",
      { OIDC_NAME: "Campus ID" },
      "Single sign-on is incomplete: OIDC_ISSUER and OIDC_CLIENT_ID and OIDC_CLIENT_SECRET must be set too.",
    ],
    [
      "a claim without values",
      { ...SINGLE_SIGN_ON, OIDC_ROLE_CLAIM: "roles", OIDC_OWNER_VALUES: " , " },
      "OIDC_ROLE_CLAIM and the values that give a role (OIDC_OWNER_VALUES, OIDC_ADMIN_VALUES, OIDC_VIEWER_VALUES) are set together or not at all.",
    ],
    [
      "values without a claim",
      { ...SINGLE_SIGN_ON, OIDC_ADMIN_VALUES: "staff" },
      "OIDC_ROLE_CLAIM and the values that give a role (OIDC_OWNER_VALUES, OIDC_ADMIN_VALUES, OIDC_VIEWER_VALUES) are set together or not at all.",
    ],
    [
      "neither passwords nor single sign-on",
      { PASSWORD_SIGN_IN: "off" },
      "PASSWORD_SIGN_IN is off, so single sign-on must be set: OIDC_ISSUER is not.",
    ],
  ])("refuses %s", (_, settings, message) => {
    expect(() => parseConfig(settings)).toThrow(new ConfigError(message));
  });

  it("allows to switch passwords off", () => {
    expect(parseConfig({ ...SINGLE_SIGN_ON, PASSWORD_SIGN_IN: "off" }).passwordsAllowed).toBe(false);
  });
});

describe("the file .env of a folder", () => {
  afterEach(() => {
    delete process.env.LOG_LEVEL;
    loadConfig();
  });

  it("adds what the environment does not set", () => {
    const folder = makeTemporaryDirectory();
    writeFileSync(path.join(folder, ".env"), "LOG_LEVEL=warn\n");
    expect(loadConfig(folder).logLevel).toBe("warn");
    expect(config().logLevel).toBe("warn");
    process.env.LOG_LEVEL = "error";
    expect(loadConfig(folder).logLevel).toBe("error");
    removeDirectory(folder);
  });

  const SECRET = "0123456789abcdef#0123456789abcdef";
  const WITHOUT = SECRET.replace("#", "-");
  const loadWith = (text: string) => {
    const folder = makeTemporaryDirectory();
    delete process.env.AUTH_SECRET;
    try {
      writeFileSync(path.join(folder, ".env"), text);
      return loadConfig(folder).authSecret;
    } finally {
      delete process.env.AUTH_SECRET;
      removeDirectory(folder);
    }
  };

  it.each([
    `AUTH_SECRET=${SECRET}`,
    `LOG_LEVEL=warn\n export AUTH_SECRET = ${SECRET}\n`,
    `AUTH_SECRET=it is# ${SECRET}`,
    `AUTH_SECRET=${WITHOUT} # a comment`,
    `AUTH_SECRET=${WITHOUT}\t# a comment`,
    `AUTH_SECRET=#${WITHOUT}`,
    `AUTH_SECRET= \t#${WITHOUT}`,
    `AUTH_SECRET='${WITHOUT}' # a comment`,
    `AUTH_SECRET= "${WITHOUT}"# a comment`,
    `AUTH_SECRET='${WITHOUT}' '#'`,
    `AUTH_SECRET="${WITHOUT}\\"#"`,
    `AUTH_SECRET=it's '#'`,
    `AUTH_SECRET=\`${SECRET}\``,
  ])("is refused with a # outside of quotes, because systemd reads another value: %j", (text) => {
    expect(() => loadWith(text)).toThrow(/^AUTH_SECRET in .*\.env has a # outside of quotes\. /);
  });

  it.each([
    [`AUTH_SECRET='${SECRET}"\\'`, `${SECRET}"\\`],
    [`AUTH_SECRET = "${SECRET}"`, SECRET],
    [`AUTH_SECRET =  '${SECRET}'`, SECRET],
    [`# a # comment\n \t#another=#\nAUTH_SECRET=${WITHOUT}`, WITHOUT],
    [`# AUTH_SECRET=a#b\nOTHER=a#b\nAUTH_SECRET='${SECRET}'`, SECRET],
  ])("may have one between quotes, in a comment and in what is no setting: %j", (text, secret) => {
    expect(loadWith(text)).toBe(secret);
  });
});

describe("mails", () => {
  const SMTP_URL = "smtps://bursar:secret@mail.example.edu";

  it("need a server and a sender", () => {
    expect(parseConfig({}).mail).toBeNull();
    expect(() => parseConfig({ SMTP_URL })).toThrow("MAIL_FROM must be set together with SMTP_URL.");
    expect(() => parseConfig({ MAIL_FROM: "bursar@example.edu" })).toThrow(
      "SMTP_URL must be set together with MAIL_FROM.",
    );
  });

  it.each([
    ["bursar@example.edu", { name: "", address: "bursar@example.edu" }],
    ["bursar@localhost", { name: "", address: "bursar@localhost" }],
    ["Bursar <bursar@example.edu>", { name: "Bursar", address: "bursar@example.edu" }],
    ['"Bursar, Uni" <bursar@example.edu>', { name: "Bursar, Uni", address: "bursar@example.edu" }],
  ])("come from %s", (MAIL_FROM, from) => {
    expect(parseConfig({ SMTP_URL, MAIL_FROM }).mail).toEqual({ url: SMTP_URL, from });
  });
});
