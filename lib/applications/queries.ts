import { and, asc, count, eq, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { applications, organizations } from "#db/schema/index.ts";
import { foldForUniqueness } from "#lib/text.ts";

/** So many applications are listed; a search narrows them. */
export const APPLICATIONS_LISTED = 100;

export type Application = {
  id: number;
  name: string;
  /** The folded name that senders use. */
  nameKey: string;
  createdAt: Date;
  hiddenAt: Date | null;
};

const APPLICATION = {
  id: applications.id,
  name: applications.name,
  nameKey: applications.nameKey,
  createdAt: applications.createdAt,
  hiddenAt: applications.hiddenAt,
};

/** Applications whose name, or senders' name, has `q` in it, and how many there are in all. */
export function listApplications(q: string): {
  items: (Application & { organizationCode: string | null })[];
  total: number;
} {
  const key = foldForUniqueness(q);
  const matches: SQL | undefined =
    key === ""
      ? undefined
      : sql`(instr(${applications.nameKey}, ${key}) > 0 OR instr(lower(${applications.name}), ${key}) > 0)`;
  const items = database()
    .select({ ...APPLICATION, organizationCode: organizations.code })
    .from(applications)
    .leftJoin(organizations, eq(organizations.id, applications.organizationId))
    .where(and(matches))
    .orderBy(asc(applications.nameKey))
    .limit(APPLICATIONS_LISTED)
    .all();
  const total = database().select({ count: count() }).from(applications).where(and(matches)).get();
  return { items, total: total?.count ?? 0 };
}

/** One application; null when there is none. */
export function getApplication(id: number): Application | null {
  return database().select(APPLICATION).from(applications).where(eq(applications.id, id)).get() ?? null;
}
