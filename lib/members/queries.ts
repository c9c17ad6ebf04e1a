import { asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { database } from "#db/client.ts";
import { approvedDomains, members, membershipMonths, memberships, organizations } from "#db/schema/index.ts";
import { codeKey } from "#lib/organizations/rules.ts";
import { searchWords } from "#lib/text.ts";
import { type AllowanceChoice, effectiveAllowance, type MemberRole } from "./rules.ts";
import type { MemberSort, MemberSortKey, MembershipsView, MembersView } from "./search-params.ts";

export const PAGE_SIZE = 50;
/** Up to here what a filter finds is counted and paged exactly; beyond, the list says "more than". */
export const CROWD = 10_000;
/** How many of a person's memberships the list names. */
const ORGANIZATIONS_SHOWN = 3;

/** A person's place in an organization, as lists name it. */
export type MembershipBrief = {
  id: number;
  code: string;
  organization: string;
  role: MemberRole;
  active: boolean;
};

/** A row of `/members`; credits in micro-credits, summed over the person's memberships. */
export type MemberListItem = {
  id: number;
  name: string;
  email: string;
  createdAt: Date;
  memberships: number;
  activeMemberships: number;
  spent: bigint;
  lastActiveAt: Date | null;
  /** The first few. */
  organizations: MembershipBrief[];
};

/** A membership with its figures in one month. */
export type MembershipItem = {
  id: number;
  memberId: number;
  name: string;
  email: string;
  role: MemberRole;
  active: boolean;
  allowance: AllowanceChoice["allowance"];
  /** The membership's own. */
  monthlyAllowance: bigint | null;
  /** The one that counts; null is no limit. */
  effectiveAllowance: bigint | null;
  spentThisMonth: bigint;
  spent: bigint;
  lastActiveAt: Date | null;
  createdAt: Date;
  organization: { id: number; code: string; name: string; active: boolean; monthlyAllowance: bigint | null };
};

/** A page of a list, with the page it really is: one past the end shows the last. `more`: than `total`, which is {@link CROWD}. */
export type Page<Item> = { items: Item[]; total: number; more: boolean; page: number; pages: number };

const dialect = new SQLiteSyncDialect();

/** The one number a row of a query; as numbers and not bigints, for a view may have a million ids. */
function numbers(query: SQL): number[] {
  const { sql: text, params } = dialect.sqlToQuery(query);
  return database()
    .$client.prepare<unknown[], number>(text)
    .pluck()
    .safeIntegers(false)
    .all(...params);
}

const number = (query: SQL): number => numbers(query)[0] ?? 0;

const and = (conditions: SQL[]): SQL => (conditions.length === 0 ? sql`1` : sql.join(conditions, sql` AND `));

const SORTS: Record<MemberSortKey, { column: SQL; index: SQL }> = {
  name: { column: sql.raw("members.name_key"), index: sql.raw("members_name") },
  active: { column: sql.raw("members.last_active_at"), index: sql.raw("members_last_active") },
  spent: { column: sql.raw("members.spent"), index: sql.raw("members_spent") },
  created: { column: sql.raw("members.created_at"), index: sql.raw("members_created") },
};

function sortOf(sort: MemberSort): { order: SQL; index: SQL } {
  const descending = sort.startsWith("-");
  const { column, index } = SORTS[(descending ? sort.slice(1) : sort) as MemberSortKey];
  return {
    order: descending ? sql`${column} DESC, members.id DESC` : sql`${column} ASC, members.id ASC`,
    index,
  };
}

/** What the view asks of one membership. */
function membershipConditions(view: MembersView, organizationId: number | null): SQL[] {
  return [
    ...(organizationId === null ? [] : [sql`memberships.organization_id = ${organizationId}`]),
    ...(view.role === "all" ? [] : [sql`memberships.role = ${view.role}`]),
    ...(view.status === "all" ? [] : [sql`memberships.active = ${view.status === "active" ? 1 : 0}`]),
  ];
}

type Filter = {
  /** Each told by a row of members alone. */
  conditions: SQL[];
  /** Queries of ids that hold all that match, and maybe more; the shortest leads to a page quickly. */
  leads: SQL[];
  /** Nothing but the status is asked for, which counters know. */
  statusOnly: boolean;
};

function filterOf(view: MembersView, organizationId: number | null): Filter {
  const words = searchWords(view.q);
  const conditions = words.all.map((word) => sql`instr(members.search_text, ${word}) > 0`);
  const leads: SQL[] = [];
  if (words.match !== null) {
    leads.push(sql`SELECT rowid AS id FROM members_search WHERE members_search MATCH ${words.match}`);
  }
  const ofMembership = membershipConditions(view, organizationId);
  if (organizationId !== null || view.role !== "all") {
    conditions.push(
      sql`EXISTS (SELECT 1 FROM memberships WHERE memberships.member_id = members.id AND ${and(ofMembership)})`,
    );
    leads.push(sql`SELECT member_id AS id FROM memberships WHERE ${and(ofMembership)}`);
  } else if (view.status === "active") {
    conditions.push(sql`members.active_memberships > 0`);
  } else if (view.status === "inactive") {
    conditions.push(sql`members.active_memberships = 0`);
    leads.push(sql`SELECT id FROM members WHERE active_memberships = 0`);
  }
  return {
    conditions,
    leads,
    statusOnly: words.all.length === 0 && organizationId === null && view.role === "all",
  };
}

/** The lead with the fewest ids, where one has at most {@link CROWD}. */
function shortestLead(leads: readonly SQL[]): SQL | null {
  const counted = leads.map((lead) => ({
    lead,
    length: number(sql`SELECT count(*) FROM (${lead} LIMIT ${CROWD + 1})`),
  }));
  const shortest = counted.sort((a, b) => a.length - b.length)[0];
  return shortest && shortest.length <= CROWD ? shortest.lead : null;
}

/** How many people there are, and with a status. Ids are given in a row and people are never deleted. */
function countByStatus(status: MembersView["status"]): number {
  const all = () => number(sql`SELECT coalesce(max(id), 0) FROM members`);
  const inactive = () => number(sql`SELECT count(*) FROM members WHERE active_memberships = 0`);
  if (status === "all") return all();
  return status === "inactive" ? inactive() : all() - inactive();
}

/** Members in order: led by few ids, whose rows are then sorted, or along the index of the sort key. */
function membersFrom(filter: Filter, lead: SQL | null, index: SQL): { from: SQL; where: SQL } {
  return lead
    ? {
        from: sql`(SELECT DISTINCT id FROM (${lead})) AS found CROSS JOIN members`,
        where: and([sql`members.id = found.id`, ...filter.conditions]),
      }
    : { from: sql`members INDEXED BY ${index}`, where: and(filter.conditions) };
}

/** The organization of the view's code; undefined when the view names one that is not there. */
function organizationOf(view: MembersView): number | null | undefined {
  if (view.organization === "") return null;
  return database()
    .select({ id: organizations.id })
    .from(organizations)
    .where(eq(organizations.codeKey, codeKey(view.organization)))
    .get()?.id;
}

function pageOf<Item>(
  total: number,
  more: boolean,
  wanted: number,
  items: (offset: number) => Item[],
): Page<Item> {
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const page = Math.min(wanted, pages);
  return { items: items((page - 1) * PAGE_SIZE), total, more, page, pages };
}

/** A page of ids that were found up to one more than {@link CROWD}. */
function pageOfFound(found: readonly number[], wanted: number): Page<number> {
  const more = found.length > CROWD;
  return pageOf(more ? CROWD : found.length, more, wanted, (offset) =>
    found.slice(offset, Math.min(offset + PAGE_SIZE, CROWD)),
  );
}

/** One page of people. */
export function listMembers(view: MembersView): Page<MemberListItem> {
  const organizationId = organizationOf(view);
  if (organizationId === undefined) return { items: [], total: 0, more: false, page: 1, pages: 1 };
  const ids = pageOfMemberIds(view, organizationId);
  return { ...ids, items: membersByIds(ids.items, organizationId) };
}

function pageOfMemberIds(view: MembersView, organizationId: number | null): Page<number> {
  const { order, index } = sortOf(view.sort);
  const filter = filterOf(view, organizationId);
  const lead = shortestLead(filter.leads);
  const { from, where } = membersFrom(filter, lead, index);
  const ids = (limit: SQL) =>
    numbers(sql`SELECT members.id FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT ${limit}`);
  if (lead) return pageOfFound(ids(sql`${CROWD}`), view.page);
  const onePage = (offset: number) => ids(sql`${PAGE_SIZE} OFFSET ${offset}`);
  if (filter.statusOnly) return pageOf(countByStatus(view.status), false, view.page, onePage);
  // One condition whose ids were counted already: no need to count again.
  if (filter.conditions.length === 1 && filter.leads.length === 1) {
    return pageOf(CROWD, true, view.page, onePage);
  }
  return pageOfFound(ids(sql`${CROWD + 1}`), view.page);
}

/**
 * The memberships of a view of people, whole, in its order, a person's own in theirs; only those that have the view's
 * organization, role and status.
 */
export function membershipIdsOfView(view: MembersView): number[] {
  const organizationId = organizationOf(view);
  if (organizationId === undefined) return [];
  const { order, index } = sortOf(view.sort);
  const filter = filterOf(view, organizationId);
  const { from, where } = membersFrom(filter, shortestLead(filter.leads), index);
  return numbers(
    sql`SELECT memberships.id FROM ${from} CROSS JOIN memberships
      WHERE ${where} AND memberships.member_id = members.id AND ${and(membershipConditions(view, organizationId))}
      ORDER BY ${order}, memberships.id`,
  );
}

/** What the list shows of these people, in the order of `ids`; the membership in `organizationId` is named first. */
function membersByIds(ids: readonly number[], organizationId: number | null): MemberListItem[] {
  const rows = database()
    .select({
      id: members.id,
      name: members.name,
      email: members.email,
      createdAt: members.createdAt,
      memberships: members.memberships,
      activeMemberships: members.activeMemberships,
      spent: members.spent,
      lastActiveAt: members.lastActiveAt,
    })
    .from(members)
    .where(inArray(members.id, [...ids]))
    .all();
  const briefs = database()
    .select({
      id: memberships.id,
      code: organizations.code,
      organization: organizations.name,
      role: memberships.role,
      active: memberships.active,
    })
    .from(memberships)
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(eq(memberships.memberId, sql.placeholder("memberId")))
    .orderBy(sql`${memberships.organizationId} = ${organizationId ?? 0} DESC`, asc(memberships.id))
    .limit(ORGANIZATIONS_SHOWN)
    .prepare();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row ? [{ ...row, organizations: briefs.all({ memberId: id }) }] : [];
  });
}

const MEMBERSHIP_SORTS: Record<MembershipsView["sort"], { order: SQL; index: SQL }> = {
  name: {
    order: sql`memberships.name_key ASC, memberships.id ASC`,
    index: sql.raw("memberships_organization_name"),
  },
  "-name": {
    order: sql`memberships.name_key DESC, memberships.id DESC`,
    index: sql.raw("memberships_organization_name"),
  },
  spent: {
    order: sql`memberships.spent ASC, memberships.id ASC`,
    index: sql.raw("memberships_organization_spent"),
  },
  "-spent": {
    order: sql`memberships.spent DESC, memberships.id DESC`,
    index: sql.raw("memberships_organization_spent"),
  },
};

/** One organization's memberships in order, as FROM and WHERE; a search with few finds leads. */
function membershipsFrom(
  organizationId: number,
  view: MembershipsView,
): { from: SQL; where: SQL; order: SQL; searched: boolean } {
  const { order, index } = MEMBERSHIP_SORTS[view.sort];
  const words = searchWords(view.q);
  const conditions = [sql`memberships.organization_id = ${organizationId}`];
  if (view.status !== "all") conditions.push(sql`memberships.active = ${view.status === "active" ? 1 : 0}`);
  if (view.role !== "all") conditions.push(sql`memberships.role = ${view.role}`);
  if (words.all.length === 0) {
    const from = sql`memberships INDEXED BY ${index}`;
    return { from, where: and(conditions), order, searched: false };
  }
  const lead =
    words.match === null
      ? null
      : shortestLead([sql`SELECT rowid AS id FROM members_search WHERE members_search MATCH ${words.match}`]);
  conditions.push(
    sql`memberships.member_id = members.id`,
    ...words.all.map((word) => sql`instr(members.search_text, ${word}) > 0`),
  );
  const from = lead
    ? sql`(${lead}) AS found CROSS JOIN members CROSS JOIN memberships INDEXED BY memberships_organization_member`
    : sql`memberships INDEXED BY ${index} CROSS JOIN members`;
  if (lead) conditions.push(sql`members.id = found.id`);
  return { from, where: and(conditions), order, searched: true };
}

/** One page of an organization's members, with their figures in `month`, e.g. 202611. */
export function listMemberships(
  organization: { id: number; members: number },
  view: MembershipsView,
  month: number,
): Page<MembershipItem> {
  const { from, where, order, searched } = membershipsFrom(organization.id, view);
  const ids = (limit: SQL) =>
    numbers(sql`SELECT memberships.id FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT ${limit}`);
  const page = searched
    ? pageOfFound(ids(sql`${CROWD + 1}`), view.page)
    : pageOf(
        view.status === "all" && view.role === "all"
          ? organization.members
          : number(sql`SELECT count(*) FROM ${from} WHERE ${where}`),
        false,
        view.page,
        (offset) => ids(sql`${PAGE_SIZE} OFFSET ${offset}`),
      );
  return { ...page, items: membershipsByIds(page.items, month) };
}

/** Every membership of an organization's view, whole and in its order. */
export function membershipIdsOf(organizationId: number, view: MembershipsView): number[] {
  const { from, where, order } = membershipsFrom(organizationId, view);
  return numbers(sql`SELECT memberships.id FROM ${from} WHERE ${where} ORDER BY ${order}`);
}

/** These memberships with their figures in `month`, in the order of `ids`; unknown ids are left out. */
export function membershipsByIds(ids: readonly number[], month: number): MembershipItem[] {
  const rows = database()
    .select({
      id: memberships.id,
      memberId: members.id,
      name: members.name,
      email: members.email,
      role: memberships.role,
      active: memberships.active,
      allowance: memberships.allowance,
      monthlyAllowance: memberships.monthlyAllowance,
      spentThisMonth: membershipMonths.spent,
      spent: memberships.spent,
      lastActiveAt: memberships.lastActiveAt,
      createdAt: memberships.createdAt,
      organization: {
        id: organizations.id,
        code: organizations.code,
        name: organizations.name,
        active: organizations.active,
        monthlyAllowance: organizations.monthlyAllowance,
      },
    })
    .from(memberships)
    .innerJoin(members, eq(members.id, memberships.memberId))
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .leftJoin(
      membershipMonths,
      sql`${membershipMonths.membershipId} = ${memberships.id} AND ${membershipMonths.month} = ${month}`,
    )
    .where(inArray(memberships.id, [...ids]))
    .all();
  const byId = new Map(
    rows.map((row) => [
      row.id,
      {
        ...row,
        spentThisMonth: row.spentThisMonth ?? 0n,
        effectiveAllowance: effectiveAllowance(row, row.organization.monthlyAllowance),
      },
    ]),
  );
  return ids.flatMap((id) => byId.get(id) ?? []);
}

export type MemberDetail = Omit<MemberListItem, "organizations">;

/** One person; null when there is none. */
export function getMember(id: number): MemberDetail | null {
  const found = membersByIds([id], null)[0];
  if (!found) return null;
  const { organizations: _first, ...member } = found;
  return member;
}

/** The first `limit` of a person's memberships with their figures in `month`. */
export function membershipsOfMember(memberId: number, month: number, limit: number): MembershipItem[] {
  const ids = numbers(
    sql`SELECT id FROM memberships INDEXED BY memberships_member WHERE member_id = ${memberId} ORDER BY id LIMIT ${limit}`,
  );
  return membershipsByIds(ids, month);
}

/** The e-mail domains of which an unknown member is added to this organization, in order. */
export function approvedDomainsOf(organizationId: number): string[] {
  return database()
    .select({ domain: approvedDomains.domain })
    .from(approvedDomains)
    .where(eq(approvedDomains.organizationId, organizationId))
    .orderBy(asc(approvedDomains.domain))
    .all()
    .map((row) => row.domain);
}
