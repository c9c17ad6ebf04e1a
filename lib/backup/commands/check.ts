import Sqlite from "better-sqlite3";
import { namingDamage } from "#db/copy.ts";
import { pendingMigrations } from "#db/migrate.ts";
import { refused } from "#lib/result.ts";

/** The migrations of a database, in one text. */
export function schemaOf(file: string): string {
  return namingDamage(file, () => {
    const sqlite = new Sqlite(file, { readonly: true, timeout: 10_000 });
    try {
      return String(
        sqlite
          .prepare("SELECT group_concat(tag, ' ') FROM (SELECT tag FROM migrations ORDER BY tag)")
          .pluck()
          .get(),
      );
    } finally {
      sqlite.close();
    }
  });
}

/** An undamaged database may still belong to another program or to a newer version. */
export function foreignFault(staged: string, file: string) {
  const sqlite = new Sqlite(staged, { readonly: true });
  try {
    const migrationsTable = sqlite.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").get();
    const some = migrationsTable && sqlite.prepare("SELECT 1 FROM migrations").get();
    if (!some) return refused("not_a_backup", `${file} is not a Bursar database.`);
    pendingMigrations(sqlite);
    return null;
  } finally {
    sqlite.close();
  }
}
