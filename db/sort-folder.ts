import path from "node:path";

/**
 * Lets SQLite sort beside a database, unless SQLITE_TMPDIR is set: an index of millions of entries needs more room than
 * many a /tmp has, such as that of a container, and the disk of the database must have it anyway. SQLite reads the
 * variable at each sort, and removes its files itself.
 */
export function sortBeside(file: string): void {
  process.env.SQLITE_TMPDIR ??= path.dirname(path.resolve(file));
}
