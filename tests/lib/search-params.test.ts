import fc from "fast-check";
import { expect, test } from "vitest";
import {
  choiceParam,
  dayParam,
  idParam,
  pageParam,
  searchParamsCodec,
  tagsParam,
  textParam,
  withMisread,
} from "#lib/search-params.ts";

const codec = searchParamsCodec({
  q: textParam(20),
  status: choiceParam(["all", "active"], "all"),
  type: idParam,
  page: pageParam,
});

test("defaults are left out, and what is encoded decodes to the same view", () => {
  expect(codec.encode(codec.defaults)).toBe("");
  const view = { q: "a&b=c %_", status: "active", type: 7, page: 2 } as const;
  expect(codec.encode(view)).toBe("?q=a%26b%3Dc+%25_&status=active&type=7&page=2");
  expect(codec.decode(new URLSearchParams(codec.encode(view)))).toEqual(view);
});

test.each([
  { page: "-1", status: "foo", type: "0" },
  { page: "0", status: "", type: "-3" },
  { page: "1.5", status: "Active", type: "9".repeat(30) },
  { page: "1e9", status: "__proto__", type: "1 OR 1=1" },
  { page: ["x", "2"], status: ["bad", "active"], type: [] },
  {},
])("a bad value falls back to its default: %j", (raw) => {
  expect(codec.decode(raw)).toEqual(codec.defaults);
});

test.each([
  [{ page: "-1", status: "foo", type: "x", q: "y" }, ["status=foo", "type=x", "page=-1"]],
  [{ page: "2", status: "active", type: "7", other: "z" }, []],
  [{ page: "", status: " ", type: [] }, []],
  [{ status: ["bad", "worse"] }, ["status=bad"]],
  [{ status: ["active", "bad"] }, []],
  [{}, []],
])("of %j, what cannot be read is named: %j", (raw, misread) => {
  expect(codec.misread(raw).map(({ name, text }) => `${name}=${text}`)).toEqual(misread);
});

test("days and tags that cannot be read are named", () => {
  const other = searchParamsCodec({ from: dayParam, tag: tagsParam });
  const query = new URLSearchParams("from=2026-02-30&tag=faculty:science&tag=none&tag=%3A");
  expect(other.misread(query)).toEqual([
    { name: "from", text: "2026-02-30" },
    { name: "tag", text: "none" },
    { name: "tag", text: ":" },
  ]);
  expect(other.misread(new URLSearchParams("from=2026-02-28&tag="))).toEqual([]);
  expect(withMisread("/a", other.misread(query))).toBe("/a?from=2026-02-30&tag=none&tag=%3A");
  expect(withMisread("/a?q=1", [{ name: "from", text: "x&y" }])).toBe("/a?q=1&from=x%26y");
  expect(withMisread("/a", [])).toBe("/a");
});

test("of a repeated param the first counts", () => {
  expect(codec.decode({ status: ["active", "all"], page: ["3", "4"] })).toMatchObject({
    status: "active",
    page: 3,
  });
  expect(codec.decode(new URLSearchParams("page=3&page=4")).page).toBe(3);
});

test("any URL decodes to a view that encodes to itself", () => {
  const raw = fc.dictionary(
    fc.constantFrom("q", "status", "type", "page", "other"),
    fc.oneof(fc.string({ unit: "grapheme" }), fc.array(fc.string({ unit: "grapheme" }), { maxLength: 3 })),
  );
  fc.assert(
    fc.property(raw, (params) => {
      const view = codec.decode(params);
      expect(codec.decode(new URLSearchParams(codec.encode(view)))).toEqual(view);
    }),
    { numRuns: 500 },
  );
});
