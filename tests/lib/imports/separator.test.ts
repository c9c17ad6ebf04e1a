import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  findSeparator,
  readSeparatorLine,
  SEARCHED_CHARACTERS,
  type Separator,
} from "#lib/imports/separator.ts";

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
    // The lines of a quoted cell are text.
    ['code,credits,note\nMKT,100,"Terms:\n- a; b\n- c; d\n- e; f"', ","],
    [
      'code;credits;note\nMKT;100;"Agreed with Ana, Bo\n1. tokens, images\n2. audio, video\n3. rest, if any"',
      ";",
    ],
    ['code;note\r\nA;"""Law"", Art\r\nMusic, too\r\nand ""Maths"", too"\r\n', ";"],
    ['code;note\nA;""\nB;"x, y\nz, y\n"\n', ";"],
    ['note;code\r"a, b\rc, d\re, f";A\r"g, h\ri, j\rk, l";B', ";"],
    // A quotation mark inside a cell without quotes is text.
    ['code;name\nA;12" pipe\nB;Art, Law\nC;Music\nD;Maths', ";"],
    ['code;name\nA;Pipe of 12"\nB;"Art"\nC;"Law, Art\nand Music, too\nand Maths, too"', ";"],
    // No second quotation mark.
    ['code;name\nA;"Law, Art\nMusic, too\nMaths, too', ";"],
  ])("in %j is %j", (text, separator) => {
    expect(findSeparator(text)).toBe(separator);
  });

  test("is searched in the first part of a file alone", () => {
    const longCell = `"${"Law, Art\n".repeat(SEARCHED_CHARACTERS / 5)}"`;
    expect(findSeparator(`code;name\nA;${longCell}\n${"B;Music, Maths\n".repeat(30)}`)).toBe(";");
    expect(findSeparator(`code\n${"\n".repeat(SEARCHED_CHARACTERS)};;;`)).toBe(",");
  });

  test("is the one with which the rows were written, whatever text is in quoted cells", () => {
    const cell = fc.string({
      unit: fc.constantFrom(",", ";", "\t", '"', "\n", "\r\n", "\r", "a", " "),
      maxLength: 12,
    });
    const row = fc.array(cell, { minLength: 2, maxLength: 4 });
    const written = (text: string) => (/^[a ]*$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`);
    fc.assert(
      fc.property(
        fc.constantFrom<Separator[]>(",", ";", "\t"),
        fc.array(row, { minLength: 1, maxLength: 30 }),
        fc.constantFrom("\n", "\r\n", "\r"),
        (separator, rows, lineEnd) => {
          const text = rows.map((cells) => cells.map(written).join(separator)).join(lineEnd);
          expect(findSeparator(text)).toBe(separator);
        },
      ),
    );
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
