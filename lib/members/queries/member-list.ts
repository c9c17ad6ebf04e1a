import { setImmediate as nextTurn } from "node:timers/promises";
import { type SQL, sql } from "drizzle-orm";
import { contentGeneration } from "#db/generation.ts";
import { statement } from "#db/statement.ts";
import { atOnce, inTurns } from "#lib/lists/in-turns.ts";
import type { Matches } from "#lib/lists/matches-in-pieces.ts";
import {
  fewMatchesInPieces,
  idsOfPage,
  idsOfUnfilteredPage,
  MAX_SORTED,
  type NumberedPage,
  numberedPage,
  type OrderedList,
} from "#lib/lists/numbered-pages.ts";
import { isWhole, managedConditions, type Scope } from "#lib/scope/scope.ts";
import type { MembersView } from "../search-params.ts";
import {
  and,
  BY_ORGANIZATION,
  membershipConditions,
  orderedMembers,
  organizationOf,
} from "./member-filters.ts";
import { idsByFigure, organizationPieces, peopleInPieces } from "./member-order.ts";
import { type MemberListItem, membersByIds } from "./members.ts";

export const MEMBERS_PAGE_SIZE = 50;

const number = (query: SQL): number => statement(query).numbers()[0] ?? 0;

/** How many people are in the scope. A part of the enterprise is read in pieces, between which others have their turn. */
export async function countPeople(scope: Scope): Promise<number> {
  if (isWhole(scope)) return countByStatus("all");
  const people = new Set<number>();
  for (const [index, ids] of organizationPieces(scope).entries()) {
    if (index > 0) await nextTurn();
    const members = statement(
      sql`SELECT m.member_id FROM json_each(${JSON.stringify(ids)}) s
        CROSS JOIN memberships m INDEXED BY ${sql.raw(BY_ORGANIZATION)} ON m.organization_id = s.value`,
    ).numbers();
    for (const id of members) people.add(id);
  }
  return people.size;
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

/**
 * One page of people.
 *
 * @param prepared from {@link prepareMembers}; without it everything is read at once
 * @param size how many people a page has
 */
export function listMembers(
  scope: Scope,
  view: MembersView,
  prepared?: PreparedMembers,
  size = MEMBERS_PAGE_SIZE,
): NumberedPage<MemberListItem> {
  const organizationId = organizationOf(scope, view);
  if (organizationId === undefined) return { items: [], total: 0, more: false, page: 1, pages: 1 };
  const pageOf = (matches: Matches | null) => {
    const ids = matches
      ? pageOfMatches(matches, view, size)
      : pageOfMembers(orderedMembers(scope, view, organizationId), view, size);
    const items = membersByIds(scope, ids.items, { organizationId, used: view.used });
    return { isWhole: items.length === ids.items.length, page: { ...ids, items } };
  };
  // A restore has put other people in place, and a code may have come to another organization.
  if (prepared?.generation === contentGeneration() && prepared.organizationId === organizationId) {
    const { isWhole, page } = pageOf(prepared.matches);
    // Somebody may have been merged or removed since.
    if (isWhole) return page;
  }
  return pageOf(atOnce(peopleInPieces(scope, view, view.page * size))).page;
}

/** What was read before the snapshot of a page, and the content of the database and the organization that it is of. */
export type PreparedMembers = {
  generation: number;
  organizationId: number | null | undefined;
  matches: Matches | null;
};

/** Reads what {@link listMembers} needs without holding up the event loop. To be called before the page's snapshot. */
export async function prepareMembers(
  scope: Scope,
  view: MembersView,
  size = MEMBERS_PAGE_SIZE,
): Promise<PreparedMembers> {
  const generation = contentGeneration();
  const organizationId = organizationOf(scope, view);
  return {
    generation,
    organizationId,
    matches: await inTurns(peopleInPieces(scope, view, view.page * size)),
  };
}

function pageOfMembers(list: OrderedList, view: MembersView, size: number): NumberedPage<number> {
  const total = countByStatus(view.status);
  return numberedPage({ total, page: view.page, size }, (place) => idsOfUnfilteredPage(list, total, place));
}

function pageOfMatches({ ids, more }: Matches, { page }: MembersView, size: number): NumberedPage<number> {
  const place = { total: more ? MAX_SORTED : ids.length, more, page, size };
  return numberedPage(place, ({ skip, take }) => ids.slice(skip, skip + take));
}

/** How many people are looked at for one piece of ids: some 20 ms. */
const PEOPLE_A_PIECE = 10_000;

/**
 * The memberships of all people of a view that have the view's organization, role, status and use, in the order of the people
 * and then of the memberships. They come in pieces, because those of a million people take seconds.
 */
export function* membershipIdPieces(scope: Scope, view: MembersView): Generator<number[]> {
  for (const query of membershipQueries(scope, view, sql`memberships.id`)) {
    yield query ? statement(query).numbers() : [];
  }
}

/** A membership of a view, with its status. */
export type MembershipOfView = { id: number; active: boolean };

/** The queries of {@link membershipIdPieces}; undefined is a pause between the pieces of work before the first one. */
function* membershipQueries(
  scope: Scope,
  view: MembersView,
  columns: SQL,
  further: readonly SQL[] = [],
): Generator<SQL | undefined> {
  const organizationId = organizationOf(scope, view);
  if (organizationId === undefined) return;
  const list = orderedMembers(scope, view, organizationId);
  const all = { skip: 0, take: Number.MAX_SAFE_INTEGER };
  let sorted: readonly number[] | null;
  let few: readonly number[] | null;
  let people: readonly number[];
  let generation: number;
  do {
    generation = contentGeneration();
    sorted = yield* idsByFigure(scope, view);
    few = sorted ? null : yield* fewMatchesInPieces(list);
    // Where many people match, the filters are conditions on the people of each piece.
    people = sorted ?? (few ? idsOfPage(list, few, all) : idsOfPage({ ...list, filters: [] }, null, all));
    yield;
    // A restore has put other people in place.
  } while (generation !== contentGeneration());
  const conditions = [
    ...(few || sorted ? [] : list.filters.map(({ condition }) => condition)),
    ...membershipConditions(scope, view, { organizationId, by: "person" }),
    ...further,
    // The few that were merged into others, from an index of their own.
    sql`memberships.id NOT IN (SELECT id FROM memberships WHERE merged_into_id IS NOT NULL)`,
  ];
  for (let start = 0; start < people.length; start += PEOPLE_A_PIECE) {
    const piece = JSON.stringify(people.slice(start, start + PEOPLE_A_PIECE));
    yield sql`SELECT ${columns} FROM json_each(${piece}) AS people
        CROSS JOIN members ON members.id = people.value
        CROSS JOIN memberships INDEXED BY memberships_member ON memberships.member_id = members.id
        WHERE ${and(conditions)} ORDER BY people.key, memberships.id`;
  }
}

/**
 * The memberships of a view that the user may change, in the order of {@link membershipIdPieces}. Others have their turn
 * between two pieces.
 *
 * @returns null where there are more than `most`
 */
export async function managedMemberships(
  scope: Scope,
  view: MembersView,
  most: number,
): Promise<MembershipOfView[] | null> {
  const isOfAll = isWhole(scope) && scope.managedIds === null;
  const organizationId = organizationOf(scope, view);
  // Each person has a membership, so that a count that is in a counter already is enough.
  if (isOfAll && organizationId === null && orderedMembers(scope, view, null).filters.length === 0) {
    if (countByStatus(view.status) > most) return null;
  }
  const memberships: MembershipOfView[] = [];
  const columns = sql`memberships.id, memberships.active`;
  const ofManaged = managedConditions(scope, sql`+memberships.organization_id`);
  for (const query of membershipQueries(scope, view, columns, ofManaged)) {
    const rows = query ? statement(query).lists<[bigint, bigint]>() : [];
    for (const [id, active] of rows) memberships.push({ id: Number(id), active: active === 1n });
    if (memberships.length > most) return null;
    await nextTurn();
  }
  return memberships;
}
