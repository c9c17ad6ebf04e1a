import { eq } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { imports } from "#db/schema/index.ts";
import type { ImportReport } from "./rules.ts";

export type Import = Omit<typeof imports.$inferSelect, "report"> & { report: ImportReport | null };

/** One upload with what its check found; null when there is none. */
export function getImport(id: string, db: Database = database()): Import | null {
  const row = db.select().from(imports).where(eq(imports.id, id)).get();
  return row ? { ...row, report: row.report ? (JSON.parse(row.report) as ImportReport) : null } : null;
}
