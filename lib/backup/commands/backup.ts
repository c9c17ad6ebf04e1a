import { existsSync, statSync, writeFileSync } from "node:fs";
import { databaseFile } from "#db/client.ts";
import { copyDatabase, DamagedDatabaseError } from "#db/copy.ts";
import { type Actor, assertOperator } from "#lib/actor.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { lastBackupFile } from "../queries.ts";

/**
 * Copies the portal's database, as it is at one moment, to `target`, a new file. The database is all that a restore
 * needs. The key that signs cookies, `auth-secret`, is left out on purpose: a person who finds a backup must not be
 * able to forge a session, nor to compute codes of authenticator apps. After a restore without it, people sign in again and
 * set up authenticator apps again.
 */
export async function backUp(target: string, actor: Actor): Promise<Result<{ bytes: number }>> {
  assertOperator(actor);
  const source = databaseFile();
  if (!existsSync(source)) return refused("no_database", `There is no database at ${source}.`);
  try {
    await copyDatabase(source, target);
  } catch (error) {
    if (error instanceof DamagedDatabaseError) return refused("damaged", error.message);
    throw error;
  }
  return done({ bytes: statSync(target).size });
}

/**
 * Stores the time of the last backup, which the metrics report. The backup succeeds even if the time cannot be stored.
 */
export function noteBackup(at = new Date()): void {
  try {
    writeFileSync(lastBackupFile(), `${at.toISOString()}\n`, { mode: 0o600 });
  } catch (error) {
    console.error(
      `The time of this backup could not be recorded: ${error instanceof Error ? error.message : error}`,
    );
  }
}
