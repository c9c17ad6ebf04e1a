import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  COLUMN_KEYS,
  organizationsSearchParams as codec,
  lookQuery,
  organizationsHref,
  PAGE_SIZES,
  SORT_KEYS,
} from "#lib/organizations/search-params.ts";

describe("the list's URL", () => {
  it("reads the contract's example", () => {
    const view = codec.decode({
      q: "testing",
      status: "active",
      type: "3",
      tag: "faculty:science",
      "runs-out": "30",
      sort: "-balance",
      view: "table",
      cols: "balance,members",
      size: "50",
      page: "2",
    });
    expect(view).toEqual({
      q: "testing",
      status: "active",
      type: 3,
      tag: ["faculty:science"],
      "runs-out": "30",
      sort: "-balance",
      view: "table",
      cols: ["members", "balance"],
      size: "50",
      page: 2,
    });
    expect(codec.encode(view)).toBe(
      "?q=testing&status=active&type=3&tag=faculty:science&runs-out=30&sort=-balance&view=table&cols=members,balance&size=50&page=2",
    );
  });

  it("leaves defaults out", () => {
    expect(organizationsHref(codec.defaults)).toBe("/organizations");
  });

  it.each([
    { page: "-1" },
    { page: "0" },
    { page: "abc" },
    { page: "1.5" },
    { status: "foo" },
    { type: "x" },
    { type: "-1" },
    { sort: "--name" },
    { sort: "constructor" },
    { view: "__proto__" },
    { q: "   " },
    { "runs-out": "31" },
    { size: "1000" },
    { cols: "" },
    { cols: "name,constructor" },
    { cols: ["", ","] },
  ])("falls back to defaults for %j", (raw) => {
    expect(codec.decode(raw)).toEqual(codec.defaults);
  });

  it.each([
    [
      ["Faculty:Science", "site:lyon", "faculty:science"],
      ["faculty:science", "site:lyon"],
    ],
    [
      ["science", "", ":", "a:", '"x":y', "<b>:x", "a:b\u0000", "x".repeat(10_000), "site:lyon"],
      ["site:lyon"],
    ],
  ])("has the tags of %j", (tag, tags) => {
    expect(codec.decode({ tag }).tag).toEqual(tags);
    expect(codec.decode(new URLSearchParams(tag.map((text) => ["tag", text]))).tag).toEqual(tags);
  });

  it("reads a bounded number of tags", () => {
    const tag = Array.from({ length: 1_000 }, (_, n) => `k:${n}`);
    expect(codec.decode({ tag }).tag).toHaveLength(20);
    expect(codec.decode(new URLSearchParams(tag.map((text) => ["tag", text]))).tag).toHaveLength(20);
  });

  it("reads columns from one param or several, in the table's order, and remembers how the list looks", () => {
    const cols = ["spent-30d", "status", "status", "nothing"];
    const view = codec.decode({ cols, q: "law", view: "table", size: "100", page: "3" });
    expect(view.cols).toEqual(["status", "spent-30d"]);
    expect(codec.decode({ cols: "spent-30d,status" }).cols).toEqual(["status", "spent-30d"]);
    expect(lookQuery(view)).toBe("?view=table&cols=status,spent-30d&size=100");
    expect(lookQuery(codec.defaults)).toBe("");
  });

  it("takes the first of a repeated param", () => {
    expect(codec.decode({ status: ["inactive", "active"] }).status).toBe("inactive");
    expect(codec.decode(new URLSearchParams("q=a&q=b")).q).toBe("a");
  });

  it("cuts a search of 10,000 characters without breaking an emoji", () => {
    expect([...codec.decode({ q: "😀".repeat(10_000) }).q]).toHaveLength(200);
  });

  it("goes to page 1 on any change but the page's own", () => {
    const view = { ...codec.defaults, page: 7 };
    expect(organizationsHref(view, { status: "active" })).toBe("/organizations?status=active");
    expect(organizationsHref(view, { page: 8 })).toBe("/organizations?page=8");
  });

  it("comes back the same from every view", () => {
    const view = fc.record({
      q: fc.string({ unit: "binary", maxLength: 50 }).map((q) => codec.decode({ q }).q),
      status: fc.constantFrom("all" as const, "active" as const, "inactive" as const),
      type: fc.option(fc.integer({ min: 1, max: 1e9 })),
      sort: fc.constantFrom(...SORT_KEYS.flatMap((key) => [key, `-${key}` as const])),
      view: fc.constantFrom("cards" as const, "table" as const),
      tag: fc
        .uniqueArray(fc.constantFrom("a:1", "cost-centre:4711", "faculty:été", "部門:理学部"))
        .map((tags) => tags.sort()),
      "runs-out": fc.constantFrom("any" as const, "7" as const, "30" as const, "90" as const),
      cols: fc.subarray([...COLUMN_KEYS], { minLength: 1 }),
      size: fc.constantFrom(...PAGE_SIZES),
      page: fc.integer({ min: 1, max: 1e9 }),
    });
    fc.assert(
      fc.property(view, (original) => {
        // A URL cannot contain a lone surrogate.
        fc.pre(original.q.isWellFormed());
        expect(codec.decode(new URLSearchParams(codec.encode(original)))).toEqual(original);
      }),
    );
  });

  it("never fails, whatever the URL", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => codec.decode(new URLSearchParams(text)) !== null),
    );
  });
});
