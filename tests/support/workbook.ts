import { type Zippable, zipSync } from "fflate";

const TEXT = new TextEncoder();
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";

/** A cell by what a spreadsheet program writes for it. */
export type Cell =
  | string
  | { number: string; style?: number }
  | { boolean: boolean }
  | { error: string }
  | { formula: string; value: string };

function columnLetters(index: number): string {
  return index < 26
    ? String.fromCharCode(65 + index)
    : columnLetters(Math.floor(index / 26) - 1) + String.fromCharCode(65 + (index % 26));
}

const escapeXml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function cellXml(cell: Cell, address: string): string {
  if (typeof cell === "string") {
    return `<c r="${address}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(cell)}</t></is></c>`;
  }
  if ("number" in cell) return `<c r="${address}" s="${cell.style ?? 0}"><v>${cell.number}</v></c>`;
  if ("boolean" in cell) return `<c r="${address}" t="b"><v>${cell.boolean ? 1 : 0}</v></c>`;
  if ("error" in cell) return `<c r="${address}" t="e"><v>${cell.error}</v></c>`;
  return `<c r="${address}" t="str"><f>${escapeXml(cell.formula)}</f><v>${escapeXml(cell.value)}</v></c>`;
}

/** The XML of a sheet; a row that is null is left out, as a spreadsheet leaves out empty ones. */
export function sheetXml(rows: readonly (readonly Cell[] | null)[]): string {
  const data = rows.flatMap((cells, index) =>
    cells
      ? `<row r="${index + 1}">${cells
          .map((cell, column) => cellXml(cell, `${columnLetters(column)}${index + 1}`))
          .join("")}</row>`
      : [],
  );
  return `<worksheet xmlns="${MAIN}"><sheetData>${data.join("")}</sheetData></worksheet>`;
}

/**
 * An .xlsx workbook of these sheets, in this order, with any other parts. Style 1 is a date, and style 2 + n the number
 * format n.
 */
export function workbook(
  sheets: readonly string[],
  others: Zippable = {},
  numberFormats: readonly string[] = [],
): Uint8Array {
  const part = (xml: string) => TEXT.encode(`<?xml version="1.0" encoding="UTF-8"?>${xml}`);
  const files: Zippable = {
    "[Content_Types].xml": part(
      `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>`,
    ),
    "_rels/.rels": part(
      `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ),
    "xl/workbook.xml": part(
      `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${sheets
        .map((_, index) => `<sheet name="S${index + 1}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`)
        .join("")}</sheets></workbook>`,
    ),
    "xl/_rels/workbook.xml.rels": part(
      `<Relationships xmlns="${PACKAGE}/relationships">${sheets
        .map(
          (_, index) =>
            `<Relationship Id="rId${index + 1}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${index + 1}.xml"/>`,
        )
        .join("")}<Relationship Id="rId99" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
    ),
    "xl/styles.xml": part(
      `<styleSheet xmlns="${MAIN}"><numFmts>${numberFormats
        .map(
          (format, index) =>
            `<numFmt numFmtId="${164 + index}" formatCode="${escapeXml(format).replaceAll('"', "&quot;")}"/>`,
        )
        .join(
          "",
        )}</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/>${numberFormats
        .map((_, index) => `<xf numFmtId="${164 + index}" applyNumberFormat="1"/>`)
        .join("")}</cellXfs></styleSheet>`,
    ),
  };
  for (const [index, xml] of sheets.entries()) files[`xl/worksheets/sheet${index + 1}.xml`] = part(xml);
  return zipSync({ ...files, ...others });
}
