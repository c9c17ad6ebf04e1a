import { and, desc, eq, inArray } from "drizzle-orm";
import { database } from "#db/client.ts";
import { auditEnd, auditEntries, memberships, organizations } from "#db/schema/index.ts";
import { hasRole, type Role } from "#lib/actor.ts";
import type { AuditRow } from "./commands.ts";
import type { AuditValues } from "./rules.ts";

/** The reader of the audit trail. */
export type AuditReader = { role: Role | null };

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
    /** The present code of its organization, for the link; null if it does not belong to an organization. */
    organization: string | null;
  };
  before: AuditValues;
  after: AuditValues;
};

function valuesOf(json: string | null, showsAddresses: boolean): AuditValues {
  const { address, ...values }: AuditValues = json === null ? {} : JSON.parse(json);
  return showsAddresses && address !== undefined ? { ...values, address } : values;
}

/** Rows as items for a reader, with today's codes of the organizations that they are about. */
export function itemsOf(rows: readonly AuditRow[], reader: AuditReader): AuditItem[] {
  const showsAddresses = readsAddresses(reader);
  const idsOf = (kind: string) => [
    ...new Set(rows.flatMap((row) => (row.subjectKind === kind && row.subjectId ? [row.subjectId] : []))),
  ];
  const code = { code: organizations.code };
  const codes = new Map<string, string>();
  for (const row of database()
    .select({ id: organizations.id, ...code })
    .from(organizations)
    .where(inArray(organizations.id, idsOf("organization")))
    .all()) {
    codes.set(`organization ${row.id}`, row.code);
  }
  for (const row of database()
    .select({ id: memberships.id, ...code })
    .from(memberships)
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(inArray(memberships.id, idsOf("membership")))
    .all()) {
    codes.set(`membership ${row.id}`, row.code);
  }
  return rows.map(
    ({ id, at, actorKind, actorId, actorLabel, address, action, subjectKind, subjectId, ...row }) => ({
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
        label: row.subjectLabel,
        organization: codes.get(`${subjectKind} ${subjectId}`) ?? null,
      },
      before: valuesOf(row.before, showsAddresses),
      after: valuesOf(row.after, showsAddresses),
    }),
  );
}

/** One thing, or several of one kind. */
export type AuditSubject = { kind: string; id: number | readonly number[] };

/** The latest changes of these things, newest first. */
export function changesOf(
  subjects: AuditSubject | readonly AuditSubject[],
  limit: number,
  reader: AuditReader,
): AuditItem[] {
  // One query for each subject, so that each reads the index only up to the limit.
  const rows = [subjects]
    .flat()
    .flatMap(({ kind, id }) => [id].flat().flatMap((one) => latestOf(kind, one, limit)))
    .sort((a, b) => b.at.getTime() - a.at.getTime() || b.id - a.id)
    .slice(0, limit);
  return itemsOf(rows, reader);
}

function latestOf(kind: string, id: number, limit: number): AuditRow[] {
  return database()
    .select()
    .from(auditEntries)
    .where(and(eq(auditEntries.subjectKind, kind), eq(auditEntries.subjectId, id)))
    .orderBy(desc(auditEntries.at), desc(auditEntries.id))
    .limit(limit)
    .all();
}

/** The end of the chain: how many entries there are, and the last one's hash. */
export function chainEnd(): { entries: number; hash: string } {
  const end = database().select().from(auditEnd).get();
  return { entries: end?.lastId ?? 0, hash: end?.lastHash ?? "" };
}
