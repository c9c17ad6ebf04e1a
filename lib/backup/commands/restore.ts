import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { rename } from "node:fs/promises";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { DatabaseBusyError, databaseFile, openDatabase, write } from "#db/client.ts";
import { copyDatabase, DamagedDatabaseError, namingDamage, replaceContent } from "#db/copy.ts";
import { prepareDataDirectory } from "#db/data-directory.ts";
import { syncFile, syncFolder } from "#db/durable.ts";
import { claimDataDirectory, DataDirectoryInUseError, type Release, shareDataDirectory } from "#db/in-use.ts";
import { pendingMigrations } from "#db/migrate.ts";
import { pendingSignIns, portalSessions, portalUserLinks } from "#db/schema/index.ts";
import { isBusy } from "#db/unavailable.ts";
import { type Actor, assertOperator } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { failRestoredImports } from "#lib/imports/commands.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { moveSpendingDays } from "#lib/runway/commands.ts";
import { readSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import type { VerifyReport } from "#lib/verify/report.ts";
import { type VerifyOptions, verifyDatabaseInThreads } from "#lib/verify/verify.ts";
import { discardRestoredOutbox } from "#lib/webhooks/restore.ts";
import { foreignFault, schemaOf } from "./check.ts";
import { NOTHING_WITHDRAWN, type Withdrawn, withdrawAgain, withdrawnIn } from "./withdrawal.ts";

export type Restoration = {
  /** The folder of the previous database; null if there was none. */
  replaced: string | null;
  migrations: string[];
  /** Null if the backup was not verified. */
  report: VerifyReport | null;
  /** What was disabled, revoked, removed or used since the backup. It stays so after the restore, unless `asItWas`. */
  withdrawn: Withdrawn;
};

type RestoreOptions = {
  verify?: boolean;
  asItWas?: boolean;
  now?: Date;
  /** Called with the folder in which the backup is prepared. The caller removes it if the process is stopped. */
  onStaging?: (folder: string) => void;
  /** Called with what is being verified. */
  onVerify?: VerifyOptions["onProgress"];
};

/**
 * Replaces the portal's database by a backup, completely or not at all: a copy of the backup is checked, migrated to
 * this version's schema and verified first. The previous database is kept. Sessions and password links in the backup
 * end, because some of them had ended since the backup. Accounts that were disabled since, keys that were revoked since,
 * and second factors and recovery codes that were removed or used since, stay so unless `asItWas`. Webhooks and mails that
 * waited are not sent. An audit entry records the restore.
 *
 * While the portal runs, the database keeps its file and gets the backup's content in one transaction, so that nothing
 * has to be restarted. A damaged database, or one with another version's schema, can only be replaced while the portal
 * is stopped. A refusal of `mismatch` carries no report: `verify FILE` gives it.
 */
export async function restoreBackup(
  file: string,
  actor: Actor,
  { verify = true, asItWas = false, now = new Date(), onStaging = () => {}, onVerify }: RestoreOptions = {},
): Promise<Result<Restoration>> {
  assertOperator(actor);
  const directory = prepareDataDirectory();
  let hold: Hold;
  try {
    hold = holdDirectory(directory);
  } catch (error) {
    if (error instanceof DataDirectoryInUseError) return refused("in_use", error.message);
    throw error;
  }
  const staging = path.join(directory, hold.alone ? "restoring" : `restoring-${process.pid}`);
  try {
    onStaging(staging);
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { mode: 0o700 });
    const staged = databaseFile(staging);
    await copyDatabase(file, staged);
    const foreign = foreignFault(staged, file);
    if (foreign) return foreign;
    const { migrations, report } = await prepareRestored(staged, path.basename(file), actor, {
      verify,
      onVerify,
      now,
    });
    if (report && !report.ok) {
      return refused(
        "mismatch",
        `${file} is inconsistent (${report.faults === 1 ? "1 fault" : `${report.faults} faults`}): run verify on it to see where. Nothing was restored; --skip-verify restores it as it is.`,
      );
    }
    let withdrawn = NOTHING_WITHDRAWN;
    // Last, because what is revoked while the backup is verified must stay so too.
    const withdraw = async () => {
      const current = withdrawnIn(databaseFile(directory));
      withdrawn = await withdrawStaged(staged, actor, { current, asItWas, now });
    };
    const replaced = await (hold.alone ? putInPlace : putInUse)(staged, directory, { now, withdraw });
    return done({ replaced, migrations, report, withdrawn });
  } catch (error) {
    if (error instanceof DamagedDatabaseError) return refused("damaged", error.message);
    if (error instanceof DataDirectoryInUseError) return refused("in_use", error.message);
    if (error instanceof DatabaseBusyError) return refused("busy", error.message);
    throw error;
  } finally {
    rmSync(staging, { recursive: true, force: true });
    hold.release();
  }
}

type Placing = {
  now: Date;
  /** Withdraws in the staged copy what is withdrawn in the present database, when nobody can write to that any more. */
  withdraw: () => Promise<void>;
};

type Hold = { alone: boolean; release: Release };

/**
 * Locks the folder for this process alone, or shares it if other processes use it.
 *
 * @throws DataDirectoryInUseError while another restore has locked it.
 */
function holdDirectory(directory: string): Hold {
  try {
    const hold: Hold = { alone: true, release: claimDataDirectory(directory) };
    // Folders of restores that were killed.
    for (const name of readdirSync(directory))
      if (name.startsWith("restoring")) rmSync(path.join(directory, name), { recursive: true, force: true });
    return hold;
  } catch (error) {
    if (!(error instanceof DataDirectoryInUseError)) throw error;
    return { alone: false, release: shareDataDirectory(directory) };
  }
}

/**
 * {@link putInPlace} while the portal runs.
 *
 * @throws DataDirectoryInUseError when the running portal could not use the new content.
 */
async function putInUse(staged: string, directory: string, { now, withdraw }: Placing): Promise<string> {
  const file = databaseFile(directory);
  if (schemaOf(file) !== schemaOf(staged)) {
    throw new DataDirectoryInUseError(
      `${directory} is in use by another version than this one. Stop the portal and try again.`,
    );
  }
  const folder = previousFolder(directory, now);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    await replaceContent(staged, file, databaseFile(folder), withdraw);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  syncFile(databaseFile(folder));
  syncFolder(folder);
  return folder;
}

async function prepareRestored(
  staged: string,
  label: string,
  actor: Actor,
  { verify, onVerify, now }: Pick<RestoreOptions, "onVerify"> & { verify: boolean; now: Date },
): Promise<Pick<Restoration, "migrations" | "report">> {
  const older = new Sqlite(staged, { readonly: true });
  const migrations = pendingMigrations(older);
  older.close();
  const db = namingDamage(staged, () => openDatabase(staged));
  try {
    const report = verify
      ? await verifyDatabaseInThreads(staged, onVerify && { onProgress: onVerify })
      : null;
    if (report && !report.ok) return { migrations, report };
    await write((tx) => {
      tx.delete(portalSessions).run();
      tx.delete(portalUserLinks).run();
      tx.delete(pendingSignIns).run();
      failRestoredImports(tx, now);
      moveSpendingDays(tx, dayOf(now, readSettings(tx).timeZone));
      discardRestoredOutbox(tx, now);
      recordAudit(
        tx,
        actor,
        [
          {
            action: "portal.restored",
            subject: { kind: "portal", id: null, label },
            after: { fileName: label },
          },
        ],
        now,
      );
    }, db);
    return { migrations, report };
  } finally {
    db.$client.close();
  }
}

async function withdrawStaged(
  staged: string,
  actor: Actor,
  options: Parameters<typeof withdrawAgain>[2],
): Promise<Withdrawn> {
  const db = openDatabase(staged);
  try {
    return await write((tx) => withdrawAgain(tx, actor, options), db);
  } finally {
    db.$client.close();
  }
}

/** A database's log must never be left beside another database, because SQLite would apply it. */
const PARTS = ["", "-wal", "-shm"];

/** @returns the folder of the previous database. */
async function putInPlace(
  staged: string,
  directory: string,
  { now, withdraw }: Placing,
): Promise<string | null> {
  const file = databaseFile(directory);
  await withdraw();
  syncFile(staged);
  let previous: string | null = null;
  if (existsSync(file)) {
    emptyLog(file);
    previous = previousFolder(directory, now);
    mkdirSync(previous, { recursive: true, mode: 0o700 });
    for (const part of PARTS)
      if (existsSync(file + part)) keep(file + part, path.join(previous, `bursar.sqlite${part}`));
    syncFolder(previous);
    for (const part of PARTS.slice(1)) rmSync(file + part, { force: true });
  }
  await rename(staged, file);
  syncFolder(directory);
  return previous;
}

/** Makes a hard link where the file system supports it, so that the old database is always in place. */
function keep(file: string, as: string): void {
  try {
    linkSync(file, as);
  } catch {
    copyFileSync(file, as);
    syncFile(as);
  }
}

function previousFolder(directory: string, now: Date): string {
  const name = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const folder = path.join(directory, "replaced", name);
  return existsSync(folder) ? `${folder}-${process.pid}-${Math.round(performance.now())}` : folder;
}

/**
 * Copies the write-ahead log into the database. This fails if another program, such as Litestream, has the database
 * open without our lock. A database that is too damaged for this keeps its log.
 *
 * @throws DataDirectoryInUseError
 */
function emptyLog(file: string): void {
  // SQLite treats a file shorter than a page as a new database, and would delete its log.
  if (statSync(file).size < 512) return;
  let sqlite: Sqlite.Database | undefined;
  try {
    sqlite = new Sqlite(file, { timeout: 0 });
    sqlite.pragma("journal_mode = DELETE");
  } catch (error) {
    if (isBusy(error)) {
      throw new DataDirectoryInUseError(`Another program has ${file} open. Stop it and try again.`);
    }
  } finally {
    sqlite?.close();
  }
}
