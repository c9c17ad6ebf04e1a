import { and, desc, eq } from "drizzle-orm";
import { database } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";

/** One change as a person reads it. */
export type AuditItem = {
  id: number;
  at: Date;
  actorLabel: string;
  action: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
};

/** The latest changes of one thing, newest first. */
export function changesOf(subject: { kind: string; id: number }, limit: number): AuditItem[] {
  return database()
    .select()
    .from(auditEntries)
    .where(and(eq(auditEntries.subjectKind, subject.kind), eq(auditEntries.subjectId, subject.id)))
    .orderBy(desc(auditEntries.id))
    .limit(limit)
    .all()
    .map((row) => ({
      id: row.id,
      at: row.at,
      actorLabel: row.actorLabel,
      action: row.action,
      before: row.before ? JSON.parse(row.before) : {},
      after: row.after ? JSON.parse(row.after) : {},
    }));
}
