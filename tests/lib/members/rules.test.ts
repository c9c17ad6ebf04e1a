import { describe, expect, it, test } from "vitest";
import { domainsFormValues, readDomain, setApprovedDomainsInput } from "#lib/members/domain-rules.ts";
import {
  addMemberInput,
  allowanceCell,
  allowanceText,
  changeMembershipsInput,
  effectiveAllowance,
  memberFormValues,
  memberSearchColumns,
  membershipChange,
  membershipFormValues,
  membershipValueInput,
  nameFromEmail,
  nearAllowancePercent,
  remainingAllowance,
  spendingLimit,
  updateMemberInput,
  updateMembershipInput,
} from "#lib/members/rules.ts";
import { membersHref, membersSearchParams } from "#lib/members/search-params.ts";

const GOOD = {
  organization: " MKT ",
  name: " Ana  Ruiz ",
  email: " ana@example.edu ",
  role: "creator",
  allowance: "organization",
};

/** The first error of a form, by field. */
function fault(change: object): string {
  const parsed = addMemberInput.safeParse({ ...GOOD, ...change });
  if (parsed.success) return "";
  return `${String(parsed.error.issues[0]?.path[0])}: ${parsed.error.issues[0]?.message}`;
}

describe("adding a member", () => {
  it("tidies name and email, and drops an amount that does not count", () => {
    expect(addMemberInput.parse({ ...GOOD, monthlyAllowance: "not read" })).toEqual({
      organization: "MKT",
      name: "Ana Ruiz",
      email: "ana@example.edu",
      role: "creator",
      allowance: "organization",
      monthlyAllowance: null,
    });
  });

  it("reads a limit of one's own exactly; 0 lets nothing be spent", () => {
    const own = (monthlyAllowance: string) =>
      addMemberInput.parse({ ...GOOD, allowance: "own", monthlyAllowance }).monthlyAllowance;
    expect(own(" 0.000001 ")).toBe(1n);
    expect(own("0")).toBe(0n);
    expect(own("1,000")).toBe(1_000_000_000n);
  });

  test.each(["", "-1", "1e309", "0.0000001", "1,00", "abc", "0x10", "NaN", "Infinity", "10000000000000"])(
    "refuses %j as a limit, at the field",
    (monthlyAllowance) => {
      expect(fault({ allowance: "own", monthlyAllowance })).toMatch(/^monthlyAllowance: /);
    },
  );

  test.each([
    ["", "name: Enter a name."],
    ["   ", "name: Enter a name."],
    ["x".repeat(300), "name: At most 200 characters; this has 300."],
    ["A\u0007", "name: The name holds an invisible character (U+0007). Remove it."],
    ["A\u202Etxt", "name: The name holds an invisible character (U+202E). Remove it."],
    ["A\u200B", "name: The name holds an invisible character (U+200B). Remove it."],
  ])("refuses the name %j", (name, message) => {
    expect(fault({ name })).toBe(message);
  });

  test.each([
    "",
    "ana",
    "ana@",
    "@example.edu",
    "ana@example",
    "a b@example.edu",
    `${"x".repeat(300)}@e.edu`,
  ])("refuses the email %j", (email) => {
    expect(fault({ email })).toMatch(/^email: /);
  });

  it("refuses other roles, allowances and organizations", () => {
    expect(fault({ role: "owner" })).toBe("role: Choose a role: admin, creator or viewer.");
    expect(fault({ allowance: "none" })).toMatch(/^allowance: /);
    expect(fault({ organization: " " })).toMatch(/^organization: /);
    expect(fault({ organization: ["MKT"] })).toMatch(/^organization: /);
  });

  it("takes no fields beyond its own", () => {
    const parsed = updateMemberInput.parse(
      JSON.parse('{"id":"1","name":"A","email":"a@example.edu","spent":"9","__proto__":{"x":1}}'),
    );
    expect(parsed).toEqual({ id: 1, name: "A", email: "a@example.edu" });
  });
});

describe("an allowance", () => {
  test.each([
    ["", { allowance: "organization", monthlyAllowance: null }],
    ["250", { allowance: "own", monthlyAllowance: 250_000_000n }],
    ["0", { allowance: "own", monthlyAllowance: 0n }],
    [" Unlimited ", { allowance: "unlimited", monthlyAllowance: null }],
  ] as const)("in a file, %j, is read and written back", (text, choice) => {
    const read = allowanceCell.parse(text);
    expect(read).toEqual(choice);
    expect(allowanceText(read)).toBe(text.trim().toLowerCase());
  });

  it("that counts is the organization's, the member's own, or none", () => {
    const of = (allowance: "organization" | "own" | "unlimited", monthlyAllowance: bigint | null) =>
      effectiveAllowance({ allowance, monthlyAllowance }, 5n);
    expect([of("organization", null), of("own", 0n), of("unlimited", null)]).toEqual([5n, 0n, null]);
    expect(remainingAllowance(5n, 7n)).toBe(0n);
    expect(remainingAllowance(null, 7n)).toBeNull();
  });
});

describe("an approved domain", () => {
  test.each([
    ["example.edu", "example.edu"],
    ["@Example.EDU", "example.edu"],
    ["nus.edu.sg", "nus.edu.sg"],
    ["ｅｘａｍｐｌｅ.edu", "example.edu"],
    ["Müller.de", "xn--mller-kva.de"],
    ["lab.github.io", "lab.github.io"],
    ["mail.corp.internal", "mail.corp.internal"],
    ["*.Example.edu", "*.example.edu"],
    ["@*.müller.de", "*.xn--mller-kva.de"],
  ])("%s is kept as %s", (text, domain) => {
    expect(readDomain(text)).toEqual({ ok: true, domain });
  });

  test.each([
    ["com", "com is not a whole domain. Write it as example.edu."],
    ["localhost", "localhost is not a whole domain. Write it as example.edu."],
    ["co.uk", "Anybody can have an address under co.uk. Name a domain that is yours alone."],
    ["edu.sg", "Anybody can have an address under edu.sg. Name a domain that is yours alone."],
    ["github.io", "Anybody can have an address under github.io. Name a domain that is yours alone."],
    ["1.2.3.4", "1.2.3.4 is not a domain. Write it as example.edu."],
    ["127.1", "127.1 is not a domain. Write it as example.edu."],
    ["https://a.com", "https://a.com is not a domain. Write it as example.edu."],
    ["ana@example.edu", "ana@example.edu is not a domain. Write it as example.edu."],
    ["*.co.uk", "Anybody can have an address under co.uk. Name a domain that is yours alone."],
    ...[
      "gmail.com",
      "outlook.com",
      "qq.com",
      "proton.me",
      "yahoo.co.jp",
      "hotmail.fr",
      "163.com",
      "web.de",
      "yandex.ru",
      "mailinator.com",
      "singnet.com.sg",
    ].map((domain) => [
      domain,
      `Anybody can get an address at ${domain}. Name a domain that is yours alone.`,
    ]),
    ["@GMail.com", "Anybody can get an address at gmail.com. Name a domain that is yours alone."],
    ["*.gmail.com", "Anybody can get an address at gmail.com. Name a domain that is yours alone."],
    ["vip.qq.com", "Anybody can get an address at vip.qq.com. Name a domain that is yours alone."],
    ["*.edu", "*.edu is not a whole domain. Write it as example.edu."],
    ["*", "* is not a domain. Write it as example.edu."],
    ["*.*.example.edu", "*.*.example.edu is not a domain. Write it as example.edu."],
    ["cs.*.edu", "cs.*.edu is not a domain. Write it as example.edu."],
    ["a..b.com", "a..b.com is not a domain. Write it as example.edu."],
    ["-a.com", "-a.com is not a domain. Write it as example.edu."],
    ["a_b.com", "a_b.com is not a domain. Write it as example.edu."],
    [`${"x".repeat(64)}.com`, `${"x".repeat(64)}.com is not a domain. Write it as example.edu.`],
  ])("%s is refused", (text, message) => {
    expect(readDomain(text)).toEqual({ ok: false, message });
  });

  it("comes one a line or between commas, each once; too many are refused", () => {
    const read = (domains: string) => setApprovedDomainsInput.safeParse({ organization: "1", domains });
    expect(read("example.edu, @EXAMPLE.edu\r\nlab.example.edu;\n").data?.domains).toEqual([
      "example.edu",
      "lab.example.edu",
    ]);
    expect(read(" \n ").data?.domains).toEqual([]);
    const many = Array.from({ length: 101 }, (_, n) => `d${n}.example.edu`).join("\n");
    expect(read(many).error?.issues[0]?.message).toBe("At most 100 domains.");
    expect(read("x".repeat(100_000)).error?.issues[0]?.message).toBe("At most 100 domains.");
  });
});

describe("the list's URL", () => {
  it("leaves defaults out and forgives bad values", () => {
    expect(membersHref(membersSearchParams.defaults)).toBe("/members");
    const view = membersSearchParams.decode({
      q: ["ana", "x"],
      role: "owner",
      status: "foo",
      sort: "-spent",
      page: "-1",
      organization: " MKT ",
    });
    expect(view).toEqual({
      q: "ana",
      organization: "MKT",
      role: "all",
      status: "all",
      used: "all",
      sort: "-spent",
      page: 1,
    });
    expect(membersHref(view, { role: "admin", page: 2 })).toBe(
      "/members?q=ana&organization=MKT&role=admin&sort=-spent&page=2",
    );
  });
});

describe("what a member may still spend", () => {
  const limit = (change: Partial<Parameters<typeof spendingLimit>[0]> = {}) =>
    spendingLimit({
      active: true,
      effectiveAllowance: 1_000n,
      spentThisMonth: 400n,
      organization: { active: true, balance: 5_000n },
      ...change,
    });

  it.each([
    ["the rest of the allowance", {}, 600n, "allowance"],
    ["nothing past the allowance", { spentThisMonth: 1_200n }, 0n, "allowance"],
    ["the balance where that is less", { organization: { active: true, balance: 5n } }, 5n, "balance"],
    ["the balance without a limit", { effectiveAllowance: null }, 5_000n, "balance"],
    ["nothing where the allowance is 0", { effectiveAllowance: 0n, spentThisMonth: 0n }, 0n, "allowance"],
    ["nothing as an inactive member", { active: false }, 0n, "member_inactive"],
    [
      "nothing in an inactive organization",
      { active: false, organization: { active: false, balance: 5n } },
      0n,
      "organization_inactive",
    ],
  ] as const)("is %s", (_name, change, mayStillSpend, by) => {
    expect(limit(change)).toEqual({ mayStillSpend, by });
  });
});

test.each([
  [800_000n, 1_000_000n, "80%"],
  [799_999n, 1_000_000n, null],
  [999_999n, 1_000_000n, "99%"],
  [1_000_000n, 1_000_000n, "100%"],
  [1_500_000n, 1_000_000n, "150%"],
  [0n, 1_000_000n, null],
  [0n, 0n, null],
  [1n, 0n, "over"],
  [5n, null, null],
])("%i spent of %s is near the allowance: %j", (spent, allowance, percent) => {
  expect(nearAllowancePercent(spent, allowance)).toBe(percent);
});

test("search looks in the name and in every email, also as its domain is in ASCII", () => {
  expect(memberSearchColumns("Ana García", "Ana@Bücher.example", ["old@example.edu"])).toEqual({
    nameKey: "ana garcia",
    searchText: "ana garcia\nana@bucher.example\nana@xn--bcher-kva.example\nold@example.edu",
  });
  expect(memberSearchColumns("Bo", "bo@example.edu")).toEqual({
    nameKey: "bo",
    searchText: "bo\nbo@example.edu",
  });
});

test.each([
  ["ana.ruiz@example.edu", "ana.ruiz"],
  ['"a@b"@example.edu', '"a@b"'],
  [`${"x".repeat(64)}@example.edu`, "x".repeat(64)],
  [`${"x".repeat(300)}@example.edu`, "x".repeat(200)],
])("the person of %j is called %j until somebody enters a name", (email, name) => {
  expect(nameFromEmail(email)).toBe(name);
});

describe("the values of a form", () => {
  it("are those of the membership, the person and the domains", () => {
    expect(membershipFormValues({ role: "viewer", allowance: "own", monthlyAllowance: 1_500_000n })).toEqual({
      ...{ role: "viewer", allowance: "own", monthlyAllowance: "1.5" },
    });
    expect(membershipFormValues({ role: "admin", allowance: "unlimited", monthlyAllowance: null })).toEqual({
      ...{ role: "admin", allowance: "unlimited", monthlyAllowance: "" },
    });
    expect(memberFormValues({ name: "Ana", email: "a@b.edu" })).toEqual({ name: "Ana", email: "a@b.edu" });
    expect(domainsFormValues(["b.edu", "a.edu"])).toEqual({ domains: "a.edu\nb.edu" });
  });

  it("of a membership are read", () => {
    expect(
      updateMembershipInput.parse({ id: "7", role: "admin", allowance: "own", monthlyAllowance: " 2.5 " }),
    ).toEqual({ id: 7, role: "admin", allowance: "own", monthlyAllowance: 2_500_000n });
    const { error } = updateMembershipInput.safeParse({ id: "7", role: "admin", allowance: "own" });
    expect(error?.issues.map(({ code, path, message }) => [code, path, message])).toEqual([
      ["custom", ["monthlyAllowance"], "Enter how many credits may be spent in a month."],
    ]);
  });
});

describe("a change of several memberships", () => {
  test.each([
    [
      { set: "role", role: "viewer" },
      { field: "role", to: "viewer" },
    ],
    [
      { set: "role", role: "admin" },
      { field: "role", to: "admin" },
    ],
    [
      { set: "allowance", allowance: "organization" },
      { field: "allowance", to: "" },
    ],
    [
      { set: "allowance", allowance: "unlimited" },
      { field: "allowance", to: "unlimited" },
    ],
    [
      { set: "allowance", allowance: "unlimited", monthlyAllowance: "5" },
      { field: "allowance", to: "unlimited" },
    ],
    [
      { set: "allowance", allowance: "own", monthlyAllowance: "1,000" },
      { field: "allowance", to: "1000" },
    ],
    [
      { set: "allowance", allowance: "own", monthlyAllowance: "1,000.5" },
      { field: "allowance", to: "1000.5" },
    ],
  ])("sets %j", (input, value) => {
    expect(membershipValueInput.parse(input)).toEqual(value);
  });

  test.each([
    [{ set: "role" }, "role", "Choose a role."],
    [{ set: "allowance" }, "allowance", "Choose whose allowance counts."],
    [
      { set: "allowance", allowance: "own" },
      "monthlyAllowance",
      "Enter how many credits may be spent in a month.",
    ],
    [{ set: "name" }, "set", "Choose what to set."],
  ])("refuses %j", (input, field, message) => {
    const { error } = membershipValueInput.safeParse(input);
    expect(error?.issues.map((issue) => [issue.path[0], issue.message])).toEqual([[field, message]]);
  });

  it("carries the selection with its value", () => {
    expect(
      changeMembershipsInput.parse({
        set: "role",
        role: "viewer",
        ids: "3,4",
        expected: "x",
        requestId: "id-of-a-form",
      }),
    ).toMatchObject({ set: "role", to: "viewer" });
  });

  it("has what was before and what comes after", () => {
    const line = { id: 1, role: "admin" as const, allowance: "5" };
    expect(membershipChange(line, "role", "viewer")).toEqual({ ...line, before: "admin", after: "viewer" });
    expect(membershipChange(line, "allowance", "")).toEqual({ ...line, before: "5", after: "" });
  });
});

test("a cell that is no allowance is refused with what it may be", () => {
  const { error } = allowanceCell.safeParse("many");
  expect(error?.issues.map(({ code, message }) => [code, message])).toEqual([
    [
      "custom",
      "Enter a number, such as 1000 or 0.5. Or leave it empty for the organization's allowance, or enter unlimited.",
    ],
  ]);
});

describe("the list of approved domains", () => {
  const list = (domains: string) => {
    const read = setApprovedDomainsInput.safeParse({ organization: "1", domains });
    return read.success ? read.data.domains : read.error.issues.map(({ message }) => message);
  };

  it("takes 100 and no more, and no list as long as a file", () => {
    const some = (count: number) => Array.from({ length: count }, (_, at) => `d${at}.edu`);
    expect(list(some(100).join("\n"))).toEqual(some(100));
    expect(list(some(101).join("\n"))).toEqual(["At most 100 domains."]);
    expect(list(`${" ".repeat(49_995)}a.edu`)).toEqual(["a.edu"]);
    expect(list(`${" ".repeat(49_996)}a.edu`)).toEqual(["At most 100 domains."]);
  });

  test.each([
    ["x".repeat(63), `${"x".repeat(63)} is not a whole domain. Write it as example.edu.`],
    ["x".repeat(64), `${"x".repeat(64)} is not a domain. Write it as example.edu.`],
    ["-".repeat(80), `${"-".repeat(80)} is not a domain. Write it as example.edu.`],
    ["-".repeat(81), `${"-".repeat(80)}… is not a domain. Write it as example.edu.`],
  ])("refuses %s", (text, message) => {
    expect(list(text)).toEqual([message]);
  });
});
