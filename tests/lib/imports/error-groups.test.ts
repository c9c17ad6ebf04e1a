import { existsSync, readFileSync } from "node:fs";
import { beforeEach, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { claimCheck, errorsPath } from "#lib/imports/commands.ts";
import { checkFile } from "#lib/imports/file.ts";
import { importTasks, runImportJob } from "#lib/imports/tasks.ts";
import { membersImporter } from "#lib/members/import.ts";
import { organizationsImporter } from "#lib/organizations/import.ts";
import { aCreditType, anOrganization, anUpload, aPortalUser, operator } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();
beforeEach(() => anOrganization({ code: "LAW", name: "School of Law", members: ["ana@example.edu"] }));

const bytes = (...lines: string[]) => new TextEncoder().encode(`${lines.join("\n")}\n`);

it("has one group for each cause, the most frequent first, with its remedy", async () => {
  await aCreditType({ name: "SGD Credits", currency: "SGD" });
  const { report } = await checkFile(
    organizationsImporter,
    bytes(
      "name,code,credit_type",
      "A,A1,INR Credits",
      "B,B1,INR Credits",
      "C,LAW,SGD Credits",
      "D,D1,SGD Credits",
      "E,d1,INR Credits",
    ),
    operator,
  );
  expect(report.errorCount).toBe(5);
  expect(report.errorGroups).toEqual([
    {
      message: "There is no credit type named INR Credits.",
      rows: 3,
      lines: [2, 3, 6],
      remedy: { kind: "create_credit_type", name: "INR Credits" },
    },
    {
      message: "The portal has an organization with this code already.",
      rows: 1,
      lines: [4],
      remedy: { kind: "change_existing" },
    },
    { message: "The code is already on an earlier line.", rows: 1, lines: [6] },
  ]);
});

it("names five lines of a group, and counts all of them", async () => {
  const rows = Array.from({ length: 350 }, (_, index) => `O${index},C${index},INR Credits`);
  const { report } = await checkFile(
    organizationsImporter,
    bytes("name,code,credit_type", ...rows),
    operator,
  );
  expect(report.errorGroups).toMatchObject([{ rows: 350, lines: [2, 3, 4, 5, 6] }]);
});

it("of members: an organization that is missing, and a person who is a member already", async () => {
  const { report } = await checkFile(
    membersImporter,
    bytes("organization,email", "ART,bo@example.edu", "ART,cy@example.edu", "LAW,ana@example.edu"),
    operator,
  );
  expect(report.errorGroups).toEqual([
    {
      message: "There is no organization with the code ART.",
      rows: 2,
      lines: [2, 3],
      remedy: { kind: "create_organization", code: "ART" },
    },
    {
      message: "The person is a member of this organization already.",
      rows: 1,
      lines: [4],
      remedy: { kind: "change_existing" },
    },
  ]);
});

it("keeps the bad rows as a file that can be corrected and uploaded, until a check finds none", async () => {
  const actor = await aPortalUser("admin");
  const upload = bytes(
    "name,code,credit_type",
    "A,A1,LAW Credits",
    '"B, the second",B1,INR Credits',
    "C,,LAW Credits",
  );
  const id = await anUpload("organizations", { name: "x.csv", bytes: upload }, actor);
  const run = { db: database(), onProgress: () => {} };
  const importer = importTasks(organizationsImporter);
  const tasks = { organizations: importer, members: importer, allocations: importer };
  await runImportJob({ id, task: "check", actor }, tasks, run);
  expect(readFileSync(errorsPath(id), "utf8")).toBe(
    "\uFEFFname,code,credit_type,line,reason\r\n" +
      '"B, the second",B1,INR Credits,3,credit_type: There is no credit type named INR Credits.\r\n' +
      "C,,LAW Credits,4,code: Enter a code.\r\n",
  );
  const again = await anUpload(
    "organizations",
    { name: "y.csv", bytes: bytes("name,code,credit_type,line,reason", "A,A1,LAW Credits,3,was wrong") },
    actor,
  );
  await runImportJob({ id: again, task: "check", actor }, tasks, run);
  expect(existsSync(errorsPath(again))).toBe(false);
  await aCreditType({ name: "INR Credits", currency: "INR" });
  expect(await claimCheck(id, "add", actor)).toBe(true);
  await runImportJob({ id, task: "check", actor }, tasks, run);
  expect(readFileSync(errorsPath(id), "utf8")).not.toContain("INR");
});
