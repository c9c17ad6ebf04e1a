import { describe, expect, it } from "vitest";
import {
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
    [{ boss: true }, null],
    [[1, null, true], null],
    [undefined, null],
  ])("of %j is %s", (roles, role) => {
    expect(roleOf({ roles }, mapping)).toBe(role);
  });

  it("is found under the claim's whole name before a path", () => {
    expect(claimAt({ "a.b": 1, a: { b: 2 } }, "a.b")).toBe(1);
    expect(claimAt({ a: { b: 2 } }, "a.b")).toBe(2);
    expect(claimAt({ "https://example.edu/roles": 3 }, "https://example.edu/roles")).toBe(3);
    for (const name of ["constructor", "a.constructor.name", "__proto__.x", "a.b.c", "a..b", ""]) {
      expect([name, claimAt({ a: { b: "text" } }, name)]).toEqual([name, undefined]);
    }
  });

  it("leaves owners alone where no value makes one", () => {
    const byPortal = { ...mapping, values: { ...mapping.values, owner: [] } };
    expect(roleAfterSignIn("viewer", byPortal, "owner")).toBe("owner");
    expect(roleAfterSignIn(null, byPortal, "owner")).toBe("owner");
    expect(roleAfterSignIn(null, byPortal, "admin")).toBeNull();
    expect(roleAfterSignIn("viewer", mapping, "owner")).toBe("viewer");
    expect(roleAfterSignIn(null, mapping, "owner")).toBeNull();
    expect(roleAfterSignIn(null, null, "admin")).toBe("admin");
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
      emailVerified: true,
    });
    expect(identityOf({ ...claims, sub: "" })).toBeNull();
    expect(identityOf({ ...claims, sub: 7 })).toBeNull();
    expect(identityOf({ ...claims, iss: undefined })).toBeNull();
  });

  it.each([
    [{ email_verified: "true" }],
    [{ email_verified: 1 }],
    [{ email_verified: undefined }],
    [{ email: "no" }],
  ])("verifies no e-mail by %j", (change) => {
    expect(identityOf({ ...claims, ...change })?.emailVerified).toBe(false);
  });
});

it("knows a sentence for its own problems alone", () => {
  expect(signInRefusalMessage("unreachable", "Campus ID")).toContain("Campus ID cannot be reached");
  for (const code of ["constructor", "<script>", "", undefined])
    expect(signInRefusalMessage(code, "x")).toBeUndefined();
});
