import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emailAddress } from "#lib/email.ts";
import {
  HOME,
  newPassword,
  PASSWORD_MAX_CHARACTERS,
  safeReturnPath,
  tidyOneTimeCode,
} from "#lib/portal-users/rules.ts";

const ORIGIN = "https://portal.example.edu";

describe("where sign-in leads back to", () => {
  it.each([
    "/organizations?q=ecole&status=active&sort=-balance&view=table&page=2",
    "/organizations?q=100%25%20_%20%22AND%22",
    "/organizations/MKT/settings",
    "/",
    "/credit-types",
    "/organizations?next=https://evil.example/",
    "/organizations/sign-in",
  ])("keeps our own %s to the letter", (path) => {
    expect(safeReturnPath(path, ORIGIN)).toBe(path);
  });

  it.each([
    [`${ORIGIN}/organizations?q=a`, "/organizations?q=a"],
    ["/organizations?q=é", "/organizations?q=%C3%A9"],
    ["/organizations#top", "/organizations"],
    ["/a/../credit-types", "/credit-types"],
  ])("makes of %s the path %s", (claimed, path) => {
    expect(safeReturnPath(claimed, ORIGIN)).toBe(path);
  });

  it.each([
    undefined,
    null,
    "",
    "organizations",
    "?q=a",
    "//evil.example",
    "///evil.example",
    "////evil.example/organizations",
    "/\\evil.example",
    "\\\\evil.example",
    "/organizations\\..\\evil",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/organizations\r\nSet-Cookie: a=b",
    "/organizations\u0000",
    "/organizations\u0085",
    "/.//evil.example",
    "/a/..//evil.example",
    "/%2e//evil.example",
    "/%2e%2e//evil.example",
    "https://evil.example/organizations",
    "https://evil.example",
    "http://portal.example.edu/organizations",
    "https://portal.example.edu:8443/organizations",
    "https://portal.example.edu.evil.example/organizations",
    "https://portal.example.edu@evil.example/organizations",
    "https://user@portal.example.edu/organizations",
    "HTTPS://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "blob:https://portal.example.edu/x",
    "file:///etc/passwd",
    "／／evil.example",
    "/sign-in",
    "/sign-in?callbackUrl=/organizations",
    "/sign-in/",
    "/organizations/../sign-in",
    "/setup",
    "/invite/abc",
    "/api/auth/signout",
    `/organizations?q=${"a".repeat(5_000)}`,
  ])("leads home from %j", (claimed) => {
    expect(safeReturnPath(claimed, ORIGIN)).toBe(HOME);
  });

  it("never names another host, whatever is claimed", () => {
    const piece = fc.oneof(
      fc.constantFrom("/", "//", "\\", ".", "..", "@", ":", "?", "#", "%2f", "%5c", "\t", "\n", " "),
      fc.constantFrom("evil.example", ORIGIN, "javascript:", "https:", "sign-in", "organizations"),
      fc.string({ unit: "binary", maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = safeReturnPath(pieces.join(""), ORIGIN);
        expect(path).toMatch(/^\/(?!\/)/);
        expect(path).not.toMatch(/[\\\p{Cc}]/u);
        expect(new URL(path, ORIGIN).origin).toBe(ORIGIN);
        expect(safeReturnPath(path, ORIGIN)).toBe(path);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a password", () => {
  it.each(["12345678", "a".repeat(PASSWORD_MAX_CHARACTERS), "正しい馬の電池の針", "🔑🔑🔑🔑🔑🔑🔑🔑"])(
    "may be %j",
    (text) => {
      expect(newPassword.safeParse(text).success).toBe(true);
    },
  );

  it.each(["", "1234567", "🔑🔑🔑🔑🔑🔑🔑", "a".repeat(PASSWORD_MAX_CHARACTERS + 1)])(
    "may not be %j",
    (text) => {
      expect(newPassword.safeParse(text).error?.issues[0]?.message).toMatch(/^Between 8 and 200 characters/);
    },
  );

  it("is one password however a keyboard composes it", () => {
    expect(newPassword.parse("cafe\u0301 ﬁrst")).toBe("café first");
  });

  it("is bounded before it is normalized: one character may become 18", () => {
    expect(newPassword.safeParse("\ufdfa".repeat(1_000_000)).error?.issues[0]?.message).toBe(
      "Between 8 and 200 characters; this has 1000000.",
    );
    expect(newPassword.safeParse("\ufdfa".repeat(12)).error?.issues[0]?.message).toBe(
      "Between 8 and 200 characters; this has 216.",
    );
  });
});

describe("an email address", () => {
  it("loses outer spaces", () => expect(emailAddress.parse("  ana@example.edu ")).toBe("ana@example.edu"));

  it.each([
    "",
    "ana",
    "ana@",
    "@example.edu",
    "a b@example.edu",
    "ana@example.edu\u200b",
    `${"a".repeat(250)}@x.edu`,
  ])("is not %j", (text) => expect(emailAddress.safeParse(text).success).toBe(false));
});

it("reads the one-time code however it was typed", () => {
  for (const typed of ["ABCD-EFGH-2345", "abcdefgh2345", " abcd efgh 2345 ", "ＡＢＣＤ–ＥＦＧＨ–２３４５"]) {
    expect(tidyOneTimeCode(typed)).toBe("ABCDEFGH2345");
  }
});
