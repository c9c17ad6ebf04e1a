import { eq, sql } from "drizzle-orm";
import type { Reader, Transaction } from "#db/client.ts";
import { creditTypes, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import type { AuditChange, AuditField } from "#lib/audit/rules.ts";
import { type Importer, type ImportOptions, type ImportOutcome, importFile } from "#lib/imports/file.ts";
import { organizationIds } from "#lib/organization-codes/queries.ts";
import { type Refused, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { isWhole, reads, type Scope } from "#lib/scope/scope.ts";
import { insertOrganizations, writeTags } from "./commands/insert.ts";
import { checkOrganizations, type ImportContext, type ImportRow, undoOrganizations } from "./import-rules.ts";
import { searchColumns } from "./rules.ts";
import { tagsColumn, tagsOf, tagsOfText } from "./tag-queries.ts";

function contextOf(reader: Reader, scope: Scope): ImportContext {
  const organizationByCode = reader
    .select({
      id: organizations.id,
      name: organizations.name,
      code: organizations.code,
      creditTypeId: organizations.creditTypeId,
      active: organizations.active,
      monthlyAllowance: organizations.monthlyAllowance,
      creditsMoved: organizations.creditsMoved,
      tags: tagsColumn,
    })
    .from(organizations)
    .where(eq(organizations.id, sql.placeholder("id")))
    .prepare();
  const idOf = organizationIds(reader);
  return {
    creditTypes: isWhole(scope)
      ? reader
          .select({ id: creditTypes.id, name: creditTypes.name, archivedAt: creditTypes.archivedAt })
          .from(creditTypes)
          .all()
      : [],
    organizationByCode: (code) => {
      const id = idOf(code);
      const row = id === null ? undefined : organizationByCode.get({ id });
      return row && reads(scope, row.id) ? { ...row, tags: tagsOfText(row.tags) } : undefined;
    },
  };
}

/** The fields of the audit trail by the columns of the file. */
const AUDIT_FIELD: Record<string, AuditField> = {
  name: "name",
  credit_type: "creditType",
  monthly_allowance_per_member: "monthlyAllowance",
  tags: "tags",
};

/**
 * Changes organizations as the rows have them, with their counters and audit entries. Refuses another credit type where
 * credits have moved since the check.
 */
function changeOrganizations(
  tx: Transaction,
  rows: readonly ImportRow[],
  actor: Actor,
  at: Date,
): Refused | null {
  const read = tx
    .select({
      active: organizations.active,
      creditTypeId: organizations.creditTypeId,
      members: organizations.members,
      creditsMoved: organizations.creditsMoved,
    })
    .from(organizations)
    .where(eq(organizations.id, sql.placeholder("id")))
    .prepare();
  const update = tx
    .update(organizations)
    .set({
      name: sql`${sql.placeholder("name")}`,
      creditTypeId: sql`${sql.placeholder("creditTypeId")}`,
      active: sql`${sql.placeholder("active")}`,
      monthlyAllowance: sql`${sql.placeholder("monthlyAllowance")}`,
      nameKey: sql`${sql.placeholder("nameKey")}`,
      searchText: sql`${sql.placeholder("searchText")}`,
    })
    .where(eq(organizations.id, sql.placeholder("id")))
    .prepare();
  const counters = new Map<number, { all: number; active: number; members: number }>();
  const count = (creditTypeId: number, all: number, active: number, members: number) => {
    const sum = counters.get(creditTypeId) ?? { all: 0, active: 0, members: 0 };
    counters.set(creditTypeId, {
      all: sum.all + all,
      active: sum.active + active,
      members: sum.members + members,
    });
  };
  const audit: AuditChange[] = [];
  for (const { name, code, creditTypeId, active, monthlyAllowance, tags, change } of rows) {
    const old = change && read.get({ id: change.id });
    if (!old) continue;
    // An event of 0 credits is a first entry without an audit entry, so the import may not have checked again.
    if (old.creditsMoved && creditTypeId !== old.creditTypeId) {
      return refused(
        "import_refused",
        `The credit type of ${code} cannot change any more, because credits have moved. Nothing was imported.`,
      );
    }
    update.run({
      id: change.id,
      name,
      creditTypeId,
      active: active ? 1 : 0,
      monthlyAllowance,
      ...searchColumns(name, code),
    });
    if (change.cells.some(({ column }) => column === "tags"))
      writeTags(tx, change.id, { before: tagsOf(tx, change.id), after: tags });
    count(old.creditTypeId, -1, old.active ? -1 : 0, -old.members);
    count(creditTypeId, 1, active ? 1 : 0, old.members);
    const subject = { kind: "organization", id: change.id, label: code } as const;
    const fields = change.cells.filter(({ column }) => column !== "status");
    if (fields.length > 0) {
      const values = (side: "old" | "new") =>
        Object.fromEntries(fields.map((cell) => [AUDIT_FIELD[cell.column], cell[side] || null]));
      audit.push({ action: "organization.updated", subject, before: values("old"), after: values("new") });
    }
    const status = change.cells.find(({ column }) => column === "status");
    if (status) {
      audit.push({
        action: active ? "organization.activated" : "organization.deactivated",
        subject,
        before: { status: status.old },
        after: { status: status.new },
      });
    }
  }
  for (const [id, { all, active, members }] of counters) {
    tx.update(creditTypes)
      .set({
        organizations: sql`${creditTypes.organizations} + ${all}`,
        activeOrganizations: sql`${creditTypes.activeOrganizations} + ${active}`,
        members: sql`${creditTypes.members} + ${members}`,
      })
      .where(eq(creditTypes.id, id))
      .run();
  }
  recordAudit(tx, actor, audit, at);
  return null;
}

export const organizationsImporter: Importer<ImportRow> = {
  check: (table, reader, scope, mode, onProgress) =>
    checkOrganizations(table, contextOf(reader, scope), mode, onProgress),
  authorize: (tx, actor) => assertRole(tx, actor, "admin"),
  apply(tx, rows, actor, at) {
    insertOrganizations(
      tx,
      rows.filter((row) => !row.change),
      actor,
      at,
    );
    const changed = rows.filter((row) => row.change);
    return changed.length > 0 ? changeOrganizations(tx, changed, actor, at) : null;
  },
  undo: undoOrganizations,
};

/** Imports a file of organizations whole or not at all. */
export function importOrganizationsFile(
  bytes: Uint8Array,
  actor: Actor,
  options?: ImportOptions,
): Promise<ImportOutcome> {
  return importFile(organizationsImporter, bytes, actor, options);
}
