import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasRole, ROLES, type Role } from "#lib/actor.ts";
import { builtActions } from "#tests/support/actions.ts";
import { type Answer, HttpBrowser } from "#tests/support/http-browser.ts";
import { routesOfSource } from "#tests/support/routes.ts";
import { eventually } from "#tests/support/server.ts";
import { BOTH_WAYS } from "./bare-server.ts";
import { ACTIONS, type Granted, type Made, ROUTES, type RouteRow } from "./expectations.ts";
import { contentOf, fill } from "./fill.ts";
import { EMAILS, type Portal, SCOPED, startPortal } from "./portal.ts";

/** The visitors: without a session, with a role on the whole enterprise, or with a grant on one organization. */
type Caller = {
  name: string;
  role: Role | "API key" | null;
  /** Of a user without a role on the enterprise: the grant, null for none. */
  grant?: { role: "admin" | "viewer"; isInside: boolean } | null;
  visitor: HttpBrowser;
  headers: Record<string, string>;
};

const isScoped = (caller: Caller) => caller.grant !== undefined;
const isPerson = (caller: Caller) => isScoped(caller) || (caller.role !== null && caller.role !== "API key");

/** What a user with a grant on one organization gets, who has no role on the enterprise. */
function scopedAnswer(
  { grant = null }: Caller,
  granted: Granted | undefined,
): "allowed" | "role" | "outside" {
  if (!granted) return "outside";
  // Who manages nothing is refused before anything is looked up.
  if (granted.needs === "admin" && grant?.role !== "admin") return grant ? "role" : "outside";
  return granted.about === "scope" || grant?.isInside ? "allowed" : "outside";
}

/** How a form is refused to them: for the role before anything is looked up, else as for an organization that does not exist. */
function refusalOfScoped(caller: Caller, granted: Granted | undefined): "role" | "outside" {
  const isAdmin = caller.grant?.role === "admin";
  return granted && (granted.needs === "viewer" || isAdmin) ? "outside" : "role";
}

function mayDo({ role }: Caller, needs: Role | "API key"): boolean {
  if (role === null || role === "API key" || needs === "API key") return role === needs;
  return hasRole(role, needs);
}

const isSignIn = (answer: Answer) =>
  [303, 307].includes(answer.status) && /^\/sign-in(\?|$)/.test(answer.headers.location ?? "");

function refusal(answer: Answer): "signed out" | "role" | "outside" | null {
  if (answer.text.includes("You are signed out.")) return "signed out";
  if (/(Your role, \w+, does not allow|You are not allowed to do) this/.test(answer.text)) return "role";
  return /There is no organization|do(es)? not exist|was removed already/.test(answer.text)
    ? "outside"
    : null;
}

it("knows every page, handler and action, and none that is gone", () => {
  expect(Object.keys(ROUTES).sort()).toEqual(routesOfSource());
  expect(Object.keys(ACTIONS).sort()).toEqual(
    builtActions()
      .map((action) => action.name)
      .sort(),
  );
});

describe.each(BOTH_WAYS)("%s", (_name, serve) => {
  let portal: Portal;
  let made: Made;
  let artKey: string;
  let callers: Caller[];

  beforeAll(async () => {
    let key = "";
    portal = await startPortal({
      ...(serve && { serve }),
      fill: async () => {
        ({ made, key, artKey } = await fill());
      },
    });
    const people = { owner: "owner", admin: "admin", viewer: "viewer", disabled: null } as const;
    callers = [
      { name: "nobody", role: null, visitor: new HttpBrowser(portal.url), headers: {} },
      {
        name: "an application's key",
        role: "API key",
        visitor: new HttpBrowser(portal.url),
        headers: { authorization: `Bearer ${key}` },
      },
    ];
    for (const [name, role] of Object.entries(people)) {
      const visitor = await portal.signedIn(EMAILS[name as keyof typeof EMAILS]);
      callers.push({ name, role, visitor, headers: {} });
    }
    for (const [name, { email, role, organization }] of Object.entries(SCOPED)) {
      const grant = role && { role, isInside: organization === "LAW" };
      callers.push({ name, role: null, grant, visitor: await portal.signedIn(email), headers: {} });
    }
    await portal.disable();
  });
  afterAll(async () => {
    await portal?.stop();
  });

  const ask = (caller: Caller, method: string, target: string) =>
    caller.visitor.send(target, {
      method,
      headers: {
        ...caller.headers,
        ...(method !== "GET" && { origin: portal.url, "sec-fetch-site": "same-origin" }),
      },
    });

  function judge(row: RouteRow, caller: Caller, answer: Answer): unknown {
    const { needs, allowed = 200, signedOut, forbidden = 403, outside = 404 } = row;
    if (needs === "anyone" || mayDo(caller, needs)) return [answer.status, allowed];
    if (needs === "API key") return [answer.status, 401];
    if (isScoped(caller)) {
      return [answer.status, { allowed, role: forbidden, outside }[scopedAnswer(caller, row.granted)]];
    }
    if (isPerson(caller)) return [answer.status, forbidden];
    if (signedOut !== undefined) return [answer.status, signedOut];
    return [isSignIn(answer), true];
  }

  it.each(Object.entries(ROUTES))("%s", async (route, row) => {
    const [method = "", path = ""] = route.split(" ");
    for (const caller of callers) {
      // Sign-in redirects a person who is signed in already.
      if (path === "/sign-in" && isPerson(caller)) continue;
      const answer = await ask(caller, method, row.at?.(made) ?? path);
      const [got, expected] = judge(row, caller, answer) as [unknown, unknown];
      expect([caller.name, got]).toEqual([caller.name, expected]);
    }
  });

  describe("actions", () => {
    /** A page whose address accepts the action. Its own required role does not matter here. */
    function pageOf(worker: string): string {
      const route =
        worker
          .replace(/^app/, "")
          .replace(/\/\([^)]*\)/g, "")
          .replace(/\/page$/, "") || "/";
      return ROUTES[`GET ${route}`]?.at?.(made) ?? route;
    }

    const rows = builtActions().map((action) => {
      const row = ACTIONS[action.name];
      if (!row) throw new Error(`expectations.ts has no row for the action ${action.name}`);
      return [action.name, action, row] as const;
    });

    // No role is needed for these, and without their fields they change nothing.
    it.each(rows.filter(([, , { needs }]) => needs === "anyone"))("%s", async (name, action) => {
      // Sign-out ends the session, so each visitor is a new one.
      const visitors = [new HttpBrowser(portal.url), await portal.signedIn(EMAILS.viewer)];
      const before = contentOf(portal.directory);
      for (const visitor of visitors) {
        const answer = await visitor.act(pageOf(action.workers[0] ?? ""), action.id);
        expect([answer.status, refusal(answer)]).toEqual([expect.toBeOneOf([200, 303]), null]);
      }
      if (name !== "signOutAction") expect(contentOf(portal.directory)).toBe(before);
      const statuses = await Promise.all(
        visitors.map(async (one) => (await one.send("/organizations")).status),
      );
      expect(statuses).toEqual([307, name === "signOutAction" ? 307 : 200]);
    });

    it.each(rows.filter(([, , { needs }]) => needs !== "anyone"))("%s", async (name, action, row) => {
      const { needs } = row;
      if (needs === "anyone") throw new Error("tried above");
      const page = pageOf(action.workers[0] ?? "");
      const before = contentOf(portal.directory);
      for (const caller of callers) {
        if (mayDo(caller, needs) || (isScoped(caller) && scopedAnswer(caller, row.granted) === "allowed"))
          continue;
        const answer = await caller.visitor.act(page, action.id, row.fields?.(made), {
          headers: caller.headers,
        });
        const expected = isScoped(caller)
          ? refusalOfScoped(caller, row.granted)
          : isPerson(caller)
            ? "role"
            : "signed out";
        expect([caller.name, answer.status, refusal(answer)]).toEqual([caller.name, 200, expected]);
      }
      expect(contentOf(portal.directory)).toBe(before);

      // Those who may come through: the lowest role does it, the others get as far as what they typed.
      const scoped = callers.filter((one) => isScoped(one) && scopedAnswer(one, row.granted) === "allowed");
      const others = ROLES.flatMap((role) =>
        callers.filter((one) => one.role === role && hasRole(role, needs)),
      );
      // The fields of what concerns LAW are for its admin; those of what concerns the user are for the viewer.
      const allowed = row.granted?.about === "LAW" ? [...scoped, ...others] : [...others, ...scoped];
      for (const [index, caller] of allowed.entries()) {
        const answer = await caller.visitor.act(page, action.id, index === 0 ? row.fields?.(made) : {});
        expect([caller.name, answer.status, refusal(answer)]).toEqual([
          caller.name,
          expect.toBeOneOf([200, 303]),
          null,
        ]);
      }
      // The check of a file and its import go on in their thread.
      await eventually("the import to end", () =>
        /"(checking|importing)"/.test(contentOf(portal.directory)) ? null : true,
      );
      if (row.fields) expect([name, contentOf(portal.directory) !== before]).toEqual([name, true]);
    });
  });

  it("lets no key speak for another organization, which it cannot tell from one that is not there", async () => {
    const checkStatus = async (organization: string, key = artKey) => {
      const target = `/api/v1/usage/check?member=ana@example.edu&organization=${organization}`;
      const headers = { authorization: `Bearer ${key}` };
      const { status, text } = await new HttpBrowser(portal.url).send(target, { headers });
      return [status, text.replaceAll(organization, "CODE")];
    };
    expect((await checkStatus("ART"))[0]).toBe(200);
    expect((await checkStatus("LAW"))[0]).toBe(403);
    expect(await checkStatus("LAW")).toEqual(await checkStatus("NONE"));
    for (const key of ["", "bur_", `${artKey}x`, artKey.slice(0, -1), artKey.toLowerCase()]) {
      expect((await checkStatus("ART", key))[0]).toBe(401);
    }
  });

  it("meets the server's own refusals, or not", async () => {
    const headers = { origin: "https://evil.example", "content-length": "0" };
    const { status } = await new HttpBrowser(portal.url).send("/sign-in", { method: "POST", headers });
    expect(status === 403).toBe(!serve);
  });

  it("answers alike to ids that are unknown and ids that are another's", async () => {
    const unknown = "A".repeat(22);
    const shape = (answer: Answer, id: string) => [
      answer.status,
      answer.text.replaceAll(id, "ID").replace(/nonce="[^"]*"|\\?"nonce\\?":\\?"[^"\\]*\\?"/g, ""),
    ];
    const admin = callers.find((caller) => caller.name === "admin");
    const viewer = callers.find((caller) => caller.name === "viewer");
    if (!admin || !viewer) throw new Error("nobody to try");
    for (const at of [
      (id: string) => `/organizations/import/${id}`,
      (id: string) => `/organizations/import/${id}/progress`,
    ]) {
      const another = await ask(admin, "GET", at(made.ownersImport));
      expect(another.status).toBe(404);
      expect(shape(another, made.ownersImport)).toEqual(shape(await ask(admin, "GET", at(unknown)), unknown));
    }
    for (const caller of [viewer, ...callers.filter((one) => !isPerson(one))]) {
      for (const [at, known, none] of [
        [(id: string) => `/credit-types/${id}/edit`, String(made.creditType), "999999"],
        [(id: string) => `/organizations/${id}/settings`, "LAW", "NONE"],
        [(id: string) => `/transactions/${id}/reverse`, String(made.entry), "999999"],
        [(id: string) => `/organizations/import/${id}`, made.ownersImport, unknown],
      ] as const) {
        const answers = await Promise.all([known, none].map((id) => ask(caller, "GET", at(id))));
        expect(new Set(answers.map((answer) => answer.status)).size).toBe(1);
      }
    }
    // The id of another user's import is refused.
    const run = builtActions().find((action) => action.name === "runImportAction")?.id ?? "";
    const before = contentOf(portal.directory);
    for (const id of [made.ownersImport, unknown]) {
      await admin.visitor.act("/organizations/import", run, { id, expected: made.importDigest });
    }
    expect(contentOf(portal.directory)).toBe(before);
  });
});
