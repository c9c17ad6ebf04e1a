import { describe, expect, it, test } from "vitest";
import { addGrantsInput, grantText, readClaimedGrants, readGrantScopes } from "#lib/grants/rules.ts";

const scope = (code: string | null, tag: string | null = null) => ({ code, tag });

describe("the list of organizations and tags", () => {
  test.each([
    ["MKT", [scope("MKT")]],
    [" MKT , faculty:science;\r\nR&D ", [scope("MKT"), scope(null, "faculty:science"), scope("R&D")]],
    ["Faculty：Science", [scope(null, "faculty:science")]],
    ["", []],
    [" , ;\n", []],
  ])("%j is %j", (text, value) => {
    expect(readGrantScopes(text)).toEqual({ ok: true, value });
  });

  test.each([
    ["faculty:", "“faculty:” has no value after the colon. Write key:value, such as faculty:science."],
    ["a:b:c", "“a:b:c” has more than one colon. Write key:value, such as faculty:science."],
    ["<b>", "“<b>”: Letters, digits, spaces and . - _ & / + only, starting with a letter or digit."],
    ["x".repeat(10_001), "This list is too long."],
    ["M,".repeat(101), "At most 100 organizations and tags at once."],
  ])("%j is refused", (text, message) => {
    expect(readGrantScopes(text)).toEqual({ ok: false, message });
  });

  it("must name something where a grant is given, and no owner of a part", () => {
    const faults = (input: Record<string, string>) =>
      addGrantsInput
        .safeParse({ id: "1", role: "admin", scopes: "MKT", ...input })
        .error?.issues.map(({ path, message }) => [path[0], message]);
    expect(faults({})).toBeUndefined();
    expect(faults({ scopes: " " })).toEqual([["scopes", "Enter an organization's code or a tag."]]);
    expect(faults({ role: "owner" })).toEqual([["role", "Choose viewer or admin."]]);
    expect(faults({ id: "x" })).toEqual([["id", "Unknown portal user."]]);
  });
});

it("is called by its role and what it is on", () => {
  expect(grantText({ role: "admin", code: "MKT", tag: null })).toBe("Admin of MKT");
  expect(grantText({ role: "viewer", code: null, tag: "faculty:science" })).toBe("Viewer of faculty:science");
  expect(grantText({ role: "owner", code: null, tag: null })).toBe("Owner of the enterprise");
});

describe("a provider's claim", () => {
  it("gives roles on organizations, tags and the enterprise, and the higher of two on the same", () => {
    expect(
      readClaimedGrants([
        "bursar:viewer:MKT",
        "bursar:admin:MKT",
        "bursar:viewer:MKT",
        "bursar:viewer:tag:Faculty:Science",
        "bursar:viewer",
        "bursar:admin",
        "staff",
        "mailman:admin:MKT",
      ]),
    ).toEqual({
      role: "admin",
      grants: [
        { role: "admin", scope: scope("MKT") },
        { role: "viewer", scope: scope(null, "faculty:science") },
      ],
      unreadable: 0,
    });
  });

  test.each([
    "bursar:",
    "bursar:root:MKT",
    "bursar:owner:MKT",
    "bursar:owner:tag:a:b",
    "bursar:admin:faculty:science",
    "bursar:admin:tag:science",
    "bursar:admin:tag:",
    "bursar:admin:",
    "bursar:admin:<script>",
    "bursar:Admin:MKT",
  ])("%j gives nothing and is counted", (text) => {
    expect(readClaimedGrants([text])).toEqual({ role: null, grants: [], unreadable: 1 });
  });

  it("names at most 100 organizations and tags", () => {
    const texts = Array.from({ length: 150 }, (_, index) => `bursar:viewer:O${index}`);
    expect(readClaimedGrants(texts).grants).toHaveLength(100);
  });

  it("calls an organization “tag” by its code", () => {
    expect(readClaimedGrants(["bursar:viewer:tag"]).grants).toEqual([
      { role: "viewer", scope: scope("tag") },
    ]);
  });
});
