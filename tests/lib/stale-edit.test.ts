import { describe, expect, it } from "vitest";
import { decodeOriginal, encodeOriginal, mergeStaleEdit, staleEdit } from "#lib/stale-edit.ts";

describe("the original values of a form", () => {
  it("come back as they were sent", () => {
    const values = { name: 'Ana "é" 😀', domains: "a.edu\nb.edu", monthlyAllowance: "" };
    expect(decodeOriginal(encodeOriginal(values))).toEqual(values);
  });

  it.each([
    undefined,
    "",
    "{",
    "null",
    "[]",
    '"text"',
    '{"name":1}',
    '{"a":{}}',
    `{"a":"${"x".repeat(100_000)}"}`,
  ])("are none in %.20s", (text) => expect(decodeOriginal(text)).toBeNull());
});

describe("a save", () => {
  it("goes through from the current values, and where there is no form", () => {
    expect(staleEdit({ name: "A", code: "X" }, { name: "A", code: "X" })).toBeNull();
    expect(staleEdit(undefined, { name: "A" })).toBeNull();
  });

  it("is refused with the current values when one of them is another, or is missing in the form", () => {
    const refusal = {
      ok: false,
      code: "stale_edit",
      message: "Somebody else changed this after you opened it. Check the marked fields, then save again.",
    };
    expect(staleEdit({ name: "A", code: "X" }, { name: "A", code: "Y" })).toEqual({
      ...refusal,
      current: { name: "A", code: "Y" },
    });
    expect(staleEdit({}, { name: "A" })).toEqual({ ...refusal, current: { name: "A" } });
  });
});

describe("after a stale save", () => {
  const original = { role: "viewer", limit: "", note: "a\nb" };

  it("what was typed stays, and what was not takes the current value", () => {
    expect(
      mergeStaleEdit(
        original,
        { role: "admin", limit: "5", note: "a\nb" },
        {
          id: "7",
          role: "creator",
          limit: "",
          note: "a\r\nb",
          original: encodeOriginal(original),
        },
      ),
    ).toEqual({
      conflicts: {
        role: { typed: "creator", was: "viewer", now: "admin" },
        limit: { typed: null, was: "", now: "5" },
      },
      values: {
        id: "7",
        role: "creator",
        limit: "5",
        note: "a\r\nb",
        original: '{"role":"admin","limit":"5","note":"a\\nb"}',
      },
    });
  });

  it("a field that both changed alike is no conflict, and a disabled field takes the current value", () => {
    expect(mergeStaleEdit({ a: "1", b: "1" }, { a: "2", b: "2" }, { a: "2" })).toEqual({
      conflicts: { b: { typed: null, was: "1", now: "2" } },
      values: { a: "2", b: "2", original: '{"a":"2","b":"2"}' },
    });
  });
});
