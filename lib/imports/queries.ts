import { eq } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { imports } from "#db/schema/index.ts";
import type { Role } from "#lib/actor.ts";
import { hasAccess, reads, type Scope } from "#lib/scope/scope.ts";
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
  digest: "",
};

/** One upload with what its check found; null when there is none. */
export function getImport(id: string, reader: Reader = database()): Import | null {
  const row = reader.select().from(imports).where(eq(imports.id, id)).get();
  if (!row) return null;
  const report = row.report === null ? null : (JSON.parse(row.report) as ImportReport);
  return { ...row, report: report && { ...SINCE, ...report, added: report.added ?? report.rows } };
}

/**
 * Whether a user may see an import, and run it: members are imported by who manages organizations, everything else by
 * admins of the enterprise. Another user's upload is treated as missing, except by owners, and so is one whose report has
 * an organization that the user may no longer read.
 */
export function mayUseImport(
  user: { id: number; role: Role | null; scope: Scope },
  { portalUserId, kind, report }: Pick<Import, "portalUserId" | "kind" | "report">,
): boolean {
  if (user.role === "owner") return true;
  const isReadable = (report?.organizationIds ?? []).every((id) => reads(user.scope, id));
  return user.id === portalUserId && mayImport(user, kind) && isReadable;
}

/** Whether a user may import files of a kind. */
export function mayImport(user: { role: Role | null; scope: Scope }, kind: ImportKind): boolean {
  return hasAccess(user, kind === "members" ? "organization_admin" : "admin");
}
