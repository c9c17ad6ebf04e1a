import { mkdirSync } from "node:fs";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { and, eq, inArray, lt, notInArray } from "drizzle-orm";
import { type Database, type Transaction, write } from "#db/client.ts";
import { dataDirectory } from "#db/data-directory.ts";
import { holdMark, isMarkHeld, type Release } from "#db/in-use.ts";
import { imports } from "#db/schema/index.ts";
import { type Actor, ForbiddenError } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { errorFields, log } from "#lib/log.ts";
import { newToken } from "#lib/portal-users/secrets.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { actsAs, assertRole, scopeOfActor } from "#lib/scope/authorize.ts";
import { managesAny } from "#lib/scope/scope.ts";
import { getImport } from "./queries.ts";
import type { ImportKind, ImportMode, ImportReport } from "./rules.ts";

type ImportStatus = (typeof imports.$inferSelect)["status"];

const DAY_MS = 24 * 3600 * 1000;
/** How long an upload and what its check found are kept. */
const RETENTION_MS = 7 * DAY_MS;

const RUNNING: ImportStatus[] = ["checking", "importing"];

const folder = () => path.join(dataDirectory(), "imports");

/** The file of an upload, which only the portal's own account can read. */
export function importPath(id: string): string {
  return path.join(folder(), `${id}.csv`);
}

/** The file that restores what an import changed; there is none if it changed nothing. */
export function undoPath(id: string): string {
  return importPath(`${id}-undo`);
}

/** The rows with an error, as a file with the reason of each; there is none if no row has an error. */
export function errorsPath(id: string): string {
  return importPath(`${id}-errors`);
}

/** A file in the folder of uploads, by the id that its import will have. */
export type StoredUpload = { id: string; name: string; byteLength: number };

/**
 * Stores a file that is uploaded, piece by piece as it arrives. Nothing of it stays where that fails.
 *
 * @throws what reading the pieces or writing the file throws
 */
export async function storeUpload(
  name: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<StoredUpload> {
  const id = newToken().slice(0, 22);
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  const file = await open(importPath(id), "wx", 0o600);
  let byteLength = 0;
  try {
    for await (const piece of pieces) {
      await file.writeFile(piece);
      byteLength += piece.byteLength;
    }
  } catch (error) {
    await removeUpload({ id });
    throw error;
  } finally {
    await file.close();
  }
  return { id, name: name.slice(0, 200), byteLength };
}

/** Removes a file that becomes no import. */
export async function removeUpload({ id }: Pick<StoredUpload, "id">): Promise<void> {
  await rm(importPath(id), { force: true });
}

/** Makes an import of a stored file, which is to be checked next. @returns the import's id. */
export async function addImport(
  kind: ImportKind,
  { id, name: fileName, byteLength }: StoredUpload,
  actor: Actor & { kind: "portal_user" },
  mode: ImportMode = "add",
): Promise<string> {
  await write((tx) => {
    assertMayImport(tx, actor, kind);
    tx.insert(imports)
      .values({
        id,
        kind,
        mode,
        fileName,
        byteLength,
        status: "checking",
        portalUserId: actor.id,
        createdAt: new Date(),
      })
      .run();
    recordAudit(tx, actor, [
      {
        action: "import.uploaded",
        subject: { kind: "import", id: null, label: id },
        after: { kind, fileName, byteLength },
      },
    ]);
  });
  return id;
}

/** Stores the report of the check. */
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

/** @throws ForbiddenError unless the actor may import files of this kind */
function assertMayImport(tx: Transaction, actor: Actor, kind: ImportKind): void {
  if (kind !== "members") assertRole(tx, actor, "admin");
  else if (!managesAny(scopeOfActor(tx, actor))) throw new ForbiddenError("admin");
}

/**
 * Whether the actor may run an import: one's own, or anyone's for an owner. False also for one that does not exist.
 *
 * @throws ForbiddenError if the actor may no longer import files of its kind
 */
function isTheirs(tx: Transaction, id: string, actor: Actor): boolean {
  const upload = tx
    .select({ kind: imports.kind, portalUserId: imports.portalUserId })
    .from(imports)
    .where(eq(imports.id, id))
    .get();
  if (!upload) return false;
  const isOwn = actor.kind === "portal_user" && actor.id === upload.portalUserId;
  if (!isOwn && !actsAs(tx, actor, "owner")) return false;
  assertMayImport(tx, actor, upload.kind);
  return true;
}

/**
 * Claims a checked import for running.
 *
 * @param digest of the preview that the person agreed to. Another one is refused as `stale_preview`, because the import
 * does what the last check found, perhaps in another mode.
 * @returns false if the button was already pressed.
 */
export async function claimImport(id: string, digest: string, actor: Actor): Promise<Result<boolean>> {
  return write((tx) => {
    const upload = isTheirs(tx, id, actor) ? getImport(id, tx) : null;
    const isOpen = upload?.status === "checking" || upload?.status === "checked";
    // While a check runs there is no report, so no preview is that of the import.
    if (isOpen && upload.report?.digest !== digest) {
      return refused("stale_preview", "The file was checked again. Nothing was imported.");
    }
    if (upload?.status !== "checked") return done(false);
    tx.update(imports).set({ status: "importing" }).where(eq(imports.id, id)).run();
    return done(true);
  });
}

/**
 * Claims an upload for another check, which may have another mode: after the portal has changed, or because the person
 * chose another mode.
 *
 * @returns false if it is being processed, was imported, or its file was removed.
 */
export async function claimCheck(id: string, mode: ImportMode, actor: Actor): Promise<boolean> {
  const isThere = await stat(importPath(id)).then(
    () => true,
    () => false,
  );
  if (!isThere) return false;
  return write((tx) => {
    return (
      isTheirs(tx, id, actor) &&
      tx
        .update(imports)
        .set({ status: "checking", mode, report: null, error: null, finishedAt: null })
        .where(and(eq(imports.id, id), inArray(imports.status, ["checked", "failed"])))
        .run().changes > 0
    );
  });
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

/** Ends a job that imported nothing, if it is still running, with the reason and, where there is one, the report. */
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

/** Why a job failed that the end of the process interrupted. */
export const INTERRUPTED =
  "The portal was stopped during the import. Nothing was imported; upload the file again.";

const markPath = (id: string) => path.join(folder(), `${id}.running`);

/**
 * Marks an import as being processed by this process, so that another server that starts on the same folder leaves it
 * alone.
 */
export function holdImport(id: string): Release {
  mkdirSync(folder(), { recursive: true, mode: 0o700 });
  return holdMark(markPath(id));
}

/**
 * At start: marks jobs that the end of a process interrupted as failed. They have imported nothing. Jobs of another
 * server continue.
 */
export async function failInterruptedImports(now = new Date()): Promise<void> {
  await write((tx) => {
    const running = tx.select({ id: imports.id }).from(imports).where(inArray(imports.status, RUNNING)).all();
    const interrupted = running.map(({ id }) => id).filter((id) => !isMarkHeld(markPath(id)));
    tx.update(imports)
      .set({ status: "failed", error: INTERRUPTED, finishedAt: now })
      .where(inArray(imports.id, interrupted))
      .run();
  });
}

/** In a restored backup: marks the jobs that were running when the backup was made as failed. */
export function failRestoredImports(tx: Transaction, now: Date): void {
  tx.update(imports)
    .set({
      status: "failed",
      error:
        "The portal was restored from a backup that was made during the import. Nothing was imported; upload the file again.",
      finishedAt: now,
    })
    .where(inArray(imports.status, RUNNING))
    .run();
}

/** Removes uploads older than a week, and files of that age whose row a restore has removed. */
export async function removeOldImports(now = Date.now()): Promise<void> {
  const before = now - RETENTION_MS;
  const ids = await write((tx) => {
    tx.delete(imports)
      .where(and(lt(imports.createdAt, new Date(before)), notInArray(imports.status, RUNNING)))
      .run();
    return new Set(
      tx
        .select({ id: imports.id })
        .from(imports)
        .all()
        .map(({ id }) => id),
    );
  });
  for (const file of await readdir(folder()).catch(() => [])) {
    const id = path.basename(file, ".csv");
    if (ids.has(id)) continue;
    const { mtimeMs } = await stat(importPath(id)).catch(() => ({ mtimeMs: now }));
    if (mtimeMs < before) await rm(importPath(id), { force: true });
  }
}

/** Removes old uploads now and once a day. */
export async function startRemovingOldImports(): Promise<void> {
  setInterval(
    () => removeOldImports().catch((error) => log.error("old uploads were not removed", errorFields(error))),
    DAY_MS,
  ).unref();
  await removeOldImports();
}
