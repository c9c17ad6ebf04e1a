import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aCreditType, anOrganization } from "#tests/support/builders.ts";
import { bursarInProcess } from "#tests/support/command-line.ts";
import { removeDirectory, useFreshDatabase } from "#tests/support/database.ts";
import { times } from "#tests/support/faults.ts";

useFreshDatabase();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bursar-files-"));
});
afterEach(() => removeDirectory(folder));

// Five batches of the import, or a hundred.
const ROWS = times({ short: 5_000, long: 100_000 });

/** Imports a file of these lines, exports everything, and expects the same bytes, which change nothing. */
async function expectRoundTrip(
  kind: "organizations" | "members",
  header: string,
  row: (n: number) => string,
) {
  const text = [header, ...Array.from({ length: ROWS }, (_, n) => row(n)), ""].join("\r\n");
  writeFileSync(path.join(folder, "in.csv"), text);
  const imported = await bursarInProcess(["import", kind, "in.csv", "--json"], folder);
  expect(imported).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(imported.out)).toMatchObject({ imported: ROWS, rows: ROWS, active: ROWS, inactive: 0 });
  expect(await bursarInProcess(["export", kind, "out.csv"], folder)).toMatchObject({ code: 0 });
  // An export may begin with the mark by which Excel knows its encoding.
  const exported = readFileSync(path.join(folder, "out.csv"), "utf8").replace(/^\uFEFF/, "");
  expect(exported === text, `the export of ${kind} is the file that was imported`).toBe(true);
  const compared = await bursarInProcess(
    ["import", kind, "out.csv", "--mode", "both", "--dry-run", "--json"],
    folder,
  );
  expect(JSON.parse(compared.out)).toMatchObject({ rows: ROWS, added: 0, changed: 0, unchanged: ROWS });
}

test(`${ROWS} organizations go in and out, to the byte`, async () => {
  await aCreditType({ name: "EUR Credits", currency: "EUR" });
  await expectRoundTrip(
    "organizations",
    "name,code,credit_type,monthly_allowance_per_member,status,tags",
    (n) => `Département n° ${String(n).padStart(6, "0")},D-${n},EUR Credits,${n % 3 ? "1000.5" : ""},active,`,
  );
});

test(`${ROWS} memberships go in and out, to the byte`, async () => {
  const creditType = await aCreditType();
  for (const code of ["LAW", "MKT"]) await anOrganization({ code, creditType });
  await expectRoundTrip(
    "members",
    "organization,name,email,role,monthly_allowance,status",
    (n) =>
      `${n % 2 ? "LAW" : "MKT"},Member ${String(n).padStart(6, "0")},m${n}@example.edu,creator,${n % 3 ? "" : "10.5"},active`,
  );
});
