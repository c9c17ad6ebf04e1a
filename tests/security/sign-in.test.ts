import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { encode } from "next-auth/jwt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { actionId } from "#tests/support/actions.ts";
import { operator, value } from "#tests/support/builders.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { HttpBrowser } from "#tests/support/http-browser.ts";
import { authenticatorCode } from "#tests/support/second-factor.ts";
import { startServer } from "#tests/support/server.ts";
import { EMAILS, PASSWORD, type Portal, startPortal } from "./portal.ts";

const SECRET = "a secret of the environment, forty characters";

describe("somebody who guesses", () => {
  it("cannot make hashes take all memory", async () => {
    const child = spawn(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `const { hashPassword } = await import("#lib/portal-users/secrets.ts");
         await hashPassword("the first, which loads what is needed");
         const before = process.resourceUsage().maxRSS;
         await Promise.all(Array.from({ length: 40 }, (_, index) => hashPassword("words " + index)));
         console.log(process.resourceUsage().maxRSS - before);`,
      ],
      { env: { ...process.env, UV_THREADPOOL_SIZE: "16" }, stdio: ["ignore", "pipe", "inherit"] },
    );
    let printed = "";
    child.stdout.on("data", (piece) => {
      printed += piece;
    });
    // Not "exit", at which its output may not have been read yet.
    const [code] = await once(child, "close");
    expect([code, printed]).toEqual([0, expect.stringMatching(/^\d+\n$/)]);
    // Each hash takes 19 MiB: two at once and what V8 needs, not sixteen.
    expect(Number(printed)).toBeLessThan(120 * 1024);
  });
});

describe("a session", () => {
  let portal: Portal;
  beforeAll(async () => {
    portal = await startPortal({ environment: { AUTH_SECRET: SECRET } });
  });
  afterAll(() => portal?.stop());

  const isIn = async (cookie: string) => {
    const visitor = new HttpBrowser(portal.url);
    visitor.cookies.set("bursar-session", cookie);
    return (await visitor.send("/organizations")).status === 200;
  };

  it("gets a new token at each sign-in, whatever cookie the browser brought", async () => {
    const first = (await portal.signedIn(EMAILS.viewer)).cookies.get("bursar-session") ?? "";
    const brought = new HttpBrowser(portal.url);
    brought.cookies.set("bursar-session", first);
    await brought.act("/sign-in", actionId("signInAction"), { email: EMAILS.admin, password: PASSWORD });
    const second = brought.cookies.get("bursar-session") ?? "";
    expect(second).not.toBe(first);
    // A copy of the cookie from before has ended with its session.
    expect(await isIn(first)).toBe(false);
    const planted = new HttpBrowser(portal.url);
    planted.cookies.set("bursar-session", "planted-by-an-attacker");
    await planted.act("/sign-in", actionId("signInAction"), { email: EMAILS.admin, password: PASSWORD });
    expect(planted.cookies.get("bursar-session")).not.toBe("planted-by-an-attacker");
    expect(await isIn("planted-by-an-attacker")).toBe(false);
    expect(await isIn(second)).toBe(true);
  });

  it("is believed only when this portal's secret made it and its database knows it", async () => {
    const salt = "bursar-session";
    const real = (await portal.signedIn(EMAILS.owner)).cookies.get(salt) ?? "";
    expect(await isIn(real)).toBe(true);
    for (const cookie of [
      await encode({ token: { sub: "made up" }, secret: SECRET, salt }),
      await encode({ token: { sub: "1" }, secret: "another secret of forty characters, or so", salt }),
      await encode({ token: { sub: "1" }, secret: SECRET, salt: "bursar-single-sign-on" }),
      `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"sub":"1"}').toString("base64url")}.`,
      `${real.slice(0, -2)}AA`,
      real.slice(0, 50),
      "",
      "%00",
      "a".repeat(4_000),
    ]) {
      expect([cookie.slice(0, 20), await isIn(cookie)]).toEqual([cookie.slice(0, 20), false]);
    }
  });

  it("ends with the password and with sign-out, wherever else it is used", async () => {
    const one = await portal.signedIn(EMAILS.admin);
    const other = await portal.signedIn(EMAILS.admin);
    const copy = other.cookies.get("bursar-session") ?? "";
    await one.act("/account/password", actionId("changePasswordAction"), {
      currentPassword: PASSWORD,
      newPassword: `${PASSWORD} again`,
    });
    expect((await one.send("/organizations")).status).toBe(200);
    expect(await isIn(copy)).toBe(false);
    const mine = one.cookies.get("bursar-session") ?? "";
    await one.act("/organizations", actionId("signOutAction"), {}, { stateful: false });
    expect(await isIn(mine)).toBe(false);
  });
});

describe("a sign-in in two steps", () => {
  let portal: Portal;
  const email = "two-steps@example.edu";
  let key = "";
  let recoveryCodes: string[] = [];
  beforeAll(async () => {
    portal = await startPortal({
      environment: { AUTH_SECRET: SECRET },
      fill: async () => {
        value(await createPortalUser({ email, role: "viewer", password: PASSWORD }, operator));
      },
    });
    const person = new HttpBrowser(portal.url);
    await person.act("/sign-in", actionId("signInAction"), { email, password: PASSWORD });
    await person.act("/account", actionId("beginAuthenticatorAction"));
    const { text } = await person.send("/account/authenticator");
    key = (/data-testid="authenticator-key">([A-Z2-7 ]+)</.exec(text)?.[1] ?? "").replaceAll(" ", "");
    const confirmed = await person.act("/account/authenticator", actionId("confirmAuthenticatorAction"), {
      code: authenticatorCode(key, new Date()),
    });
    recoveryCodes = confirmed.text.match(/([A-Z2-9]{4}-){3}[A-Z2-9]{4}/g) ?? [];
  });
  afterAll(() => portal?.stop());

  const isIn = async (visitor: HttpBrowser) => (await visitor.send("/organizations")).status === 200;
  const firstStep = async (visitor: HttpBrowser) => {
    await visitor.act("/sign-in", actionId("signInAction"), { email, password: PASSWORD });
    return visitor.cookies.get("bursar-second-step") ?? "";
  };
  const secondStep = (visitor: HttpBrowser, code = recoveryCodes.pop() ?? "", headers = {}) =>
    visitor.act("/sign-in/second-factor", actionId("finishSecondStepAction"), { code }, { headers });

  it("gives a browser no session before the second step, and a new one after it", async () => {
    const planted = (await portal.signedIn(EMAILS.viewer)).cookies.get("bursar-session") ?? "";
    const visitor = new HttpBrowser(portal.url);
    visitor.cookies.set("bursar-session", planted);
    const pending = await firstStep(visitor);
    expect(visitor.cookies.get("bursar-session")).toBe(planted);
    await secondStep(visitor);
    const session = visitor.cookies.get("bursar-session") ?? "";
    expect([planted, pending, ""]).not.toContain(session);
    expect(await isIn(visitor)).toBe(true);
    // The session that was planted has ended, and the pending sign-in is used up.
    expect(visitor.cookies.has("bursar-second-step")).toBe(false);
    const attacker = new HttpBrowser(portal.url);
    for (const name of ["bursar-session", "bursar-second-step"]) {
      attacker.cookies.set("bursar-session", planted);
      attacker.cookies.set(name, pending);
      expect(await isIn(attacker)).toBe(false);
      await secondStep(attacker);
      expect(await isIn(attacker)).toBe(false);
    }
  });

  it("belongs to the browser of the first step, and to a page of the portal", async () => {
    const visitor = new HttpBrowser(portal.url);
    const pending = await firstStep(visitor);
    const other = new HttpBrowser(portal.url);
    await secondStep(other);
    expect(await isIn(other)).toBe(false);
    await secondStep(visitor, undefined, { origin: "https://evil.example", "sec-fetch-site": "cross-site" });
    expect(await isIn(visitor)).toBe(false);
    expect(visitor.cookies.get("bursar-second-step")).toBe(pending);
    await secondStep(visitor);
    expect(await isIn(visitor)).toBe(true);
  });

  it("reads what is no code and no passkey as wrong", async () => {
    const visitor = new HttpBrowser(portal.url);
    await firstStep(visitor);
    for (const fields of [
      { code: "" },
      { code: "\u0000" },
      { code: "9".repeat(100_000) },
      { code: "' OR 1=1 --" },
      { passkey: "{}" },
      { passkey: '{"id":"a","rawId":"a","type":"public-key","response":{}}' },
      { passkey: "x".repeat(30_000) },
    ]) {
      const answer = await visitor.act("/sign-in/second-factor", actionId("finishSecondStepAction"), fields);
      expect([answer.status, await isIn(visitor)]).toEqual([200, false]);
    }
    for (const passkey of ["", "null", "[]", "{}", "x".repeat(30_000)]) {
      const answer = await visitor.act("/sign-in", actionId("passkeySignInAction"), { passkey });
      expect([answer.status, await isIn(visitor)]).toEqual([200, false]);
    }
  });
});

describe("the start fails with one line", () => {
  const WHOLE = {
    OIDC_ISSUER: "https://id.example.edu",
    OIDC_CLIENT_ID: "bursar",
    OIDC_CLIENT_SECRET: "secret",
  };

  it.each<[string, Record<string, string>, RegExp]>([
    ["a short AUTH_SECRET", { AUTH_SECRET: "short" }, /^AUTH_SECRET must have at least 32 characters/m],
    [
      "half of single sign-on",
      { OIDC_ISSUER: WHOLE.OIDC_ISSUER },
      /^Single sign-on is incomplete: OIDC_CLIENT_ID and OIDC_CLIENT_SECRET/m,
    ],
    ["an issuer by http", { ...WHOLE, OIDC_ISSUER: "http://id.example.edu" }, /^OIDC_ISSUER must be/m],
    ["no way in", { PASSWORD_SIGN_IN: "off" }, /^PASSWORD_SIGN_IN is off, so single sign-on must be set/m],
    [
      "nobody to come",
      { ...WHOLE, PASSWORD_SIGN_IN: "off" },
      /^PASSWORD_SIGN_IN is off and there is no owner: set OWNER_EMAIL/m,
    ],
    ["a broken APP_URL", { APP_URL: "portal.example.edu" }, /^APP_URL must be an address/m],
  ])("on %s", async (_name, environment, line) => {
    const failure = await startServer({ environment }).then(
      async (server) => {
        await server.stop();
        return "it started";
      },
      (error) => String(error.message),
    );
    expect(failure).toMatch(line);
    expect(failure).not.toMatch(/^\s+at /m);
  });

  it("on a secret's file that holds none", async () => {
    const directory = makeTemporaryDirectory();
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, "auth-secret"), "\n");
    await expect(startServer({ directory })).rejects.toThrow(/auth-secret holds no secret/);
    removeDirectory(directory);
  });

  it("not with an owner named for single sign-on", async () => {
    const server = await startServer({
      environment: { ...WHOLE, PASSWORD_SIGN_IN: "off", OWNER_EMAIL: "head@example.edu" },
    });
    await expect.poll(server.output).toContain("The first owner is head@example.edu, by single sign-on.");
    await server.stop();
  });
});
