import { describe, expect, it, test } from "vitest";
import { approvingDomains, asciiDomain, emailAddress, emailKey } from "#lib/email.ts";

const REFUSAL = "Enter an email address such as ana@example.edu.";

function refusal(text: string): string | undefined {
  return emailAddress.safeParse(text).error?.issues[0]?.message;
}

describe("an email", () => {
  test.each([
    ["ana@example.edu"],
    // A guest account of Entra ID.
    ["ana_gmail.com#EXT#@contoso.onmicrosoft.com"],
    ["r&d@example.edu"],
    ["team=ops/lab@example.edu"],
    ["o'neil+ai.tools@example.edu"],
    ["!#$%&'*+-/=?^_`{|}~@example.edu"],
    ['"ana maria"@example.edu'],
    ['"a@b\\"c"@example.edu'],
    ["_@example.edu"],
    ["1@2.example"],
    ["ana@xn--bcher-kva.de"],
    ["ana@bücher.de"],
    ["josé@exämple.es"],
    ["анна@почта.рф"],
    ["ana@почта.xn--p1ai"],
    ["用户@例子.中国"],
    [`${"a".repeat(242)}@example.edu`],
  ])("may be %s", (text) => {
    expect(emailAddress.parse(`  ${text}\t`)).toBe(text);
  });

  test.each([
    [""],
    ["ana"],
    ["@example.edu"],
    ["ana@"],
    ["ana@example"],
    ["ana@localhost"],
    [".ana@example.edu"],
    ["ana.@example.edu"],
    ["ana..b@example.edu"],
    ["ana b@example.edu"],
    ["ana@b@example.edu"],
    ['ana"b@example.edu'],
    ['"ana@example.edu'],
    ["ana<b>@example.edu"],
    ["ana,bo@example.edu"],
    ["ana@example..edu"],
    ["ana@-example.edu"],
    ["ana@example-.edu"],
    ["ana@exa_mple.edu"],
    ["ana@example.edu."],
    ["ana@1.2.3.4"],
    ["ana@0x7f.1"],
    ["ana@[192.0.2.1]"],
    ["ana@exa%6dple.edu"],
    ["ana@example.edu/path"],
    ["ana@example.edu:25"],
    ["ana@http://example.edu"],
    ["an\u200Ba@example.edu"],
    ["ana\u0000@example.edu"],
    ["ana\n@example.edu"],
    [`ana@${"x".repeat(64)}.edu`],
  ])("may not be %j", (text) => {
    expect(refusal(text)).toBe(REFUSAL);
  });

  it("has at most 254 characters", () => {
    expect(refusal(`${"a".repeat(243)}@example.edu`)).toBe("At most 254 characters.");
    // Letters that fold to 18 each; reading a million of them would take a second.
    expect(refusal("\uFDFA".repeat(1_000_000))).toBe("At most 254 characters.");
  });
});

describe("two emails are one", () => {
  test.each([
    ["Ana@Example.EDU", "ana@example.edu"],
    ["ana@bücher.de", "ana@xn--bcher-kva.de"],
    ["ANA@BÜCHER.DE", "ana@xn--bcher-kva.de"],
    ["ana@XN--BCHER-KVA.de", "ana@xn--bcher-kva.de"],
    ["ana@ｅｘａｍｐｌｅ.edu", "ana@example.edu"],
    ["анна@почта.рф", "анна@xn--80a1acny.xn--p1ai"],
    ["Ana_Gmail.com#EXT#@Contoso.onmicrosoft.com", "ana_gmail.com#ext#@contoso.onmicrosoft.com"],
    // What is no email is compared as it is typed.
    ["Ana", "ana"],
    ["@Ana", "@ana"],
  ])("%s is compared as %s", (email, key) => {
    expect(emailKey(email)).toBe(key);
  });

  it("but not when only the accent of the local part differs", () => {
    expect(emailKey("josé@example.es")).not.toBe(emailKey("jose@example.es"));
  });
});

test.each([
  ["ana@example.edu", ["example.edu", "*.example.edu", "*.edu"]],
  ["ana@cs.example.edu", ["cs.example.edu", "*.cs.example.edu", "*.example.edu", "*.edu"]],
  ['"a@b"@example.edu', ["example.edu", "*.example.edu", "*.edu"]],
])("%s is let in by the approved domains %j", (key, domains) => {
  expect(approvingDomains(key)).toEqual(domains);
});

it("compares a text too long for an email as it is", () => {
  const long = "\uFDFA".repeat(1_000_000);
  expect(emailKey(long)).toBe(long);
});

test.each([
  ["Straße.de", "xn--strae-oqa.de"],
  ["example.edu", "example.edu"],
  ["127.1", null],
  ["edu", null],
  ["a b.edu", null],
  [`${"a.".repeat(126)}edu`, null],
])("the domain %s is %s in ASCII", (text, domain) => {
  expect(asciiDomain(text)).toBe(domain);
});
