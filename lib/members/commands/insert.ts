import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { auditEntries, creditTypes, members, memberships, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import type { AuditChange } from "#lib/audit/rules.ts";
import { emailKey } from "#lib/email.ts";
import { people } from "../aliases.ts";
import { type AllowanceChoice, allowanceText, type MemberRole, memberSearchColumns } from "../rules.ts";

const value = sql.placeholder;

/** A membership about to be inserted: checked, and its organization known. */
export type NewMembership = {
  organizationId: number;
  /** The name of a new person. An existing person keeps the present name. */
  name: string;
  email: string;
  role: MemberRole;
  active: boolean;
} & AllowanceChoice;

/** The id of a new row. Ids of removed rows are not used again, because the audit trail and open forms still have them. */
function nextId(tx: Transaction, kind: "member" | "membership"): number {
  const table = kind === "member" ? members : memberships;
  const last = tx.select({ id: table.id }).from(table).orderBy(desc(table.id)).limit(1).get();
  const audited = tx
    .select({ id: auditEntries.subjectId })
    .from(auditEntries)
    .where(eq(auditEntries.subjectKind, kind))
    .orderBy(desc(auditEntries.subjectId))
    .limit(1)
    .get();
  return Math.max(last?.id ?? 0, audited?.id ?? 0) + 1;
}

/**
 * Inserts memberships, and the people who are new, with every counter and an audit entry each, in the given order. A row
 * of a person who is a member already, such as a second one with a former email, changes nothing.
 *
 * @returns the memberships' ids with their persons' ids and emails, in the same order.
 */
export function insertMemberships(
  tx: Transaction,
  rows: readonly NewMembership[],
  actor: Actor,
  at: Date = new Date(),
): { id: number; memberId: number; email: string }[] {
  const findMember = people(tx);
  const insertMember = tx
    .insert(members)
    .values({
      id: sql`${value("id")}`,
      name: value("name"),
      email: value("email"),
      emailKey: value("emailKey"),
      createdAt: at,
      nameKey: value("nameKey"),
      searchText: value("searchText"),
    })
    .returning({ id: members.id, name: members.name, nameKey: members.nameKey, email: members.email })
    .prepare();
  const insertMembership = tx
    .insert(memberships)
    .values({
      id: sql`${value("id")}`,
      memberId: value("memberId"),
      organizationId: value("organizationId"),
      role: value("role"),
      active: value("active"),
      allowance: value("allowance"),
      monthlyAllowance: value("monthlyAllowance"),
      createdAt: at,
      nameKey: value("nameKey"),
    })
    .prepare();
  const findMembership = tx
    .select({ id: memberships.id })
    .from(memberships)
    .where(
      and(
        eq(memberships.organizationId, value("organizationId")),
        eq(memberships.memberId, value("memberId")),
        isNull(memberships.mergedIntoId),
      ),
    )
    .prepare();
  const countForMember = tx
    .update(members)
    .set({
      memberships: sql`${members.memberships} + 1`,
      activeMemberships: sql`${members.activeMemberships} + ${value("active")}`,
    })
    .where(eq(members.id, value("id")))
    .prepare();
  const findOrganization = tx
    .select({ code: organizations.code, creditTypeId: organizations.creditTypeId })
    .from(organizations)
    .where(eq(organizations.id, value("id")))
    .prepare();

  let nextMemberId = nextId(tx, "member");
  let nextMembershipId = nextId(tx, "membership");
  const organizationsById = new Map<number, { code: string; creditTypeId: number; added: number }>();
  const changes: AuditChange[] = [];
  const inserted = rows.map((row) => {
    const organization = organizationsById.get(row.organizationId) ?? {
      ...(findOrganization.get({ id: row.organizationId }) ?? { code: "", creditTypeId: 0 }),
      added: 0,
    };
    organizationsById.set(row.organizationId, organization);
    const key = emailKey(row.email);
    const person =
      findMember(key) ??
      insertMember.get({
        id: nextMemberId++,
        name: row.name,
        email: row.email,
        emailKey: key,
        ...memberSearchColumns(row.name, row.email),
      });
    const place = { organizationId: row.organizationId, memberId: person.id };
    const existing = findMembership.get(place);
    if (existing) return { id: existing.id, memberId: person.id, email: person.email };
    const id = nextMembershipId;
    insertMembership.run({ ...row, ...place, id, nameKey: person.nameKey });
    nextMembershipId += 1;
    organization.added += 1;
    countForMember.run({ id: person.id, active: row.active ? 1 : 0 });
    changes.push({
      action: "member.added",
      subject: {
        kind: "membership",
        id,
        label: `${person.email} in ${organization.code}`,
        organizationId: row.organizationId,
      },
      after: {
        organization: organization.code,
        name: person.name,
        email: person.email,
        role: row.role,
        status: row.active ? "active" : "inactive",
        monthlyAllowance: allowanceText(row),
      },
    });
    return { id, memberId: person.id, email: person.email };
  });
  for (const [id, organization] of organizationsById) {
    tx.update(organizations)
      .set({ members: sql`${organizations.members} + ${organization.added}` })
      .where(eq(organizations.id, id))
      .run();
    tx.update(creditTypes)
      .set({ members: sql`${creditTypes.members} + ${organization.added}` })
      .where(eq(creditTypes.id, organization.creditTypeId))
      .run();
  }
  recordAudit(tx, actor, changes, at);
  return inserted;
}
