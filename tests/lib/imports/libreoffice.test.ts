import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { beforeEach, describe, expect, it } from "vitest";
import { checkFile, importFile } from "#lib/imports/file.ts";
import { exportMemberships } from "#lib/members/export.ts";
import { membersImporter } from "#lib/members/import.ts";
import { membershipIdPieces } from "#lib/members/queries/member-list.ts";
import { membersSearchParams } from "#lib/members/search-params.ts";
import { exportOrganizations } from "#lib/organizations/export.ts";
import { organizationsImporter } from "#lib/organizations/import.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { aCreditType, everything, operator } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

// Exports that LibreOffice opened and saved, see tests/data/README.md.

useFreshDatabase();

const read = (name: string) => readFileSync(path.join("tests/data/libreoffice", name));

/** What an import with "change" would do, as the preview shows it. */
async function plan(importer: typeof organizationsImporter | typeof membersImporter, name: string) {
  const check =
    importer === organizationsImporter
      ? checkFile(organizationsImporter, read(name), operator, { mode: "change" })
      : checkFile(membersImporter, read(name), operator, { mode: "change" });
  const { changes, errors, notes, fileNotes, ignoredColumns, unchanged } = (await check).report;
  return {
    changes: changes.flatMap(({ label, cells }) =>
      cells.map((cell) => `${label}: ${cell.column}: ${cell.old} → ${cell.new}`),
    ),
    remarks: [...errors, ...notes].map(({ line, message }) => `${line}: ${message}`),
    fileNotes,
    ignoredColumns,
    unchanged,
  };
}

beforeEach(async () => {
  await aCreditType({ name: "SGD Credits", currency: "SGD" });
  await aCreditType({ name: "All Coin", currency: "USD" });
  await aCreditType({ name: "JPY", currency: "JPY" });
  for (const result of [
    await importFile(organizationsImporter, read("organizations.csv"), operator),
    await importFile(membersImporter, read("members.csv"), operator),
  ]) {
    expect(result).toMatchObject({ ok: true });
  }
});

/** How each file was saved, and what the preview notes of that. */
const SAVED: [saved: string, fileNotes: string[]][] = [
  ["us.csv", []],
  ["us-utf16.csv", []],
  ["us.xlsx", []],
  [
    "de-windows1252.csv",
    [
      "The file is not UTF-8. It was read as Windows-1252: check that the names look right.",
      "The columns are separated by semicolons.",
    ],
  ],
  ["de-utf16-tabs.csv", ["The columns are separated by tabs."]],
  ["de.xlsx", []],
];

/** Windows-1252 lacks these letters, and LibreOffice writes question marks. */
const LOST = [
  "4: name: “Mathematik ?1” has lost letters in the file's encoding. “Mathematik №1” stays.",
  "10: name: “?ó?? ?ód?” has lost letters in the file's encoding. “Żółć Łódź” stays.",
];

it("is an export as the portal writes it", () => {
  const rows = (csv: string): Record<string, string>[] => parse(csv, { bom: true, columns: true });
  const file = (name: string) => rows(read(name).toString());
  const organizations = rows(
    [...exportOrganizations(everything, organizationsSearchParams.defaults)].join(""),
  );
  expect(organizations).toMatchObject(file("organizations.csv"));
  const ids = membershipIdPieces(everything, membersSearchParams.defaults);
  expect(rows([...exportMemberships(everything, ids)].join(""))).toMatchObject(file("members.csv"));
});

it("changes a name whose question mark is in the place of an ASCII letter", async () => {
  const change = async (name: string) => {
    const file = Buffer.from(`code,name\nZL,${name}\n`);
    return (await checkFile(organizationsImporter, file, operator, { mode: "change" })).report.changed;
  };
  expect(await change("?ó?? ?ód?")).toBe(0);
  expect(await change("Żółć?Łódź")).toBe(1);
  expect(await change("?ó?? ?ód??")).toBe(1);
});

describe.each(SAVED)("a file that LibreOffice saved as %s", (saved, fileNotes) => {
  const remarks = saved === "de-windows1252.csv" ? LOST : [];

  it("changes no organization", async () => {
    expect(await plan(organizationsImporter, `organizations-${saved}`)).toEqual({
      ...{ changes: [], remarks, fileNotes, ignoredColumns: [], unchanged: 11 },
    });
  });

  it("changes the one cell of an organization that was edited", async () => {
    expect(await plan(organizationsImporter, `organizations-edited-${saved}`)).toEqual({
      changes: ["Fakultät für Rechtswissenschaft (JUR): monthly_allowance_per_member: 1000 → 1500.5"],
      ...{ remarks, fileNotes, ignoredColumns: [], unchanged: 10 },
    });
  });

  it("changes no member", async () => {
    expect(await plan(membersImporter, `members-${saved}`)).toEqual({
      ...{ changes: [], remarks: [], fileNotes, ignoredColumns: [], unchanged: 6 },
    });
  });

  it("changes the one cell of a member that was edited", async () => {
    expect(await plan(membersImporter, `members-edited-${saved}`)).toEqual({
      changes: ["Ana García (ana@example.edu) in JUR: role: admin → viewer"],
      ...{ remarks: [], fileNotes, ignoredColumns: [], unchanged: 5 },
    });
  });
});

// In a German LibreOffice, 12.125 is 12125: the file has lost what it was, and the preview shows the change.
it("shows an amount that LibreOffice has read as thousands as a change", async () => {
  const fileNotes = ["The columns are separated by semicolons."];
  expect(await plan(organizationsImporter, "organizations-de-text.csv")).toEqual({
    changes: ["Drei Stellen (DREI): monthly_allowance_per_member: 12.125 → 12125"],
    ...{ remarks: [], fileNotes, ignoredColumns: [], unchanged: 10 },
  });
  expect(await plan(membersImporter, "members-edited-de-text.csv")).toEqual({
    changes: [
      "Ana García (ana@example.edu) in JUR: role: admin → viewer",
      "Ana García (ana@example.edu) in DREI: monthly_allowance: 7.125 → 7125",
    ],
    ...{ remarks: [], fileNotes, ignoredColumns: [], unchanged: 4 },
  });
});
