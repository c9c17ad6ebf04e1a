import { beforeEach, expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import { creditTypes, organizations } from "#db/schema/index.ts";
import { checkFile, importFile } from "#lib/imports/file.ts";
import { organizationsImporter } from "#lib/organizations/import.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise, operator } from "#tests/support/enterprise.ts";

useFreshDatabase();
beforeEach(makeSmallEnterprise);

const FILE = Buffer.from(
  "name,code,credit_type,monthly_allowance_per_member,status\nArts,LAB,JPY Credits,,active\n",
);
const codes = () =>
  database()
    .select({ code: organizations.code })
    .from(organizations)
    .all()
    .map(({ code }) => code);

it("imports nothing when the same transaction finds that it was done already", async () => {
  const result = await importFile(organizationsImporter, FILE, operator, { also: () => false });
  expect(result).toMatchObject({ ok: false, message: "This import was done already." });
  expect(codes()).toEqual(["LAW", "ART"]);
});

it("refuses what the portal has changed since the check: an archived credit type", async () => {
  const { rows } = await checkFile(organizationsImporter, FILE);
  expect(rows).toHaveLength(1);
  database().update(creditTypes).set({ archivedAt: new Date() }).run();
  expect(await write((tx) => organizationsImporter.changedSince(tx, rows))).toEqual([
    { line: 2, message: "credit_type: It is no longer in use." },
  ]);
});
