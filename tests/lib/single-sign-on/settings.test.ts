import { afterEach, beforeEach, expect, it } from "vitest";
import { EnvironmentError } from "#lib/environment.ts";
import { passwordsAllowed, singleSignOn } from "#lib/single-sign-on/settings.ts";

const NAMES = /^(OIDC_.*|PASSWORD_SIGN_IN)$/;
let before: Record<string, string | undefined>;

function set(settings: Record<string, string>): void {
  for (const name of Object.keys(process.env)) if (NAMES.test(name)) delete process.env[name];
  Object.assign(process.env, settings);
}
beforeEach(() => {
  before = { ...process.env };
  set({});
});
afterEach(() => {
  set(
    Object.fromEntries(Object.entries(before).filter(([name]) => NAMES.test(name))) as Record<string, string>,
  );
});

const WHOLE = {
  OIDC_ISSUER: "https://id.example.edu/realms/campus",
  OIDC_CLIENT_ID: "bursar",
  OIDC_CLIENT_SECRET: "secret",
};

it("is off without a setting, and empty ones are none", () => {
  expect(singleSignOn()).toBeNull();
  set({ OIDC_ISSUER: "", OIDC_CLIENT_ID: " ", OIDC_NAME: "" });
  expect(singleSignOn()).toBeNull();
  expect(passwordsAllowed()).toBe(true);
});

it("takes three settings, and says what the others are by default", () => {
  set(WHOLE);
  const { issuer, ...rest } = singleSignOn() ?? {};
  expect(issuer?.href).toBe(WHOLE.OIDC_ISSUER);
  expect(rest).toEqual({
    clientId: "bursar",
    clientSecret: "secret",
    scopes: "openid email",
    name: "single sign-on",
    roles: null,
    createsUsers: false,
  });
});

it("reads roles, scopes and whether accounts are made", () => {
  set({
    ...WHOLE,
    OIDC_SCOPES: "openid  email groups",
    OIDC_ROLE_CLAIM: "groups",
    OIDC_OWNER_VALUES: "a, b ,",
    OIDC_VIEWER_VALUES: "c",
  });
  expect(singleSignOn()).toMatchObject({
    scopes: "openid email groups",
    roles: { claim: "groups", values: { owner: ["a", "b"], admin: [], viewer: ["c"] } },
    createsUsers: true,
  });
  process.env.OIDC_CREATE_USERS = "off";
  expect(singleSignOn()?.createsUsers).toBe(false);
});

it.each([
  ["http on loopback", "http://127.0.0.1:9000"],
  ["http on localhost", "http://localhost:9000/x"],
  ["http on loopback by IPv6", "http://[::1]:9000"],
])("takes %s", (_name, OIDC_ISSUER) => {
  set({ ...WHOLE, OIDC_ISSUER });
  expect(singleSignOn()).not.toBeNull();
});

it.each<[string, Record<string, string>]>([
  ["no client", { OIDC_ISSUER: WHOLE.OIDC_ISSUER }],
  ["no secret", { ...WHOLE, OIDC_CLIENT_SECRET: "" }],
  ["only a name", { OIDC_NAME: "Campus ID" }],
  ["only the making of accounts", { OIDC_CREATE_USERS: "on" }],
  ["an issuer without a scheme", { ...WHOLE, OIDC_ISSUER: "id.example.edu" }],
  ["an issuer by http", { ...WHOLE, OIDC_ISSUER: "http://id.example.edu" }],
  ["an issuer that only begins like loopback", { ...WHOLE, OIDC_ISSUER: "http://127.0.0.1.evil.example" }],
  ["an issuer with a password", { ...WHOLE, OIDC_ISSUER: "https://a:b@id.example.edu" }],
  ["an issuer with a query", { ...WHOLE, OIDC_ISSUER: "https://id.example.edu?x=1" }],
  ["an issuer with an empty fragment", { ...WHOLE, OIDC_ISSUER: "https://id.example.edu#" }],
  [
    "the description's address",
    { ...WHOLE, OIDC_ISSUER: "https://id.example.edu/.well-known/openid-configuration" },
  ],
  ["a file", { ...WHOLE, OIDC_ISSUER: "file:///etc/passwd" }],
  ["every tenant", { ...WHOLE, OIDC_ISSUER: "https://login.microsoftonline.com/common/v2.0" }],
  ["scopes without openid", { ...WHOLE, OIDC_SCOPES: "email" }],
  ["scopes with a quote", { ...WHOLE, OIDC_SCOPES: 'openid "email"' }],
  ["a claim without values", { ...WHOLE, OIDC_ROLE_CLAIM: "roles", OIDC_OWNER_VALUES: " , " }],
  ["values without a claim", { ...WHOLE, OIDC_ADMIN_VALUES: "staff" }],
  ["neither on nor off", { ...WHOLE, OIDC_CREATE_USERS: "yes" }],
  ["a name that fits no button", { ...WHOLE, OIDC_NAME: "x".repeat(41) }],
])("refuses %s", (_name, settings) => {
  set(settings);
  expect(() => singleSignOn()).toThrow(EnvironmentError);
});

it("forbids passwords only where there is another way in", () => {
  set({ PASSWORD_SIGN_IN: "off" });
  expect(() => passwordsAllowed()).toThrow(EnvironmentError);
  set({ ...WHOLE, PASSWORD_SIGN_IN: "off" });
  expect(passwordsAllowed()).toBe(false);
  set({ ...WHOLE, PASSWORD_SIGN_IN: "no" });
  expect(() => passwordsAllowed()).toThrow(EnvironmentError);
});
