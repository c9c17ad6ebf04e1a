import { beforeEach, expect, test } from "vitest";
import { database, databaseFile, write } from "#db/client.ts";
import { portalUserIdentities, signInAddresses } from "#db/schema/index.ts";
import type { Actor, Role } from "#lib/actor.ts";
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
import { endOwnSessions, endSessionsOfUser } from "#lib/portal-users/commands/session-endings.ts";
import { updateSessionLimits } from "#lib/portal-users/commands/session-limits.ts";
import { endSession, type NewSession, startSession } from "#lib/portal-users/commands/sessions.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { auditedSince, lastAuditId } from "#tests/support/audit.ts";
import { anOrganization, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

// What each command about portal users answers and writes into the audit trail, whole.

useFreshDatabase();

const PASSWORD = "some long words";
const ADDRESS = "192.0.2.7";
let last = 0;
const written = () => auditedSince(last).map((line) => line.replaceAll(/"[0-9a-f]{16,}"/g, '"…"'));
const owner = {
  kind: "portal_user",
  id: 1,
  email: "owner@example.edu",
  role: "owner",
  address: ADDRESS,
} as const;

beforeEach(async () => {
  value(await createPortalUser({ email: owner.email, role: "owner", password: PASSWORD }, operator));
  value(await createPortalUser({ email: "ana@example.edu", role: "viewer", password: PASSWORD }, operator));
  last = lastAuditId();
});

test("creating an account", async () => {
  await anOrganization({ code: "LAW" });
  last = lastAuditId();
  const scopes = [{ code: "LAW", tag: null }];
  const bo = { email: "bo@example.edu", role: "viewer", password: PASSWORD } as const;
  expect(value(await createPortalUser(bo, owner))).toEqual({ id: 3, email: "bo@example.edu", link: null });
  const cy = { email: "cy@example.edu", role: "admin" } as const;
  const link = expect.stringMatching(/^\/invite\/[\w-]{43}$/);
  expect(value(await createPortalUser(cy, owner))).toEqual({ id: 4, email: "cy@example.edu", link });
  value(await createPortalUser({ ...cy, email: "dee@example.edu", scopes }, owner));
  expect(await createPortalUser({ email: "eve@example.edu", role: "owner", scopes }, owner)).toEqual({
    ...{ ok: false, code: "owner_of_part", message: "Only the whole enterprise has owners.", field: "role" },
  });
  expect(await createPortalUser({ ...cy, email: "ANA@example.edu" }, owner)).toEqual({
    ok: false,
    code: "email_taken",
    message: "There is already a portal user with this email.",
    field: "email",
  });
  expect(written()).toEqual([
    'portal_user.created portal_user 3 bo@example.edu, null: null > {"email":"bo@example.edu","role":"viewer","passwordFingerprint":"…"}',
    'portal_user.invited portal_user 4 cy@example.edu, null: null > {"email":"cy@example.edu","role":"admin","passwordFingerprint":null}',
    'grant.added grant 5 dee@example.edu, null: null > {"role":"admin","organization":"LAW"}',
    'portal_user.invited portal_user 5 dee@example.edu, null: null > {"email":"dee@example.edu","passwordFingerprint":null}',
  ]);
});

test("changing roles, disabling and enabling", async () => {
  const role = (to: Role | null, original?: { role: string }) =>
    setPortalUserRole({ id: 2, role: to }, owner, original);
  const ana = { email: "ana@example.edu" };
  for (const changed of [true, false]) expect(value(await role("admin"))).toEqual({ ...ana, changed });
  expect(await role(null, { role: "viewer" })).toMatchObject({
    code: "stale_edit",
    current: { role: "admin" },
  });
  expect(value(await role(null, { role: "admin" }))).toEqual({ ...ana, changed: true });
  expect(value(await role("viewer", { role: "none" }))).toEqual({ ...ana, changed: true });

  const disable = (id: number, disabled: boolean, actor: Actor = owner) =>
    setPortalUserDisabled({ id, disabled }, actor);
  for (const changed of [true, false]) expect(value(await disable(2, true))).toEqual({ ...ana, changed });
  for (const changed of [true, false]) expect(value(await disable(2, false))).toEqual({ ...ana, changed });
  expect(await disable(1, true)).toMatchObject({
    ...{ code: "own_account", message: "You can't disable your own account." },
  });
  // An owner whose id an actor of another kind may have too.
  expect(await disable(1, true, operator)).toMatchObject({
    ...{ code: "last_owner", message: "There must be an owner. Promote someone else first." },
  });
  const unknown = { ok: false, code: "portal_user_not_found", message: "This portal user does not exist." };
  expect(await disable(9, true)).toEqual(unknown);
  expect(await setPortalUserRole({ id: 9, role: null }, owner)).toEqual(unknown);
  expect(written()).toEqual([
    'portal_user.role_changed portal_user 2 ana@example.edu, null: {"role":"viewer"} > {"role":"admin"}',
    'portal_user.role_changed portal_user 2 ana@example.edu, null: {"role":"admin"} > {"role":null}',
    'portal_user.role_changed portal_user 2 ana@example.edu, null: {"role":null} > {"role":"viewer"}',
    "portal_user.disabled portal_user 2 ana@example.edu, null: null > null",
    "portal_user.enabled portal_user 2 ana@example.edu, null: null > null",
  ]);
  expect(verifyDatabase(databaseFile())).toMatchObject({ ok: true });
});

test("setting passwords, by a link, by an owner and by oneself", async () => {
  const ana = { email: "ana@example.edu" };
  const easy = {
    ok: false,
    code: "password_common",
    message: "This is one of the most used passwords, or close to one. Choose another password.",
    field: "password",
  };
  const { link } = value(await resetPortalUser(ana, owner));
  const token = link?.replace("/invite/", "") ?? "";
  expect(await redeemPortalUserLink({ token, password: "password" }, ADDRESS)).toEqual(easy);
  expect(value(await redeemPortalUserLink({ token, password: "other long words" }, ADDRESS))).toEqual({
    ...{ id: 2, ...ana, role: "viewer" },
  });
  expect(await redeemPortalUserLink({ token, password: "other long words" }, ADDRESS)).toMatchObject({
    code: "link_invalid",
  });
  expect(await resetPortalUser({ ...ana, password: "password" }, owner)).toEqual(easy);
  expect(value(await resetPortalUser({ ...ana, password: "third long words" }, owner))).toEqual({
    ...{ ...ana, link: null },
  });
  expect(await resetPortalUser({ email: owner.email }, owner)).toMatchObject({
    code: "own_account",
    field: "email",
  });
  expect(await resetPortalUser({ email: "nobody@example.edu" }, owner)).toEqual({
    ok: false,
    code: "portal_user_not_found",
    message: "There is no portal user nobody@example.edu.",
    field: "email",
  });
  const own = (currentPassword: string, newPassword = "new long words") =>
    changeOwnPassword({ currentPassword, newPassword }, owner);
  expect(await own("x")).toEqual({
    ok: false,
    code: "password_wrong",
    message: "This is not your current password.",
    field: "currentPassword",
  });
  expect(await own(PASSWORD, PASSWORD)).toMatchObject({ code: "password_same", field: "newPassword" });
  expect(await own(PASSWORD, "password")).toEqual({ ...easy, field: "newPassword" });
  expect(value(await own(PASSWORD))).toEqual({ id: 1 });
  expect(written()).toEqual([
    'portal_user.link_made portal_user 2 ana@example.edu, null: null > {"passwordFingerprint":null}',
    'portal_user.password_changed portal_user 2 ana@example.edu, null: null > {"passwordFingerprint":"…"}',
    'portal_user.password_changed portal_user 2 ana@example.edu, null: null > {"passwordFingerprint":"…"}',
    'portal_user.password_changed portal_user 1 owner@example.edu, null: null > {"passwordFingerprint":"…"}',
  ]);
});

test("sessions, and how long they last", async () => {
  const identity = { portalUserId: 2, issuer: "https://id.example.edu", subject: "1", createdAt: new Date() };
  const { id: identityId } = await write((tx) =>
    tx.insert(portalUserIdentities).values(identity).returning().get(),
  );
  const sessionOf = async (id: number, address: string | null, options: NewSession) =>
    (await startSession(id, address, options)) ?? "none";
  await sessionOf(2, ADDRESS, { identityId });
  const second = await sessionOf(2, null, { secondFactor: "passkey" });
  await sessionOf(2, "198.51.100.9", {});
  // The identity is another account's.
  expect(await sessionOf(1, ADDRESS, { identityId })).toBe("none");
  expect(database().select().from(signInAddresses).all()).toMatchObject([
    { portalUserId: 2, address: "192.0.2.7" },
    { portalUserId: 2, address: "198.51.100.9" },
  ]);
  await endSession(second, ADDRESS);
  for (const ended of [2, 0]) {
    expect(value(await endSessionsOfUser({ user: 2, session: "all" }, owner))).toEqual({
      ...{ email: "ana@example.edu", ended },
    });
  }
  expect(await endSessionsOfUser({ user: 9, session: "all" }, owner)).toMatchObject({
    ...{ code: "portal_user_not_found" },
  });
  expect(value(await endOwnSessions({ session: "another's" }, owner, "mine"))).toEqual({ ended: 0 });
  for (const changed of [true, false]) {
    expect(value(await updateSessionLimits({ sessionLifetime: 60, sessionIdle: 15 }, owner))).toEqual({
      changed,
    });
  }
  expect(written()).toEqual([
    'session.started portal_user 2 ana@example.edu, null: null > {"issuer":"https://id.example.edu"}',
    'session.started portal_user 2 ana@example.edu, null: null > {"secondFactor":"passkey"}',
    "session.started portal_user 2 ana@example.edu, null: null > null",
    "session.ended portal_user 2 ana@example.edu, null: null > null",
    'sessions.revoked portal_user 2 ana@example.edu, null: null > {"sessions":2}',
    'settings.updated settings 1 Settings, null: {"sessionLifetime":"14 days","sessionIdle":""} > {"sessionLifetime":"1 hour","sessionIdle":"15 minutes"}',
  ]);
});
