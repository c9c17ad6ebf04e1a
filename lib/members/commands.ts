import { eq, sql } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { creditTypes, members, memberships, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { type AuditChange, recordAudit } from "#lib/audit/commands.ts";
import { emailKey } from "#lib/email.ts";
import { type AllowanceChoice, allowanceText, type MemberRole, memberSearchColumns } from "./rules.ts";

/** A membership about to be inserted: checked, its organization known, and no membership there yet. */
export type NewMembership = {
  organizationId: number;
  /** Of the person, where he is new; a person who is known keeps his name. */
  name: string;
  email: string;
  role: MemberRole;
  active: boolean;
} & AllowanceChoice;

const value = sql.placeholder;

/**
 * Inserts memberships, and the people who are new, with every counter and an audit entry each, in the given order.
 *
 * @returns the memberships' ids with their persons', in the same order.
 */
export function insertMemberships(
  tx: Transaction,
  rows: readonly NewMembership[],
  actor: Actor,
  at: Date = new Date(),
): { id: number; memberId: number }[] {
  const findMember = tx
    .select({ id: members.id, name: members.name, nameKey: members.nameKey, email: members.email })
    .from(members)
    .where(eq(members.emailKey, value("emailKey")))
    .prepare();
  const insertMember = tx
    .insert(members)
    .values({
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
      memberId: value("memberId"),
      organizationId: value("organizationId"),
      role: value("role"),
      active: value("active"),
      allowance: value("allowance"),
      monthlyAllowance: value("monthlyAllowance"),
      createdAt: at,
      nameKey: value("nameKey"),
    })
    .returning({ id: memberships.id })
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

  const known = new Map<number, { code: string; creditTypeId: number; added: number }>();
  const changes: AuditChange[] = [];
  const inserted = rows.map((row) => {
    const organization = known.get(row.organizationId) ?? {
      ...(findOrganization.get({ id: row.organizationId }) ?? { code: "", creditTypeId: 0 }),
      added: 0,
    };
    organization.added += 1;
    known.set(row.organizationId, organization);
    const key = emailKey(row.email);
    const person =
      findMember.get({ emailKey: key }) ??
      insertMember.get({
        name: row.name,
        email: row.email,
        emailKey: key,
        ...memberSearchColumns(row.name, row.email),
      });
    const { id } = insertMembership.get({ ...row, memberId: person.id, nameKey: person.nameKey });
    countForMember.run({ id: person.id, active: row.active ? 1 : 0 });
    changes.push({
      action: "member.added",
      subject: { kind: "membership", id, label: `${person.email} in ${organization.code}` },
      after: {
        organization: organization.code,
        name: person.name,
        email: person.email,
        role: row.role,
        status: row.active ? "active" : "inactive",
        monthlyAllowance: allowanceText(row),
      },
    });
    return { id, memberId: person.id };
  });
  for (const [id, organization] of known) {
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
