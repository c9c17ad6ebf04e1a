import { asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { members, memberships, organizations } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import {
  fewMatches,
  filteredPage,
  idsOfPage,
  idsOfUnfilteredPage,
  type NumberedPage,
  numberedPage,
  type OrderedList,
} from "#lib/lists/numbered-pages.ts";
import { searchFilters } from "#lib/lists/search-filter.ts";
import { organizationIdOf } from "#lib/organizations/former-codes.ts";
import type { MemberRole } from "../rules.ts";
import type { MemberSortKey, MembersView } from "../search-params.ts";

export const MEMBERS_PAGE_SIZE = 50;
/** How many of a person's memberships the list names. */
const ORGANIZATIONS_SHOWN = 3;

/** A person's membership of an organization, as lists name it. */
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

const number = (query: SQL): number => statement(query).numbers()[0] ?? 0;

const and = (conditions: SQL[]): SQL => (conditions.length === 0 ? sql`1` : sql.join(conditions, sql` AND `));

const SORTS: Record<MemberSortKey, { column: string; index: string }> = {
  name: { column: "name_key", index: "members_name" },
  active: { column: "last_active_at", index: "members_last_active" },
  spent: { column: "spent", index: "members_spent" },
  created: { column: "created_at", index: "members_created" },
};

/** The conditions of the view on one membership. */
function membershipConditions(view: MembersView, organizationId: number | null): SQL[] {
  return [
    ...(organizationId === null ? [] : [sql`memberships.organization_id = ${organizationId}`]),
    ...(view.role === "all" ? [] : [sql`memberships.role = ${view.role}`]),
    ...(view.status === "all" ? [] : [sql`memberships.active = ${view.status === "active" ? 1 : 0}`]),
  ];
}

/** The people of a view, in its order. Role and status are those of one membership, in the organization of the view. */
function orderedMembers(view: MembersView, organizationId: number | null): OrderedList {
  const descending = view.sort.startsWith("-");
  const { column, index } = SORTS[(descending ? view.sort.slice(1) : view.sort) as MemberSortKey];
  const order = (down: boolean) => {
    const direction = down ? "DESC" : "ASC";
    return `${column} ${direction}, id ${direction}`;
  };
  const filters = searchFilters("members", view.q);
  const conditions: SQL[] = [];
  if (organizationId !== null || view.role !== "all") {
    const ofMembership = and(membershipConditions(view, organizationId));
    const by = organizationId === null ? "memberships_role" : "memberships_organization_name";
    filters.push({
      condition: sql`EXISTS (SELECT 1 FROM memberships INDEXED BY memberships_member
        WHERE memberships.member_id = members.id AND ${ofMembership})`,
      ids: sql`SELECT DISTINCT member_id FROM memberships INDEXED BY ${sql.raw(by)} WHERE ${ofMembership}`,
    });
  } else if (view.status === "active") {
    conditions.push(sql`active_memberships > 0`);
  } else if (view.status === "inactive") {
    const inactive = sql`active_memberships = 0`;
    if (filters.length === 0) conditions.push(inactive);
    else {
      filters.push({
        condition: inactive,
        ids: sql`SELECT id FROM members INDEXED BY members_inactive WHERE ${inactive}`,
      });
    }
  }
  return {
    table: "members",
    index,
    order: order(descending),
    backwards: order(!descending),
    conditions,
    filters,
  };
}

/** How many people there are with a status. No id is used twice, so that ids without a row are those of deleted people. */
function countByStatus(status: MembersView["status"]): number {
  const all = () =>
    number(sql`SELECT max(
        (SELECT coalesce(max(id), 0) FROM members),
        coalesce((SELECT subject_id FROM audit_entries INDEXED BY audit_entries_subject
          WHERE subject_kind = 'member' ORDER BY subject_id DESC LIMIT 1), 0)
      ) - (SELECT count(*) FROM audit_entries WHERE action = 'member.deleted')`);
  const inactive = () => number(sql`SELECT count(*) FROM members WHERE active_memberships = 0`);
  if (status === "all") return all();
  return status === "inactive" ? inactive() : all() - inactive();
}

/** The organization of the view's code; undefined when the view names one that does not exist. */
function organizationOf(view: MembersView): number | null | undefined {
  if (view.organization === "") return null;
  return organizationIdOf(database(), view.organization) ?? undefined;
}

/** One page of people. */
export function listMembers(view: MembersView): NumberedPage<MemberListItem> {
  const organizationId = organizationOf(view);
  if (organizationId === undefined) return { items: [], total: 0, more: false, page: 1, pages: 1 };
  const list = orderedMembers(view, organizationId);
  const ids = pageOfMembers(list, view);
  return { ...ids, items: membersByIds(ids.items, organizationId) };
}

function pageOfMembers(list: OrderedList, view: MembersView): NumberedPage<number> {
  const size = MEMBERS_PAGE_SIZE;
  if (list.filters.length === 0) {
    const total = countByStatus(view.status);
    return numberedPage({ total, page: view.page, size }, (place) => idsOfUnfilteredPage(list, total, place));
  }
  return filteredPage(list, { page: view.page, size });
}

/** How many people are looked at for one piece of ids: some 20 ms. */
const PEOPLE_A_PIECE = 10_000;

/**
 * The memberships of all people of a view that have the view's organization, role and status, in the order of the people
 * and then of the memberships. They come in pieces, because those of a million people take seconds.
 */
export function* membershipIdPieces(view: MembersView): Generator<number[]> {
  const organizationId = organizationOf(view);
  if (organizationId === undefined) return;
  const list = orderedMembers(view, organizationId);
  const few = fewMatches(list);
  // Where many people match, the filters are conditions on the people of each piece.
  const all = { skip: 0, take: Number.MAX_SAFE_INTEGER };
  const people = few ? idsOfPage(list, few, all) : idsOfPage({ ...list, filters: [] }, null, all);
  const conditions = [
    ...(few ? [] : list.filters.map(({ condition }) => condition)),
    ...membershipConditions(view, organizationId),
  ];
  for (let start = 0; start < people.length; start += PEOPLE_A_PIECE) {
    const piece = JSON.stringify(people.slice(start, start + PEOPLE_A_PIECE));
    yield statement(
      sql`SELECT memberships.id FROM json_each(${piece}) AS people
        CROSS JOIN members ON members.id = people.value
        CROSS JOIN memberships INDEXED BY memberships_member ON memberships.member_id = members.id
        WHERE ${and(conditions)} ORDER BY people.key, memberships.id`,
    ).numbers();
  }
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

export type MemberDetail = Omit<MemberListItem, "organizations">;

/** One person; null when there is none. */
export function getMember(id: number): MemberDetail | null {
  const item = membersByIds([id], null)[0];
  if (!item) return null;
  const { organizations: _first, ...member } = item;
  return member;
}

/** What a person spent in `month`, e.g. 202611, over all memberships; micro-credits. */
export function spentInMonth(memberId: number, month: number): bigint {
  const row = statement<{ spent: bigint }>(
    sql`SELECT coalesce(sum(months.spent), 0) AS spent FROM memberships INDEXED BY memberships_member
      JOIN membership_months AS months ON months.membership_id = memberships.id AND months.month = ${month}
      WHERE memberships.member_id = ${memberId}`,
  ).get();
  return row?.spent ?? 0n;
}
