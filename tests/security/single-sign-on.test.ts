import { spawnSync } from "node:child_process";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import { loadConfig } from "#lib/config.ts";
import {
  createPortalUser,
  setPortalUserDisabled,
  setPortalUserRole,
} from "#lib/portal-users/commands/accounts.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { findForSignIn, userOfSession } from "#lib/portal-users/queries.ts";
import { actionId } from "#tests/support/actions.ts";
import { collectConsoleErrors, expectAccessible, launchBrowser } from "#tests/support/browser.ts";
import { allPortalUsers, operator, value } from "#tests/support/builders.ts";
import { inDatabase } from "#tests/support/database.ts";
import { type Answer, HttpBrowser } from "#tests/support/http-browser.ts";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type IdentityProvider,
  startIdentityProvider,
} from "#tests/support/identity-provider.ts";
import { freePort, startServer } from "#tests/support/server.ts";
import { EMAILS, PASSWORD, type Portal, startPortal } from "./portal.ts";

const START = "/sign-in/single-sign-on";
const CALLBACK = "/api/auth/callback/oidc";
const FROM_OUR_PAGE = { "sec-fetch-site": "same-origin" };

let provider: IdentityProvider;
let portal: Portal;
let passwordless: Portal;
let browser: Browser;
let emptyPort = 0;

beforeAll(async () => {
  const ports = [await freePort(), await freePort(), await freePort()];
  emptyPort = ports[2] ?? 0;
  provider = await startIdentityProvider(ports.map((port) => `http://localhost:${port}${CALLBACK}`));
  const environment = {
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: CLIENT_ID,
    OIDC_CLIENT_SECRET: CLIENT_SECRET,
    OIDC_NAME: "Campus ID",
    OIDC_SCOPES: "openid email roles",
    OIDC_ROLE_CLAIM: "realm_access.roles",
    OIDC_OWNER_VALUES: "bursar-owner",
    OIDC_ADMIN_VALUES: "bursar-admin, finance-lead",
    OIDC_VIEWER_VALUES: "staff",
  };
  // One after the other: both are filled through this process's one handle on a database.
  portal = await startPortal({ environment: { ...environment, PORT: String(ports[0]) } });
  passwordless = await startPortal({
    environment: { ...environment, PORT: String(ports[1]), PASSWORD_SIGN_IN: "off" },
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await Promise.all([portal?.stop(), passwordless?.stop(), provider?.stop()]);
});

beforeEach(() => {
  delete provider.tamper.claims;
  delete provider.tamper.foreignKey;
  delete provider.tamper.userInfoStatus;
});

/** Makes somebody known to the provider, with these roles. */
function person(subject: string, claims: Record<string, unknown>, ...roles: string[]): string {
  provider.people.set(subject, { email_verified: true, realm_access: { roles }, ...claims });
  return subject;
}

/** Goes to the provider and signs in there. @returns where it sends the browser back. */
async function authenticate(
  visitor: HttpBrowser,
  who: string,
  asked = "",
  atProvider = new HttpBrowser(provider.issuer),
): Promise<string> {
  const start = await visitor.send(`${START}${asked}`, { headers: FROM_OUR_PAGE });
  let location = start.headers.location ?? "";
  for (let hops = 0; hops < 6; hops += 1) {
    if (!location.startsWith(provider.issuer) && !location.startsWith("/login/")) return location;
    const isLogin = location.includes("/login/");
    const answer = await atProvider.send(location, {
      ...(isLogin && {
        method: "POST",
        body: new URLSearchParams({ who }).toString(),
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
    });
    location = answer.headers.location ?? "";
  }
  throw new Error(`the provider does not come to an end: ${location}`);
}

/** The whole way. @returns the callback's answer. */
async function comeBack(visitor: HttpBrowser, who: string, asked = ""): Promise<Answer> {
  return visitor.send(await authenticate(visitor, who, asked), {
    headers: { "sec-fetch-site": "cross-site" },
  });
}

/** Signs out at the provider, to which `atProvider` belongs. @returns what the provider's address has. */
async function endSession(visitor: HttpBrowser, atProvider: HttpBrowser): Promise<Record<string, string>> {
  const start = await visitor.send("/sign-in/single-sign-on/end", { headers: FROM_OUR_PAGE });
  const answer = await atProvider.send(start.headers.location ?? "");
  const end = await visitor.send(answer.headers.location ?? "", {
    headers: { "sec-fetch-site": "cross-site" },
  });
  const address = new URL(end.headers.location ?? "");
  expect([address.origin, address.pathname]).toEqual([provider.issuer, "/session/end"]);
  return Object.fromEntries(address.searchParams);
}

const problemOf = (answer: Answer) =>
  new URL(answer.headers.location ?? "", "http://localhost").searchParams.get("problem");

const sessionOf = (visitor: HttpBrowser) => visitor.cookies.get("bursar-session");

async function audit(email: string): Promise<string[]> {
  const entries = await inDatabase(portal.directory, () => database().select().from(auditEntries).all());
  return entries
    .filter((entry) => entry.subjectLabel === email)
    .map((entry) => `${entry.action} by ${entry.actorLabel}`);
}

const addUser = (email: string, role: "owner" | "admin" | "viewer" = "viewer") =>
  inDatabase(portal.directory, async () =>
    value(await createPortalUser({ email, role, password: PASSWORD }, operator)),
  );

describe("the way there and back", () => {
  it("asks with code, PKCE, state and nonce, from a page of ours alone", async () => {
    const visitor = new HttpBrowser(portal.url);
    const start = await visitor.send(START, { headers: FROM_OUR_PAGE });
    const parameters = new URL(start.headers.location ?? "").searchParams;
    expect(Object.fromEntries(parameters)).toMatchObject({
      response_type: "code",
      client_id: CLIENT_ID,
      redirect_uri: `${portal.url}${CALLBACK}`,
      scope: "openid email roles",
      code_challenge_method: "S256",
    });
    for (const name of ["state", "nonce", "code_challenge"])
      expect(parameters.get(name)?.length).toBeGreaterThan(40);
    expect(start.setCookies.join()).toMatch(/bursar-single-sign-on=.*HttpOnly.*SameSite=lax/i);
    // Sealed: neither the verifier nor the nonce can be read from the cookie.
    expect(start.setCookies.join()).not.toContain(parameters.get("nonce"));

    const elsewhere = await visitor.send(`${START}?invitation=x`, {
      headers: { "sec-fetch-site": "cross-site" },
    });
    expect(elsewhere.headers.location).toBe("/sign-in");
    const unsaid = await visitor.send(`${START}?invitation=x`);
    expect(unsaid.headers.location).toBe("/sign-in");
    const referred = await visitor.send(`${START}?invitation=x`, {
      headers: { referer: `${portal.url}/sign-in` },
    });
    expect(referred.headers.location).toContain(provider.issuer);
  });

  it("can be started by the provider's own tile, which replaces nobody's session", async () => {
    const fromElsewhere = { headers: { "sec-fetch-site": "cross-site" } };
    const query = new URLSearchParams({
      iss: provider.issuer,
      target_link_uri: `${portal.url}/organizations?q=law`,
      login_hint: "zoe",
    });
    const tile = await new HttpBrowser(portal.url).send(`${START}?${query}`, fromElsewhere);
    const target = new URL(tile.headers.location ?? "");
    expect([target.origin, target.searchParams.get("login_hint")]).toEqual([provider.issuer, "zoe"]);

    query.set("iss", "https://another.example");
    const foreign = await new HttpBrowser(portal.url).send(`${START}?${query}`, fromElsewhere);
    expect(problemOf(foreign)).toBe("issuer");

    const signedIn = await portal.signedIn(EMAILS.viewer);
    query.set("iss", provider.issuer);
    const answer = await signedIn.send(`${START}?${query}`, fromElsewhere);
    expect(answer.headers.location).toBe("/organizations?q=law");
  });

  it("makes an account by the claim, leads back to the view, and starts a new session each time", async () => {
    const who = person("zoe", { email: "zoe@example.edu" }, "staff", "finance-lead");
    const visitor = new HttpBrowser(portal.url);
    const answer = await comeBack(visitor, who, "?callbackUrl=%2Forganizations%3Fq%3Dlaw");
    expect([answer.status, answer.headers.location]).toEqual([307, "/organizations?q=law"]);
    expect((await visitor.send("/organizations?q=law")).status).toBe(200);
    expect(visitor.cookies.has("bursar-single-sign-on")).toBe(false);
    const first = sessionOf(visitor);
    await comeBack(visitor, who);
    expect(sessionOf(visitor)).not.toBe(first);
    // The session that this browser had before has ended, so a copy of its cookie is worthless.
    const copy = new HttpBrowser(portal.url);
    copy.cookies.set("bursar-session", first ?? "");
    expect((await copy.send("/organizations")).headers.location).toContain("/sign-in");
    expect(await audit("zoe@example.edu")).toEqual([
      "portal_user.created by system",
      "portal_user.linked by system",
      "session.started by zoe@example.edu",
      "session.started by zoe@example.edu",
      "session.ended by zoe@example.edu",
    ]);
    const users = await inDatabase(portal.directory, () => allPortalUsers());
    expect(users.find((user) => user.email === "zoe@example.edu")).toMatchObject({
      role: "admin",
      hasPassword: false,
      hasIdentity: true,
    });
  });

  it.each([
    ["evil", "https://evil.example/x"],
    ["scheme-relative", "//evil.example"],
    ["backslash", "/\\evil.example"],
    ["header", "/organizations\r\nSet-Cookie: a=b"],
  ])("leads nowhere else: %s", async (_name, callbackUrl) => {
    const who = person("zoe", { email: "zoe@example.edu" }, "finance-lead");
    const callbackQuery = `?${new URLSearchParams({ callbackUrl })}`;
    expect((await comeBack(new HttpBrowser(portal.url), who, callbackQuery)).headers.location).toBe(
      "/organizations",
    );
  });

  it("serves nothing else of next-auth", async () => {
    for (const path of [
      "signin",
      "session",
      "csrf",
      "providers",
      "callback/credentials",
      "callback/ticket",
      "signout",
    ]) {
      for (const method of ["GET", "POST"]) {
        const answer = await new HttpBrowser(portal.url).send(`/api/auth/${path}`, {
          method,
          headers: { origin: portal.url, "sec-fetch-site": "same-origin" },
        });
        expect([path, method, answer.status]).toEqual([path, method, 404]);
      }
    }
  });
});

describe("what is refused", () => {
  const refusedFor = async (visitor: HttpBrowser, answer: Answer) => {
    expect(sessionOf(visitor)).toBeUndefined();
    expect(answer.status).toBe(307);
    return problemOf(answer);
  };

  it.each<[string, string, () => void]>([
    [
      "another audience",
      "unverified",
      () => {
        provider.tamper.claims = (claims) => ({ ...claims, aud: "another" });
      },
    ],
    [
      "another issuer",
      "unverified",
      () => {
        provider.tamper.claims = (claims) => ({ ...claims, iss: "http://127.0.0.1:1" });
      },
    ],
    [
      "another nonce",
      "unverified",
      () => {
        provider.tamper.claims = (claims) => ({ ...claims, nonce: "another" });
      },
    ],
    [
      "no nonce",
      "unverified",
      () => {
        provider.tamper.claims = ({ nonce: _, ...claims }) => claims;
      },
    ],
    [
      "an old token",
      "unverified",
      () => {
        provider.tamper.claims = (claims) => ({ ...claims, exp: 1_700_000_000 });
      },
    ],
    [
      "a signature by nobody's key",
      "unverified",
      () => {
        provider.tamper.foreignKey = true;
      },
    ],
    [
      "another subject than UserInfo's",
      "unverified",
      () => {
        provider.tamper.claims = (claims) => ({ ...claims, sub: "somebody" });
      },
    ],
  ])("%s", async (_name, problem, arrange) => {
    const who = person("mia", { email: "mia@example.edu" }, "staff");
    arrange();
    const visitor = new HttpBrowser(portal.url);
    expect(await refusedFor(visitor, await comeBack(visitor, who))).toBe(problem);
  });

  it("another state, another browser's answer, a second use and an answer out of nowhere", async () => {
    const who = person("mia", { email: "mia@example.edu" }, "staff");
    const visitor = new HttpBrowser(portal.url);
    const back = new URL(await authenticate(visitor, who));
    back.searchParams.set("state", "another");
    expect(await refusedFor(visitor, await visitor.send(back.href))).toBe("expired");
    // Another site's link to the callback has left the attempt as it was.
    expect((await visitor.send(`${CALLBACK}?error=access_denied`)).status).toBe(307);
    expect(visitor.cookies.has("bursar-single-sign-on")).toBe(true);

    const attacker = new HttpBrowser(portal.url);
    const theirs = await authenticate(attacker, who);
    const victim = new HttpBrowser(portal.url);
    expect(await refusedFor(victim, await victim.send(theirs))).toBe("expired");
    await authenticate(victim, who);
    expect(await refusedFor(victim, await victim.send(theirs))).toBe("expired");

    const cookiesBefore = new Map(attacker.cookies);
    expect((await attacker.send(theirs)).headers.location).toBe("/organizations");
    const replay = new HttpBrowser(portal.url);
    for (const [name, cookie] of cookiesBefore) replay.cookies.set(name, cookie);
    expect(await refusedFor(replay, await replay.send(theirs))).toBe("refused");
    const forged = new HttpBrowser(portal.url);
    forged.cookies.set("bursar-single-sign-on", `${cookiesBefore.get("bursar-single-sign-on")}x`);
    expect(await refusedFor(forged, await forged.send(theirs))).toBe("expired");
  });

  it("an email that the provider has not verified: no link, no account", async () => {
    await addUser("lee@example.edu", "admin");
    for (const email_verified of [false, "false", 1]) {
      const visitor = new HttpBrowser(portal.url);
      const who = person("mallory", { email: "lee@example.edu", email_verified }, "bursar-owner");
      expect(await refusedFor(visitor, await comeBack(visitor, who))).toBe("email");
      const stranger = person("mallory", { email: "nobody-yet@example.edu", email_verified }, "staff");
      expect(await refusedFor(visitor, await comeBack(visitor, stranger))).toBe("email");
    }
    // Where the provider does not tell, a role from its own claim makes an account, and still links none.
    const untold = new HttpBrowser(portal.url);
    const who = person("mallory", { email: "lee@example.edu", email_verified: undefined }, "bursar-owner");
    expect(await refusedFor(untold, await comeBack(untold, who))).toBe("email");
    expect(await audit("lee@example.edu")).toEqual(["portal_user.created by operator"]);
  });

  it("an email or a role that the provider did not send, and names the missing claim", async () => {
    const nameless = person("nameless", {}, "staff");
    const visitor = new HttpBrowser(portal.url);
    const answer = await comeBack(visitor, nameless);
    expect(await refusedFor(visitor, answer)).toBe("email_missing");
    expect((await visitor.send(answer.headers.location ?? "")).text).toContain("claim “email”");
    provider.people.set("roleless", { email: "roleless@example.edu", email_verified: true });
    const second = await comeBack(visitor, "roleless");
    expect(await refusedFor(visitor, second)).toBe("role_missing");
    expect((await visitor.send(second.headers.location ?? "")).text).toContain(
      "did not send the claim “realm_access.roles”",
    );
    await expect.poll(portal.output).toMatch(/single sign-on refused.*role_missing.*realm_access\.roles/);
  });

  it("a verified email whose account belongs to another identity", async () => {
    const first = person("kim-1", { email: "kim@example.edu" }, "staff");
    expect((await comeBack(new HttpBrowser(portal.url), first)).headers.location).toBe("/organizations");
    const second = person("kim-2", { email: "KIM@example.edu" }, "bursar-owner");
    const visitor = new HttpBrowser(portal.url);
    expect(await refusedFor(visitor, await comeBack(visitor, second))).toBe("taken");
  });

  it("nobody's role, a cancelled sign-in", async () => {
    const visitor = new HttpBrowser(portal.url);
    const who = person("pat", { email: "pat@example.edu" }, "student");
    expect(await refusedFor(visitor, await comeBack(visitor, who))).toBe("role");
    expect(await refusedFor(visitor, await comeBack(visitor, "unknown at the provider"))).toBe("cancelled");
  });

  it("anybody while the disk is full, with the reason; afterwards it works again", async () => {
    const who = person("disk", { email: "disk@example.edu" }, "staff");
    const visitor = new HttpBrowser(portal.url);
    const back = await authenticate(visitor, who);
    const limitFiles = (size: string) => {
      const { status } = spawnSync("prlimit", ["--pid", String(portal.process.pid), `--fsize=${size}:`]);
      expect(status).toBe(0);
    };
    try {
      limitFiles("1");
      const answer = await visitor.send(back, { headers: { "sec-fetch-site": "cross-site" } });
      expect(problemOf(answer)).toBe("storage");
      expect((await visitor.send(answer.headers.location ?? "")).text).toContain("cannot write to its disk");
    } finally {
      limitFiles("unlimited");
    }
    await comeBack(visitor, who);
    expect(sessionOf(visitor)).toBeDefined();
  });

  it("a disabled account, whose sessions have ended at once", async () => {
    const who = person("sam", { email: "sam@example.edu" }, "staff");
    const visitor = new HttpBrowser(portal.url);
    await comeBack(visitor, who);
    await inDatabase(portal.directory, async () => {
      const id = findForSignIn("sam@example.edu")?.id ?? 0;
      value(await setPortalUserDisabled({ id, disabled: true }, operator));
    });
    expect((await visitor.send("/organizations")).headers.location).toContain("/sign-in");
    const again = new HttpBrowser(portal.url);
    expect(await refusedFor(again, await comeBack(again, who))).toBe("disabled");
  });
});

describe("whose account it is", () => {
  it("links by a verified email, keeps to the subject when the email changes, and follows the claim", async () => {
    await addUser("ana@example.edu", "viewer");
    const who = person("ana", { email: "Ana@Example.edu" }, "bursar-admin");
    const visitor = new HttpBrowser(portal.url);
    await comeBack(visitor, who);
    expect(await audit("ana@example.edu")).toEqual([
      "portal_user.created by operator",
      "portal_user.linked by system",
      "portal_user.role_changed by system",
      "session.started by ana@example.edu",
    ]);
    person("ana", { email: "ana.maria@example.edu", email_verified: false }, "staff");
    const later = new HttpBrowser(portal.url);
    await comeBack(later, who);
    // The role fell: what was signed in with the old one has ended.
    expect((await visitor.send("/organizations")).headers.location).toContain("/sign-in");
    expect((await later.send("/organizations/new")).status).toBe(403);
    expect((await audit("ana@example.edu")).slice(-2)).toEqual([
      "portal_user.role_changed by system",
      "session.started by ana@example.edu",
    ]);
  });

  it("ends a session by single sign-on when an owner changes the role", async () => {
    const who = person("ben", { email: "ben@example.edu" }, "staff");
    const visitor = new HttpBrowser(portal.url);
    await comeBack(visitor, who);
    await inDatabase(portal.directory, async () => {
      const id = findForSignIn("ben@example.edu")?.id ?? 0;
      value(await setPortalUserRole({ id, role: "admin" }, operator));
    });
    expect((await visitor.send("/organizations")).headers.location).toContain("/sign-in");
  });

  it("links the person who has the invitation, once, even with another email at the provider", async () => {
    const user = await inDatabase(portal.directory, async () =>
      value(await createPortalUser({ email: "guest@example.edu", role: "viewer" }, operator)),
    );
    const invitation = user.link?.split("/").at(-1) ?? "";
    const page = await new HttpBrowser(portal.url).send(`/invite/${invitation}`);
    expect(page.text).toContain(`${START}?invitation=${invitation}`);
    const who = person("guest", { email: "other@example.com", email_verified: false }, "staff");
    const visitor = new HttpBrowser(portal.url);
    const answer = await comeBack(visitor, who, `?invitation=${invitation}`);
    expect(answer.headers.location).toBe("/organizations");
    expect((await visitor.send("/organizations")).text).toContain("guest@example.edu");
    const second = new HttpBrowser(portal.url);
    const other = person("guest-2", { email: "third@example.com" }, "staff");
    expect(problemOf(await comeBack(second, other, `?invitation=${invitation}`))).toBe("invitation");
  });
});

describe("an action that asks who somebody is", () => {
  const invite = (visitor: HttpBrowser, email: string) =>
    visitor.act("/settings/users", actionId("inviteAction"), { email, role: "viewer", scopes: "" });

  it("takes a sign-in as the answer only where the provider has just checked the person", async () => {
    const who = person("head", { email: "head@example.edu" }, "bursar-owner");
    const visitor = new HttpBrowser(portal.url);
    await comeBack(visitor, who);
    expect((await invite(visitor, "one@example.edu")).text).toContain('"by":"single_sign_on"');

    provider.tamper.claims = (claims) => ({ ...claims, auth_time: Math.floor(Date.now() / 1000) - 600 });
    await comeBack(visitor, who, "?confirm=yes");
    expect((await invite(visitor, "one@example.edu")).text).toContain('"by":"single_sign_on"');

    delete provider.tamper.claims;
    await comeBack(visitor, who, "?confirm=yes");
    expect((await invite(visitor, "one@example.edu")).text).toContain("/invite/");
  });
});

describe("a provider whose UserInfo does not answer", () => {
  it.each([500, 401])("keeps out only those who are not linked yet: %i", async (status) => {
    const who = person(`linked-${status}`, { email: `linked-${status}@example.edu` }, "bursar-admin");
    await comeBack(new HttpBrowser(portal.url), who);
    provider.tamper.userInfoStatus = status;
    const visitor = new HttpBrowser(portal.url);
    expect((await comeBack(visitor, who)).headers.location).toBe("/organizations");
    // With the role that they had.
    expect((await visitor.send("/organizations/new")).status).toBe(200);
    await expect.poll(portal.output).toMatch(/UserInfo did not answer.*realm_access\.roles/);
    const stranger = new HttpBrowser(portal.url);
    const unknown = person(`new-${status}`, { email: `new-${status}@example.edu` }, "bursar-admin");
    await comeBack(stranger, unknown);
    expect(sessionOf(stranger)).toBeUndefined();
  });
});

describe("signing out", () => {
  it("leads to a page that offers the same at the provider, which sends the browser back there", async () => {
    const who = person("out", { email: "out@example.edu" }, "staff");
    const visitor = new HttpBrowser(portal.url);
    const atProvider = new HttpBrowser(provider.issuer);
    await visitor.send(await authenticate(visitor, who, "", atProvider));
    const answer = await visitor.act("/organizations", actionId("signOutAction"), {}, { stateful: false });
    expect(answer.headers["x-action-redirect"]).toContain("/sign-in/signed-out");
    const page = await visitor.send("/sign-in/signed-out");
    expect(page.text).toContain('href="/sign-in/single-sign-on/end"');
    // The provider knows this browser, so it gives an ID token without asking.
    const endAddress = await endSession(visitor, atProvider);
    const { id_token_hint: hint, ...parameters } = endAddress;
    expect(parameters).toEqual({
      client_id: CLIENT_ID,
      post_logout_redirect_uri: `${portal.url}/sign-in/signed-out`,
    });
    const claims = JSON.parse(Buffer.from(hint?.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({ iss: provider.issuer, aud: CLIENT_ID, sub: who });
    // It knows nobody in another one.
    expect(await endSession(visitor, new HttpBrowser(provider.issuer))).toEqual(parameters);
    const forced = await visitor.send("/sign-in/single-sign-on/end", {
      headers: { "sec-fetch-site": "cross-site" },
    });
    expect(forced.headers.location).toBe("/sign-in/signed-out");
  });
});

describe("where passwords are switched off", () => {
  it("leads straight to the provider, and shows a page where something went wrong", async () => {
    const visitor = new HttpBrowser(passwordless.url);
    const answer = await visitor.send("/sign-in?callbackUrl=%2Fapi-keys");
    expect(answer.headers.location).toBe(`${START}?callbackUrl=%2Fapi-keys`);
    const start = await visitor.send(answer.headers.location ?? "");
    expect(start.headers.location).toContain(provider.issuer);
  });

  it("makes the first owner by the claim, though the provider does not verify emails", async () => {
    const empty = await startServer({
      environment: {
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: CLIENT_ID,
        OIDC_CLIENT_SECRET: CLIENT_SECRET,
        OIDC_SCOPES: "openid email roles",
        OIDC_ROLE_CLAIM: "realm_access.roles",
        OIDC_OWNER_VALUES: "bursar-owner",
        OIDC_CREATE_USERS: "off",
        PASSWORD_SIGN_IN: "off",
        PORT: String(emptyPort),
      },
    });
    try {
      const who = person("first", { email: "first@example.edu", email_verified: false }, "bursar-owner");
      const visitor = new HttpBrowser(empty.url);
      expect((await comeBack(visitor, who)).headers.location).toBe("/organizations");
      expect((await visitor.send("/settings/users")).text).toContain("first@example.edu");
      const second = person("second", { email: "second@example.edu", email_verified: false }, "bursar-owner");
      expect(problemOf(await comeBack(new HttpBrowser(empty.url), second))).toBe("unknown");
    } finally {
      await empty.stop();
    }
  });

  it("offers and takes none, and ends what passwords began", async () => {
    const page = await new HttpBrowser(passwordless.url).send("/sign-in?problem=cancelled");
    expect(page.text).toContain("Sign in with Campus ID");
    expect(page.text).not.toContain('type="password"');
    const visitor = new HttpBrowser(passwordless.url);
    const answer = await visitor.act("/sign-in", actionId("signInAction"), {
      email: EMAILS.owner,
      password: PASSWORD,
    });
    expect(answer.text).toContain("Passwords are switched off");
    expect(sessionOf(visitor)).toBeUndefined();
    expect((await visitor.send("/setup")).headers.location).toBe("/sign-in");
  });

  it("takes no password by an invitation either", async () => {
    const user = await inDatabase(passwordless.directory, async () =>
      value(await createPortalUser({ email: "guest@example.edu", role: "viewer" }, operator)),
    );
    const token = user.link?.split("/").at(-1) ?? "";
    const visitor = new HttpBrowser(passwordless.url);
    expect((await visitor.send(`/invite/${token}`)).text).not.toContain('type="password"');
    const fields = { token, password: PASSWORD };
    const answer = await visitor.act(`/invite/${token}`, actionId("acceptInvitationAction"), fields);
    expect(answer.text).toContain("Passwords are switched off");
    expect(sessionOf(visitor)).toBeUndefined();
  });

  it("ends a session that a password began when the setting changes", async () => {
    const withPasswords = await portal.signedIn(EMAILS.viewer);
    expect((await withPasswords.send("/organizations")).status).toBe(200);
    await inDatabase(portal.directory, async () => {
      const id = findForSignIn(EMAILS.viewer)?.id ?? 0;
      const session = (await startSession(id, null)) ?? "";
      expect(userOfSession(session)?.email).toBe(EMAILS.viewer);
      Object.assign(process.env, {
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: CLIENT_ID,
        OIDC_CLIENT_SECRET: CLIENT_SECRET,
        PASSWORD_SIGN_IN: "off",
      });
      loadConfig();
      try {
        expect(userOfSession(session)).toBeNull();
      } finally {
        for (const name of ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "PASSWORD_SIGN_IN"]) {
          delete process.env[name];
        }
        loadConfig();
      }
    });
  });
});

describe("in a real browser", () => {
  it("signs in by the button with JavaScript and without, under the policy of the pages", async () => {
    person("eva", { email: "eva@example.edu" }, "bursar-owner");
    for (const javaScriptEnabled of [true, false]) {
      const context = await browser.newContext({ baseURL: passwordless.url, javaScriptEnabled });
      const page = await context.newPage();
      const errors = collectConsoleErrors(page);
      await page.goto("/sign-in?callbackUrl=%2Forganizations%3Fq%3Dlaw&problem=cancelled");
      if (javaScriptEnabled) await expectAccessible(page);
      await page.getByRole("link", { name: "Sign in with Campus ID" }).click();
      await page.getByLabel("Who").fill("eva");
      await page.getByRole("button", { name: "Continue" }).click();
      await page.waitForURL(`${passwordless.url}/organizations?q=law`);
      await page.goto("/account/password");
      await page.getByText("Passwords are switched off").waitFor();
      await page.goto("/settings/users");
      expect(await page.getByText("Single sign-on").count()).toBeGreaterThan(0);
      expect(errors).toEqual([]);
      await context.close();
    }
  });

  it("confirms a sensitive change by a new sign-in in another tab, while the form keeps what was typed", async () => {
    person("ida", { email: "ida@example.edu" }, "bursar-owner");
    for (const javaScriptEnabled of [true, false]) {
      const email = `guest-${javaScriptEnabled}@example.edu`;
      const context = await browser.newContext({ baseURL: passwordless.url, javaScriptEnabled });
      const page = await context.newPage();
      const errors = collectConsoleErrors(page);
      await page.goto("/sign-in?problem=cancelled");
      await page.getByRole("link", { name: "Sign in with Campus ID" }).click();
      await page.getByLabel("Who").fill("ida");
      await page.getByRole("button", { name: "Continue" }).click();
      await page.waitForURL(`${passwordless.url}/organizations`);
      await page.goto("/settings/users");
      await page.getByLabel("Email").fill(email);
      await page.getByRole("button", { name: "Invite", exact: true }).click();
      await page.getByText("You signed in more than five minutes ago.").waitFor();
      if (javaScriptEnabled) await expectAccessible(page);
      expect(await page.getByLabel("Email").inputValue()).toBe(email);

      const opened = context.waitForEvent("page");
      await page.getByRole("link", { name: "Sign in again in a new tab" }).click();
      const tab = await opened;
      // The provider has asked for the person a moment ago, and does not ask again within five minutes.
      await tab.waitForURL(`${passwordless.url}/account`);
      await tab.close();
      await page.getByRole("button", { name: "Invite", exact: true }).click();
      await page.getByText("/invite/").waitFor();
      expect(errors).toEqual([]);
      await context.close();
    }
  });

  it("reports when the provider cannot be reached", async () => {
    const unreachable = await startPortal({
      environment: {
        OIDC_ISSUER: `http://127.0.0.1:${await freePort()}`,
        OIDC_CLIENT_ID: CLIENT_ID,
        OIDC_CLIENT_SECRET: CLIENT_SECRET,
      },
    });
    try {
      const context = await browser.newContext({ baseURL: unreachable.url });
      const page = await context.newPage();
      await page.goto("/sign-in");
      await page.getByRole("link", { name: "Sign in with single sign-on" }).click();
      await page.getByText("single sign-on cannot be reached now").waitFor();
      await expectAccessible(page);
      await context.close();
      await expect.poll(unreachable.output).toMatch(/single sign-on failed.*127\.0\.0\.1.*fetch failed/);
      expect(unreachable.output()).not.toContain(CLIENT_SECRET);
    } finally {
      await unreachable.stop();
    }
  });
});
