import { chmodSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { syncFile, syncFolder } from "./durable.ts";
import { addChainFunction } from "./ledger-chain.ts";
import journal from "./migrations/meta/_journal.json" with { type: "json" };
import { oneLine } from "./one-line.ts";

/** Raised when the database was made by a newer Bursar than this one. */
export class NewerDatabaseError extends Error {}

/** Raised when a database with tables in it was not made by Bursar. */
export class ForeignDatabaseError extends Error {}

type Migration = { tag: string; statements: string[] };

/** The folder of the migrations. The program always starts in the project's folder. */
const migrationsFolder = path.join(process.cwd(), "db", "migrations");

function allMigrations(): Migration[] {
  const files = readMigrationFiles({ migrationsFolder });
  return journal.entries.map((entry, position) => {
    const file = files[position];
    if (!file) throw new Error(`migration ${entry.tag} has no file`);
    return { tag: entry.tag, statements: file.sql };
  });
}

function appliedTags(sqlite: Sqlite.Database): Set<string> {
  return new Set(sqlite.prepare("SELECT tag FROM migrations").pluck().all() as string[]);
}

/** @throws NewerDatabaseError */
function pendingOf(migrations: readonly Migration[], applied: ReadonlySet<string>): Migration[] {
  const tags = new Set(migrations.map((migration) => migration.tag));
  for (const tag of applied) {
    if (!tags.has(tag)) {
      throw new NewerDatabaseError(
        `The database has the migration "${oneLine(tag)}", which this version of Bursar does not know. Run the newer version, or restore a backup made by this one.`,
      );
    }
  }
  return migrations.filter((migration) => !applied.has(migration.tag));
}

/**
 * The migrations that {@link migrate} would apply; all of them for a file that Bursar has not made.
 *
 * @throws NewerDatabaseError
 */
export function pendingMigrations(sqlite: Sqlite.Database): string[] {
  const migrationsTable = sqlite
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'")
    .get();
  return pendingOf(allMigrations(), migrationsTable ? appliedTags(sqlite) : new Set()).map(
    (migration) => migration.tag,
  );
}

/** @throws ForeignDatabaseError */
function assertOwn(sqlite: Sqlite.Database): void {
  const tables = sqlite
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all() as string[];
  if (tables.length === 0 || tables.includes("migrations")) return;
  throw new ForeignDatabaseError(
    `${sqlite.name} is the database of another program. Move it away, or name another folder in DATA_DIR.`,
  );
}

/**
 * Brings the database to this version's schema. Each migration is one immediate transaction, so two processes that
 * start together apply it once, and a kill leaves it whole or not there. Before an existing database changes, a
 * snapshot is written beside it.
 *
 * drizzle's own migrator is not used because it cannot switch foreign keys off around its transaction: a table
 * rebuild would then wipe the rows that refer to it.
 *
 * @returns the tags that were applied, in order.
 * @throws NewerDatabaseError, ForeignDatabaseError
 */
export function migrate(sqlite: Sqlite.Database): string[] {
  const migrations = allMigrations();
  assertOwn(sqlite);
  sqlite.exec(
    "CREATE TABLE IF NOT EXISTS migrations (tag TEXT PRIMARY KEY NOT NULL, applied_at INTEGER NOT NULL)",
  );
  const applied = () => appliedTags(sqlite);
  const pending = pendingOf(migrations, applied());
  if (pending.length === 0) return [];

  addChainFunction(sqlite);
  sqlite.pragma("foreign_keys = OFF");
  try {
    return pending
      .filter((migration) =>
        sqlite
          .transaction(() => {
            const done = applied();
            if (done.has(migration.tag)) return false;
            if (done.size > 0 && migration === pending[0]) snapshot(sqlite.name, migration.tag);
            for (const statement of migration.statements) sqlite.exec(statement);
            const broken = sqlite.pragma("foreign_key_check") as unknown[];
            if (broken.length > 0)
              throw new Error(`migration ${migration.tag} breaks ${broken.length} references`);
            sqlite
              .prepare("INSERT INTO migrations (tag, applied_at) VALUES (?, ?)")
              .run(migration.tag, Date.now());
            return true;
          })
          .immediate(),
      )
      .map((migration) => migration.tag);
  } finally {
    sqlite.pragma("foreign_keys = ON");
  }
}

/**
 * Copies the database as it was before `tag`. The caller holds the write lock, so that no other process changes the
 * database. The copy uses its own handle, because VACUUM cannot run inside a transaction. VACUUM INTO does not flush to
 * the disk, so this does: otherwise a loss of power could keep the migration and lose the snapshot.
 */
function snapshot(database: string, tag: string): void {
  const folder = path.join(path.dirname(database), "snapshots");
  const file = path.join(folder, `before-${tag}.sqlite`);
  const unfinished = `${file}.tmp`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  rmSync(unfinished, { force: true });
  const reader = new Sqlite(database, { readonly: true });
  try {
    reader.prepare("VACUUM INTO ?").run(unfinished);
  } finally {
    reader.close();
  }
  chmodSync(unfinished, 0o600);
  syncFile(unfinished);
  renameSync(unfinished, file);
  syncFolder(folder);
}
