import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { database, write } from "#db/client.ts";
import { authenticatorApps, passkeys, portalUserIdentities, portalUsers } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { loadConfig } from "#lib/config.ts";
import { noteUse } from "#lib/last-uses/queue.ts";
import { insertUser } from "#lib/portal-users/commands/records.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import {
  findForSignIn,
  isSessionOfProvider,
  listPortalUsers,
  otherActiveOwners,
  passwordHashOf,
  userOfSession,
} from "#lib/portal-users/queries.ts";
import { portalUsersSearchParams } from "#lib/portal-users/search-params.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import { portalUserOfId, sessionsOf } from "#lib/portal-users/session-queries.ts";
import { allPortalUsers, aPortalUser } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const START = new Date("2026-11-24T08:00:00Z");
const minutes = (count: number) => new Date(START.getTime() + count * 60_000);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  loadConfig();
});

function useSettings(settings: Record<string, string>): void {
  for (const [name, text] of Object.entries(settings)) vi.stubEnv(name, text);
  loadConfig();
}
const SINGLE_SIGN_ON = {
  ...{ OIDC_ISSUER: "https://id.example.edu", OIDC_CLIENT_ID: "bursar" },
  OIDC_CLIENT_SECRET: "the secret of the client",
};

function linkToProvider({ id: portalUserId }: { id: number }): number {
  const values = { portalUserId, issuer: "https://id.example.edu", subject: "f6b7", createdAt: START };
  return database().insert(portalUserIdentities).values(values).returning().get().id;
}
const setPassword = (passwordHash: string | null) =>
  database().update(portalUsers).set({ passwordHash }).run();

async function session(user: Actor & { kind: "portal_user" }, identityId: number | null = null) {
  const id = await startSession(user.id, null, { identityId });
  if (id === null) throw new Error("no session");
  return id;
}

it("goes on with a session while the way in which it began is allowed", async () => {
  const ana = await aPortalUser("admin");
  const byProvider = await session(ana, linkToProvider(ana));
  vi.setSystemTime(minutes(1));
  const byPassword = await session(ana);
  expect([byProvider, byPassword, "none"].map(isSessionOfProvider)).toEqual([true, false, false]);
  expect(sessionsOf(ana.id).sessions.map((one) => one.byProvider)).toEqual([false, true]);
  const goOn = () => [byProvider, byPassword].map((id) => userOfSession(id) !== null);
  expect(goOn()).toEqual([false, true]);
  useSettings(SINGLE_SIGN_ON);
  expect(goOn()).toEqual([true, true]);
  useSettings({ PASSWORD_SIGN_IN: "off" });
  expect(goOn()).toEqual([true, false]);
});

it("counts a use of a session that is not written yet", async () => {
  const id = await session(await aPortalUser("admin"));
  database().$client.exec(
    "INSERT OR IGNORE INTO settings (id, enterprise_name, time_zone, date_format) VALUES (1, 'E', 'UTC', 'DD/MM/YYYY')",
  );
  database().$client.exec("UPDATE settings SET session_idle_minutes = 120");
  expect([119, 120].map((count) => userOfSession(id, minutes(count)) !== null)).toEqual([true, false]);
  noteUse("session", tokenHash(id), minutes(60).getTime());
  expect([120, 179, 180].map((count) => userOfSession(id, minutes(count)) !== null)).toEqual([
    true,
    true,
    false,
  ]);
});

it("lists every account by email, with how it can sign in", async () => {
  const names = ["dee", "ana", "Cy", "bo"];
  const [dee, ana, cy, bo] = await Promise.all(
    names.map((name, index) => aPortalUser(index === 0 ? "owner" : null, `${name}@example.edu`)),
  );
  if (!dee || !ana || !cy || !bo) throw new Error("an account is missing");
  linkToProvider(ana);
  const createdAt = START;
  const key = { name: "Key", publicKey: "", relyingParty: "", signatures: 0, transports: "", createdAt };
  database()
    .insert(passkeys)
    .values({ ...key, portalUserId: cy.id, credentialId: "c" })
    .run();
  const app = { secret: "", createdAt };
  database()
    .insert(authenticatorApps)
    .values([
      { ...app, portalUserId: dee.id, confirmedAt: START },
      // Not confirmed yet.
      { ...app, portalUserId: bo.id },
    ])
    .run();
  database().$client.exec(`UPDATE portal_users SET password_hash = 'hash' WHERE id = ${dee.id}`);
  database().$client.exec(`UPDATE portal_users SET disabled_at = 0 WHERE id = ${bo.id}`);
  const none = {
    ...{ role: null, disabledAt: null, lastSignInAt: null },
    ...{ hasPassword: false, hasIdentity: false, hasSecondFactor: false },
  };
  expect(allPortalUsers()).toEqual([
    { ...none, id: ana.id, email: "ana@example.edu", hasIdentity: true },
    { ...none, id: bo.id, email: "bo@example.edu", disabledAt: new Date(0) },
    { ...none, id: cy.id, email: "Cy@example.edu", hasSecondFactor: true },
    {
      ...none,
      id: dee.id,
      email: "dee@example.edu",
      role: "owner",
      hasPassword: true,
      hasSecondFactor: true,
    },
  ]);
  expect(portalUserOfId(bo.id)).toEqual({ id: bo.id, email: "bo@example.edu" });
  expect(portalUserOfId(99)).toBeNull();
  expect(passwordHashOf(dee.id)).toBe("hash");
  expect([passwordHashOf(ana.id), passwordHashOf(99)]).toEqual([null, null]);
  expect(findForSignIn("CY@example.edu")).toEqual({
    ...{ id: cy.id, email: "Cy@example.edu", passwordHash: null, disabledAt: null },
  });
});

describe("the list of portal users", () => {
  const owner = { role: "owner" } as const;
  const view = (query: string) => portalUsersSearchParams.decode(new URLSearchParams(query));
  const emails = (query: string) => listPortalUsers(owner, view(query)).items.map(({ email }) => email);
  const number = (n: number) => String(n).padStart(3, "0");

  beforeEach(async () => {
    await write((tx) => {
      for (let n = 1; n <= 520; n++) insertUser(tx, `User${number(n)}@Example.edu`, null);
      insertUser(tx, "ana_b%c@example.com", null);
    });
  });

  it("has everybody on pages of 50, by email, and shows the last one past its end", () => {
    expect(listPortalUsers(owner, view(""))).toMatchObject({ total: 521, more: false, page: 1, pages: 11 });
    expect(emails("").slice(0, 2)).toEqual(["ana_b%c@example.com", "User001@Example.edu"]);
    expect(emails("page=2")[0]).toBe("User050@Example.edu");
    expect(emails("page=11").at(-1)).toBe("User520@Example.edu");
    expect(listPortalUsers(owner, view("page=99"))).toMatchObject({ page: 11, total: 521 });
    expect(listPortalUsers(owner, view("page=-1&q="))).toMatchObject({ page: 1 });
    const all = Array.from({ length: 11 }, (_, at) => emails(`page=${at + 1}`)).flat();
    expect(new Set(all).size).toBe(521);
  });

  it("finds by a part of the email in any case, and % and _ are ordinary characters", () => {
    expect(emails("q=USER51")).toEqual(Array.from({ length: 10 }, (_, n) => `User51${n}@Example.edu`));
    expect(listPortalUsers(owner, view("q=user&page=2"))).toMatchObject({ page: 2, pages: 11, total: 520 });
    expect(emails("q=user&page=11").at(-1)).toBe("User520@Example.edu");
    expect(emails("q=b%25c")).toEqual(["ana_b%c@example.com"]);
    expect(emails("q=a_b")).toEqual(["ana_b%c@example.com"]);
    expect(emails("q=a__b")).toEqual([]);
    expect(listPortalUsers(owner, view("q=nobody"))).toEqual({
      ...{ items: [], total: 0, more: false, page: 1, pages: 1 },
    });
  });

  it("finds letters beyond ASCII as they are shown, with or without accents, also in a domain", async () => {
    await write((tx) => {
      insertUser(tx, "ana@bücher.de", null);
      insertUser(tx, "José@xn--bcher-kva.de", null);
      insertUser(tx, "анна@почта.рф", null);
      insertUser(tx, "bo@buch.de", null);
    });
    const ofBooks = ["ana@bücher.de", "José@xn--bcher-kva.de"];
    for (const q of ["bücher", "@bücher.de", "BÜCHER", "bu\u0308cher", "bucher", "xn--bcher", "ücher.d"]) {
      expect([q, emails(`q=${encodeURIComponent(q)}`)]).toEqual([q, ofBooks]);
    }
    expect(emails("q=ana@büch")).toEqual(["ana@bücher.de"]);
    expect(emails("q=ana@bücher.de")).toEqual(["ana@bücher.de"]);
    expect(emails("q=JOSÉ")).toEqual(["José@xn--bcher-kva.de"]);
    expect(emails("q=jose@b")).toEqual(["José@xn--bcher-kva.de"]);
    expect(emails("q=ПОЧТА")).toEqual(["анна@почта.рф"]);
    // Only a mark, of which nothing is left.
    expect(emails("q=%CC%82")).toEqual([]);
  });

  it("is empty for everybody but owners", () => {
    for (const role of ["admin", "viewer", null] as const) {
      expect(listPortalUsers({ role }, view(""))).toEqual({
        ...{ items: [], total: 0, more: false, page: 1, pages: 1 },
      });
    }
  });
});

it("counts the other owners who can sign in", async () => {
  const ana = await aPortalUser("owner", "ana@example.edu");
  const bo = await aPortalUser("owner", "bo@example.edu");
  await aPortalUser("admin", "cy@example.edu");
  const others = () => [ana, bo].map(({ id }) => otherActiveOwners(database(), id));
  expect(others()).toEqual([0, 0]);
  linkToProvider(bo);
  expect(others()).toEqual([0, 0]);
  useSettings(SINGLE_SIGN_ON);
  expect(others()).toEqual([1, 0]);
  const issuer = (text: string) =>
    database()
      .update(portalUserIdentities)
      .set({ issuer: text })
      .where(eq(portalUserIdentities.portalUserId, bo.id))
      .run();
  issuer("https://former.example.edu");
  expect(others()).toEqual([0, 0]);
  issuer(`${SINGLE_SIGN_ON.OIDC_ISSUER}/`);
  expect(others()).toEqual([1, 0]);
  setPassword("hash");
  expect(others()).toEqual([1, 1]);
  useSettings({ PASSWORD_SIGN_IN: "off" });
  expect(others()).toEqual([1, 0]);
  database().$client.exec(`UPDATE portal_users SET disabled_at = 0 WHERE id = ${bo.id}`);
  expect(others()).toEqual([0, 0]);
});
