import { asc, eq, sql } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { organizationFormerCodes, organizations } from "#db/schema/index.ts";
import { reads, type Scope } from "#lib/scope/scope.ts";
import { codeKey } from "./rules.ts";

/** Finds organizations by a code that they have or had. One statement, prepared once for many calls. */
export function organizationIds(reader: Reader): (code: string) => number | null {
  const present = reader
    .select({ id: organizations.id })
    .from(organizations)
    .where(eq(organizations.codeKey, sql.placeholder("key")));
  const former = reader
    .select({ id: organizationFormerCodes.organizationId })
    .from(organizationFormerCodes)
    .where(eq(organizationFormerCodes.codeKey, sql.placeholder("key")));
  // SQLite reads the parts of UNION ALL one after the other, so a code that an organization has is the first row.
  const ids = present.unionAll(former).limit(1).prepare();
  return (code) => ids.get({ key: codeKey(code) })?.id ?? null;
}

/** The organization that has the code, or had it; null for neither. */
export function organizationIdOf(reader: Reader, code: string): number | null {
  return organizationIds(reader)(code);
}

/** The first 20 codes that an organization had, by their age; none outside the scope. */
export function formerCodesOf(scope: Scope, organizationId: number): string[] {
  if (!reads(scope, organizationId)) return [];
  return database()
    .select({ code: organizationFormerCodes.code })
    .from(organizationFormerCodes)
    .where(eq(organizationFormerCodes.organizationId, organizationId))
    .orderBy(asc(organizationFormerCodes.id))
    .limit(20)
    .all()
    .map((row) => row.code);
}
