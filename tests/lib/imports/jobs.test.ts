import { existsSync, statSync } from "node:fs";
import { eq } from "drizzle-orm";
import { beforeEach, expect, it, vi } from "vitest";
import { database, write } from "#db/client.ts";
import { auditEntries, creditTypes, imports, organizations } from "#db/schema/index.ts";
import { type Actor, ForbiddenError } from "#lib/actor.ts";
import {
  claimCheck,
  claimImport,
  failInterruptedImports,
  holdImport,
  importPath,
  removeOldImports,
  startRemovingOldImports,
} from "#lib/imports/commands.ts";
import { importProgress, startImportJob } from "#lib/imports/jobs.ts";
import { getImport, mayUseImport } from "#lib/imports/queries.ts";
import { setEnterpriseRole } from "#lib/portal-users/commands/records.ts";
import { anOrganization, anUpload, aPortalUser, scopeOf, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

type User = Actor & { kind: "portal_user" };
const HEADER = "name,code,credit_type,monthly_allowance_per_member,status\r\n";

// A thread starts slowly on a busy machine.
vi.setConfig({ testTimeout: 60_000 });
useFreshDatabase();

let admin: User;
let otherAdmin: User;
let owner: User;
beforeEach(async () => {
  owner = await aPortalUser("owner", "owner@example.edu");
  admin = await aPortalUser("admin", "admin@example.edu");
  otherAdmin = await aPortalUser("admin", "other@example.edu");
  database()
    .insert(creditTypes)
    .values({
      name: "SGD Credits",
      nameKey: "sgd credits",
      currency: "SGD",
      exchangeRate: 1_000_000n,
      createdAt: new Date(),
    })
    .run();
});

const upload = (rows: string) =>
  anUpload("organizations", { name: "units.csv", bytes: new TextEncoder().encode(HEADER + rows) }, admin);
/** Presses the button of the preview that is there now. */
const claim = (id: string, user: User = admin) => claimImport(id, getImport(id)?.report?.digest ?? "", user);
const stored = () => database().select().from(organizations).all();

/** Uploads and checks. */
async function checked(rows: string): Promise<string> {
  const id = await upload(rows);
  await startImportJob({ id, task: "check", actor: admin });
  return id;
}

it("checks and imports an upload in a thread, once, however often the button is pressed", async () => {
  const id = await upload("Arts,ART,SGD Credits,,active\r\nLaw,LAW,SGD Credits,5,inactive\r\n");
  const checking = startImportJob({ id, task: "check", actor: admin });
  expect(importProgress(id)?.step).toBe("waiting");
  await checking;
  expect(importProgress(id)).toBeNull();
  expect(getImport(id)).toMatchObject({
    status: "checked",
    report: { rows: 2, active: 1, inactive: 1, errorCount: 0 },
  });
  expect(stored()).toEqual([]);

  const claims = await Promise.all([claim(id), claim(id)]);
  expect(claims.map(value).toSorted()).toEqual([false, true]);
  // Even if both had got through, the second finds it done.
  await Promise.all([
    startImportJob({ id, task: "import", actor: admin }),
    startImportJob({ id, task: "import", actor: admin }),
  ]);
  expect(getImport(id)?.status).toBe("done");
  expect(stored().map(({ code }) => code)).toEqual(["ART", "LAW"]);
  expect(
    database().select({ action: auditEntries.action, by: auditEntries.actorLabel }).from(auditEntries).all(),
  ).toEqual([
    { action: "import.uploaded", by: admin.email },
    { action: "organization.created", by: admin.email },
    { action: "organization.created", by: admin.email },
  ]);
});

it("checks once more for a person who asks before the thread of the first check has ended", async () => {
  const id = await upload("Arts,ART,SGD Credits,,active\r\n");
  const first = startImportJob({ id, task: "check", actor: admin });
  while (getImport(id)?.status !== "checked") await new Promise(setImmediate);
  expect(await claimCheck(id, "both", admin)).toBe(true);
  const second = startImportJob({ id, task: "check", actor: admin });
  await first;
  expect(importProgress(id)?.step).toBe("waiting");
  await second;
  expect(getImport(id)).toMatchObject({ status: "checked", mode: "both", error: null, report: { rows: 1 } });
  expect(importProgress(id)).toBeNull();
});

it("is claimed for what the person has seen alone: another check makes the preview stale, also while it runs", async () => {
  const id = await checked("Arts,ART,SGD Credits,,active\r\n");
  const seen = getImport(id)?.report?.digest ?? "";
  await anOrganization({ name: "Fine Arts", code: "ART", creditType: 1 });
  const stale = { ok: false, code: "stale_preview" };

  expect(await claimCheck(id, "both", admin)).toBe(true);
  expect(await claimImport(id, seen, admin)).toMatchObject(stale);
  await startImportJob({ id, task: "check", actor: admin });
  expect(await claimImport(id, seen, admin)).toMatchObject(stale);
  expect(getImport(id)).toMatchObject({ status: "checked", report: { added: 0, changed: 1 } });

  expect(await claim(id)).toEqual({ ok: true, value: true });
  // A button that is pressed late finds it claimed.
  expect(await claimImport(id, seen, admin)).toEqual({ ok: true, value: false });
});

it("keeps an upload closed to other accounts of the machine", async () => {
  const id = await upload("");
  expect(statSync(importPath(id)).mode & 0o777).toBe(0o600);
});

it("shows what is wrong and imports nothing, even when claimed", async () => {
  const id = await checked("Arts,ART,SGD Credits,,active\r\nLaw,LAW,None,,active\r\n");
  expect(getImport(id)?.report?.errors).toEqual([
    { line: 3, message: "credit_type: There is no credit type named None." },
  ]);
  await claim(id);
  await startImportJob({ id, task: "import", actor: admin });
  expect(getImport(id)).toMatchObject({
    status: "failed",
    error: "The file has 1 error. Nothing was imported.",
    report: { errorCount: 1 },
  });
  expect(stored()).toEqual([]);
});

it("counts the rows of the file, good and bad", async () => {
  const id = await checked(
    "Arts,ART,SGD Credits,,active\r\nLaw,LAW,None,,active\r\nLab,LAB,None,,active\r\n",
  );
  expect(getImport(id)?.report).toMatchObject({ rows: 3, active: 1, inactive: 0, errorCount: 2 });
});

it("fails an upload of commas alone, within the memory of its thread", async () => {
  const commas = { name: "x.csv", bytes: Buffer.alloc(31 * 1024 * 1024, ",") };
  const id = await anUpload("organizations", commas, admin);
  await startImportJob({ id, task: "check", actor: admin });
  expect(getImport(id)?.report?.errors).toEqual([{ line: 1, message: "The row has more than 200 columns." }]);
});

it("fails an import whose code was taken after the check", async () => {
  const first = await checked("Arts,ART,SGD Credits,,active\r\n");
  const second = await checked("New,N-1,SGD Credits,,active\r\nArts too,art,SGD Credits,,active\r\n");
  for (const id of [first, second]) await claim(id);
  await Promise.all([first, second].map((id) => startImportJob({ id, task: "import", actor: admin })));
  expect(getImport(first)?.status).toBe("done");
  expect(getImport(second)).toMatchObject({
    status: "failed",
    report: { errors: [{ line: 3, message: "code: art is taken by Arts." }] },
  });
  expect(stored().map(({ code }) => code)).toEqual(["ART"]);
});

it("fails a job whose thread cannot do it, and does the next", async () => {
  const lost = "x".repeat(22);
  database()
    .insert(imports)
    .values({
      id: lost,
      kind: "organizations",
      fileName: "lost.csv",
      byteLength: 1,
      status: "checking",
      portalUserId: admin.id,
      createdAt: new Date(),
    })
    .run();
  const next = await upload("Arts,ART,SGD Credits,,active\r\n");
  await Promise.all([
    startImportJob({ id: lost, task: "check", actor: admin }),
    startImportJob({ id: next, task: "check", actor: admin }),
  ]);
  expect(getImport(lost)).toMatchObject({
    status: "failed",
    error: "The file could not be processed. Nothing was imported.",
  });
  expect(getImport(next)?.status).toBe("checked");
});

it("is the uploader's and the owners' alone", async () => {
  const id = await checked("Arts,ART,SGD Credits,,active\r\n");
  const uploaded = { portalUserId: admin.id, kind: "organizations", report: null } as const;
  const may = (user: User) => mayUseImport({ ...user, scope: scopeOf(user) }, uploaded);
  expect([admin, otherAdmin, owner].map(may)).toEqual([true, false, true]);
  // One who has lost the role since.
  expect(may({ ...admin, role: "viewer" })).toBe(false);
  expect(await claim(id, otherAdmin)).toEqual({ ok: true, value: false });
  await write((tx) => setEnterpriseRole(tx, admin.id, "viewer", owner));
  await expect(claim(id)).rejects.toThrow(ForbiddenError);
  expect(await claim(id, owner)).toEqual({ ok: true, value: true });
});

it("fails at start what the end of the process interrupted", async () => {
  const cutOff = await upload("Arts,ART,SGD Credits,,active\r\n");
  const importing = await checked("Law,LAW,SGD Credits,,active\r\n");
  await claim(importing);
  const ready = await checked("Lab,LAB,SGD Credits,,active\r\n");
  await failInterruptedImports();
  for (const id of [cutOff, importing]) {
    expect(getImport(id)).toMatchObject({
      status: "failed",
      error: "The portal was stopped during the import. Nothing was imported; upload the file again.",
    });
  }
  expect(getImport(ready)?.status).toBe("checked");
  expect(stored()).toEqual([]);
});

it("leaves alone what another server on the same folder is importing", async () => {
  const elsewhere = await upload("Arts,ART,SGD Credits,,active\r\n");
  const interrupted = await upload("Law,LAW,SGD Credits,,active\r\n");
  const release = holdImport(elsewhere);
  await failInterruptedImports();
  expect([elsewhere, interrupted].map((id) => getImport(id)?.status)).toEqual(["checking", "failed"]);
  release();
  await failInterruptedImports();
  expect(getImport(elsewhere)?.status).toBe("failed");
});

const DAY_MS = 24 * 3_600_000;
const isThere = (id: string) => [getImport(id) !== null, existsSync(importPath(id))];

it("removes uploads, with their files, after a week", async () => {
  const id = await checked("Arts,ART,SGD Credits,,active\r\n");
  await removeOldImports(Date.now() + 6 * DAY_MS);
  expect(isThere(id)).toEqual([true, true]);
  await removeOldImports(Date.now() + 8 * DAY_MS);
  expect(isThere(id)).toEqual([false, false]);
});

it("removes a file whose row a restore has taken away", async () => {
  const id = await checked("Arts,ART,SGD Credits,,active\r\n");
  database().delete(imports).run();
  await removeOldImports(Date.now() + 6 * DAY_MS);
  expect(isThere(id)).toEqual([false, true]);
  await removeOldImports(Date.now() + 8 * DAY_MS);
  expect(isThere(id)).toEqual([false, false]);
});

it("removes them at start and every day", async () => {
  const old = await checked("Arts,ART,SGD Credits,,active\r\n");
  const age = (id: string) =>
    database()
      .update(imports)
      .set({ createdAt: new Date(Date.now() - 8 * DAY_MS) })
      .where(eq(imports.id, id))
      .run();
  age(old);
  vi.useFakeTimers({ toFake: ["setInterval"] });
  try {
    await startRemovingOldImports();
    expect(getImport(old)).toBeNull();
    const next = await upload("Law,LAW,SGD Credits,,active\r\n");
    await failInterruptedImports();
    age(next);
    vi.advanceTimersByTime(DAY_MS);
    await vi.waitFor(() => expect(getImport(next)).toBeNull(), { timeout: 30_000 });
  } finally {
    vi.useRealTimers();
  }
});
