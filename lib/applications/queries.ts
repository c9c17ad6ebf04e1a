import { and, asc, count, eq, isNull, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { database } from "#db/client.ts";
import { applications, organizations } from "#db/schema/index.ts";
import { isWhole, organizationsIn, type Scope } from "#lib/scope/scope.ts";
import { foldForUniqueness } from "#lib/text.ts";

/** At most this number of applications is listed; a search narrows them. */
export const APPLICATIONS_LISTED = 100;

export type Application = {
  id: number;
  name: string;
  /** The folded name that senders use. */
  nameKey: string;
  createdAt: Date;
  hiddenAt: Date | null;
  /** The application that it was merged into. */
  mergedInto: { id: number; name: string } | null;
};

const target = alias(applications, "target");

const APPLICATION = {
  id: applications.id,
  name: applications.name,
  nameKey: applications.nameKey,
  createdAt: applications.createdAt,
  hiddenAt: applications.hiddenAt,
  mergedInto: { id: target.id, name: target.name },
};

export type ApplicationChoice = Pick<Application, "id" | "name" | "nameKey">;

const CHOICE = { id: applications.id, name: applications.name, nameKey: applications.nameKey };

/**
 * The condition that a scope's organizations have spent in an application, or in one that was merged into it; none for the
 * whole enterprise. The months are read first, so that each organization is looked up in an index once a month.
 */
function spentIn(scope: Scope, id: SQL): SQL | undefined {
  if (isWhole(scope)) return undefined;
  return sql`${id} IN (WITH RECURSIVE months (month) AS (
      SELECT min(month) FROM organization_months
      UNION ALL SELECT month + CASE WHEN month % 100 = 12 THEN 89 ELSE 1 END FROM months
        WHERE month < (SELECT max(month) FROM organization_months)),
    ids (id) AS (SELECT DISTINCT application_id FROM ${organizationsIn(scope)} AS scope CROSS JOIN months
      CROSS JOIN organization_months AS spent INDEXED BY organization_months_month
        ON spent.month = months.month AND spent.organization_id = scope.value)
    SELECT id FROM ids UNION
    SELECT merged_into_id FROM applications WHERE id IN (SELECT id FROM ids) AND merged_into_id IS NOT NULL)`;
}

/** A part of the name as it is written, whatever its case in ASCII, or a part of the folded name that senders use. */
const hasPart = (text: string, key: string): SQL =>
  sql`(instr(${applications.nameKey}, ${key}) > 0 OR instr(lower(${applications.name}), ${key}) > 0 OR instr(${applications.name}, ${text}) > 0)`;

/** The condition that `application_id` is one of these. */
export function isApplication(ids: readonly number[]): SQL {
  return ids.length === 1
    ? sql`application_id = ${ids[0]}`
    : sql`application_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}

/**
 * Applications of the scope whose name, or senders' name, is `text`: hidden ones too, and several where one was renamed to
 * it. In place of a merged one it has the one that it was merged into.
 */
export function applicationsNamed(scope: Scope, text: string): ApplicationChoice[] {
  const key = foldForUniqueness(text);
  if (key === "") return [];
  const named = database()
    .select({ id: target.id, name: target.name, nameKey: target.nameKey })
    .from(applications)
    .innerJoin(target, sql`${target.id} = coalesce(${applications.mergedIntoId}, ${applications.id})`)
    .where(
      and(
        sql`(${applications.nameKey} = ${key} OR lower(${applications.name}) = ${key} OR ${applications.name} = ${text.trim()})`,
        spentIn(scope, sql`${applications.id}`),
      ),
    )
    .orderBy(asc(applications.nameKey))
    .limit(APPLICATIONS_LISTED)
    .all();
  return [...new Map(named.map((one) => [one.id, one])).values()];
}

/** Applications that somebody may mean by `text`: those with that name, then those listed with it in their name. */
export function suggestApplications(scope: Scope, text: string, limit: number): ApplicationChoice[] {
  const key = foldForUniqueness(text);
  if (key === "") return [];
  const parts = database()
    .select(CHOICE)
    .from(applications)
    .where(
      and(
        isNull(applications.hiddenAt),
        isNull(applications.mergedIntoId),
        hasPart(text.trim(), key),
        spentIn(scope, sql`${applications.id}`),
      ),
    )
    .orderBy(asc(applications.nameKey))
    .limit(limit)
    .all();
  const choices = [...applicationsNamed(scope, text), ...parts];
  return [...new Map(choices.map((one) => [one.id, one])).values()].slice(0, limit);
}

/** The application that `text` means: the one with that name, or else the only one with it in its name. */
export function applicationMeant(scope: Scope, text: string): ApplicationChoice | null {
  const named = applicationsNamed(scope, text);
  const [only, ...others] = named.length > 0 ? named : suggestApplications(scope, text, 2);
  return only && others.length === 0 ? only : null;
}

/** Applications whose name, or senders' name, has `q` in it, and how many there are in all. */
export function listApplications(
  scope: Scope,
  q: string,
): {
  items: (Application & { organizationCode: string | null })[];
  total: number;
} {
  const key = foldForUniqueness(q);
  const matches = and(
    key === "" ? undefined : hasPart(q.trim(), key),
    spentIn(scope, sql`${applications.id}`),
  );
  const items = database()
    .select({ ...APPLICATION, organizationCode: organizations.code })
    .from(applications)
    .leftJoin(organizations, eq(organizations.id, applications.organizationId))
    .leftJoin(target, eq(target.id, applications.mergedIntoId))
    .where(matches)
    .orderBy(asc(applications.nameKey))
    .limit(APPLICATIONS_LISTED)
    .all();
  const total = database().select({ count: count() }).from(applications).where(matches).get();
  return { items, total: total?.count ?? 0 };
}

/** One application; null when there is none in the scope. */
export function getApplication(scope: Scope, id: number): Application | null {
  const application = database()
    .select(APPLICATION)
    .from(applications)
    .leftJoin(target, eq(target.id, applications.mergedIntoId))
    .where(and(eq(applications.id, id), spentIn(scope, sql`${applications.id}`)))
    .get();
  return application ?? null;
}
