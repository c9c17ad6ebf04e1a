import { rmSync, statSync } from "node:fs";
import { databaseFile } from "#db/client.ts";
import { UnreadableDatabaseError } from "#db/copy.ts";
import { dataDirectory } from "#db/data-directory.ts";
import { NewerDatabaseError } from "#db/migrate.ts";
import { backUp, noteBackup } from "#lib/backup/commands/backup.ts";
import { restoreBackup } from "#lib/backup/commands/restore.ts";
import type { Withdrawn } from "#lib/backup/commands/withdrawal.ts";
import { formatCount } from "#lib/credits.ts";
import {
  accepted,
  type Cli,
  CliRefusal,
  cannot,
  clearingWhenStopped,
  makeOutputFile,
  operator,
  recordHealth,
  verifyProgress,
} from "./support.ts";

/** Whether the path is a regular file, because a device or a folder is neither replaced nor read. */
function existingFile(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats && !stats.isFile()) throw new CliRefusal(`${file} is not a file.`, "not_a_file", { file });
  return stats !== undefined;
}

/**
 * Whether a path is the portal's database, also under another name. If a backup replaced it, the portal would continue
 * to use a deleted file.
 */
function isDatabase(file: string): boolean {
  const target = statSync(file);
  return ["", "-wal", "-shm"].some((part) => {
    const own = statSync(databaseFile() + part, { throwIfNoEntry: false });
    return own?.ino === target.ino && own.dev === target.dev;
  });
}

const codeOf = (error: Error) => ("code" in error ? String(error.code) : "");

/** Whether this is an error of the file system at a path in the data folder. */
function isInDataDirectory(error: Error): boolean {
  if (!("path" in error && typeof error.path === "string")) return false;
  return `${error.path}/`.startsWith(`${dataDirectory()}/`);
}

/** Turns an error of the file system into a sentence about the file or folder that it concerns. */
export function aboutFile(be: "read" | "written", file: string) {
  return (error: unknown): never => {
    if (error instanceof UnreadableDatabaseError) cannot("read", error.file, error.cause);
    if (!(error instanceof Error)) throw error;
    // A restore only reads its file, so an error of writing concerns the data folder.
    if (
      be === "read" &&
      (/^(SQLITE_(FULL|READONLY|IOERR)|ENOSPC|EDQUOT|EROFS|EFBIG)/.test(codeOf(error)) ||
        isInDataDirectory(error))
    ) {
      cannot("written", dataDirectory(), error);
    }
    if ("syscall" in error || /^SQLITE_(CANTOPEN|FULL|IOERR|READONLY)/.test(codeOf(error))) {
      cannot(be, file, error);
    }
    throw error;
  };
}

type RestoreFlags = { skipVerify?: boolean; asItWas?: boolean };

/** What was disabled or revoked since the backup, a line each. */
function withdrawnLines({ users, keys, factors, access, webhooks }: Withdrawn, asItWas: boolean): string[] {
  const lines = [
    ...users.map((email) => `  portal user ${email}`),
    ...keys.map(({ name, prefix }) => `  API key ${name} (${prefix}…)`),
    ...access.map((line) => `  ${line}`),
    ...factors.map((email) => `  second factors or recovery codes of ${email}`),
    ...webhooks.map((name) => `  webhook endpoint ${name}`),
  ];
  if (lines.length === 0) return [];
  return [
    asItWas
      ? "Disabled, revoked, removed or used since the backup, and now active again as they were then:"
      : "Disabled, revoked, removed or used since the backup, and still so (--as-it-was restores them too):",
    ...lines,
  ];
}

export function registerBackup(cli: Cli): void {
  cli
    .command("backup", "Copy the database to a file, as it is at one moment, also while the portal runs")
    .argument("<FILE>", "the new file, which only you may read")
    .option("--force", "replace FILE if it is there")
    .action(async (name: string, { force = false }: { force?: boolean }) => {
      const file = cli.fileOf(name);
      const there = existingFile(file);
      if (there && isDatabase(file)) {
        throw new CliRefusal(`${file} is the database itself. Name another file.`, "is_database", { file });
      }
      if (there && !force) {
        throw new CliRefusal(`${file} already exists; --force replaces it.`, "file_exists", { file });
      }
      const { bytes } = await makeOutputFile(file, (temporary) =>
        backUp(temporary, operator).then(accepted),
      ).catch(aboutFile("written", file));
      noteBackup();
      await recordHealth({ kind: "backup", faults: 0 });
      await cli.print({
        json: { file, bytes },
        text: `The database was copied to ${file} (${formatCount(bytes)} bytes).`,
      });
    });

  cli
    .command(
      "restore",
      "Replace the database by a backup and keep the replaced one, also while the portal runs",
    )
    .argument("<FILE>", "a file that `backup` made, with this version or an older one")
    .option("--skip-verify", "restore it even if its figures do not agree with its ledger")
    .option("--as-it-was", "also bring back what was disabled, revoked, removed or used since the backup")
    .action(async (name: string, { skipVerify = false, asItWas = false }: RestoreFlags) => {
      const file = cli.fileOf(name);
      if (!existingFile(file)) throw new CliRefusal(`There is no file ${file}.`, "file_not_read", { file });
      let staging: string | undefined;
      const progress = verifyProgress();
      const clear = () => {
        if (staging !== undefined) rmSync(staging, { recursive: true, force: true });
      };
      const { replaced, migrations, report, withdrawn } = await clearingWhenStopped(clear, () =>
        restoreBackup(file, operator, {
          verify: !skipVerify,
          asItWas,
          onVerify: progress.show,
          onStaging: (folder) => {
            staging = folder;
          },
        }),
      )
        .then(accepted)
        .catch(newerDatabase)
        .catch(aboutFile("read", file))
        .finally(progress.clear);
      await cli.print({
        json: {
          file,
          replaced,
          migrations,
          withdrawn,
          verified: report !== null,
          ...(report && { ledgerEntries: report.ledgerEntries, auditHash: report.auditHash }),
        },
        text: [
          `${file} was restored${report ? ` and verified: ${formatCount(report.ledgerEntries)} ledger entries` : " without verification"}.`,
          ...(migrations.length > 0 ? [`It was migrated to this version: ${migrations.join(", ")}.`] : []),
          ...(replaced ? [`The previous database is kept in ${replaced}.`] : []),
          ...withdrawnLines(withdrawn, asItWas),
          "Everybody must sign in again.",
        ].join("\n"),
      });
    });
}

function newerDatabase(error: unknown): never {
  throw error instanceof NewerDatabaseError ? new CliRefusal(error.message, "newer_database") : error;
}
