import { asc, eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import {
  auditEntries,
  portalSessions,
  portalUserIdentities,
  portalUserLinks,
  portalUsers,
  settings,
} from "#db/schema/index.ts";
import { type Actor, ForbiddenError, type Role } from "#lib/actor.ts";
import {
  createPortalUser,
  setPortalUserDisabled,
  setPortalUserRole,
} from "#lib/portal-users/commands/accounts.ts";
import {
  changeOwnPassword,
  redeemPortalUserLink,
  resetPortalUser,
} from "#lib/portal-users/commands/passwords.ts";
import { endPasswordSessions, endSession, startSession } from "#lib/portal-users/commands/sessions.ts";
import { createFirstOwner, issueSetupCode, setUpFirstOwner } from "#lib/portal-users/commands/setup.ts";
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";
import { countSessions, hasOwner, userOfLink, userOfSession } from "#lib/portal-users/queries.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import type { Result } from "#lib/result.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { allPortalUsers } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const operator: Actor = { kind: "operator" };
const PASSWORD = "some long words";
const ADDRESS = "192.0.2.7";

type Person = Actor & { kind: "portal_user" };

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

async function person(email: string, role: Role): Promise<Person> {
  const { id } = accepted(await createPortalUser({ email, role, password: PASSWORD }, operator));
  return { kind: "portal_user", id, email, role, address: ADDRESS };
}

async function signedIn(email: string, password = PASSWORD): Promise<string> {
  const step = accepted(await signInWithPassword(email, password, ADDRESS));
  if (!("sessionId" in step)) throw new Error("a second factor was asked for");
  return step.sessionId;
}

async function invited(email: string, role: Role = "viewer"): Promise<string> {
  const { link } = accepted(await createPortalUser({ email, role }, operator));
  return link?.replace("/invite/", "") ?? "";
}

const WRONG = { ok: false, code: "credentials_wrong", message: "Incorrect email or password." };

const audit = () => database().select().from(auditEntries).orderBy(asc(auditEntries.id)).all();
const actions = () => audit().map((entry) => entry.action);

describe("the first owner", () => {
  const input = (oneTimeCode: string, email = "owner@example.edu") => ({
    oneTimeCode,
    email,
    password: PASSWORD,
    enterpriseName: "Example University",
    timeZone: "Asia/Singapore",
    dateFormat: "YYYY-MM-DD" as const,
  });

  it("needs the code that the console printed last, in any spelling", async () => {
    const old = await issueSetupCode();
    const code = await issueSetupCode();
    expect(code).toMatch(/^[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}$/);
    for (const wrong of ["AAAA-AAAA-AAAA", old, ""]) {
      expect(await setUpFirstOwner(input(wrong), ADDRESS)).toMatchObject({ ok: false, field: "oneTimeCode" });
    }
    expect(hasOwner()).toBe(false);
    accepted(await setUpFirstOwner(input(code.toLowerCase().replaceAll("-", " ")), ADDRESS));
    expect(hasOwner()).toBe(true);
    expect(getSettings()).toEqual({
      enterpriseName: "Example University",
      timeZone: "Asia/Singapore",
      dateFormat: "YYYY-MM-DD",
    });
    expect(audit()).toMatchObject([
      { action: "portal_user.created", actorLabel: "owner@example.edu", address: ADDRESS },
      { action: "settings.updated", actorLabel: "owner@example.edu" },
    ]);
    expect(JSON.parse(audit()[0]?.after ?? "")).toEqual({
      email: "owner@example.edu",
      role: "owner",
      passwordFingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(await signInWithPassword("OWNER@example.edu", PASSWORD, null)).toMatchObject({ ok: true });
  });

  it("is one, however many try at once, and the code is used up", async () => {
    const code = await issueSetupCode();
    const results = await Promise.all(
      ["a", "b", "c", "d"].map((name) => setUpFirstOwner(input(code, `${name}@example.edu`), null)),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(allPortalUsers()).toHaveLength(1);
    expect(database().select().from(settings).get()?.setupCodeHash).toBeNull();
    expect(await setUpFirstOwner(input(code, "late@example.edu"), null)).toMatchObject({ ok: false });
  });

  it("does not take the email as the password, and the code stays good", async () => {
    const code = await issueSetupCode();
    const same = { ...input(code), password: "Owner@Example.edu" };
    expect(await setUpFirstOwner(same, null)).toMatchObject({ code: "password_is_email", field: "password" });
    accepted(await setUpFirstOwner(input(code), null));
  });

  it("is not a second one, though the code is still good", async () => {
    const code = await issueSetupCode();
    accepted(
      await createPortalUser({ email: "owner@example.edu", role: "owner", password: PASSWORD }, operator),
    );
    expect(await setUpFirstOwner(input(code, "late@example.edu"), null)).toMatchObject({
      code: "code_wrong",
    });
    expect(allPortalUsers().map((user) => user.email)).toEqual(["owner@example.edu"]);
  });

  it.each(["password", "12345678", "        ", "Example University 1"])(
    "does not take %j as the password",
    async (password) => {
      const code = await issueSetupCode();
      const refusal = await setUpFirstOwner({ ...input(code), password }, null);
      expect(refusal).toMatchObject({ ok: false, field: "password" });
      expect(hasOwner()).toBe(false);
    },
  );

  it("comes from the environment once, also when two processes start at once", async () => {
    await Promise.all([
      createFirstOwner("one@example.edu", PASSWORD),
      createFirstOwner("two@example.edu", PASSWORD),
    ]);
    await createFirstOwner("three@example.edu", PASSWORD);
    expect(allPortalUsers()).toHaveLength(1);
    expect(actions()).toEqual(["portal_user.created"]);
    expect(audit()[0]?.actorKind).toBe("system");
  });

  it("is the account that has the email already, with the new password", async () => {
    const { id } = await person("owner@example.edu", "admin");
    const session = await signedIn("owner@example.edu");
    const code = await issueSetupCode();
    const typed = { ...input(code, "Owner@Example.edu"), password: "other long words" };
    expect(accepted(await setUpFirstOwner(typed, ADDRESS))).toEqual({ id });
    expect(allPortalUsers()).toMatchObject([{ id, email: "owner@example.edu", role: "owner" }]);
    expect(userOfSession(session)).toBeNull();
    expect(await signInWithPassword("owner@example.edu", PASSWORD, null)).toEqual(WRONG);
    await signedIn("owner@example.edu", "other long words");
    expect(audit().slice(2, 5)).toMatchObject([
      { action: "portal_user.role_changed", actorLabel: "owner@example.edu", before: '{"role":"admin"}' },
      { action: "portal_user.password_changed", actorLabel: "owner@example.edu", address: ADDRESS },
      { action: "settings.updated" },
    ]);
  });

  it("is not an account that is disabled, and the code stays good", async () => {
    const { id } = await person("owner@example.edu", "admin");
    accepted(await setPortalUserDisabled({ id, disabled: true }, operator));
    const code = await issueSetupCode();
    expect(await setUpFirstOwner(input(code), null)).toMatchObject({
      code: "portal_user_disabled",
      field: "email",
    });
    await expect(createFirstOwner("owner@example.edu", PASSWORD)).rejects.toThrow(
      "OWNER_EMAIL: owner@example.edu is disabled.",
    );
    expect(hasOwner()).toBe(false);
    accepted(await setUpFirstOwner(input(code, "other@example.edu"), null));
  });

  it("is, from the environment, the account that has the email, which keeps its password", async () => {
    const { id } = await person("one@example.edu", "viewer");
    expect(await createFirstOwner("ONE@example.edu", "other long words")).toEqual({ keepsPassword: true });
    expect(allPortalUsers()).toMatchObject([{ id, role: "owner" }]);
    await signedIn("one@example.edu");
    expect(audit()[1]).toMatchObject({ action: "portal_user.role_changed", actorKind: "system" });
  });

  it("gets the password of the environment where its account had none", async () => {
    await invited("one@example.edu");
    expect(await createFirstOwner("one@example.edu", PASSWORD)).toEqual({ keepsPassword: false });
    await signedIn("one@example.edu");
    expect(actions()).toEqual([
      "portal_user.invited",
      "portal_user.role_changed",
      "portal_user.password_changed",
      "session.started",
    ]);
  });

  it("is refused from the environment with a password that is easy to guess", async () => {
    await expect(createFirstOwner("one@example.edu", "One@example.edu")).rejects.toThrow(
      "OWNER_PASSWORD: An email address is easy to guess.",
    );
    await expect(createFirstOwner("one@example.edu", "iloveyou")).rejects.toThrow(
      "OWNER_PASSWORD: This is one of the most used passwords",
    );
    expect(hasOwner()).toBe(false);
  });

  it("leaves neither code nor password in the database", async () => {
    const code = await issueSetupCode();
    accepted(await setUpFirstOwner(input(code), null));
    const texts = JSON.stringify([allPortalUsers(), audit(), database().select().from(portalUsers).all()]);
    expect(texts).not.toContain(PASSWORD);
    expect(texts).not.toContain(code);
    expect(database().select().from(portalUsers).get()?.passwordHash).toMatch(
      /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/,
    );
  });
});

describe("sign-in", () => {
  it("refuses unknown emails, wrong passwords, disabled and invited accounts with the same answer", async () => {
    await person("owner@example.edu", "owner");
    const ana = await person("ana@example.edu", "viewer");
    await invited("new@example.edu");
    accepted(await setPortalUserDisabled({ id: ana.id, disabled: true }, operator));
    for (const [email, password] of [
      ["nobody@example.edu", PASSWORD],
      ["owner@example.edu", "another password"],
      ["owner@example.edu", ""],
      ["owner@example.edu", PASSWORD.padEnd(100_000, "x")],
      ["ana@example.edu", PASSWORD],
      ["new@example.edu", ""],
    ] as const) {
      expect(await signInWithPassword(email, password, null)).toEqual(WRONG);
    }
    expect(actions()).not.toContain("session.started");
  });

  it("takes the email in any case and the password in any Unicode form", async () => {
    accepted(
      await createPortalUser({ email: "zoe@example.edu", role: "viewer", password: "café crème" }, operator),
    );
    expect(await signInWithPassword("Zoe@Example.EDU", "cafe\u0301 cre\u0300me", null)).toMatchObject({
      ok: true,
    });
  });

  it("starts a session that only its own id opens, kept as a hash, which lasts fourteen days", async () => {
    const ana = await person("ana@example.edu", "admin");
    const session = await signedIn("ana@example.edu");
    expect(userOfSession(session)).toMatchObject({ id: ana.id, email: "ana@example.edu", role: "admin" });
    expect(userOfSession(tokenHash(session))).toBeNull();
    expect(userOfSession("")).toBeNull();
    const row = database().select().from(portalSessions).get();
    expect(row).toMatchObject({ idHash: tokenHash(session), address: ADDRESS });
    const end = row?.expiresAt.getTime() ?? 0;
    expect(end - (row?.createdAt.getTime() ?? 0)).toBe(14 * 24 * 3_600_000);
    expect(userOfSession(session, new Date(end - 1))).not.toBeNull();
    expect(userOfSession(session, new Date(end))).toBeNull();
    expect(allPortalUsers()[0]?.lastSignInAt).toEqual(row?.createdAt);
  });

  it("clears expired sessions away", async () => {
    await person("ana@example.edu", "admin");
    await signedIn("ana@example.edu");
    database()
      .update(portalSessions)
      .set({ expiresAt: new Date(0) })
      .run();
    await signedIn("ana@example.edu");
    expect(database().select().from(portalSessions).all()).toHaveLength(1);
  });

  it("starts none by a password that was replaced while it was checked", async () => {
    const ana = await person("ana@example.edu", "admin");
    expect(await startSession(ana.id, null, { checkedHash: "$argon2id$of-an-older-password" })).toBeNull();
    expect(database().select().from(portalSessions).all()).toEqual([]);
  });

  it("starts none by an identity that belongs to another account, and deletes nothing", async () => {
    const ana = await person("ana@example.edu", "admin");
    const ben = await person("ben@example.edu", "viewer");
    const identity = database()
      .insert(portalUserIdentities)
      .values({
        portalUserId: ben.id,
        issuer: "https://id.example.edu",
        subject: "ben",
        createdAt: new Date(),
      })
      .returning({ id: portalUserIdentities.id })
      .get();
    expect(await startSession(ana.id, null, { identityId: identity.id })).toBeNull();
    expect(await startSession(ana.id, null, { identityId: identity.id + 1 })).toBeNull();
    expect(database().select().from(portalSessions).all()).toEqual([]);
    expect(database().select().from(portalUserIdentities).all()).toMatchObject([{ subject: "ben" }]);
    expect(await startSession(ben.id, null, { identityId: identity.id })).not.toBeNull();
  });

  it("counts the sessions that have not expired", async () => {
    await person("ana@example.edu", "admin");
    const one = await signedIn("ana@example.edu");
    await signedIn("ana@example.edu");
    database()
      .update(portalSessions)
      .set({ expiresAt: new Date() })
      .where(eq(portalSessions.idHash, tokenHash(one)))
      .run();
    expect(countSessions(new Date())).toBe(1);
  });

  it("turns a flood away instead of queueing it", async () => {
    await person("ana@example.edu", "admin");
    const tries = await Promise.all(
      Array.from({ length: 160 }, (_, index) => signInWithPassword(`n${index}@example.edu`, PASSWORD, null)),
    );
    const busy = tries.filter((one) => !one.ok && one.code === "sign_in_busy");
    expect(busy).toHaveLength(60);
    expect(busy[0]).toMatchObject({ message: "Too many people are signing in. Try again in a moment." });
    await signedIn("ana@example.edu");
  });

  it("ends with sign-out, which is recorded once", async () => {
    await person("ana@example.edu", "admin");
    const one = await signedIn("ana@example.edu");
    const other = await signedIn("ana@example.edu");
    await endSession(one, "203.0.113.20");
    await endSession(one, "203.0.113.20");
    await endSession("made up", null);
    expect(userOfSession(one)).toBeNull();
    expect(userOfSession(other)).not.toBeNull();
    expect(actions().slice(1)).toEqual(["session.started", "session.started", "session.ended"]);
    const ended = "SELECT address FROM audit_entries WHERE action = 'session.ended'";
    expect(database().$client.prepare(ended).pluck().all()).toEqual(["203.0.113.20"]);
  });
});

describe("what ends sessions at once", () => {
  it("is disabling, and enabling brings none back", async () => {
    const owner = await person("owner@example.edu", "owner");
    const ana = await person("ana@example.edu", "viewer");
    const session = await signedIn("ana@example.edu");
    accepted(await setPortalUserDisabled({ id: ana.id, disabled: true }, owner));
    expect(userOfSession(session)).toBeNull();
    accepted(await setPortalUserDisabled({ id: ana.id, disabled: false }, owner));
    expect(userOfSession(session)).toBeNull();
    await signedIn("ana@example.edu");
    expect(
      audit()
        .filter((entry) => entry.action.startsWith("portal_user."))
        .slice(2),
    ).toMatchObject([
      {
        action: "portal_user.disabled",
        actorId: owner.id,
        address: ADDRESS,
        subjectLabel: "ana@example.edu",
      },
      { action: "portal_user.enabled", actorId: owner.id },
    ]);
  });

  it("is a row marked disabled by any other hand", async () => {
    const ana = await person("ana@example.edu", "viewer");
    const session = await signedIn("ana@example.edu");
    await write((tx) =>
      tx.update(portalUsers).set({ disabledAt: new Date() }).where(eq(portalUsers.id, ana.id)).run(),
    );
    expect(userOfSession(session)).toBeNull();
    expect(await startSession(ana.id, null)).toBeNull();
  });

  it("is another role", async () => {
    const owner = await person("owner@example.edu", "owner");
    const ana = await person("ana@example.edu", "viewer");
    const session = await signedIn("ana@example.edu");
    accepted(await setPortalUserRole({ id: ana.id, role: "viewer" }, owner));
    expect(userOfSession(session)).not.toBeNull();
    accepted(await setPortalUserRole({ id: ana.id, role: "admin" }, owner));
    expect(userOfSession(session)).toBeNull();
    expect(audit().at(-1)).toMatchObject({
      action: "portal_user.role_changed",
      before: '{"role":"viewer"}',
      after: '{"role":"admin"}',
    });
  });

  it("is one's own new password, also where it is changed", async () => {
    const ana = await person("ana@example.edu", "viewer");
    const sessions = [await signedIn("ana@example.edu"), await signedIn("ana@example.edu")];
    const change = (currentPassword: string, newPassword: string) =>
      changeOwnPassword({ currentPassword, newPassword }, ana);
    expect(await change("wrong words", "other long words")).toMatchObject({ field: "currentPassword" });
    expect(await change(PASSWORD, "ANA@example.edu")).toMatchObject({ field: "newPassword" });
    expect(await change(PASSWORD, PASSWORD)).toMatchObject({
      code: "password_same",
      field: "newPassword",
      message: "This is your current password. Choose another one.",
    });
    expect(sessions.map((session) => userOfSession(session)?.email)).toEqual([ana.email, ana.email]);
    accepted(await change(PASSWORD, "other long words"));
    expect(sessions.map((session) => userOfSession(session))).toEqual([null, null]);
    expect(await signInWithPassword("ana@example.edu", PASSWORD, null)).toEqual(WRONG);
    await signedIn("ana@example.edu", "other long words");
    expect(actions()).toContain("portal_user.password_changed");
  });

  it("is no password that only another keyboard writes differently", async () => {
    const { id } = accepted(
      await createPortalUser({ email: "zoe@example.edu", role: "viewer", password: "café crème" }, operator),
    );
    const zoe = { kind: "portal_user", id, email: "zoe@example.edu", role: "viewer", address: null } as const;
    const input = { currentPassword: "cafe\u0301 cre\u0300me", newPassword: "café crème" };
    expect(await changeOwnPassword(input, zoe)).toMatchObject({ code: "password_same" });
  });

  it("is a new password, which is refused when the old one was replaced while it was compared", async () => {
    const ana = await person("ana@example.edu", "viewer");
    const change = changeOwnPassword({ currentPassword: PASSWORD, newPassword: "other long words" }, ana);
    database().update(portalUsers).set({ passwordHash: null }).run();
    expect(await change).toMatchObject({ code: "password_wrong", field: "currentPassword" });
    expect(database().select().from(portalUsers).get()?.passwordHash).toBeNull();
  });

  it("is switching passwords off: every session that one started, and none of single sign-on", async () => {
    const ana = await person("ana@example.edu", "viewer");
    const ben = await person("ben@example.edu", "viewer");
    const byPassword = await signedIn("ana@example.edu");
    const identity = database()
      .insert(portalUserIdentities)
      .values({
        portalUserId: ben.id,
        issuer: "https://id.example.edu",
        subject: "ben",
        createdAt: new Date(),
      })
      .returning({ id: portalUserIdentities.id })
      .get();
    await startSession(ben.id, null, { identityId: identity.id });
    expect(await endPasswordSessions()).toBe(1);
    expect(userOfSession(byPassword)).toBeNull();
    expect(database().select().from(portalSessions).all()).toMatchObject([{ portalUserId: ben.id }]);
    expect(audit().at(-1)).toMatchObject({ action: "session.ended", actorKind: "system", subjectId: ana.id });
    expect(await endPasswordSessions()).toBe(0);
  });

  it("is a reset, by link or by password", async () => {
    const owner = await person("owner@example.edu", "owner");
    await person("ana@example.edu", "viewer");
    const before = await signedIn("ana@example.edu");
    const { link } = accepted(await resetPortalUser({ email: "ANA@example.edu" }, owner));
    expect(userOfSession(before)).toBeNull();
    // Somebody who has the old password can neither sign in with it nor void the link.
    expect(await signInWithPassword("ana@example.edu", PASSWORD, ADDRESS)).toEqual(WRONG);
    accepted(
      await redeemPortalUserLink({ token: link?.replace("/invite/", "") ?? "", password: PASSWORD }, null),
    );
    const second = accepted(await resetPortalUser({ email: "ana@example.edu" }, owner)).link;
    const token = second?.replace("/invite/", "") ?? "";
    expect(userOfLink(token)).toMatchObject({ email: "ana@example.edu" });
    const again = (await startSession(userOfLink(token)?.id ?? 0, null)) ?? "";
    expect(userOfSession(again)).toMatchObject({ email: "ana@example.edu" });
    expect(
      await resetPortalUser({ email: "ana@example.edu", password: "other long words" }, operator),
    ).toEqual({
      ok: true,
      value: { email: "ana@example.edu", link: null },
    });
    expect(userOfSession(again)).toBeNull();
    // A link from before would set the password once more.
    expect(userOfLink(token)).toBeNull();
    expect(await resetPortalUser({ email: "nobody@example.edu" }, operator)).toMatchObject({
      field: "email",
    });
  });
});

describe("the last owner", () => {
  it("is neither demoted nor disabled, by anybody", async () => {
    const owner = await person("owner@example.edu", "owner");
    await person("admin@example.edu", "admin");
    await invited("invited@example.edu", "owner");
    for (const actor of [owner, operator]) {
      expect(await setPortalUserRole({ id: owner.id, role: "admin" }, actor)).toMatchObject({
        code: "last_owner",
      });
    }
    expect(await setPortalUserDisabled({ id: owner.id, disabled: true }, operator)).toMatchObject({
      code: "last_owner",
    });
    expect(await setPortalUserDisabled({ id: owner.id, disabled: true }, owner)).toMatchObject({
      code: "own_account",
    });
    expect(allPortalUsers().find((user) => user.id === owner.id)).toMatchObject({
      role: "owner",
      disabledAt: null,
    });
  });

  it("remains when two owners demote each other at once", async () => {
    const one = await person("one@example.edu", "owner");
    const two = await person("two@example.edu", "owner");
    const results = await Promise.allSettled([
      setPortalUserRole({ id: two.id, role: "admin" }, one),
      setPortalUserRole({ id: one.id, role: "admin" }, two),
    ]);
    // The second one is an admin by the time of its transaction.
    expect(results.map((result) => (result.status === "rejected" ? result.reason.message : "done"))).toEqual([
      "done",
      "This needs the role owner.",
    ]);
    expect(allPortalUsers().filter((user) => user.role === "owner")).toHaveLength(1);
  });

  it("may go once another can sign in; nobody disables themself even then", async () => {
    const one = await person("one@example.edu", "owner");
    const two = await person("two@example.edu", "owner");
    expect(await setPortalUserDisabled({ id: one.id, disabled: true }, one)).toMatchObject({
      code: "own_account",
    });
    accepted(await setPortalUserDisabled({ id: one.id, disabled: true }, two));
    expect(await setPortalUserRole({ id: two.id, role: "viewer" }, two)).toMatchObject({
      code: "last_owner",
    });
  });
});

describe("a one-time link", () => {
  it("sets a password once and returns whose it is", async () => {
    const token = await invited("ana@example.edu", "admin");
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(userOfLink(token)).toMatchObject({ email: "ana@example.edu", role: "admin" });
    expect(allPortalUsers()[0]).toMatchObject({ hasPassword: false });
    expect(await redeemPortalUserLink({ token, password: "Ana@example.edu" }, null)).toMatchObject({
      field: "password",
    });
    accepted(await redeemPortalUserLink({ token, password: PASSWORD }, ADDRESS));
    expect(userOfLink(token)).toBeNull();
    expect(await redeemPortalUserLink({ token, password: "somebody else's" }, null)).toMatchObject({
      code: "link_invalid",
    });
    await signedIn("ana@example.edu");
    expect(actions()).toEqual(["portal_user.invited", "portal_user.password_changed", "session.started"]);
    expect(JSON.stringify(audit())).not.toContain(token);
  });

  it("is used by one of many that try at once", async () => {
    const token = await invited("ana@example.edu");
    const passwords = ["password one", "password two", "password three"];
    const results = await Promise.all(
      passwords.map((password) => redeemPortalUserLink({ token, password }, null)),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    const winner = passwords[results.findIndex((result) => result.ok)] ?? "";
    await signedIn("ana@example.edu", winner);
  });

  it("expires after seven days, and is kept as a hash", async () => {
    const token = await invited("ana@example.edu");
    const row = database().select().from(portalUserLinks).get();
    expect(row?.tokenHash).toBe(tokenHash(token));
    expect((row?.expiresAt.getTime() ?? 0) - (row?.createdAt.getTime() ?? 0)).toBe(7 * 24 * 3_600_000);
    database()
      .update(portalUserLinks)
      .set({ expiresAt: new Date(Date.now() - 1) })
      .run();
    expect(userOfLink(token)).toBeNull();
    expect(await redeemPortalUserLink({ token, password: PASSWORD }, null)).toMatchObject({
      code: "link_invalid",
    });
  });

  it("gives way to a newer one, and to disabling", async () => {
    await person("owner@example.edu", "owner");
    const first = await invited("ana@example.edu");
    const { link } = accepted(await resetPortalUser({ email: "ana@example.edu" }, operator));
    const second = link?.replace("/invite/", "") ?? "";
    expect(userOfLink(first)).toBeNull();
    expect(userOfLink(second)).not.toBeNull();
    const id = userOfLink(second)?.id ?? 0;
    accepted(await setPortalUserDisabled({ id, disabled: true }, operator));
    expect(userOfLink(second)).toBeNull();
    expect(await resetPortalUser({ email: "ana@example.edu" }, operator)).toMatchObject({
      code: "portal_user_disabled",
    });
    accepted(await setPortalUserDisabled({ id, disabled: false }, operator));
    expect(userOfLink(second)).toBeNull();
  });

  it.each(["", "made-up", "'; DROP TABLE portal_users; --", "a".repeat(10_000)])(
    "is refused when it never was: %j",
    async (token) => {
      expect(userOfLink(token)).toBeNull();
      expect(await redeemPortalUserLink({ token, password: PASSWORD }, null)).toMatchObject({ ok: false });
    },
  );
});

describe("making portal users", () => {
  it("takes an email once, whatever its case, also at once", async () => {
    await invited("ana@example.edu");
    expect(await createPortalUser({ email: "ANA@Example.edu", role: "admin" }, operator)).toMatchObject({
      code: "email_taken",
      field: "email",
    });
    const results = await Promise.all(
      ["bo@example.edu", "BO@example.edu"].map((email) =>
        createPortalUser({ email, role: "viewer", password: PASSWORD }, operator),
      ),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(allPortalUsers()).toHaveLength(2);
    expect(actions()).toEqual(["portal_user.invited", "portal_user.created"]);
  });

  it("does not take the email as the password", async () => {
    const input = { email: "ana@example.edu", role: "viewer", password: "ana@example.edu" } as const;
    expect(await createPortalUser(input, operator)).toMatchObject({ field: "password" });
  });

  it.each(["viewer", "admin"] as const)("is refused to a %s, as is every change to others", async (role) => {
    const owner = await person("owner@example.edu", "owner");
    const actor = await person("somebody@example.edu", role);
    const before = actions();
    for (const attempt of [
      () => createPortalUser({ email: "new@example.edu", role: "viewer" }, actor),
      () => resetPortalUser({ email: owner.email, password: "taken over now" }, actor),
      () => setPortalUserRole({ id: actor.id, role: "owner" }, actor),
      () => setPortalUserDisabled({ id: owner.id, disabled: true }, actor),
    ]) {
      await expect(attempt()).rejects.toThrow(ForbiddenError);
    }
    expect(actions()).toEqual(before);
  });
});
