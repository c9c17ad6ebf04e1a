import path from "node:path";
import { asc } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import { backUp } from "#lib/backup/commands/backup.ts";
import { restoreBackup } from "#lib/backup/commands/restore.ts";
import { addGrants, removeGrant } from "#lib/grants/commands.ts";
import { grantsOf } from "#lib/grants/queries.ts";
import { type GrantRole, readGrantScopes } from "#lib/grants/rules.ts";
import { createPortalUser, setPortalUserRole } from "#lib/portal-users/commands/accounts.ts";
import { enterpriseRoleOf } from "#lib/scope/scope.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { anOrganization, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

type User = { id: number; email: string };
let dean: User;
let auditor: User;
const backup = () => path.join(process.env.DATA_DIR ?? "", "backup.sqlite");

beforeEach(async () => {
  await anOrganization({ code: "LAW" });
  await anOrganization({ code: "ART" });
  value(await createPortalUser({ email: "owner@example.edu", role: "owner" }, operator));
  auditor = value(await createPortalUser({ email: "auditor@example.edu", role: "admin" }, operator));
  dean = value(
    await createPortalUser(
      { email: "dean@example.edu", role: "admin", scopes: scopes("LAW, site:lyon") },
      operator,
    ),
  );
  value(await backUp(backup(), operator));
});

function scopes(text: string) {
  const read = readGrantScopes(text);
  if (!read.ok) throw new Error(read.message);
  return read.value;
}
const give = async (role: GrantRole, text: string) =>
  value(await addGrants({ id: dean.id, role, scopes: scopes(text) }, operator));
const list = () =>
  grantsOf([dean.id]).map(({ role, organization, tag }) => `${role} ${organization?.code ?? tag}`);
const actions = () =>
  database()
    .select({ action: auditEntries.action })
    .from(auditEntries)
    .orderBy(asc(auditEntries.id))
    .all()
    .map(({ action }) => action);

async function restore({ asItWas = false } = {}): Promise<string[]> {
  closeDatabase();
  const { withdrawn } = value(await restoreBackup(backup(), operator, { asItWas }));
  expect(verifyDatabase(databaseFile()).ok).toBe(true);
  return withdrawn.access;
}

describe("after a restore", () => {
  it("nothing is taken where nothing has changed", async () => {
    expect(await restore()).toEqual([]);
    expect(list()).toEqual(["admin LAW", "admin site:lyon"]);
    expect(enterpriseRoleOf(auditor.id)).toBe("admin");
    expect(actions().at(-1)).toBe("portal.restored");
  });

  it("access that was removed since stays removed, and what was lowered stays lowered", async () => {
    for (const { id, tag } of grantsOf([dean.id])) {
      if (tag !== null) value(await removeGrant({ grant: id }, operator));
    }
    await give("viewer", "LAW");
    value(await setPortalUserRole({ id: auditor.id, role: "viewer" }, operator));
    expect((await restore()).sort()).toEqual([
      "Admin of LAW of dean@example.edu",
      "Admin of site:lyon of dean@example.edu",
      "Admin of the enterprise of auditor@example.edu",
    ]);
    expect(list()).toEqual(["viewer LAW"]);
    expect(enterpriseRoleOf(auditor.id)).toBe("viewer");
    expect(actions().slice(-3).sort()).toEqual([
      "grant.removed",
      "grant.updated",
      "portal_user.role_changed",
    ]);
  });

  it("a role on the enterprise that ended since does not come back", async () => {
    value(await setPortalUserRole({ id: auditor.id, role: null }, operator));
    expect(await restore()).toEqual(["Admin of the enterprise of auditor@example.edu"]);
    expect(enterpriseRoleOf(auditor.id)).toBeNull();
  });

  it("access that was given since is lost, as everything after the backup", async () => {
    await give("admin", "ART");
    expect(await restore()).toEqual([]);
    expect(list()).toEqual(["admin LAW", "admin site:lyon"]);
  });

  it("--as-it-was brings it back and lists it", async () => {
    for (const { id } of grantsOf([dean.id])) value(await removeGrant({ grant: id }, operator));
    expect(await restore({ asItWas: true })).toEqual([
      "Admin of LAW of dean@example.edu",
      "Admin of site:lyon of dean@example.edu",
    ]);
    expect(list()).toEqual(["admin LAW", "admin site:lyon"]);
    expect(actions().at(-1)).toBe("portal.restored");
  });
});
