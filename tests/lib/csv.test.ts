import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { formatCsv, guardCell, parseCsv, unguardCell } from "#lib/csv.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Lines and cells of a text that can be read. */
function read(text: string | Uint8Array): [number, ...string[]][] {
  const parsed = parseCsv(typeof text === "string" ? utf8(text) : text);
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return parsed.records.map(({ line, cells }) => [line, ...cells]);
}

function faultOf(text: string | Uint8Array) {
  const parsed = parseCsv(typeof text === "string" ? utf8(text) : text);
  return parsed.ok ? null : parsed.fault;
}

describe("reading", () => {
  test.each([
    ["LF", "a,b\n1,2\n"],
    ["CRLF", "a,b\r\n1,2\r\n"],
    ["CR", "a,b\r1,2\r"],
    ["no line break at the end", "a,b\n1,2"],
    ["a byte order mark", "\uFEFFa,b\r\n1,2\r\n"],
    ["a byte order mark before a quotation mark", '\uFEFF"a",b\r\n1,2\r\n'],
  ])("takes %s", (_what, text) => {
    expect(read(text)).toEqual([
      [1, "a", "b"],
      [2, "1", "2"],
    ]);
  });

  test.each(["\n", "\r\n"])("numbers lines rightly over quoted %j, and leaves blank lines out", (end) => {
    const text = ["a,b", '"x', "", 'y",z', "", "1,2", '"q",""'].join(end);
    expect(read(text)).toEqual([
      [1, "a", "b"],
      [2, `x${end}${end}y`, "z"],
      [6, "1", "2"],
      [7, "q", ""],
    ]);
  });

  it("numbers every record as an editor does, whatever the cells", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\r\n", "\n", "é", " "), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const records = read(formatCsv(rows));
        let line = 1;
        for (const [index, row] of rows.entries()) {
          expect(records[index]?.[0]).toBe(line);
          line += 1 + row.join("").split("\n").length - 1;
        }
      }),
    );
  });

  test.each([
    ["an empty file", ""],
    ["a byte order mark alone", "\uFEFF"],
    ["blank lines alone", "\r\n\n\n"],
  ])("finds no record in %s", (_what, text) => {
    expect(read(text)).toEqual([]);
  });

  test.each([
    ["a quotation mark that is never closed", 'a\r\n"x\r\ny\r\n', 2, "is never closed"],
    ["one in the middle of a cell", 'a\nx\nUniversity of "Y"\n', 3, "a quotation mark in the wrong place"],
    ["one that closes too early", 'a\n"x\ny"\n"b" c\n', 4, "a quotation mark in the wrong place"],
  ])("names the line of %s", (_what, text, line, message) => {
    expect(faultOf(text)).toEqual({ line, message: expect.stringContaining(message) });
  });

  it("takes another separator, and counts lines from where the bytes begin in their file", () => {
    const parsed = parseCsv(utf8('a;"b;c"\n1,5;2\n'), { separator: ";", firstLine: 2 });
    expect(parsed).toEqual({
      ok: true,
      records: [
        { line: 2, cells: ["a", "b;c"] },
        { line: 3, cells: ["1,5", "2"] },
      ],
    });
  });

  it("answers any bytes with rows in ascending lines or with a fault at a line of the file", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const parsed = parseCsv(bytes);
        const lines = Buffer.from(bytes)
          .toString("latin1")
          .split(/\r\n|\r|\n/).length;
        const numbers = parsed.ok ? parsed.records.map(({ line }) => line) : [parsed.fault.line ?? 1];
        expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
        expect(numbers.filter((line) => line < 1 || line > lines)).toEqual([]);
      }),
    );
  });
});

describe("writing", () => {
  it("leaves every cell as it is where it is raw", () => {
    expect(formatCsv([["=1+1", "@x", "'-5"]], { raw: true })).toBe("=1+1,@x,'-5\r\n");
    expect(formatCsv([["=1+1", "@x", "'-5"]])).toBe("'=1+1,'@x,''-5\r\n");
  });

  it("is RFC 4180: CRLF, quotes where needed and doubled within, no byte order mark", () => {
    expect(
      formatCsv([
        ["a", "b,c", 'd "e"', ""],
        ["1\n2", "3\r4", " 5", "6 "],
      ]),
    ).toBe('a,"b,c","d ""e""",\r\n"1\n2","3\r4"," 5","6 "\r\n');
  });

  it("is read back as it was, whatever the cells hold", () => {
    const cell = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom("'", "=", '"', ",", ";", "\n", "\r", "\t", "＝", "a", " ") }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell)), (rows) => {
        const whole = rows.map((row) => row.map((text) => text.replaceAll("\0", "")));
        const written = formatCsv([["name", "code"], ...whole]);
        expect(read(written).map(([, ...cells]) => cells)).toEqual([["name", "code"], ...whole]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("cells that a spreadsheet would run", () => {
  test.each([
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-x", "'-x"],
    ["-1-1", "'-1-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["＝1", "'＝1"],
    ["＋1", "'＋1"],
    ["－1", "'－1"],
    ["＠x", "'＠x"],
    ["\tx", "'\tx"],
    ["\t=1", "'\t'=1"],
    ["\r=1", "'\r'=1"],
    [" =2+3", " '=2+3"],
    ["\u00a0=2+3", "\u00a0'=2+3"],
    // What a program that separates by semicolons or tabs makes a cell of.
    ["x;=1+1", "x;'=1+1"],
    ["x; =1+1;-2", "x; '=1+1;'-2"],
    ["x;;@a", "x;;'@a"],
    ["x\t=1", "x\t'=1"],
    ["x\n=1", "x\n'=1"],
    ['x;"=1"', 'x;"\'=1"'],
    ["x;'=1", "x;''=1"],
  ])("guards %j as %j", (cell, guarded) => {
    expect(guardCell(cell)).toBe(guarded);
    expect(unguardCell(guarded)).toBe(cell);
  });

  test.each([
    "",
    "a=1",
    "'quoted'",
    "1-2",
    "École",
    "-177.009",
    "-5",
    "a, -b",
    "ana@example.edu",
    "x; y-1",
    "2026-11-25",
  ])("leaves %j alone", (cell) => {
    expect(guardCell(cell)).toBe(cell);
    expect(unguardCell(cell)).toBe(cell);
  });

  it("reads a guard at the start that an earlier version wrote", () => {
    expect(unguardCell("'-1")).toBe("-1");
    expect(unguardCell("'\t=1")).toBe("\t=1");
  });

  it("comes back exactly, even when it has apostrophes of its own", () => {
    const cell = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({
        unit: fc.constantFrom("'", "=", "-", "＝", "a", ";", " ", "\t", "\r", "\n", '"', "1", "."),
      }),
    );
    fc.assert(
      fc.property(cell, (text) => unguardCell(guardCell(text)) === text),
      { numRuns: 5_000 },
    );
  });

  it("leaves nothing that runs at the start of a cell", () => {
    const cell = fc.string({ unit: fc.constantFrom("'", "=", "+", "-", "@", "\t", "a", ";", " ", '"', "1") });
    fc.assert(
      fc.property(cell, (text) => {
        const cells = guardCell(text).split(/[;\t\r\n]/);
        return !cells.some((one) => /^[\s"]*[=+\-@]/.test(one) && !/^-\d+(\.\d+)?$/.test(one));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("bounds, of a file of 31 MB", () => {
  const BYTES = 31 * 1024 * 1024;
  const of = (text: string, bytes = BYTES) => parseCsv(Buffer.alloc(bytes, text));

  test.each([
    [",", 1, "The row has more than 200 columns."],
    ["a,", 1, "The row has more than 200 columns."],
    ["a\n", 500_002, "The file has more than 500,000 rows. Split it and import the parts."],
    ["\r\n,", 500_003, "The file has more than 500,000 rows. Split it and import the parts."],
    [
      `${",".repeat(199)}\n`,
      25_001,
      "The file has more than 5,000,000 cells. Remove columns that are not needed, or split it.",
    ],
  ])("%j", (text, line, message) => {
    expect(of(text)).toEqual({ ok: false, fault: { line, message } });
  });

  test("line ends alone are no records", () => {
    expect(of("\n")).toEqual({ ok: true, records: [] });
    expect(of("\r\n")).toEqual({ ok: true, records: [] });
  });

  test("commas and line ends in quotes are text", () => {
    const rows = `"${",\n".repeat(16_000)}",x\n`.repeat(65);
    const read = parseCsv(Buffer.from(`a,b\n${rows}`));
    expect(read.ok && read.records.map(({ line }) => line).slice(0, 3)).toEqual([1, 2, 16_003]);
    expect(read.ok && read.records.length).toBe(66);
  });

  test.each([
    ["letters", "", "x"],
    ["quotation marks", "", '"'],
    ["quoted line ends", '"', "\n"],
    ["letters of three bytes", "", "東"],
  ])("a row of %s is refused at its line", (_, start, text) => {
    const file = Buffer.concat([
      Buffer.from(`name,code\n"x\ny",Z\nArts,${start}`),
      Buffer.alloc(BYTES, text),
    ]);
    expect(parseCsv(file)).toEqual({
      ok: false,
      fault: {
        line: 4,
        message: "The row has more than 1,000,000 characters. Check that each quotation mark is closed.",
      },
    });
  });

  test("a row of many cells that are together too long", () => {
    const row = (cells: number, length: number) =>
      Buffer.from(`a\n${`${"x".repeat(length)},`.repeat(cells)}\n`);
    expect(parseCsv(row(100, 10_000))).toMatchObject({ ok: true });
    expect(parseCsv(row(100, 10_001))).toMatchObject({ ok: false, fault: { line: 2 } });
  });

  test("a cell of as many characters as Excel allows, and of one more", () => {
    const of = (length: number) => parseCsv(Buffer.from(`a,b\n"x\n",${"é".repeat(length)}\nc,d\n`));
    expect(of(32_767)).toMatchObject({ ok: true });
    expect(of(32_768)).toEqual({
      ok: false,
      fault: { line: 2, message: "A cell has more than 32,767 characters." },
    });
  });

  test("exactly as many rows and columns as are taken", () => {
    const columns = parseCsv(Buffer.from(`${",".repeat(199)}\n`));
    expect(columns.ok && columns.records[0]?.cells.length).toBe(200);
    const rows = of("a\n", 2 * 500_001);
    expect(rows.ok && rows.records.length).toBe(500_001);
  });
});
