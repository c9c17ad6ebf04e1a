import { and, desc, eq, inArray, sql } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import {
  approvedDomains,
  auditEntries,
  creditTypes,
  members,
  memberships,
  organizations,
} from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { type AuditChange, changesBetween } from "#lib/audit/rules.ts";
import { emailKey } from "#lib/email.ts";
import { organizationIdOf } from "#lib/organizations/former-codes.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { emailTaken, moveEmail, people, writeSearchColumns } from "./aliases.ts";
import { domainsFormValues, type SetApprovedDomainsInput } from "./domain-rules.ts";
import {
  type AddMemberInput,
  type AllowanceChoice,
  allowanceText,
  type MemberRole,
  memberFormValues,
  memberSearchColumns,
  membershipFormValues,
  type UpdateMemberInput,
  type UpdateMembershipInput,
} from "./rules.ts";

/** A membership about to be inserted: checked, its organization known, and no membership there yet. */
export type NewMembership = {
  organizationId: number;
  /** The name of a new person. An existing person keeps the present name. */
  name: string;
  email: string;
  role: MemberRole;
  active: boolean;
} & AllowanceChoice;

const value = sql.placeholder;

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
 * Inserts memberships, and the people who are new, with every counter and an audit entry each, in the given order.
 *
 * @returns the memberships' ids with their persons' ids and e-mails, in the same order.
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

  let nextMemberId = nextId(tx, "member");
  let nextMembershipId = nextId(tx, "membership");
  const organizationsById = new Map<number, { code: string; creditTypeId: number; added: number }>();
  const changes: AuditChange[] = [];
  const inserted = rows.map((row) => {
    const organization = organizationsById.get(row.organizationId) ?? {
      ...(findOrganization.get({ id: row.organizationId }) ?? { code: "", creditTypeId: 0 }),
      added: 0,
    };
    organization.added += 1;
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
    const { id } = insertMembership.get({
      ...row,
      id: nextMembershipId++,
      memberId: person.id,
      nameKey: person.nameKey,
    });
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

/** Who was added, and where; `hasOtherName` when the person has another name, which stays. */
export type AddedMember = {
  id: number;
  memberId: number;
  name: string;
  email: string;
  organization: string;
  wasMember: boolean;
  hasOtherName: boolean;
};

/** Adds an active membership. An existing person with this e-mail gets a further membership and keeps the name. */
export async function addMember(
  input: AddMemberInput,
  actor: Actor,
  at: Date = new Date(),
): Promise<Result<AddedMember, "organization" | "email">> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const organization = tx
      .select({ id: organizations.id, code: organizations.code })
      .from(organizations)
      .where(eq(organizations.id, organizationIdOf(tx, input.organization) ?? 0))
      .get();
    if (!organization) {
      return refused(
        "organization_not_found",
        `There is no organization with the code ${input.organization.slice(0, 100)}.`,
        "organization",
      );
    }
    const person = tx
      .select({ id: members.id, name: members.name, email: members.email, membership: memberships.active })
      .from(members)
      .leftJoin(
        memberships,
        and(eq(memberships.memberId, members.id), eq(memberships.organizationId, organization.id)),
      )
      .where(eq(members.id, people(tx)(emailKey(input.email))?.id ?? 0))
      .get();
    if (person && person.membership !== null) {
      const state = person.membership ? "" : ", though inactive: activate the membership instead";
      return refused(
        "already_member",
        `${person.name} (${person.email}) is a member of ${organization.code} already${state}.`,
        "email",
      );
    }
    const { organization: _code, ...row } = input;
    const [added] = insertMemberships(
      tx,
      [{ ...row, organizationId: organization.id, active: true }],
      actor,
      at,
    );
    if (!added) throw new Error("no membership was added");
    return done({
      ...added,
      name: person?.name ?? input.name,
      email: person?.email ?? input.email,
      organization: organization.code,
      wasMember: person !== undefined,
      hasOtherName: person !== undefined && person.name !== input.name,
    });
  });
}

/**
 * Changes a membership's role and allowance, which the next spend must fit. With the `original` values of a form it
 * refuses to overwrite a change made since.
 *
 * @returns `changed`: false where everything was so already.
 */
export async function updateMembership(
  input: UpdateMembershipInput,
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ name: string; organization: string; changed: boolean }>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const old = tx
      .select({
        role: memberships.role,
        allowance: memberships.allowance,
        monthlyAllowance: memberships.monthlyAllowance,
        name: members.name,
        email: members.email,
        organizationId: memberships.organizationId,
        organization: organizations.code,
      })
      .from(memberships)
      .innerJoin(members, eq(members.id, memberships.memberId))
      .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
      .where(eq(memberships.id, input.id))
      .get();
    if (!old) return refused("membership_not_found", "This membership does not exist.");
    const { name, organization } = old;
    const changes = changesBetween(
      { role: old.role, monthlyAllowance: allowanceText(old) },
      { role: input.role, monthlyAllowance: allowanceText(input) },
    );
    if (!changes) return done({ name, organization, changed: false });
    const stale = staleEdit(original, membershipFormValues(old));
    if (stale) return stale;
    tx.update(memberships)
      .set({ role: input.role, allowance: input.allowance, monthlyAllowance: input.monthlyAllowance })
      .where(eq(memberships.id, input.id))
      .run();
    recordAudit(tx, actor, [
      {
        action: "membership.updated",
        subject: {
          kind: "membership",
          id: input.id,
          label: `${old.email} in ${old.organization}`,
          organizationId: old.organizationId,
        },
        ...changes,
      },
    ]);
    return done({ name, organization, changed: true });
  });
}

/**
 * Changes a person's name and e-mail, in every organization at once; the e-mail before becomes a former one. Refuses an
 * e-mail that another person has or had and, with the `original` values of a form, to overwrite a change made since.
 *
 * @returns `changed`: false where everything was so already.
 */
export async function updateMember(
  input: UpdateMemberInput,
  actor: Actor,
  original?: OriginalValues,
  at: Date = new Date(),
): Promise<Result<{ id: number; name: string; changed: boolean }, "email">> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const old = tx
      .select({ name: members.name, email: members.email })
      .from(members)
      .where(eq(members.id, input.id))
      .get();
    if (!old) return refused("member_not_found", "This member does not exist.");
    const key = emailKey(input.email);
    const taken = emailTaken(tx, input.email, input.id);
    if (taken) return taken;
    const { id, name } = input;
    const changes = changesBetween(old, { name, email: input.email });
    if (!changes) return done({ id, name, changed: false });
    const stale = staleEdit(original, memberFormValues(old));
    if (stale) return stale;
    const unmoved = moveEmail(tx, id, { old: old.email, now: input.email, at });
    if (unmoved) return unmoved;
    tx.update(members)
      .set({ name: input.name, email: input.email, emailKey: key })
      .where(eq(members.id, input.id))
      .run();
    const { nameKey } = writeSearchColumns(tx, input.id);
    tx.update(memberships).set({ nameKey }).where(eq(memberships.memberId, input.id)).run();
    recordAudit(
      tx,
      actor,
      [
        {
          action: "member.updated",
          subject: { kind: "member", id: input.id, label: input.email },
          ...changes,
        },
      ],
      at,
    );
    return done({ id, name, changed: true });
  });
}

/** SQLite takes at most 32,766 parameters a statement. */
const IDS_A_STATEMENT = 10_000;

/**
 * Activates or deactivates memberships in one transaction; leaves alone those that have the status already.
 *
 * @returns how many changed.
 */
export async function changeMembershipsActive(
  ids: readonly number[],
  active: boolean,
  actor: Actor,
): Promise<Result<{ changed: number }>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    return done({ changed: changeMembershipsActiveIn(tx, ids, active, actor) });
  });
}

/** {@link changeMembershipsActive} in the transaction of the caller, who has checked the role. */
export function changeMembershipsActiveIn(
  tx: Transaction,
  ids: readonly number[],
  active: boolean,
  actor: Actor,
  at: Date = new Date(),
): number {
  const labels = tx
    .select({ email: members.email, code: organizations.code })
    .from(memberships)
    .innerJoin(members, eq(members.id, memberships.memberId))
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(eq(memberships.id, value("id")))
    .prepare();
  const countForMember = tx
    .update(members)
    .set({ activeMemberships: sql`${members.activeMemberships} + ${active ? 1 : -1}` })
    .where(eq(members.id, value("id")))
    .prepare();
  let changed = 0;
  for (let start = 0; start < ids.length; start += IDS_A_STATEMENT) {
    const rows = tx
      .update(memberships)
      .set({ active })
      .where(
        and(
          inArray(memberships.id, ids.slice(start, start + IDS_A_STATEMENT)),
          eq(memberships.active, !active),
        ),
      )
      .returning({
        id: memberships.id,
        memberId: memberships.memberId,
        organizationId: memberships.organizationId,
      })
      .all();
    for (const row of rows) countForMember.run({ id: row.memberId });
    recordAudit(
      tx,
      actor,
      rows.map(({ id, organizationId }) => {
        const label = labels.get({ id });
        return {
          action: active ? "membership.activated" : "membership.deactivated",
          subject: {
            kind: "membership",
            id,
            label: `${label?.email} in ${label?.code}`,
            organizationId,
          },
          before: { status: active ? "inactive" : "active" },
          after: { status: active ? "active" : "inactive" },
        };
      }),
      at,
    );
    changed += rows.length;
  }
  return changed;
}

/**
 * Sets the e-mail domains whose people become members with their first usage event; an empty list turns that off. With
 * the `original` values of a form it refuses to overwrite a change made since.
 *
 * @returns `changed`: false where the list was so already.
 */
export async function setApprovedDomains(
  input: SetApprovedDomainsInput,
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ code: string; domains: string[]; changed: boolean }>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const organization = tx
      .select({ code: organizations.code })
      .from(organizations)
      .where(eq(organizations.id, input.organization))
      .get();
    if (!organization) return refused("organization_not_found", "This organization does not exist.");
    const domains = [...new Set(input.domains)].sort();
    const old = tx
      .select({ domain: approvedDomains.domain })
      .from(approvedDomains)
      .where(eq(approvedDomains.organizationId, input.organization))
      .orderBy(approvedDomains.domain)
      .all()
      .map((row) => row.domain);
    const { code } = organization;
    const changes = changesBetween(
      { approvedDomains: old.join(", ") },
      { approvedDomains: domains.join(", ") },
    );
    if (!changes) return done({ code, domains, changed: false });
    const stale = staleEdit(original, domainsFormValues(old));
    if (stale) return stale;
    tx.delete(approvedDomains).where(eq(approvedDomains.organizationId, input.organization)).run();
    if (domains.length > 0) {
      tx.insert(approvedDomains)
        .values(domains.map((domain) => ({ organizationId: input.organization, domain })))
        .run();
    }
    recordAudit(tx, actor, [
      {
        action: "organization.updated",
        subject: { kind: "organization", id: input.organization, label: code },
        ...changes,
      },
    ]);
    return done({ code, domains, changed: true });
  });
}
