import { eq } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { imports } from "#db/schema/index.ts";
import type { ImportReport } from "./rules.ts";

export type Import = Omit<typeof imports.$inferSelect, "report"> & { report: ImportReport | null };

const NOTHING_NEW = { emptyRows: 0, fileNotes: [] };

/** One upload with what its check found; null when there is none. */
export function getImport(id: string, db: Database = database()): Import | null {
  const row = db.select().from(imports).where(eq(imports.id, id)).get();
  if (!row) return null;
  // A report of an older version lacks what was added since.
  const report = row.report && { ...NOTHING_NEW, ...(JSON.parse(row.report) as Partial<ImportReport>) };
  return { ...row, report: report ? (report as ImportReport) : null };
}
