import path from "node:path";
import { PassThrough } from "node:stream";
import { isNull } from "drizzle-orm";
import { expect, test } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { apiKeys, portalUsers } from "#db/schema/index.ts";
import { createApiKey, revokeApiKey } from "#lib/api-keys/commands.ts";
import { backUp } from "#lib/backup/commands/backup.ts";
import { restoreBackup } from "#lib/backup/commands/restore.ts";
import { aboutFile } from "#lib/cli/backup.ts";
import { verifyProgress } from "#lib/cli/support.ts";
import { readGrantScopes } from "#lib/grants/rules.ts";
import { setMailPreference } from "#lib/mail/commands.ts";
import { createPortalUser, setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { anOrganization, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

const backup = () => path.join(process.env.DATA_DIR ?? "", "backup.sqlite");

test("a restore reports the running check of the backup, and none without verification", async () => {
  await makeSmallEnterprise();
  const file = path.join(process.env.DATA_DIR ?? "", "backup.sqlite");
  value(await backUp(file, operator));
  closeDatabase();
  const names: string[] = [];
  const onVerify = (check: string) => names.push(check);
  value(await restoreBackup(file, operator, { verify: false, onVerify }));
  expect(names).toEqual([]);
  value(await restoreBackup(file, operator, { onVerify }));
  expect(names.slice(0, 4)).toEqual(["integrity", "references", "keys", "schema"]);
  expect(names.at(-1)).toBe("expected hashes");
});

test("more than twenty accounts that were disabled since stay so, while somebody with grants gets mails of such changes", async () => {
  await anOrganization({ code: "LAW" });
  const read = readGrantScopes("LAW");
  const scopes = read.ok ? read.value : [];
  const person = async (email: string, grants = {}) =>
    value(await createPortalUser({ email, role: "admin", ...grants }, operator));
  const admin = await person("admin@example.edu");
  const dean = await person("dean@example.edu", { scopes });
  const others = await Promise.all(Array.from({ length: 21 }, (_, n) => person(`other-${n}@example.edu`)));
  value(await setMailPreference({ portalUser: dean.id, events: ["*"], frequency: "daily" }, operator));
  value(await backUp(backup(), operator));
  for (const { id } of others) value(await setPortalUserDisabled({ id, disabled: true }, operator));
  closeDatabase();
  const { withdrawn } = value(await restoreBackup(backup(), operator));
  expect(withdrawn.users.toSorted()).toEqual(others.map(({ email }) => email).toSorted());
  expect(verifyDatabase(databaseFile()).ok).toBe(true);
  const active = database().select().from(portalUsers).where(isNull(portalUsers.disabledAt)).all();
  expect(active.map(({ email }) => email)).toEqual([admin.email, dean.email]);
});

test("a key that is revoked and an account that is disabled while the portal runs and the backup is verified stay so", async () => {
  const person = (email: string) => createPortalUser({ email, role: "admin" }, operator);
  const early = value(await person("early@example.edu"));
  const late = value(await person("late@example.edu"));
  const key = value(await createApiKey({ name: "Gateway", organization: null, expires: null }, operator));
  value(await backUp(backup(), operator));
  value(await setPortalUserDisabled({ id: early.id, disabled: true }, operator));
  // The database stays open, as that of a running portal.
  const during: Promise<unknown>[] = [];
  const onVerify = () => {
    if (during.length > 0) return;
    during.push(setPortalUserDisabled({ id: late.id, disabled: true }, operator));
    during.push(revokeApiKey({ id: key.id }, operator));
  };
  const { withdrawn } = value(await restoreBackup(backup(), operator, { onVerify }));
  expect(during).toHaveLength(2);
  expect(withdrawn.users).toEqual(["early@example.edu", "late@example.edu"]);
  expect(withdrawn.keys).toMatchObject([{ name: "Gateway" }]);
  expect(database().select().from(portalUsers).where(isNull(portalUsers.disabledAt)).all()).toEqual([]);
  expect(database().select().from(apiKeys).where(isNull(apiKeys.revokedAt)).all()).toEqual([]);
  expect(verifyDatabase(databaseFile()).ok).toBe(true);
});

test.each([
  [true, "\r\x1b[KChecking: integrity\r\x1b[KChecking: ledger 41%\r\x1b[K"],
  [false, ""],
])("progress is one line of a terminal, and nothing elsewhere: terminal %s", (isTTY, expected) => {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const progress = verifyProgress(stderr);
  progress.show("integrity");
  progress.show("ledger", 0.419);
  progress.clear();
  expect(stderr.read()?.toString() ?? "").toBe(expected);
});

const folder = () => process.env.DATA_DIR ?? "";

/** As SQLite and the file system raise them. */
const failure = (fields: { code: string; syscall?: string; path?: string }) =>
  Object.assign(new Error(fields.code), fields);

test.each([
  [
    "a full disk",
    () => failure({ code: "SQLITE_FULL" }),
    () => `${folder()} cannot be written (SQLITE_FULL).`,
  ],
  [
    "a disk that was made read-only",
    () => failure({ code: "SQLITE_READONLY" }),
    () => `${folder()} cannot be written (SQLITE_READONLY).`,
  ],
  [
    "a full disk, from the file system",
    () => failure({ code: "ENOSPC", syscall: "write" }),
    () => `${folder()} cannot be written (ENOSPC).`,
  ],
  [
    "a read-only file system",
    () => failure({ code: "EROFS", syscall: "mkdir", path: path.join(folder(), "restoring") }),
    () => `${folder()} cannot be written (EROFS).`,
  ],
  [
    "a data folder of somebody else",
    () => failure({ code: "EACCES", syscall: "mkdir", path: path.join(folder(), "restoring") }),
    () => `${folder()} cannot be written (EACCES).`,
  ],
  [
    "a backup of somebody else",
    () => failure({ code: "EACCES", syscall: "open", path: "/b/backup.sqlite" }),
    () => "/b/backup.sqlite cannot be read (EACCES).",
  ],
  [
    "a folder that only begins like the data folder",
    () => failure({ code: "EACCES", syscall: "open", path: `${folder()}-2/backup.sqlite` }),
    () => "/b/backup.sqlite cannot be read (EACCES).",
  ],
])("a restore blames what is at fault: %s", (_name, error, message) => {
  expect(() => aboutFile("read", "/b/backup.sqlite")(error())).toThrow(message());
});
