import path from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { closeDatabase } from "#db/client.ts";
import { backUp, restoreBackup } from "#lib/backup/commands.ts";
import { verifyProgress } from "#lib/cli/support.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

test("a restore tells which check of the backup runs, and none when it does not verify", async () => {
  await makeSmallEnterprise();
  const file = path.join(process.env.DATA_DIR ?? "", "backup.sqlite");
  value(await backUp(file, operator));
  closeDatabase();
  const names: string[] = [];
  const onVerify = (check: string) => names.push(check);
  value(await restoreBackup(file, operator, { verify: false, onVerify }));
  expect(names).toEqual([]);
  value(await restoreBackup(file, operator, { onVerify }));
  expect(names.slice(0, 4)).toEqual(["integrity", "references", "schema", "ledger"]);
  expect(names.at(-1)).toBe("expected hashes");
});

test.each([
  [true, "\r\x1b[KChecking: integrity\r\x1b[KChecking: ledger 41 %\r\x1b[K"],
  [false, ""],
])("progress is one line of a terminal, and nothing elsewhere: terminal %s", (isTTY, expected) => {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const progress = verifyProgress(stderr);
  progress.show("integrity");
  progress.show("ledger", 0.419);
  progress.clear();
  expect(stderr.read()?.toString() ?? "").toBe(expected);
});
