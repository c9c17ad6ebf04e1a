import { asc, gt } from "drizzle-orm";
import { database } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";

/** The id of the newest audit entry. */
export const lastAuditId = (): number =>
  Number(database().$client.prepare("SELECT coalesce(max(id), 0) FROM audit_entries").pluck().get());

/** "action kind id label, organization id: before > after" of each audit entry after one, in their order. */
export const auditedSince = (id: number): string[] =>
  database()
    .select()
    .from(auditEntries)
    .where(gt(auditEntries.id, id))
    .orderBy(asc(auditEntries.id))
    .all()
    .map(
      ({ action, subjectKind, subjectId, subjectLabel, organizationId, before, after }) =>
        `${action} ${subjectKind} ${subjectId} ${subjectLabel}, ${organizationId}: ${before} > ${after}`,
    );
