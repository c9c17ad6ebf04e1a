import { describe, expect, it, test } from "vitest";
import { markedQuery, markMatches, searchHref, tidySearch } from "#lib/search/rules/hits.ts";
import { pagesFor, SEARCH_PAGES } from "#lib/search/rules/pages.ts";
import { entryNumberOf, readCommand, type SearchCommand } from "#lib/search/rules/sentences.ts";

test("a search is read up to 200 characters, without outer spaces and without NUL", () => {
  expect(tidySearch("  law\0 school ")).toBe("law school");
  expect(tidySearch("x".repeat(300))).toBe("x".repeat(200));
  expect(searchHref("")).toBe("/search");
  expect(searchHref("R&D 100%")).toBe("/search?q=R%26D+100%25");
});

test.each([
  ["1234", 1234],
  ["#1234", 1234],
  ["# 1234", 1234],
  ["no. 1234", 1234],
  ["No 1234", 1234],
  ["transaction 1234", 1234],
  ["0", null],
  ["01", null],
  ["12.5", null],
  ["-3", null],
  ["1234 5", null],
  ["member 5", null],
  ["9".repeat(16), null],
  ["#", null],
  ["", null],
])("“%s” as the number of a transaction: %s", (text, number) => {
  expect(entryNumberOf(text)).toBe(number);
});

const add = (amount: string, organization: string): SearchCommand => ({
  kind: "add_credits",
  amount,
  organization,
});

test.each<[string, SearchCommand | null]>([
  ["add 500 to MKT", add("500", "MKT")],
  ["Add 500 Credits to MKT", add("500", "MKT")],
  ["add 1,000.50 to Law School", add("1000.5", "Law School")],
  ["add 1 000 000 to MKT", add("1000000", "MKT")],
  ["add 500 MKT", add("500", "MKT")],
  ["add 1 000 MKT", add("1000", "MKT")],
  ["add credits to MKT", add("", "MKT")],
  ["add credits MKT", add("", "MKT")],
  ["allocate 0.000001 to MKT", add("0.000001", "MKT")],
  ["add 5 credits to Road to Success", add("5", "Road to Success")],
  ["return 20 from LAW", { kind: "return_credits", amount: "20", organization: "LAW" }],
  ["return credits from LAW", { kind: "return_credits", amount: "", organization: "LAW" }],
  ["purchase 100 of SGD Credits", { kind: "record_purchase", amount: "100", creditType: "SGD Credits" }],
  [
    "record purchase 1_000 for SGD Credits",
    { kind: "record_purchase", amount: "1000", creditType: "SGD Credits" },
  ],
  ["reverse #1234", { kind: "reverse", entry: 1234 }],
  ["reverse transaction 7", { kind: "reverse", entry: 7 }],
  ["activate MKT", { kind: "activate", organization: "MKT" }],
  ["Deactivate Law School", { kind: "deactivate", organization: "Law School" }],
  [
    "add member ana@example.edu to MKT",
    { kind: "add_member", email: "ana@example.edu", organization: "MKT" },
  ],
  ["add ana@example.edu to MKT", { kind: "add_member", email: "ana@example.edu", organization: "MKT" }],
  ["add member to MKT", { kind: "add_member", email: "", organization: "MKT" }],
  ["add member", { kind: "add_member", email: "", organization: "" }],
  ["create organization Law School", { kind: "create_organization", name: "Law School" }],
  ["new organization", { kind: "create_organization", name: "" }],
  ["create API key for MKT", { kind: "create_key", organization: "MKT" }],
  ["new key", { kind: "create_key", organization: "" }],
  // What is no amount, or would be refused by the form, is no command.
  ["add 0 to MKT", null],
  ["add -5 to MKT", null],
  ["add 1.2345678 to MKT", null],
  ["add 10000000000000 to MKT", null],
  ["add music to MKT", null],
  ["add", null],
  ["return policy", null],
  ["500 to MKT", null],
  ["record label", null],
  ["create", null],
  ["reverse psychology", null],
  ["activate", null],
  ["MKT", null],
  ["", null],
])("“%s” as a command", (text, command) => {
  expect(readCommand(text)).toEqual(command);
});

describe("pages", () => {
  const titles = (q: string) => pagesFor(q, SEARCH_PAGES).map(({ page }) => page.title);

  it("are found by their title, best first, and by other words", () => {
    expect(titles("tags")).toEqual(["Tags"]);
    expect(titles("api")).toEqual(["API keys", "Create API key"]);
    expect(titles("time zone")).toEqual(["Time zone"]);
    expect(titles("2fa")).toEqual(["Require a second factor", "Second factor"]);
    expect(titles("second factor")).toEqual(["Second factor", "Require a second factor"]);
    expect(titles("IMPORT mem")).toEqual(["Import members"]);
    expect(titles("password")).toEqual(["Change password"]);
  });

  it("are not found by the inside of a word, and not by nothing", () => {
    expect(titles("ags")).toEqual([]);
    expect(titles(" ")).toEqual([]);
  });

  it("tell whether the title is the whole search", () => {
    expect(pagesFor("AUDIT", SEARCH_PAGES).map(({ isExact }) => isExact)).toEqual([true]);
    expect(pagesFor("audi", SEARCH_PAGES).map(({ isExact }) => isExact)).toEqual([false]);
  });
});

describe("the match in a text", () => {
  const marked = (text: string, q: string) =>
    markMatches(text, q)
      .map(({ text, isMatch }) => (isMatch ? `[${text}]` : text))
      .join("");

  it("is marked for every word, whatever its case and accents", () => {
    expect(marked("Marketing", "mark")).toBe("[Mark]eting");
    expect(marked("École de Droit", "ecole DROIT")).toBe("[École] de [Droit]");
    expect(marked("e\u0301cole", "ecole")).toBe("[e\u0301cole]");
    expect(marked("Straße 5", "strasse")).toBe("[Straße] 5");
    expect(marked("banana", "an")).toBe("b[anan]a");
    expect(marked("😀 fun 😀", "fun")).toBe("😀 [fun] 😀");
  });

  it("is marked in a detail only where the title has none, and not in actions", () => {
    expect(markedQuery("organization", "law")).toBe("law");
    expect(markedQuery("organization", "law", "Law School")).toBe("");
    expect(markedQuery("organization", "law", "Garden")).toBe("law");
    expect(markedQuery("action", "add 5 to law")).toBe("");
  });

  it("is nothing where the text has none of the words", () => {
    expect(markMatches("Marketing", "law")).toEqual([{ text: "Marketing", isMatch: false }]);
    expect(markMatches("", "law")).toEqual([]);
    expect(markMatches("Law", "")).toEqual([{ text: "Law", isMatch: false }]);
  });
});
