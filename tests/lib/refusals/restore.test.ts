import path from "node:path";
import { asc } from "drizzle-orm";
import { expect, test } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { refusals } from "#db/schema/index.ts";
import { backUp } from "#lib/backup/commands/backup.ts";
import { restoreBackup } from "#lib/backup/commands/restore.ts";
import { savePendingRefusals } from "#lib/refusals/queue.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { application, newKey } from "#tests/support/usage-api.ts";

useFreshDatabase();

test("a backup has the refusals, and after its restore those that waited are written to it", async () => {
  await makeSmallEnterprise();
  const { check } = application(await newKey(null));
  const later = application(await newKey(null));
  await check("organization=LAW&member=before@example.edu");
  await savePendingRefusals();
  const file = path.join(process.env.DATA_DIR ?? "", "backup.sqlite");
  value(await backUp(file, operator));
  await check("organization=LAW&member=lost@example.edu");
  await savePendingRefusals();
  await later.check("organization=ART&member=waiting@example.edu");
  closeDatabase();
  value(await restoreBackup(file, operator));
  await savePendingRefusals();
  const emails = database().select({ email: refusals.memberEmail }).from(refusals).orderBy(asc(refusals.id));
  expect(emails.all()).toEqual([{ email: "before@example.edu" }, { email: "waiting@example.edu" }]);
  expect(verifyDatabase(databaseFile()).ok).toBe(true);
});
