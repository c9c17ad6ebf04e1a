import { describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries, portalSessions, portalUserIdentities } from "#db/schema/index.ts";
import type { Role } from "#lib/actor.ts";
import { grantsOf } from "#lib/grants/queries.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { findForSignIn } from "#lib/portal-users/queries.ts";
import type { SingleSignOn } from "#lib/sign-in-settings.ts";
import { signInByClaims } from "#lib/single-sign-on/commands.ts";
import { linksToMove, relink } from "#lib/single-sign-on/relink.ts";
import { type Claims, isOverage } from "#lib/single-sign-on/rules.ts";
import { allPortalUsers, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

/** Claims in the shape in which each provider sends them, with an ordinary person and a role that gives admin. */
const ENTRA = {
  iss: "https://login.microsoftonline.com/8f1d6f0e-0000-4000-8000-1a2b3c4d5e6f/v2.0",
  sub: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
  aud: "6cb04018-a3f5-46a7-b995-940c78f5aef3",
  email: "ana@example.edu",
  name: "Ana Silva",
  oid: "00000000-0000-0000-66f3-3332eca7ea81",
  preferred_username: "ana@example.edu",
  roles: ["bursar-admin"],
  tid: "8f1d6f0e-0000-4000-8000-1a2b3c4d5e6f",
  ver: "2.0",
};
const KEYCLOAK = {
  iss: "https://id.example.edu/realms/campus",
  sub: "f6b7b2f0-5b3c-4b0e-9a5e-0d7e6e6a2c11",
  email: "ana@example.edu",
  email_verified: true,
  preferred_username: "ana",
  realm_access: { roles: ["offline_access", "bursar-admin"] },
  resource_access: { "portal.example.edu": { roles: ["bursar-admin"] } },
};
const ZITADEL = {
  iss: "https://example.zitadel.cloud",
  sub: "163840776835432705",
  email: "ana@example.edu",
  email_verified: true,
  "urn:zitadel:iam:org:project:roles": { "bursar-admin": { "163840776801878273": "example.edu" } },
};
const AUTHENTIK = {
  iss: "https://auth.example.edu/application/o/bursar/",
  sub: "d4b7f7a2",
  email: "ana@example.edu",
  email_verified: false,
  groups: ["bursar-admin"],
};
const ADFS = {
  iss: "https://adfs.example.edu/adfs",
  sub: "q0uF5u3Z",
  upn: "ana@example.edu",
  email: "ana@example.edu",
  email_verified: "true",
  role: "bursar-admin",
};
const OKTA = {
  iss: "https://example.okta.com",
  sub: "00u1example",
  email: "ana@example.edu",
  email_verified: true,
  groups: ["Everyone", "bursar-admin"],
};
const GOOGLE = {
  iss: "https://accounts.google.com",
  sub: "110169484474386276334",
  email: "ana@example.edu",
  email_verified: true,
  hd: "example.edu",
};

function settingsFor(claims: Claims, claim: string | null, trustsEmail = false) {
  const values: Record<Role, string[]> = { owner: [], admin: ["bursar-admin"], viewer: [] };
  return {
    issuer: new URL(String(claims.iss)),
    clientId: "bursar",
    clientSecret: "secret",
    scopes: "openid email",
    name: "Campus ID",
    roles: claim === null ? null : { claim, values },
    grantClaim: null,
    createsUsers: true,
    trustsEmail,
  };
}

async function outcome(claims: Claims, claim: string | null, trustsEmail = false, isWhole = true) {
  const result = await signInByClaims({ claims, isWhole }, settingsFor(claims, claim, trustsEmail));
  return result.ok ? allPortalUsers().find(({ id }) => id === result.value.userId)?.role : result.code;
}

describe("a first sign-in", () => {
  it.each<[string, Claims, string | null, boolean]>([
    ["Entra ID, by its own role", ENTRA, "roles", false],
    ["Keycloak, by a realm role", KEYCLOAK, "realm_access.roles", false],
    [
      "Keycloak, by a role of a client with dots",
      KEYCLOAK,
      "resource_access.portal.example.edu.roles",
      false,
    ],
    ["Zitadel, whose roles are an object", ZITADEL, "urn:zitadel:iam:org:project:roles", false],
    ["Authentik, with trusted emails", AUTHENTIK, "groups", true],
    ["AD FS, whose constants are text", ADFS, "role", false],
    ["Okta, by a group", OKTA, "groups", false],
  ])("makes an admin's account: %s", async (_name, claims, claim, trustsEmail) => {
    expect(await outcome(claims, claim, trustsEmail)).toBe("admin");
  });

  it("makes a viewer's account at Google, which has no roles", async () => {
    expect(await outcome(GOOGLE, null)).toBe("viewer");
  });

  it.each<[string, Claims, boolean, string]>([
    ["Entra ID that tells nothing of the email", ENTRA, false, "email"],
    ["Entra ID with xms_edov", { ...ENTRA, xms_edov: true }, false, "admin"],
    ["Entra ID with trusted emails", ENTRA, true, "admin"],
    ["Authentik by default", { ...AUTHENTIK, roles: ["bursar-admin"] }, false, "email"],
  ])(
    "links an existing account by a verified or trusted email alone: %s",
    async (_name, claims, trusts, code) => {
      value(await createPortalUser({ email: "ana@example.edu", role: "viewer" }, operator));
      expect(await outcome(claims, "roles", trusts)).toBe(code);
      expect(database().select().from(portalUserIdentities).all()).toHaveLength(code === "admin" ? 1 : 0);
    },
  );

  it("reports a missing claim, and recognises Entra's overage", async () => {
    const { roles: _, ...overage } = { ...ENTRA, _claim_names: { groups: "src1" } };
    expect(await outcome(overage, "groups")).toBe("role_missing");
    expect(isOverage(overage, "groups")).toBe(true);
    expect(isOverage({ hasgroups: "true" }, "groups")).toBe(true);
    expect(isOverage(ENTRA, "groups")).toBe(false);
    const { email: __, ...nameless } = ENTRA;
    expect(await outcome(nameless, "roles")).toBe("email_missing");
  });
});

it("lets a linked person in without the claims that UserInfo did not give, with the role they have", async () => {
  expect(await outcome(KEYCLOAK, "realm_access.roles")).toBe("admin");
  const { realm_access: _, email: __, email_verified: ___, ...bare } = KEYCLOAK;
  expect(await outcome(bare, "realm_access.roles", false, false)).toBe("admin");
  // A complete answer without the role counts: the provider gives none.
  expect(await outcome(bare, "realm_access.roles")).toBe("role_missing");
});

describe("a linked person to whom the claims give nothing any more", () => {
  const sessions = () => database().select().from(portalSessions).all().length;
  const account = () => allPortalUsers().find(({ email }) => email === "ana@example.edu");
  const signIn = async (claims: Claims, settings: Partial<SingleSignOn>) => {
    const result = await signInByClaims(
      { claims, isWhole: true },
      { ...settingsFor(claims, "groups"), ...settings },
    );
    if (!result.ok) return result.code;
    const { userId, identityId } = result.value;
    await startSession(userId, null, { identityId });
    return "signed in";
  };

  it("is refused, and loses the role and the sessions that it gave", async () => {
    expect(await signIn(OKTA, {})).toBe("signed in");
    expect([account()?.role, sessions()]).toEqual(["admin", 1]);
    expect(await signIn({ ...OKTA, groups: ["Everyone"] }, {})).toBe("role");
    expect([account()?.role, sessions()]).toEqual([null, 0]);
    expect(await signIn(OKTA, {})).toBe("signed in");
    expect(account()?.role).toBe("admin");
  });

  it("is refused, and loses the access to organizations and tags", async () => {
    const byGrants = { roles: null, grantClaim: "groups" };
    expect(await signIn({ ...OKTA, groups: ["bursar:admin:tag:faculty:law"] }, byGrants)).toBe("signed in");
    const id = account()?.id ?? 0;
    expect(grantsOf([id]).map(({ tag }) => tag)).toEqual(["faculty:law"]);
    const { groups: _, ...bare } = OKTA;
    expect(await signIn(bare, byGrants)).toBe("role_missing");
    expect(grantsOf([id])).toEqual([]);
  });

  it("keeps everything where the provider left out a claim that is too long", async () => {
    expect(await signIn(OKTA, {})).toBe("signed in");
    const { groups: _, ...bare } = OKTA;
    expect(await signIn({ ...bare, _claim_names: { groups: "src1" } }, {})).toBe("role_missing");
    expect([account()?.role, sessions()]).toEqual(["admin", 1]);
  });
});

describe("a new issuer", () => {
  const moved = { ...KEYCLOAK, iss: "https://login.example.edu/realms/campus", sub: "another" };

  it("is another person until the links are moved, which ends their sessions and is in the audit trail", async () => {
    expect(await outcome(KEYCLOAK, "realm_access.roles")).toBe("admin");
    const id = findForSignIn("ana@example.edu")?.id ?? 0;
    const identityId = database().select().from(portalUserIdentities).get()?.id ?? 0;
    await startSession(id, null, { identityId });
    expect(await outcome(moved, "realm_access.roles")).toBe("taken");

    const selection = { to: moved.iss };
    expect(linksToMove(selection)).toEqual([
      { userId: id, email: "ana@example.edu", role: "admin", issuer: KEYCLOAK.iss, subject: KEYCLOAK.sub },
    ]);
    expect(linksToMove({ from: `${KEYCLOAK.iss}/` })).toHaveLength(1);
    expect(linksToMove({ to: KEYCLOAK.iss })).toEqual([]);
    expect(database().select().from(portalSessions).all()).toHaveLength(1);

    expect(value(await relink(selection, operator))).toHaveLength(1);
    expect(database().select().from(portalSessions).all()).toEqual([]);
    expect(database().select().from(auditEntries).all().at(-1)).toMatchObject({
      action: "portal_user.unlinked",
      actorKind: "operator",
      subjectLabel: "ana@example.edu",
      before: JSON.stringify({ issuer: KEYCLOAK.iss, subject: KEYCLOAK.sub }),
    });
    expect(await outcome(moved, "realm_access.roles")).toBe("admin");
    expect(value(await relink(selection, operator))).toEqual([]);
  });
});
