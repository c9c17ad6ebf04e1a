import { and, desc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { apiKeys, auditEnd, auditEntries, memberships, organizations } from "#db/schema/index.ts";
import { hasRole, type Role } from "#lib/actor.ts";
import { isWhole, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import type { AuditRow } from "./commands.ts";
import type { AuditValues } from "./rules.ts";

/** The portal user who reads the audit trail. */
export type AuditReader = { id: number; role: Role | null; scope: Scope };

/** Whether a person, whose id is in `column`, is a member of an organization in a scope that is not the whole enterprise. */
export function isPersonInScope(scope: Scope, column: SQL): SQL {
  const [inScope = sql`0`] = scopeConditions(scope, sql`+ms.organization_id`);
  return sql`EXISTS (SELECT 1 FROM memberships ms INDEXED BY memberships_member WHERE ms.member_id = ${column} AND ${inScope})`;
}

/**
 * The condition on an entry that its reader may see it. With grants on organizations: what is about those organizations,
 * their memberships and their API keys, what is about their people, and the reader's own imports.
 */
function isVisible({ id, scope }: AuditReader): SQL {
  const [inScope] = scopeConditions(scope, sql`audit_entries.organization_id`);
  if (!inScope) return sql`1`;
  return sql`(${inScope}
    OR (subject_kind = 'member' AND ${isPersonInScope(scope, sql`audit_entries.subject_id`)})
    OR (subject_kind = 'import' AND actor_kind = 'portal_user' AND actor_id = ${id}))`;
}

/** Only owners and admins see the addresses from which people sign in; a viewer sees the event without the address. */
export function readsAddresses({ role }: AuditReader): boolean {
  return hasRole(role, "admin");
}

/** One change as a person reads it. */
export type AuditItem = {
  id: number;
  at: Date;
  actorKind: AuditRow["actorKind"];
  actorId: number | null;
  actorLabel: string;
  /** Network address; null from the command line and the portal itself, and for a reader who may not see it. */
  address: string | null;
  action: string;
  subject: {
    kind: string;
    id: number | null;
    /** Its name at that time. */
    label: string;
    /** Today's name of an organization, whose label is its code; null for other things. */
    name: string | null;
    /** The present code of its organization, which the link needs; null if it does not belong to an organization. */
    organization: string | null;
  };
  before: AuditValues;
  after: AuditValues;
};

function valuesOf(json: string | null, showsAddresses: boolean): AuditValues {
  const { address, ...values }: AuditValues = json === null ? {} : JSON.parse(json);
  return showsAddresses && address !== undefined ? { ...values, address } : values;
}

/** How readers of a part of the enterprise see the actor that is a key of the whole enterprise, or of another organization. */
const KEY_OUTSIDE = { actorId: null, actorLabel: "API key" } as const;

/** The API keys among these ids that a reader of a part of the enterprise may see. */
export function visibleKeys(scope: Scope, ids: readonly number[]): ReadonlySet<number> {
  const rows = database()
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(inArray(apiKeys.id, [...ids]), ...scopeConditions(scope, sql`${apiKeys.organizationId}`)))
    .all();
  return new Set(rows.map(({ id }) => id));
}

/** The actors of these rows for a reader: a key that the reader may not see has no name. */
export function actorsOf(
  rows: readonly AuditRow[],
  { scope }: AuditReader,
): (row: AuditRow) => Pick<AuditRow, "actorId" | "actorLabel"> {
  if (isWhole(scope)) return (row) => row;
  const ids = rows.flatMap(({ actorKind, actorId }) => (actorKind === "api_key" && actorId ? [actorId] : []));
  const visible = visibleKeys(scope, [...new Set(ids)]);
  return (row) => (row.actorKind === "api_key" && !visible.has(row.actorId ?? 0) ? KEY_OUTSIDE : row);
}

/** Rows as items for a reader, with today's codes of the organizations that they are about. */
export function itemsOf(rows: readonly AuditRow[], reader: AuditReader): AuditItem[] {
  const showsAddresses = readsAddresses(reader);
  const idsOf = (kind: string) => [
    ...new Set(rows.flatMap((row) => (row.subjectKind === kind && row.subjectId ? [row.subjectId] : []))),
  ];
  const code = { code: organizations.code };
  const codes = new Map<string, string>();
  const names = new Map<string, string>();
  for (const row of database()
    .select({ id: organizations.id, name: organizations.name, ...code })
    .from(organizations)
    .where(inArray(organizations.id, idsOf("organization")))
    .all()) {
    codes.set(`organization ${row.id}`, row.code);
    names.set(`organization ${row.id}`, row.name);
  }
  for (const row of database()
    .select({ id: memberships.id, ...code })
    .from(memberships)
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(inArray(memberships.id, idsOf("membership")))
    .all()) {
    codes.set(`membership ${row.id}`, row.code);
  }
  const actorOf = actorsOf(rows, reader);
  return rows.map((row) => {
    const { id, at, actorKind, address, action, subjectKind, subjectId, subjectLabel } = row;
    const { actorId, actorLabel } = actorOf(row);
    return {
      id,
      at,
      actorKind,
      actorId,
      actorLabel,
      address: showsAddresses ? address : null,
      action,
      subject: {
        kind: subjectKind,
        id: subjectId,
        label: subjectLabel,
        name: names.get(`${subjectKind} ${subjectId}`) ?? null,
        organization: codes.get(`${subjectKind} ${subjectId}`) ?? null,
      },
      before: valuesOf(row.before, showsAddresses),
      after: valuesOf(row.after, showsAddresses),
    };
  });
}

/** One thing, or several of one kind. */
export type AuditSubject = { kind: string; id: number | readonly number[] };

/** The latest changes of these things that the reader may see, newest first. */
export function changesOf(
  subjects: AuditSubject | readonly AuditSubject[],
  limit: number,
  reader: AuditReader,
): AuditItem[] {
  // One query for each subject, so that each reads the index only up to the limit.
  const rows = [subjects]
    .flat()
    .flatMap(({ kind, id }) => [id].flat().flatMap((one) => latestOf(kind, one, limit, reader)))
    .sort((a, b) => b.at.getTime() - a.at.getTime() || b.id - a.id)
    .slice(0, limit);
  return itemsOf(rows, reader);
}

function latestOf(kind: string, id: number, limit: number, reader: AuditReader): AuditRow[] {
  return database()
    .select()
    .from(auditEntries)
    .where(and(eq(auditEntries.subjectKind, kind), eq(auditEntries.subjectId, id), isVisible(reader)))
    .orderBy(desc(auditEntries.at), desc(auditEntries.id))
    .limit(limit)
    .all();
}

/**
 * The end of the chain: how many entries the enterprise has, and the last one's hash; null for a reader of a part of the
 * enterprise. A reader who may not see addresses gets no hash, because they know the rest of the entry and could find
 * its address by trying every address against the hash.
 */
export function chainEnd(reader: AuditReader): { entries: number; hash: string | null } | null {
  if (!isWhole(reader.scope)) return null;
  const end = database().select().from(auditEnd).get();
  return { entries: end?.lastId ?? 0, hash: readsAddresses(reader) ? (end?.lastHash ?? "") : null };
}
