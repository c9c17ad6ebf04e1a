import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actionId } from "#tests/support/actions.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { type Answer, HttpBrowser } from "#tests/support/http-browser.ts";
import { EMAILS, type Portal, startPortal } from "./portal.ts";

const APP_URL = "https://portal.example.edu";

type Kind = { answer: (portal: Portal, people: People) => Promise<Answer>; status: number };
type People = { owner: HttpBrowser; viewer: HttpBrowser; nobody: HttpBrowser };

const page = (who: keyof People, target: string, status = 200, headers = {}): Kind => ({
  answer: (_portal, people) => people[who].send(target, { headers }),
  status,
});
/** The address of a file of the build. */
const built = (folder: "chunks" | "media", ending: string) =>
  `/_next/static/${folder}/${readdirSync(`.next/static/${folder}`).find((name) => name.endsWith(ending))}`;

/** One answer of every kind that the portal gives. */
const KINDS: Record<string, Kind> = {
  "a signed-in page": page("owner", "/organizations"),
  "a page's data": {
    answer: async (_portal, { owner }) => {
      const headers = { rsc: "1" };
      const first = await owner.send("/organizations", { headers });
      // Next names the variant in the address, because caches go by it.
      return first.status === 307 ? owner.send(first.headers.location ?? "", { headers }) : first;
    },
    status: 200,
  },
  "the sign-in page": page("nobody", "/sign-in"),
  "a redirect": page("nobody", "/organizations", 307),
  "a page that is forbidden": page("viewer", "/settings", 403),
  "a page that is not there": page("owner", "/nothing-here", 404),
  "an organization that is not there": page("owner", "/organizations/NONE", 404),
  "a broken address": page("nobody", "/organizations/%E0%A4%A", 404),
  "a file to download": page("owner", "/organizations/export"),
  "a handler's JSON": page("owner", "/transactions/suggest?member=a"),
  "a handler's refusal": page("nobody", "/transactions/suggest?member=a", 401),
  "the health check": page("nobody", "/api/health/live"),
  "the icon": {
    answer: (_portal, { nobody }) => nobody.send(built("media", ".svg")),
    status: 200,
  },
  "a script": {
    answer: (_portal, { nobody }) => nobody.send(built("chunks", ".js")),
    status: 200,
  },
  "a compressed script": {
    answer: (_portal, { nobody }) =>
      nobody.send(built("chunks", ".js"), { headers: { "accept-encoding": "br" } }),
    status: 200,
  },
  "a style sheet": {
    answer: (_portal, { nobody }) => nobody.send(built("chunks", ".css")),
    status: 200,
  },
  "a static file that is not there": page("nobody", "/_next/static/none.js", 404),
  "an action": {
    answer: (_portal, { owner }) => owner.act("/organizations", actionId("createOrganizationAction")),
    status: 200,
  },
  "a form of another site": {
    answer: (_portal, { owner }) =>
      owner.send("/organizations", { method: "POST", headers: { origin: "null" } }),
    status: 403,
  },
  "an upload": {
    answer: (_portal, { owner }) =>
      owner.send("/organizations/import/upload", {
        method: "POST",
        headers: { origin: owner.origin, "sec-fetch-site": "same-origin" },
      }),
    status: 303,
  },
  "a method that is not there": {
    answer: (_portal, { owner }) =>
      owner.send("/organizations/export", {
        method: "DELETE",
        headers: { origin: owner.origin, "sec-fetch-site": "same-origin" },
      }),
    status: 405,
  },
};

describe.each([
  ["on plain HTTP", {}, false],
  ["behind TLS", { APP_URL }, true],
] as const)("%s", (_name, environment, tls) => {
  let portal: Portal;
  let people: People;

  beforeAll(async () => {
    portal = await startPortal({ fill: makeSmallEnterprise, environment });
    people = {
      owner: await portal.signedIn(EMAILS.owner),
      viewer: await portal.signedIn(EMAILS.viewer),
      nobody: new HttpBrowser(portal.url),
    };
  });
  afterAll(() => portal?.stop());

  it.each(Object.entries(KINDS))("%s carries the policies", async (_kind, { answer, status }) => {
    const { status: got, headers } = await answer(portal, people);
    expect(got).toBe(status);
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).toContain("form-action 'self'");
    expect(policy).toMatch(/default-src '(self|none)'/);
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|\*|https?:/);
    // Data addresses are images at most: the little arrows of selects.
    expect(policy.replace("img-src 'self' data:", "")).not.toContain("data:");
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "same-origin",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": expect.stringContaining("camera=()"),
    });
    expect(headers["strict-transport-security"]).toBe(tls ? "max-age=31536000" : undefined);
    expect(headers["x-powered-by"]).toBeUndefined();
    expect(headers.server).toBeUndefined();
  });

  it.each(
    Object.entries(KINDS).filter(([kind]) => !/static|script|style|icon|upload|method|form/.test(kind)),
  )("%s is kept by no cache", async (_kind, { answer }) => {
    const { headers } = await answer(portal, people);
    expect(headers["cache-control"]).toMatch(/no-store/);
    expect(headers["cache-control"]).not.toMatch(/public|s-maxage/);
  });

  it("keeps signed-in pages and files private", async () => {
    for (const target of [
      "/organizations",
      "/organizations/export",
      "/transactions/export",
      "/transactions/suggest?member=a",
    ]) {
      const { headers } = await people.owner.send(target);
      expect([target, headers["cache-control"]]).toEqual([
        target,
        expect.stringMatching(/private.*no-store|no-store.*private/),
      ]);
    }
  });

  it("gives each page a nonce of its own, which all its scripts carry", async () => {
    const nonces = new Set<string>();
    for (const target of [
      "/organizations",
      "/organizations",
      "/sign-in",
      "/organizations/NONE",
      "/settings/users",
    ]) {
      const { headers, text } = await people.owner.send(target);
      const nonce = /'nonce-([A-Za-z0-9+/=]{20,})'/.exec(String(headers["content-security-policy"]))?.[1];
      if (target === "/sign-in") continue;
      expect(nonce).toBeDefined();
      nonces.add(nonce ?? "");
      for (const tag of text.match(/<script\b[^>]*>/g) ?? []) expect(tag).toContain(`nonce="${nonce}"`);
      expect(text).not.toMatch(/<[a-z][^>]*\son[a-z]+=/i);
    }
    expect(nonces.size).toBe(4);
    const chosen = await people.owner.send("/organizations", {
      headers: { "content-security-policy": "script-src 'nonce-mine'", "x-nonce": "mine" },
    });
    expect(`${chosen.headers["content-security-policy"]}${chosen.text}`).not.toContain("nonce-mine");
  });

  it("sets cookies that scripts, other sites and other hosts cannot reach", async () => {
    const visitor = new HttpBrowser(portal.url, people.owner.origin);
    const signIn = await visitor.act("/sign-in", actionId("signInAction"), {
      email: EMAILS.admin,
      password: "correct horse battery staple",
    });
    const theme = await visitor.act(
      "/organizations",
      actionId("setThemeAction"),
      { theme: "dark" },
      { stateful: false },
    );
    const created = await visitor.act("/organizations", actionId("createOrganizationAction"), {
      name: "Cookie",
      code: tls ? "TLS" : "PLAIN",
      creditType: "1",
    });
    const signOut = await visitor.act("/organizations", actionId("signOutAction"), {}, { stateful: false });
    const lines = [signIn, theme, created, signOut].flatMap((answer) => answer.setCookies);
    expect(lines.some((line) => line.startsWith(`${tls ? "__Host-" : ""}bursar-session=`))).toBe(true);
    for (const line of lines) {
      const [name = ""] = line.split("=");
      expect(line).toMatch(/; SameSite=(lax|strict)/i);
      expect(line).toMatch(/; Path=\//i);
      expect(line).not.toMatch(/; Domain=/i);
      if (tls) expect(line).toMatch(/; Secure/i);
      expect(name.startsWith("__Host-bursar-")).toBe(tls);
      // The one cookie that the page's script reads and removes: a message to its person.
      if (!name.endsWith("bursar-flash")) expect(line).toMatch(/; HttpOnly/i);
    }
  });
});
