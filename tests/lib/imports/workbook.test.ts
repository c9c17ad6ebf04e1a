import { zipSync } from "fflate";
import { describe, expect, it, test } from "vitest";
import { isOldWorkbook, isWorkbook, readWorkbook } from "#lib/imports/workbook.ts";
import { type Cell, sheetXml, workbook } from "#tests/support/workbook.ts";

const LIMITS = { maxRows: 1_000, maxColumns: 50, maxCells: 40_000 };

async function cells(rows: readonly (readonly Cell[] | null)[]): Promise<string[][]> {
  const read = await readWorkbook(workbook([sheetXml(rows)]), LIMITS);
  if (!read.ok) throw new Error(read.message);
  return read.records.map((record) => record.cells);
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const read = await readWorkbook(bytes, LIMITS);
  return read.ok ? "" : read.message;
}

describe("an .xlsx workbook", () => {
  it("is read as its first sheet, each row with its line", async () => {
    const sheets = [
      sheetXml([["name", "code"], null, ["École & Co", "E"]]),
      sheetXml([["another", "sheet"]]),
    ];
    expect(await readWorkbook(workbook(sheets), LIMITS)).toEqual({
      ok: true,
      records: [
        { line: 1, cells: ["name", "code"] },
        { line: 2, cells: ["", ""] },
        { line: 3, cells: ["École & Co", "E"] },
      ],
    });
  });

  test.each([
    ["a number by its shortest decimal", { number: "4.7000000000000002E-2" }, "0.047"],
    ["a sum that a binary number cannot hold", { number: "0.30000000000000004" }, "0.30000000000000004"],
    ["the unit of credits", { number: "9.9999999999999995E-7" }, "0.000001"],
    ["a large number", { number: "1E+21" }, "1000000000000000000000"],
    ["a negative number", { number: "-1.5E-7" }, "-0.00000015"],
    ["a whole number", { number: "1000" }, "1000"],
    ["true", { boolean: true }, "TRUE"],
    ["false", { boolean: false }, "FALSE"],
    ["a date", { number: "45658.5", style: 1 }, "2025-01-01 12:00:00"],
    ["a formula's last value", { formula: "A1&B1", value: "=x" }, "=x"],
    ["text", "1.000", "1.000"],
  ] as const)("has %s", async (_, cell, text) => {
    expect(await cells([["value"], [cell]])).toEqual([["value"], [text]]);
  });

  test.each([
    ["000", "7", "007"],
    ["00000", "1234567", "1234567"],
    ['"FAC-"000', "7", "FAC-007"],
    ['"É-"00', "7", "É-07"],
    ["\\F00", "12", "F12"],
    ["000-00-0000", "12345678", "012-34-5678"],
    ["[$-409]0000;-0000;@", "42", "0042"],
    // An amount, a share and a date.
    ["0", "7", "7"],
    ["#,##0.00", "1234.5", "1234.5"],
    ["0.00", "7", "7"],
    ["00%", "0.5", "0.5"],
    ['0 "credits"', "7", "7"],
    // No whole number.
    ["000", "1.5", "1.5"],
    ["000", "-7", "-7"],
  ])(
    "has a number with the format %s as a code where it shows one: %s as %s",
    async (format, number, text) => {
      const rows = Array.from({ length: 400 }, (): Cell[] => ["code", { number, style: 2 }, { number }]);
      const bytes = workbook([sheetXml([["a", "b", "c"], null, ...rows])], {}, [format]);
      const read = await readWorkbook(bytes, LIMITS);
      if (!read.ok) throw new Error(read.message);
      const found = read.records.slice(2).map((record) => record.cells);
      expect(found).toEqual(rows.map(() => ["code", text, number]));
    },
  );

  it("has text as it is, whatever number format its cell has", async () => {
    const cell = '<c r="A1" s="2" t="inlineStr"><is><t>7</t></is></c>';
    const sheet = sheetXml([]).replace("<sheetData>", `<sheetData><row r="1">${cell}</row>`);
    const read = await readWorkbook(workbook([sheet], {}, ["000"]), LIMITS);
    expect(read).toMatchObject({ records: [{ cells: ["7"] }] });
  });

  it("with an error in a cell of the first sheet is refused, because it would be read as empty", async () => {
    const bad = sheetXml([["allowance"], [{ error: "#N/A" }]]);
    expect(await refusal(workbook([bad]))).toBe(
      "The cell A2 shows an error such as #N/A. Correct it and save the file.",
    );
    expect(await refusal(workbook([sheetXml([["a"]]), bad]))).toBe("");
  });
});

describe("a hostile workbook is refused", () => {
  it("that unpacks to more than it may", async () => {
    const bomb = workbook([sheetXml([["a"]])], { "xl/media/zeros.bin": new Uint8Array(300 * 1024 * 1024) });
    expect(bomb.length).toBeLessThan(1024 * 1024);
    expect(await refusal(bomb)).toBe("The file unpacks to more than 256 MB. Split it and import the parts.");
  });

  it("whose one cell is far away, because each place up to it would be a cell", async () => {
    const cell = (address: string) =>
      `<worksheet><sheetData><row r="1"><c r="${address}" t="str"><v>x</v></c></row></sheetData></worksheet>`;
    expect(await refusal(workbook([cell("XFD1")]))).toBe("The sheet has more than 50 columns.");
    expect(await refusal(workbook([cell("A1048576")]))).toBe(
      "The sheet has more than 1,000 rows. Split it and import the parts.",
    );
    expect(await refusal(workbook([cell("AX801")]))).toBe(
      "The sheet has more than 40,000 cells. Remove columns that are not needed, or split it.",
    );
    expect(await refusal(workbook([cell("AX800")]))).toBe("");
  });

  it("with a cell that is longer than Excel allows, at its line", async () => {
    const of = (length: number) => workbook([sheetXml([["name"], ["a"], ["x".repeat(length)]])]);
    expect(await refusal(of(32_767))).toBe("");
    expect(await readWorkbook(of(32_768), LIMITS)).toEqual({
      ok: false,
      line: 3,
      message: "A cell has more than 32,767 characters.",
    });
  });

  it("of too many parts", async () => {
    const parts = Object.fromEntries(
      Array.from({ length: 2_001 }, (_, index) => [`xl/x${index}.xml`, new Uint8Array(1)]),
    );
    expect(await refusal(workbook([sheetXml([["a"]])], parts))).toBe(
      "The workbook has more than 2,000 parts.",
    );
  });

  it("that is cut off, not a workbook, or names entities and files outside itself", async () => {
    const whole = workbook([sheetXml([["a"]])]);
    expect(await refusal(whole.slice(0, whole.length / 2))).not.toBe("");
    expect(await refusal(zipSync({ "a.txt": new Uint8Array(3) }))).not.toBe("");
    const entity = `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${sheetXml([["a"]]).replace(">a<", ">&e;<")}`;
    const read = await readWorkbook(workbook([entity]), LIMITS);
    expect(JSON.stringify(read)).not.toContain("root:");
  });
});

it("is told from other files by its first bytes", () => {
  expect(isWorkbook(workbook([sheetXml([["a"]])]))).toBe(true);
  expect(isWorkbook(new TextEncoder().encode("name,code"))).toBe(false);
  expect(isOldWorkbook(Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1))).toBe(true);
  expect(isOldWorkbook(new TextEncoder().encode("name,code"))).toBe(false);
});
