import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries, portalSessions, portalUserIdentities } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { hasSecondFactor, mustAddSecondFactor } from "#lib/portal-users/required-factor.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import {
  beginAuthenticatorApp,
  confirmAuthenticatorApp,
  makeRecoveryCodes,
  removeAuthenticatorApp,
  removePasskey,
  resetSecondFactor,
  unconfirmedSecret,
} from "#lib/second-factor/commands/manage.ts";
import { updateSecondFactorPolicy } from "#lib/second-factor/commands/policy.ts";
import { recoveryCodesLeft } from "#lib/second-factor/queries.ts";
import { openTotpSecret, sealTotpSecret } from "#lib/second-factor/secrets.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { anAuthenticatorApp, authenticatorCode, inSession } from "#tests/support/second-factor.ts";

useFreshDatabase();

type Person = { kind: "portal_user"; id: number; email: string; role: "owner" | "admin"; address: null };
let owner: Person;
let ana: Person;

async function person(email: string, role: Person["role"], password?: string): Promise<Person> {
  const input = { email, role, ...(password !== undefined && { password }) };
  const { id } = value(await createPortalUser(input, operator));
  return { kind: "portal_user", id, email, role, address: null };
}

beforeEach(async () => {
  owner = await person("owner@example.edu", "owner", "some long words");
  ana = await person("ana@example.edu", "admin", "some long words");
});

const require = () => updateSecondFactorPolicy({ requireSecondFactor: true, askAgainAbove: null }, owner);
const sessionOf = async (id: number, identityId: number | null = null) =>
  tokenHash((await startSession(id, null, { identityId })) ?? "");

describe("a required second factor", () => {
  it("concerns sessions by password of accounts that have none, those that have begun too", async () => {
    const session = await sessionOf(ana.id);
    expect(mustAddSecondFactor(ana.id, session)).toBe(false);
    value(await require());
    expect(mustAddSecondFactor(ana.id, session)).toBe(true);
    await anAuthenticatorApp(ana);
    expect(mustAddSecondFactor(ana.id, await sessionOf(ana.id))).toBe(false);
    value(await removeAuthenticatorApp(ana));
    expect(mustAddSecondFactor(ana.id, await sessionOf(ana.id))).toBe(true);
  });

  it("does not concern sessions by single sign-on", async () => {
    value(await require());
    const identity = database()
      .insert(portalUserIdentities)
      .values({ portalUserId: ana.id, issuer: "https://id.example.edu", subject: "1", createdAt: new Date() })
      .returning()
      .get();
    expect(mustAddSecondFactor(ana.id, await sessionOf(ana.id, identity.id))).toBe(false);
    expect(mustAddSecondFactor(ana.id, await sessionOf(ana.id))).toBe(true);
  });

  it("is set by owners alone, and audited", async () => {
    const policy = { requireSecondFactor: true, askAgainAbove: 1_500_000n };
    await expect(updateSecondFactorPolicy(policy, ana)).rejects.toThrow(ForbiddenError);
    expect(value(await updateSecondFactorPolicy(policy, owner))).toEqual({ changed: true });
    expect(value(await updateSecondFactorPolicy(policy, owner))).toEqual({ changed: false });
    expect(database().select().from(auditEntries).all().at(-1)).toMatchObject({
      action: "settings.updated",
      before: '{"requireSecondFactor":"off","askAgainAbove":""}',
      after: '{"requireSecondFactor":"on","askAgainAbove":"1.5"}',
    });
  });
});

describe("an account that only signs in by single sign-on", () => {
  it("adds no second factor here", async () => {
    const guest = await person("sso@example.edu", "admin");
    const begun = await inSession(guest, (sessionId) => beginAuthenticatorApp(guest, sessionId));
    expect(begun).toMatchObject({ ok: false, code: "single_sign_on" });
  });
});

describe("one's own second factors", () => {
  it("are not another person's", async () => {
    await anAuthenticatorApp(ana);
    expect(await removeAuthenticatorApp(owner)).toMatchObject({ code: "authenticator_missing" });
    expect(await removePasskey({ id: 1 }, owner)).toMatchObject({ code: "passkey_not_found" });
    expect(await makeRecoveryCodes(owner)).toMatchObject({ code: "no_second_factor" });
    expect(await inSession(ana, async (sessionId) => unconfirmedSecret(ana.id, sessionId))).toBeNull();
  });

  it("show the key of a new app in the session that began it alone, and take its code there alone", async () => {
    const own = (await startSession(ana.id, null)) ?? "";
    const other = (await startSession(ana.id, null)) ?? "";
    value(await beginAuthenticatorApp(ana, own));
    const secret = unconfirmedSecret(ana.id, own) ?? "";
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(unconfirmedSecret(ana.id, other)).toBeNull();
    const code = authenticatorCode(secret, new Date());
    expect(await confirmAuthenticatorApp({ code }, ana, other)).toMatchObject({
      code: "authenticator_expired",
    });
    expect(value(await confirmAuthenticatorApp({ code }, ana, own)).recoveryCodes).toHaveLength(10);
    expect(hasSecondFactor(ana.id)).toBe(true);
  });

  it("are removed by an owner, never by an admin, and end the sessions", async () => {
    await anAuthenticatorApp(ana);
    await startSession(ana.id, null);
    await expect(resetSecondFactor({ email: owner.email }, ana)).rejects.toThrow(ForbiddenError);
    expect(await resetSecondFactor({ email: owner.email }, owner)).toMatchObject({ code: "own_account" });
    value(await resetSecondFactor({ email: "ANA@example.edu" }, owner));
    expect([hasSecondFactor(ana.id), recoveryCodesLeft(ana.id)]).toEqual([false, 0]);
    expect(database().select().from(portalSessions).all()).toEqual([]);
    expect(await resetSecondFactor({ email: ana.email }, operator)).toMatchObject({
      code: "no_second_factor",
    });
    expect(await resetSecondFactor({ email: "nobody@example.edu" }, operator)).toMatchObject({
      code: "portal_user_not_found",
    });
  });
});

describe("the secret of an authenticator app", () => {
  it("is encrypted for one account with the portal's secret, differently each time", () => {
    const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    const one = { portalUserId: 1, sessionId: null };
    const sealed = sealTotpSecret(secret, one);
    expect(sealed).not.toContain(secret);
    expect(sealTotpSecret(secret, one)).not.toBe(sealed);
    expect(openTotpSecret(sealed, one)).toBe(secret);
    expect(openTotpSecret(sealed, { ...one, portalUserId: 2 })).toBeNull();
    expect(openTotpSecret(sealed, { ...one, sessionId: "s" })).toBeNull();
    expect(openTotpSecret(`${sealed.slice(0, -2)}AA`, one)).toBeNull();
    expect(openTotpSecret("", one)).toBeNull();
  });
});
