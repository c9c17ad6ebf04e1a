import { describe, expect, it, test } from "vitest";
import { codeKey, organizationCode } from "#lib/organization-codes/rules.ts";
import {
  changeStatusInput,
  changeTagsInput,
  createOrganizationInput,
  optionalCredits,
  organizationFormValues,
  searchColumns,
} from "#lib/organizations/rules.ts";

const good = { name: "École Polytechnique", code: "FR-POLY", creditType: "1", monthlyAllowance: "" };

function errorAt(field: string, value: string): string | undefined {
  const parsed = createOrganizationInput.safeParse({ ...good, [field]: value });
  return parsed.error?.issues.find((issue) => issue.path[0] === field)?.message;
}

describe("name of an organization", () => {
  it("is kept in NFC, without outer and doubled spaces", () => {
    const parsed = createOrganizationInput.parse({ ...good, name: "  E\u0301cole   Polytechnique " });
    expect(parsed.name).toBe("École Polytechnique");
  });

  it.each([
    ["empty", "", "Enter a name."],
    ["only spaces", "   ", "Enter a name."],
    ["a control character", "a\u0007b", "U+0007"],
    ["a line break", "a\nb", "U+000A"],
    ["a bidirectional override", "a\u202Eb", "U+202E"],
    ["a zero-width space", "a\u200Bb", "U+200B"],
    ["a zero-width joiner between Latin letters", "a\u200Db", "U+200D"],
    ["a byte order mark", "a\uFEFFb", "U+FEFF"],
    ["300 characters", "x".repeat(300), "At most 200 characters; this has 300."],
  ])("refuses %s", (_what, name, message) => {
    expect(errorAt("name", name)).toContain(message);
  });

  it.each(["دانشگاه می\u200Cخواهم", "Team 👩\u200D💻", "ｆｕｌｌ width", "O'Brien & Sons", "😀".repeat(200)])(
    "takes %s",
    (name) => {
      expect(errorAt("name", name)).toBeUndefined();
    },
  );
});

describe("code of an organization", () => {
  it("is kept as typed but for width and outer spaces", () => {
    expect(createOrganizationInput.parse({ ...good, code: " ＭＫＴ-１ " }).code).toBe("MKT-1");
  });

  it.each([
    ["", "Enter a code."],
    ["new", "reserved"],
    ["Import", "reserved"],
    ["a\tb", "U+0009"],
    ["&a", "Letters, digits"],
    ["/a", "Letters, digits"],
    ["a?b", "Letters, digits"],
    ["a%b", "Letters, digits"],
    ["../etc", "Letters, digits"],
    ["-x", "Letters, digits"],
    ["a\u200Bb", "U+200B"],
    ["x".repeat(65), "At most 64"],
    // Unicode folds each to 18 characters, which a text of this length is spared.
    ["\uFDFA".repeat(1_001), "At most 64 characters; this has 1001."],
  ])("refuses %j", (code, message) => {
    expect(errorAt("code", code)).toContain(message);
  });

  it.each([
    ["R&D", "R&D"],
    ["A/B.C+D", "A/B.C+D"],
    [" Arts \u00A0 and  Crafts ", "Arts and Crafts"],
  ])("takes %j as %j", (typed, code) => {
    expect(createOrganizationInput.parse({ ...good, code: typed }).code).toBe(code);
  });

  it.each([
    ["r&d  lab", "R&D Lab"],
    ["mkt", "MKT"],
    ["ＭＫＴ", "mkt"],
    [" mkt ", "mkt"],
    ["STRASSE", "straße"],
    ["e\u0301", "É"],
  ])("%j is the same code as %j", (one, other) => {
    expect(codeKey(one)).toBe(codeKey(other));
  });

  it("tells accents apart", () => {
    expect(codeKey("e")).not.toBe(codeKey("é"));
  });
});

describe("monthly allowance", () => {
  it.each([
    ["", null],
    ["0", 0n],
    ["1000", 1_000_000_000n],
    ["0.000001", 1n],
    ["1000000000000", 1_000_000_000_000_000_000n],
  ])("reads %j", (text, micro) => {
    expect(createOrganizationInput.parse({ ...good, monthlyAllowance: text }).monthlyAllowance).toBe(micro);
  });

  it.each([
    ["-1", "negative"],
    ["1e309", "Enter a number, such as"],
    ["0.0000001", "6 decimal places"],
    ["1,00", "Enter a number, such as"],
    ["abc", "Enter a number, such as"],
    ["0x10", "Enter a number, such as"],
    ["NaN", "Enter a number, such as"],
    ["1000000000000.000001", "At most"],
    ["9".repeat(10_000), "At most"],
  ])("refuses %j", (text, message) => {
    expect(errorAt("monthlyAllowance", text)).toContain(message);
  });
});

describe("credit type of an organization", () => {
  it.each(["", "abc", "0", "-1", "1.5", "9".repeat(30)])("refuses %j", (text) => {
    expect(errorAt("creditType", text)).toBe("Choose a credit type.");
  });
});

describe("search columns", () => {
  it("fold name and code", () => {
    expect(searchColumns("ÉCOLE de Łódź", "FR-ÉC")).toEqual({
      nameKey: "ecole de lodz",
      searchText: "ecole de lodz\nfr-ec",
    });
  });
});

describe("change of status", () => {
  it("reads ids", () => {
    expect(changeStatusInput.parse({ to: "activate", ids: "1,22" }).ids).toEqual([1, 22]);
  });

  it.each([
    { to: "delete", ids: "1" },
    { to: "activate", ids: "1,x" },
    { to: "activate", ids: "1,".repeat(2000) },
  ])("refuses $to $ids", (input) => {
    expect(changeStatusInput.safeParse(input).success).toBe(false);
  });
});

describe("the lengths of a code", () => {
  const messages = (code: string) =>
    organizationCode.safeParse(code).error?.issues.map(({ code, message }) => [code, message]) ?? [];

  test("are counted after its spaces are tidied", () => {
    expect(messages("x".repeat(64))).toEqual([]);
    expect(messages("x".repeat(65))).toEqual([["custom", "At most 64 characters; this has 65."]]);
    expect(messages(`A${" ".repeat(998)}B`)).toEqual([]);
    expect(organizationCode.parse(`A${" ".repeat(998)}B`)).toBe("A B");
    expect(messages(`A${" ".repeat(999)}B`)).toEqual([["custom", "At most 64 characters; this has 1001."]]);
  });
});

test.each([
  [" ", null],
  [" 2.5 ", 2_500_000n],
])("the allowance %j is read", (text, value) => {
  expect(optionalCredits.parse(text)).toBe(value);
});

test("the form of settings has what the organization has", () => {
  const law = {
    name: "Law",
    code: "LAW",
    creditTypeId: 7,
    monthlyAllowance: 2_500_000n,
    tags: ["b:2", "a:1"],
  };
  expect(organizationFormValues(law)).toEqual({
    ...{ name: "Law", code: "LAW", creditType: "7", monthlyAllowance: "2.5", tags: "a:1 b:2" },
  });
  expect(organizationFormValues({ ...law, monthlyAllowance: null, tags: [] })).toMatchObject({
    ...{ monthlyAllowance: "", tags: "" },
  });
});

test("a change of tags names at least one", () => {
  const read = (tags: string) => changeTagsInput.safeParse({ to: "add", tags, ids: "1,2" });
  expect(read("faculty:science").data?.tags).toEqual(["faculty:science"]);
  expect(read(" ").error?.issues.map(({ message }) => message)).toEqual([
    "Enter a tag, such as faculty:science.",
  ]);
});
