import { asc, eq } from "drizzle-orm";
import { database } from "#db/client.ts";
import { approvedDomains } from "#db/schema/index.ts";
import { reads, type Scope } from "#lib/scope/scope.ts";

/** The approved email domains of an organization, in alphabetical order: an unknown member of one is added by the first spend. */
export function approvedDomainsOf(scope: Scope, organizationId: number): string[] {
  if (!reads(scope, organizationId)) return [];
  return database()
    .select({ domain: approvedDomains.domain })
    .from(approvedDomains)
    .where(eq(approvedDomains.organizationId, organizationId))
    .orderBy(asc(approvedDomains.domain))
    .all()
    .map((row) => row.domain);
}
