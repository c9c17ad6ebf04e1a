import path from "node:path";
import { expect, test } from "vitest";
import { closeDatabase, databaseFile } from "#db/client.ts";
import { backUp } from "#lib/backup/commands/backup.ts";
import { restoreBackup } from "#lib/backup/commands/restore.ts";
import { moveCredits } from "#lib/batches/commands/credits.ts";
import { reverseBatch } from "#lib/batches/commands/reversals.ts";
import { getBatch } from "#lib/batches/queries/batches.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { credits, everything, operator, requestId, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

test("a backup has the batches, and after its restore one that was reversed since can be reversed", async () => {
  await makeSmallEnterprise();
  const move = { move: "allocation", split: "each", amount: credits(5), note: null, expected: null } as const;
  const request = { ...move, ids: [1, 2], selection: "1,2", requestId: requestId() };
  value(await moveCredits(request, operator));
  const file = path.join(process.env.DATA_DIR ?? "", "backup.sqlite");
  value(await backUp(file, operator));
  const reverse = () =>
    reverseBatch({ batch: 1, note: null, requestId: requestId(), expected: null }, operator);
  value(await reverse());
  expect(getBatch(everything, 1)?.reversedById).toBe(2);
  closeDatabase();
  value(await restoreBackup(file, operator));
  expect(getBatch(everything, 1)).toMatchObject({ changes: 2, reversedById: null });
  expect(getOrganization(everything, "LAW")?.balance).toBe(credits(1_005));
  // The same request is known from the backup.
  expect(value(await moveCredits(request, operator)).isRepeat).toBe(true);
  expect(value(await reverse()).changed).toBe(2);
  expect(getOrganization(everything, "LAW")?.balance).toBe(credits(1_000));
  expect(verifyDatabase(databaseFile()).ok).toBe(true);
});
