import { and, eq, isNull, sql } from "drizzle-orm";
import type { Reader, Transaction } from "#db/client.ts";
import { members, memberships, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import type { AuditChange, AuditField } from "#lib/audit/rules.ts";
import { type Importer, type ImportOptions, type ImportOutcome, importFile } from "#lib/imports/file.ts";
import { organizationIds } from "#lib/organization-codes/queries.ts";
import { assertManages } from "#lib/scope/authorize.ts";
import { isWhole, manages, reads, type Scope } from "#lib/scope/scope.ts";
import { people, writeSearchColumns } from "./aliases.ts";
import { managesPerson, readsPerson } from "./authorize.ts";
import { insertMemberships } from "./commands/insert.ts";
import {
  checkMembers,
  type ExistingMembership,
  type ImportContext,
  type ImportRow,
  undoMembers,
} from "./import-rules.ts";

const value = sql.placeholder;

/** Looks up one at a time, because the portal may have a million people and the file ten. */
function contextOf(reader: Reader, scope: Scope): ImportContext {
  const organization = reader
    .select({ id: organizations.id, code: organizations.code })
    .from(organizations)
    .where(eq(organizations.id, value("id")))
    .prepare();
  const idOf = organizationIds(reader);
  const member = people(reader);
  const membership = reader
    .select({
      id: memberships.id,
      role: memberships.role,
      active: memberships.active,
      allowance: memberships.allowance,
      monthlyAllowance: memberships.monthlyAllowance,
    })
    .from(memberships)
    .where(
      and(
        eq(memberships.organizationId, value("organizationId")),
        eq(memberships.memberId, value("memberId")),
        isNull(memberships.mergedIntoId),
      ),
    )
    .prepare();
  return {
    isPart: !isWhole(scope),
    organizationByCode: (code) => {
      const id = idOf(code);
      if (id === null || !reads(scope, id)) return undefined;
      const row = organization.get({ id });
      return row && { ...row, isManaged: manages(scope, id) };
    },
    memberByEmail: (key) => {
      const person = member(key);
      return person && readsPerson(reader, scope, person.id) ? person : undefined;
    },
    mayRename: (memberId) => managesPerson(reader, scope, memberId),
    // The table's check holds the two columns of the allowance together.
    membershipOf: (organizationId, memberId) =>
      membership.get({ organizationId, memberId }) as ExistingMembership | undefined,
  };
}

/** The fields of the audit trail by the columns of the file. */
const AUDIT_FIELD: Record<string, AuditField> = { role: "role", monthly_allowance: "monthlyAllowance" };

/** Changes memberships and the names of their people as the rows have them, with counters and audit entries. */
function changeMemberships(tx: Transaction, rows: readonly ImportRow[], actor: Actor, at: Date): void {
  const update = tx
    .update(memberships)
    .set({
      role: sql`${value("role")}`,
      active: sql`${value("active")}`,
      allowance: sql`${value("allowance")}`,
      monthlyAllowance: sql`${value("monthlyAllowance")}`,
    })
    .where(eq(memberships.id, value("id")))
    .prepare();
  const countActive = tx
    .update(members)
    .set({ activeMemberships: sql`${members.activeMemberships} + ${value("change")}` })
    .where(eq(members.id, value("id")))
    .prepare();
  const audit: AuditChange[] = [];
  for (const row of rows) {
    const { code, organizationId, email, name, role, active, allowance, monthlyAllowance, change } = row;
    if (!change) continue;
    const { id, memberId, cells } = change;
    update.run({ id, role, active: active ? 1 : 0, allowance, monthlyAllowance });
    const renamed = cells.find(({ column }) => column === "name");
    if (renamed) {
      tx.update(members).set({ name }).where(eq(members.id, memberId)).run();
      const { nameKey } = writeSearchColumns(tx, memberId);
      tx.update(memberships).set({ nameKey }).where(eq(memberships.memberId, memberId)).run();
      audit.push({
        action: "member.updated",
        subject: { kind: "member", id: memberId, label: email },
        before: { name: renamed.old },
        after: { name: renamed.new },
      });
    }
    const subject = { kind: "membership", id, label: `${email} in ${code}`, organizationId } as const;
    const fields = cells.filter(({ column }) => AUDIT_FIELD[column]);
    if (fields.length > 0) {
      const values = (side: "old" | "new") =>
        Object.fromEntries(fields.map((cell) => [AUDIT_FIELD[cell.column], cell[side]]));
      audit.push({ action: "membership.updated", subject, before: values("old"), after: values("new") });
    }
    const status = cells.find(({ column }) => column === "status");
    if (status) {
      countActive.run({ id: memberId, change: active ? 1 : -1 });
      audit.push({
        action: active ? "membership.activated" : "membership.deactivated",
        subject,
        before: { status: status.old },
        after: { status: status.new },
      });
    }
  }
  recordAudit(tx, actor, audit, at);
}

export const membersImporter: Importer<ImportRow> = {
  check: (table, reader, scope, mode, onProgress) =>
    checkMembers(table, contextOf(reader, scope), mode, onProgress),
  authorize: (tx, actor, rows) =>
    assertManages(tx, actor, new Set(rows.map(({ organizationId }) => organizationId))),
  apply(tx, rows, actor, at) {
    changeMemberships(
      tx,
      rows.filter((row) => row.change),
      actor,
      at,
    );
    insertMemberships(
      tx,
      rows.filter((row) => !row.change),
      actor,
      at,
    );
    return null;
  },
  undo: undoMembers,
};

/** Imports a file of members whole or not at all. */
export function importMembersFile(
  bytes: Uint8Array,
  actor: Actor,
  options?: ImportOptions,
): Promise<ImportOutcome> {
  return importFile(membersImporter, bytes, actor, options);
}
