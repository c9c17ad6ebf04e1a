import { beforeEach, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { creditTypes, organizations } from "#db/schema/index.ts";
import { checkFile, importFile } from "#lib/imports/file.ts";
import { organizationsImporter } from "#lib/organizations/import.ts";
import { operator } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

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

it("refuses a plan that the portal has changed since the check, also an archived credit type", async () => {
  const { report } = await checkFile(organizationsImporter, FILE, operator);
  expect(report).toMatchObject({ added: 1, errorCount: 0 });
  database().update(creditTypes).set({ archivedAt: new Date() }).run();
  expect(await importFile(organizationsImporter, FILE, operator, { digest: report.digest })).toMatchObject({
    ok: false,
    report: { errors: [{ line: 2, message: "credit_type: JPY Credits is archived." }] },
  });
  expect(codes()).toEqual(["LAW", "ART"]);
});
