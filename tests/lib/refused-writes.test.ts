import { beforeEach, expect, test } from "vitest";
import { database } from "#db/client.ts";
import type { Actor } from "#lib/actor.ts";
import { formatCsv } from "#lib/csv.ts";
import { createOrganization } from "#lib/organizations/commands/organizations.ts";
import { createOrganizationInput } from "#lib/organizations/rules.ts";
import { createPortalUser, setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { changeOwnPassword, resetPortalUser } from "#lib/portal-users/commands/passwords.ts";
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";
import { signInByClaims } from "#lib/single-sign-on/commands.ts";
import { importUsageFile, USAGE_COLUMNS } from "#lib/usage/import.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

let owner: Actor & { kind: "portal_user" };
beforeEach(async () => {
  await makeSmallEnterprise();
  const { id, email } = value(
    await createPortalUser(
      { email: "owner@example.edu", role: "owner", password: "a long password" },
      operator,
    ),
  );
  owner = { kind: "portal_user", id, email, role: "owner", address: null };
});

function content(): Map<string, string> {
  const sqlite = database().$client;
  const tables = sqlite
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all() as string[];
  const asText = (_key: string, cell: unknown) => (typeof cell === "bigint" ? `${cell}` : cell);
  return new Map(
    tables.map((table) => [
      table,
      JSON.stringify(sqlite.prepare(`SELECT * FROM "${table}"`).raw().all(), asText),
    ]),
  );
}

/** The tables that `work` changed. */
async function tablesChangedBy(work: () => Promise<unknown>): Promise<string[]> {
  const before = content();
  await work();
  return [...content()].filter(([table, rows]) => before.get(table) !== rows).map(([table]) => table);
}

const claims = { iss: "https://id.example.edu", sub: "42", email: "new@example.edu", email_verified: true };
const singleSignOn = {
  issuer: new URL("https://id.example.edu"),
  clientId: "bursar",
  clientSecret: "secret",
  scopes: "openid email",
  name: "University",
  roles: null,
  grantClaim: null,
  createsUsers: true,
  trustsEmail: false,
};
const usageFile = (...rows: string[][]) => Buffer.from(formatCsv([USAGE_COLUMNS, ...rows]));
const at = "2026-11-23T10:00:00Z";
const now = new Date("2026-11-24T12:00:00Z");

// These write before they know that they will refuse.

test("a usage file whose second row is refused leaves nothing of the first", async () => {
  const file = usageFile(
    ["a", "LAW", "ana@example.edu", "essay-coach", "1", at],
    ["b", "LAW", "ana@example.edu", "essay-coach", "5000", at],
  );
  const changed = await tablesChangedBy(async () => {
    const result = await importUsageFile(file, operator, { now });
    expect(result).toMatchObject({ ok: false, code: "import_refused", report: { errorCount: 1 } });
  });
  expect(changed).toEqual([]);
});

test("a dry run of a usage file answers what would be recorded, and records nothing", async () => {
  const file = usageFile(["a", "LAW", "ana@example.edu", "essay-coach", "1", at]);
  const changed = await tablesChangedBy(async () => {
    const result = await importUsageFile(file, operator, { now, dryRun: true });
    expect(result).toMatchObject({ ok: true, value: { rows: 1, recorded: 1, errorCount: 0 } });
  });
  expect(changed).toEqual([]);
});

test("a last owner who gets the role viewer from the provider keeps password and link and gets no identity", async () => {
  const { link } = value(await resetPortalUser({ email: "owner@example.edu" }, operator));
  const invitation = link?.split("/").at(-1) ?? "";
  const roles = { claim: "groups", values: { owner: ["head"], admin: [], viewer: ["staff"] } };
  const changed = await tablesChangedBy(async () => {
    const result = await signInByClaims(
      { claims: { ...claims, groups: ["staff"] }, isWhole: true },
      { ...singleSignOn, roles },
      invitation,
    );
    expect(result).toEqual({ ok: false, code: "owner", message: "owner" });
  });
  expect(changed).toEqual([]);
});

test("a disabled account that single sign-on finds by its email gets no identity", async () => {
  const { id } = value(await createPortalUser({ email: "new@example.edu", role: "viewer" }, operator));
  value(await setPortalUserDisabled({ id, disabled: true }, operator));
  const changed = await tablesChangedBy(async () => {
    const result = await signInByClaims({ claims, isWhole: true }, singleSignOn);
    expect(result).toEqual({ ok: false, code: "disabled", message: "disabled" });
  });
  expect(changed).toEqual([]);
});

test("an organization whose initial credits are refused is not created", async () => {
  const input = createOrganizationInput.parse({
    name: "Faculty of Medicine",
    code: "MED",
    creditType: "1",
    monthlyAllowance: "",
    initialCredits: "8000.000001",
  });
  const changed = await tablesChangedBy(async () => {
    const result = await createOrganization(input, operator);
    expect(result).toMatchObject({ ok: false, code: "insufficient_credits", field: "initialCredits" });
  });
  expect(changed).toEqual([]);
});

// These count refused tries in their own write, before the password is checked.

test("a wrong password at sign-in is counted", async () => {
  const changed = await tablesChangedBy(async () => {
    expect(await signInWithPassword("owner@example.edu", "a wrong password", "203.0.113.9")).toMatchObject({
      code: "credentials_wrong",
    });
  });
  expect(changed).toEqual(["sign_in_failures"]);
});

test("a wrong current password is counted", async () => {
  const changed = await tablesChangedBy(async () => {
    const result = await changeOwnPassword(
      { currentPassword: "a wrong password", newPassword: "another long password" },
      owner,
    );
    expect(result).toMatchObject({ ok: false, code: "password_wrong" });
  });
  expect(changed).toEqual(["sign_in_failures"]);
});
