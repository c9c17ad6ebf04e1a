import { eq } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { imports } from "#db/schema/index.ts";
import type { Role } from "#lib/actor.ts";
import { hasAccess, type Scope } from "#lib/scope/scope.ts";
import type { ImportKind, ImportReport } from "./rules.ts";

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

/**
 * Whether a user may see an import, and run it: members are imported by who manages organizations, everything else by
 * admins of the enterprise. Another user's upload is treated as missing, except by owners.
 */
export function mayUseImport(
  user: { id: number; role: Role | null; scope: Scope },
  uploaded: { portalUserId: number; kind: ImportKind },
): boolean {
  if (user.role === "owner") return true;
  return user.id === uploaded.portalUserId && mayImport(user, uploaded.kind);
}

/** Whether a user may import files of a kind. */
export function mayImport(user: { role: Role | null; scope: Scope }, kind: ImportKind): boolean {
  return hasAccess(user, kind === "members" ? "organization_admin" : "admin");
}
