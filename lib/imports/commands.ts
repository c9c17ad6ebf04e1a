import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { and, eq, inArray, lt } from "drizzle-orm";
import { type Database, type Transaction, write } from "#db/client.ts";
import { dataDirectory } from "#db/data-directory.ts";
import { imports } from "#db/schema/index.ts";
import { type Actor, assertRole } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { newToken } from "#lib/portal-users/secrets.ts";
import type { ImportKind, ImportReport } from "./rules.ts";

const KEPT_MS = 7 * 24 * 3600 * 1000;

const folder = () => path.join(dataDirectory(), "imports");

/** Where an upload lies, readable by the portal's own account alone. */
export function importPath(id: string): string {
  return path.join(folder(), `${id}.csv`);
}

/** Keeps an uploaded file, to be checked next. @returns the import's id. */
export async function addImport(
  kind: ImportKind,
  file: { name: string; bytes: Uint8Array },
  actor: Actor & { kind: "portal_user" },
): Promise<string> {
  assertRole(actor, "admin");
  const id = newToken().slice(0, 22);
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  await writeFile(importPath(id), file.bytes, { mode: 0o600, flag: "wx" });
  await write((tx) => {
    tx.insert(imports)
      .values({
        id,
        kind,
        fileName: file.name.slice(0, 200),
        byteLength: file.bytes.length,
        status: "checking",
        portalUserId: actor.id,
        createdAt: new Date(),
      })
      .run();
    recordAudit(tx, actor, [
      {
        action: "import.uploaded",
        subject: { kind: "import", id: null, label: id },
        after: { kind, fileName: file.name.slice(0, 200), byteLength: file.bytes.length },
      },
    ]);
  });
  return id;
}

/** Keeps what the check found. */
export async function finishCheck(id: string, report: ImportReport, db: Database): Promise<void> {
  await write(
    (tx) =>
      tx
        .update(imports)
        .set({ status: "checked", report: JSON.stringify(report), error: null })
        .where(and(eq(imports.id, id), eq(imports.status, "checking")))
        .run(),
    db,
  );
}

/** Claims a checked import of one's own (an owner: anyone's) for running; of two presses of the button one wins. */
export async function claimImport(id: string, actor: Actor): Promise<boolean> {
  assertRole(actor, "admin");
  return write(
    (tx) =>
      tx
        .update(imports)
        .set({ status: "importing" })
        .where(
          and(
            eq(imports.id, id),
            eq(imports.status, "checked"),
            actor.kind === "portal_user" && actor.role !== "owner"
              ? eq(imports.portalUserId, actor.id)
              : undefined,
          ),
        )
        .run().changes > 0,
  );
}

/** Marks the import done, in the transaction that imports. @returns false when it was not running. */
export function markImportDone(tx: Transaction, id: string): boolean {
  return (
    tx
      .update(imports)
      .set({ status: "done", finishedAt: new Date() })
      .where(and(eq(imports.id, id), eq(imports.status, "importing")))
      .run().changes > 0
  );
}

/** Ends a job that imported nothing, if it is still running, and says why; with what it found, where it found it. */
export async function failImport(
  id: string,
  during: "checking" | "importing",
  error: string,
  { report, db }: { report?: ImportReport; db?: Database } = {},
): Promise<void> {
  await write(
    (tx) =>
      tx
        .update(imports)
        .set({
          status: "failed",
          error,
          finishedAt: new Date(),
          ...(report && { report: JSON.stringify(report) }),
        })
        .where(and(eq(imports.id, id), eq(imports.status, during)))
        .run(),
    db,
  );
}

/** Why a job failed that a stop of the portal cut off. */
export const STOPPED_MEANWHILE =
  "The portal was stopped meanwhile. Nothing was imported; upload the file again.";

/** At start: jobs that a stop cut off have imported nothing, and uploads of more than a week ago go. */
export async function tidyImports(now = Date.now()): Promise<void> {
  const old = await write((tx) => {
    tx.update(imports)
      .set({
        status: "failed",
        error: STOPPED_MEANWHILE,
        finishedAt: new Date(now),
      })
      .where(inArray(imports.status, ["checking", "importing"]))
      .run();
    return tx
      .delete(imports)
      .where(lt(imports.createdAt, new Date(now - KEPT_MS)))
      .returning({ id: imports.id })
      .all();
  });
  for (const { id } of old) await rm(importPath(id), { force: true });
}
