import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries, portalSessions } from "#db/schema/index.ts";
import { loadConfig } from "#lib/config.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { isLinked } from "#lib/single-sign-on/commands.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { anOrganization, operator, value } from "#tests/support/builders.ts";
import { bursarInProcess } from "#tests/support/command-line.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const ISSUER = "https://id.example.edu/realms/campus";
const SETTINGS = {
  ...{ APP_URL: "https://portal.example.edu", OIDC_ISSUER: ISSUER },
  ...{ OIDC_CLIENT_ID: "bursar", OIDC_CLIENT_SECRET: "secret" },
};

beforeEach(async () => {
  Object.assign(process.env, SETTINGS);
  loadConfig();
  for (const email of ["ana@example.edu", "bo@example.edu"]) {
    value(await createPortalUser({ email, role: "admin" }, operator));
  }
});
afterEach(() => {
  for (const name of Object.keys(SETTINGS)) delete process.env[name];
  loadConfig();
});

const relink = (...args: string[]) => bursarInProcess(["sso", "relink", ...args]);
const linked = (email: string, subject: string) => relink("--account", email, "--subject", subject);

it("lists the accounts without a link", async () => {
  value(await createPortalUser({ email: "cy@example.edu", role: "viewer" }, operator));
  await linked("bo@example.edu", "b-1");
  expect(await relink("--account", "bo@example.edu", "--subject", "b-1", "--apply")).toMatchObject({
    code: 0,
  });
  expect(await relink()).toMatchObject({
    code: 0,
    out: [
      "No account is linked at another issuer.",
      "2 accounts without a link:",
      "  ana@example.edu (admin)",
      "  cy@example.edu (viewer)",
      "",
    ].join("\n"),
  });
});

it("names no role where an account has one on organizations alone", async () => {
  await anOrganization({ code: "LAW" });
  const scopes = [{ code: "LAW", tag: null }];
  value(await createPortalUser({ email: "cy@example.edu", role: "viewer", scopes }, operator));
  expect((await relink()).out).toContain("  cy@example.edu (no role on the enterprise)\n");
  const { unlinked } = JSON.parse((await relink("--json")).out);
  expect(unlinked).toContainEqual({ email: "cy@example.edu", role: null });
  await relink(
    "--account",
    "cy@example.edu",
    "--subject",
    "c-1",
    "--issuer",
    "https://old.example.edu",
    "--apply",
  );
  expect((await relink()).out).toContain(
    "cy@example.edu (no role on the enterprise), linked at https://old.example.edu\n",
  );
});

it("links an account to a person who is named, once it is applied", async () => {
  expect(await linked("ANA@example.edu", "a-1")).toMatchObject({
    code: 0,
    out: `ana@example.edu would be linked to a-1 at ${ISSUER}. Run it again with --apply to do so.\n`,
  });
  expect(isLinked(ISSUER, "a-1")).toBe(false);
  const apply = ["--account", "ana@example.edu", "--subject", "a-1", "--apply"];
  expect(await relink(...apply)).toMatchObject({
    code: 0,
    out: `ana@example.edu is linked to a-1 at ${ISSUER}.\n`,
  });
  expect(isLinked(ISSUER, "a-1")).toBe(true);
  expect(await relink(...apply)).toMatchObject({
    code: 1,
    err: `a-1 at ${ISSUER} is linked to ana@example.edu.\n`,
  });
});

it("replaces an earlier link, ends its sessions and records both", async () => {
  await relink("--account", "ana@example.edu", "--subject", "a-1", "--apply");
  await startSession(1, null, { identityId: 1 });
  expect(database().select().from(portalSessions).all()).toHaveLength(1);
  const run = await relink(
    "--account",
    "ana@example.edu",
    "--subject",
    "a-2",
    "--issuer",
    `${ISSUER}/`,
    "--apply",
    "--json",
  );
  expect(JSON.parse(run.out)).toEqual({
    ...{ applied: true, email: "ana@example.edu", issuer: ISSUER, subject: "a-2" },
    before: { issuer: ISSUER, subject: "a-1" },
  });
  expect([isLinked(ISSUER, "a-1"), isLinked(ISSUER, "a-2")]).toEqual([false, true]);
  expect(database().select().from(portalSessions).all()).toEqual([]);
  const entries = database().select().from(auditEntries).orderBy(auditEntries.id).all();
  const links = entries.filter(({ action }) => /linked$/.test(action));
  expect(links.map(({ action, before, after }) => [action, before ?? after])).toEqual([
    ["portal_user.linked", JSON.stringify({ issuer: ISSUER, subject: "a-1" })],
    ["portal_user.unlinked", JSON.stringify({ issuer: ISSUER, subject: "a-1" })],
    ["portal_user.linked", JSON.stringify({ issuer: ISSUER, subject: "a-2" })],
  ]);
  const { checks } = verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite"));
  expect(checks.filter(({ faults }) => faults > 0)).toEqual([]);
});

it.each([
  [["--account", "ana@example.edu"], 2, "--account and --subject belong together."],
  [["--subject", "a-1"], 2, "--account and --subject belong together."],
  [
    ["--account", "ana@example.edu", "--subject", "a", "--from", ISSUER],
    2,
    "--from and --account exclude each other.",
  ],
  [["--account", "no@example.edu", "--subject", "a"], 1, "There is no portal user no@example.edu."],
  [["--account", "ana@example.edu", "--subject", " "], 1, "A subject has 1 to 255 characters."],
])("refuses %j", async (args, code, message) => {
  const run = await relink(...args);
  expect(run.code).toBe(code);
  expect(run.err).toContain(message);
});
