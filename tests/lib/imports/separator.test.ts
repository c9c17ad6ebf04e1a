import { describe, expect, test } from "vitest";
import { findSeparator, readSeparatorLine } from "#lib/imports/separator.ts";

describe("the separator of a file", () => {
  test.each([
    ["name,code,credit_type\nA,B,C", ","],
    ["name;code;credit_type\nA;B;1,5", ";"],
    ["name\tcode\nA, B\tC", "\t"],
    ["name\nA", ","],
    ["", ","],
    // A comma in a quoted heading is text.
    ['"name, of the school";code\r\n', ";"],
    // A title above the header.
    ["Organizations, exported today\n\nname;code;credit_type\n", ";"],
    // Decimal commas in the rows do not outnumber the header's semicolons.
    ["code;credits\nA;1,5\nB;2,5", ";"],
    ["Law, Art and Music, today\ncode;credits\nA;1,5\nB;2,5", ";"],
    ["code;credits, in all\nA;1,5", ";"],
    // Semicolons between tags in one cell, and one in a name.
    ["code,name,tags\nA,Law,a;b;c;d;e;f\nB,Art,a;b", ","],
    ["code,name\nA,Law;Art;Music", ","],
    ["code\tname\nA\tLaw, Art, Music\nB\tMaths, Physics", "\t"],
  ])("in %j is %j", (text, separator) => {
    expect(findSeparator(text)).toBe(separator);
  });
});

describe("the line that names the separator", () => {
  test.each([
    ["sep=;\r\nname;code", { separator: ";", length: 7 }],
    ["SEP=,\nname", { separator: ",", length: 6 }],
    ["sep=\t\rname", { separator: "\t", length: 6 }],
    ['"sep=;"\nname', { separator: ";", length: 8 }],
    ["sep=;", { separator: ";", length: 5 }],
    ["sep=|\nname", null],
    ["separator;name", null],
    ["name;sep=;", null],
  ])("in %j is %j", (text, line) => {
    expect(readSeparatorLine(text)).toEqual(line);
  });
});
