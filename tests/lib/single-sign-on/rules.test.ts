import { describe, expect, it } from "vitest";
import type { Role } from "#lib/actor.ts";
import {
  checkedAt,
  claimAt,
  identityOf,
  roleAfterSignIn,
  roleOf,
  signInRefusalMessage,
} from "#lib/single-sign-on/rules.ts";

const mapping = {
  claim: "roles",
  values: { owner: ["boss"], admin: ["lead", "deputy"], viewer: ["staff"] },
};

describe("the claims' role", () => {
  it.each([
    [["staff"], "viewer"],
    [["staff", "deputy"], "admin"],
    [["boss", "staff"], "owner"],
    ["lead", "admin"],
    [["LEAD", "student"], null],
    [[["boss"]], null],
    [{ boss: { "264": "example.edu" }, staff: { "264": "example.edu" } }, "owner"],
    [{ boss: false, staff: true }, "viewer"],
    [[1, null, true], null],
    [undefined, null],
  ])("of %j is %s", (roles, role) => {
    expect(roleOf({ roles }, mapping)).toBe(role);
  });

  it("is found under the claim's whole name before a path", () => {
    expect(claimAt({ "a.b": 1, a: { b: 2 } }, "a.b")).toBe(1);
    expect(claimAt({ a: { b: 2 } }, "a.b")).toBe(2);
    expect(claimAt({ "https://example.edu/roles": 3 }, "https://example.edu/roles")).toBe(3);
    // Keycloak, of a client whose id has dots.
    const keycloak = { resource_access: { "portal.example.edu": { roles: ["lead"] } } };
    expect(claimAt(keycloak, "resource_access.portal.example.edu.roles")).toEqual(["lead"]);
    for (const name of ["constructor", "a.constructor.name", "__proto__.x", "a.b.c", "a..b", ""]) {
      expect([name, claimAt({ a: { b: "text" } }, name)]).toEqual([name, undefined]);
    }
  });

  it("leaves owners alone where no value makes one", () => {
    const byPortal = { roles: { ...mapping, values: { ...mapping.values, owner: [] } }, grantClaim: null };
    const byProvider = { roles: mapping, grantClaim: null };
    const of = (role: Role | null, fromProvider = false) => ({ role, fromProvider });
    expect(roleAfterSignIn("viewer", byPortal, of("owner"))).toBe("owner");
    expect(roleAfterSignIn(null, byPortal, of("owner"))).toBe("owner");
    expect(roleAfterSignIn(null, byPortal, of("admin"))).toBeNull();
    expect(roleAfterSignIn("viewer", byProvider, of("owner"))).toBe("viewer");
    expect(roleAfterSignIn(null, byProvider, of("owner"))).toBeNull();
    expect(roleAfterSignIn(null, { roles: null, grantClaim: null }, of("admin"))).toBe("admin");
  });

  it("of an owner ends with the claim of grants that gave it, where the claim of roles appoints no owners", () => {
    const roles = { claim: "groups", values: { owner: [], admin: ["lead"], viewer: ["staff"] } };
    const both = { roles, grantClaim: "grants" };
    expect(roleAfterSignIn("owner", both, { role: "viewer", fromProvider: true })).toBe("owner");
    expect(roleAfterSignIn("viewer", both, { role: "owner", fromProvider: true })).toBe("viewer");
    expect(roleAfterSignIn("viewer", both, { role: "owner", fromProvider: false })).toBe("owner");
    const alone = { roles, grantClaim: null };
    expect(roleAfterSignIn("viewer", alone, { role: "owner", fromProvider: true })).toBe("owner");
  });

  it("of a claim of grants replaces the provider's own, and the portal's only by another", () => {
    const settings = { roles: null, grantClaim: "grants" };
    expect(roleAfterSignIn(null, settings, { role: "viewer", fromProvider: true })).toBeNull();
    expect(roleAfterSignIn(null, settings, { role: "owner", fromProvider: false })).toBe("owner");
    expect(roleAfterSignIn("viewer", settings, { role: "admin", fromProvider: false })).toBe("viewer");
    expect(roleAfterSignIn("admin", settings, { role: null, fromProvider: false })).toBe("admin");
  });
});

describe("who the claims speak of", () => {
  const claims = {
    iss: "https://id.example.edu",
    sub: "7",
    email: " ana@example.edu ",
    email_verified: true,
  };

  it("needs an issuer and a subject", () => {
    expect(identityOf(claims)).toEqual({
      issuer: "https://id.example.edu",
      subject: "7",
      email: "ana@example.edu",
      emailStatus: "verified",
    });
    expect(identityOf({ ...claims, sub: "" })).toBeNull();
    expect(identityOf({ ...claims, sub: 7 })).toBeNull();
    expect(identityOf({ ...claims, iss: undefined })).toBeNull();
  });

  it.each<[Record<string, unknown>, string]>([
    [{ email_verified: true }, "verified"],
    [{ email_verified: "true" }, "verified"],
    [{ email_verified: undefined, xms_edov: true }, "verified"],
    [{ email_verified: undefined, xms_edov: "1" }, "verified"],
    [{ email_verified: false }, "unverified"],
    [{ email_verified: "false" }, "unverified"],
    [{ email_verified: 1 }, "unverified"],
    [{ email_verified: undefined, xms_edov: false }, "unverified"],
    [{ email_verified: undefined }, "untold"],
    [{ email: "no" }, "untold"],
  ])("takes an email with %j as %s", (change, status) => {
    expect(identityOf({ ...claims, ...change })?.emailStatus).toBe(status);
  });

  it("verifies every email of a provider that is trusted with it, and none that is missing", () => {
    expect(identityOf({ ...claims, email_verified: false }, true)?.emailStatus).toBe("verified");
    expect(identityOf({ ...claims, email: undefined }, true)?.emailStatus).toBe("untold");
  });
});

it("knows a sentence for its own problems alone", () => {
  const words = { name: "Campus ID", claim: "groups" };
  expect(signInRefusalMessage("unreachable", words)).toContain("Campus ID cannot be reached");
  expect(signInRefusalMessage("role_missing", words)).toBe(
    "Campus ID did not send the claim “groups”, which gives the role in this portal. Ask the people who manage Campus ID.",
  );
  for (const code of ["constructor", "<script>", "", undefined])
    expect(signInRefusalMessage(code, words)).toBeUndefined();
});

describe("when the provider last checked who somebody is", () => {
  const now = new Date("2026-11-26T12:00:00Z");
  const at = (claims: Record<string, unknown>, isCheck: boolean) =>
    checkedAt(claims, { isCheck, now }).toISOString();
  const old = { auth_time: Date.UTC(2026, 10, 26, 8) / 1000 };

  it("is what the ID token has, never later than now", () => {
    expect(at(old, false)).toBe("2026-11-26T08:00:00.000Z");
    expect(at(old, true)).toBe("2026-11-26T08:00:00.000Z");
    expect(at({ auth_time: 4_000_000_000 }, false)).toBe("2026-11-26T12:00:00.000Z");
    expect(at({ auth_time: -1e300 }, true)).toBe("1970-01-01T00:00:00.000Z");
  });

  it("is now, where the token does not say, only if the provider was asked to check", () => {
    expect(at({}, true)).toBe("2026-11-26T12:00:00.000Z");
    expect(at({}, false)).toBe("1970-01-01T00:00:00.000Z");
    expect(at({ auth_time: "1764150000" }, false)).toBe("1970-01-01T00:00:00.000Z");
  });
});
