import { asc } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { auditEntries, healthChecks } from "#db/schema/index.ts";
import { lastBackupAt } from "#lib/backup/queries.ts";

/** When the command line last made a backup and last verified the data; null for never. */
export type Health = {
  backup: { at: Date } | null;
  verify: { at: Date; faults: number } | null;
  /** When the portal began: its first audit entry. Null for a portal that nobody has used. */
  since: Date | null;
};

export function readHealth(reader: Reader = database()): Health {
  const rows = reader.select().from(healthChecks).all();
  const find = (kind: "backup" | "verify") => rows.find((row) => row.kind === kind) ?? null;
  const first = reader
    .select({ at: auditEntries.at })
    .from(auditEntries)
    .orderBy(asc(auditEntries.id))
    .limit(1)
    .get();
  // The command stores the time of a backup in a file too, where the database was busy.
  const times = [find("backup")?.at, lastBackupAt()].flatMap((at) => at?.getTime() ?? []);
  const backup = times.length > 0 ? { at: new Date(Math.max(...times)) } : null;
  return { backup, verify: find("verify"), since: first?.at ?? null };
}
