import { eq } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { imports } from "#db/schema/index.ts";
import type { ImportReport } from "./rules.ts";

export type Import = Omit<typeof imports.$inferSelect, "report"> & { report: ImportReport | null };

/** The fields that reports of older versions do not have. */
const SINCE: Partial<ImportReport> = {
  emptyRows: 0,
  fileNotes: [],
  mode: "add",
  changed: 0,
  unchanged: 0,
  changes: [],
};

/** One upload with what its check found; null when there is none. */
export function getImport(id: string, db: Database = database()): Import | null {
  const row = db.select().from(imports).where(eq(imports.id, id)).get();
  if (!row) return null;
  const report = row.report === null ? null : (JSON.parse(row.report) as ImportReport);
  return { ...row, report: report && { ...SINCE, ...report, added: report.added ?? report.rows } };
}
