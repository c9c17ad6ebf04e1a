import { describe, expect, it } from "vitest";
import { readTag, readTagKey, readTags, tagKey, tagsText, tagValue } from "#lib/tags.ts";

const tags = (text: string) => {
  const read = readTags(text);
  return read.ok ? read.value : read.message;
};

describe("the tags of a text", () => {
  it.each([
    ["", []],
    ["  \n ", []],
    ["faculty:science", ["faculty:science"]],
    ["faculty:science cost-centre:4711", ["cost-centre:4711", "faculty:science"]],
    ["faculty:science,cost-centre:4711", ["cost-centre:4711", "faculty:science"]],
    ["faculty:science; cost-centre:4711;", ["cost-centre:4711", "faculty:science"]],
    ["a:b\tc:d\r\ne:f", ["a:b", "c:d", "e:f"]],
    ["Faculty:SCIENCE faculty:science", ["faculty:science"]],
    ["e\u0301cole:lyon \u00C9COLE:LYON", ["\u00E9cole:lyon"]],
    ["Ｆaculty：Ｓcience", ["faculty:science"]],
    ["部門:理学部 факультет:наук", ["факультет:наук", "部門:理学部"]],
    ["विभाग:कला", ["विभाग:कला"]],
    ["unit:a/b_c.d-e", ["unit:a/b_c.d-e"]],
  ])("%j are %j", (text, value) => {
    expect(tags(text)).toEqual(value);
  });

  it.each([
    ["science", "“science” is not a tag. Write key:value, such as faculty:science."],
    [":", "“:” has no key before the colon. Write key:value, such as faculty:science."],
    [":science", "“:science” has no key before the colon. Write key:value, such as faculty:science."],
    ["faculty:", "“faculty:” has no value after the colon. Write key:value, such as faculty:science."],
    [
      "faculty: science",
      "“faculty:” has no value after the colon. Write key:value, such as faculty:science.",
    ],
    ["a:b:c", "“a:b:c” has more than one colon. Write key:value, such as faculty:science."],
    ["a:b&c", "“a:b&c” has the character &. Use letters, digits and - _ . / only."],
    ['a:"b"', '“a:"b"” has the character ". Use letters, digits and - _ . / only.'],
    ["<b>:x", "“<b>:x” has the character <. Use letters, digits and - _ . / only."],
    ["a:b\u0007", "“a:b�” has an invisible character (U+0007). Use letters, digits and - _ . / only."],
    ["a:b\u202Ec", "“a:b�c” has an invisible character (U+202E). Use letters, digits and - _ . / only."],
    ["a:b\u200Bc", "“a:b�c” has an invisible character (U+200B). Use letters, digits and - _ . / only."],
    ["a:😀", "“a:😀” has the character 😀. Use letters, digits and - _ . / only."],
    ["a:\u0301b", "The value of “a:\u0301b” must start with a letter or digit."],
    [`${"k".repeat(41)}:v`, `The key of “${"k".repeat(40)}…” has 41 characters; at most 40.`],
    [`k:${"v".repeat(61)}`, `The value of “k:${"v".repeat(38)}…” has 61 characters; at most 60.`],
    ["x".repeat(10_000), `“${"x".repeat(40)}…” is not a tag. Write key:value, such as faculty:science.`],
    ["x".repeat(10_001), "At most 20 tags; this text has 10001 characters."],
    [Array.from({ length: 21 }, (_, n) => `k:${n}`).join(" "), "At most 20 tags; this has 21."],
  ])("%j are refused", (text, message) => {
    expect(tags(text)).toBe(message);
  });

  it("are 20 at most, where doubles count once", () => {
    const twenty = Array.from({ length: 20 }, (_, n) => `k:${String(n).padStart(2, "0")}`);
    expect(tags([...twenty, "K:00", "k:０１"].join(" "))).toEqual(twenty);
  });

  it("have keys of 40 and values of 60 characters, counted as people count them", () => {
    const longest = `${"𐐨".repeat(40)}:${"é".repeat(60)}`;
    expect(tags(longest)).toEqual([longest]);
  });

  it("are written so that they read back the same", () => {
    const text = tagsText(["faculty:science", "cost-centre:4711", "faculty:arts"]);
    expect(text).toBe("cost-centre:4711 faculty:arts faculty:science");
    expect(tags(text)).toEqual(["cost-centre:4711", "faculty:arts", "faculty:science"]);
  });
});

it("one tag is read without outer spaces, and an inner space is a fault", () => {
  expect(readTag(" Faculty:Science ")).toEqual({ ok: true, value: "faculty:science" });
  expect(readTag("faculty:life science")).toEqual({
    ok: false,
    message: "“faculty:life science” has a space. Use letters, digits and - _ . / only.",
  });
  expect(readTag(" ")).toEqual({ ok: false, message: "Enter a tag, such as faculty:science." });
  expect(readTag("k".repeat(10_001))).toEqual({ ok: false, message: "This tag is too long." });
});

it("a key is read alone", () => {
  expect(readTagKey("Cost-Centre")).toEqual({ ok: true, value: "cost-centre" });
  expect(readTagKey("").ok).toBe(false);
  expect(readTagKey("a:b").ok).toBe(false);
  expect(readTagKey("k".repeat(41)).ok).toBe(false);
});

it("a tag has a key and a value", () => {
  expect([tagKey("faculty:science"), tagValue("faculty:science")]).toEqual(["faculty", "science"]);
});
