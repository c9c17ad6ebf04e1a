import { asc, eq, sql } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { organizationFormerCodes, organizations } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { reads, type Scope } from "#lib/scope/scope.ts";
import { codeKey } from "./rules.ts";

const idByCode = statement((reader) => {
  const present = reader
    .select({ id: organizations.id })
    .from(organizations)
    .where(eq(organizations.codeKey, sql.placeholder("key")));
  const former = reader
    .select({ id: organizationFormerCodes.organizationId })
    .from(organizationFormerCodes)
    .where(eq(organizationFormerCodes.codeKey, sql.placeholder("key")));
  // SQLite reads the parts of UNION ALL one after the other, so a code that an organization has is the first row. A bound
  // LIMIT would make each lookup take four times as long.
  return present.unionAll(former);
});

/** Finds organizations by a code that they have or had. An import looks for 100,000 codes. */
export function organizationIds(reader: Reader): (code: string) => number | null {
  return (code) => idByCode.numbers({ key: codeKey(code) }, reader)[0] ?? null;
}

/** The organization that has the code, or had it; null for neither. */
export function organizationIdOf(reader: Reader, code: string): number | null {
  return organizationIds(reader)(code);
}

/** An organization as a filter names it. */
export type NamedOrganization = { id: number; code: string; name: string };

const named = statement((reader) =>
  reader
    .select({ id: organizations.id, code: organizations.code, name: organizations.name })
    .from(organizations)
    .where(eq(organizations.id, sql.placeholder("id"))),
);

/** The organization with this id; null for none in the scope. */
export function organizationById(scope: Scope, id: number): NamedOrganization | null {
  if (!reads(scope, id)) return null;
  return named.get({ id }) ?? null;
}

/** The organization that has the code, or had it; null for none in the scope. */
export function organizationByCode(scope: Scope, code: string): NamedOrganization | null {
  const id = organizationIdOf(database(), code);
  return id === null ? null : organizationById(scope, id);
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
