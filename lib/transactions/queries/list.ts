import { type SQL, sql } from "drizzle-orm";
import { ENTRY_API_KEY, ENTRY_MODEL } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { isApplication } from "#lib/applications/queries.ts";
import {
  type Cursor,
  countedPlaces,
  type KeysetPage,
  type Walk as KeysetWalk,
  keysetPage,
  keysetPieces,
  mergePlaces,
} from "#lib/keyset.ts";
import { placesInScope } from "#lib/lists/places-in-scope.ts";
import type { PrintedRows } from "#lib/print.ts";
import { isFew, isWhole, organizationsIn, partOf, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { instantBounds } from "../rules.ts";
import { isRareKind, type TransactionsView, transactionsSearchParams } from "../search-params.ts";
import { type Transaction, transactionsByIds } from "./entries.ts";
import { type KeyChoice, type TransactionFilter, transactionFilter } from "./filter.ts";

export const TRANSACTIONS_PAGE_SIZE = 50;

/** A page of the list, newest first; null where there is no further page. */
export type TransactionsPage = Omit<KeysetPage, "places"> & { items: Transaction[] };

const MODEL_INDEX = "ledger_entries_model";

/** Up to this many entries of a model are read to find those of one organization. */
const FEW_ENTRIES = 2_000;

/** Whether the model has few entries in the filter's range. */
function isRareModel({ model, range }: TransactionFilter): boolean {
  const { first, last } = instantBounds(range);
  const row = statement<{ entries: bigint }>(
    sql`SELECT count(*) AS entries FROM (SELECT 1 FROM ledger_entries INDEXED BY ${sql.identifier(MODEL_INDEX)}
      WHERE ${ENTRY_MODEL} = ${model} AND occurred_at >= ${first ?? -(2 ** 53)} AND occurred_at <= ${last ?? 2 ** 53}
      LIMIT ${FEW_ENTRIES})`,
  ).get();
  return (row?.entries ?? 0n) < FEW_ENTRIES;
}

const APPLICATION_INDEX = "ledger_entries_application";
export const KEY_INDEX = "ledger_entries_api_key";

/** The index with the fewest rows for the filter. SQLite has no statistics to choose it by. */
export function indexFor(filter: TransactionFilter, membershipId: number | null): string {
  if (filter.externalId !== null) return "ledger_entries_external_id";
  if (membershipId !== null) return "ledger_entries_membership";
  if (filter.ofPool) return "ledger_entries_pool";
  if (isRareKind(filter.kind))
    return filter.organization ? "ledger_entries_organization_kind" : "ledger_entries_kind";
  if (filter.key?.isNarrow) return KEY_INDEX;
  if (filter.model !== null && (!filter.organization || isRareModel(filter))) return MODEL_INDEX;
  if (filter.organization) return "ledger_entries_organization";
  if (filter.applicationIds !== null) return APPLICATION_INDEX;
  if (filter.creditTypeId !== null) return "ledger_entries_credit_type";
  return "ledger_entries_occurred";
}

/** Whether the filter is of several organizations, of a part of the enterprise: no index has their entries in one order. */
export const isOfSeveral = ({ scope, organization, member, externalId, key }: TransactionFilter): boolean =>
  !isWhole(scope) && !organization && !member && externalId === null && !key?.isNarrow;

/** The spends of a key, which its index has. It lacks their reversals, which may have another key or none. */
export const keySpends = ({ id }: KeyChoice): SQL[] => [sql`api_key_id = ${id}`, sql`kind = 'spend'`];

/** The spends of a key and their reversals, and the instants between which all of them are. */
export function keyConditions({ id, days }: KeyChoice): SQL[] {
  const { first, last } = instantBounds(days);
  return [
    ...(first === null ? [] : [sql`occurred_at >= ${first}`]),
    ...(last === null ? [] : [sql`occurred_at <= ${last}`]),
    sql`${ENTRY_API_KEY} = ${id}`,
  ];
}

/** The conditions on spends and their reversals without a model, and of those that no key reported. */
export const noneConditions = ({ noModel, noKey }: TransactionFilter): SQL[] => [
  ...(noModel ? [sql`${ENTRY_MODEL} IS NULL`] : []),
  ...(noKey ? [sql`${ENTRY_API_KEY} IS NULL`] : []),
];

/** Conditions on `ledger_entries`. An entry belongs to its day; instants only narrow the range of the index. */
export function conditionsOf(filter: TransactionFilter, membershipId: number | null): SQL[] {
  const { range, organization, applicationIds, kind, creditTypeId, externalId, model, key, ofPool } = filter;
  const conditions: SQL[] = [];
  if (model !== null) conditions.push(sql`${ENTRY_MODEL} = ${model}`);
  if (key !== null) {
    const isIndexed = indexFor(filter, membershipId) === KEY_INDEX;
    conditions.push(...(isIndexed ? keySpends(key) : keyConditions(key)));
  }
  if (filter.noModel || filter.noKey)
    conditions.push(sql`membership_id IS NOT NULL`, ...noneConditions(filter));
  if (externalId !== null) conditions.push(sql`external_id = ${externalId}`);
  if (membershipId !== null) conditions.push(sql`membership_id = ${membershipId}`);
  else if (organization) conditions.push(sql`organization_id = ${organization.id}`);
  else if (!isOfSeveral(filter)) conditions.push(...scopeConditions(filter.scope, sql`organization_id`));
  // A partial index is only used when its own condition is in the query.
  if (ofPool) conditions.push(sql`membership_id IS NULL`);
  if (applicationIds !== null) conditions.push(isApplication(applicationIds));
  if (creditTypeId !== null) conditions.push(sql`credit_type_id = ${creditTypeId}`);
  if (kind === "spending") conditions.push(sql`membership_id IS NOT NULL`);
  else if (kind !== "all") conditions.push(sql`kind = ${kind}`);
  if (isRareKind(kind)) conditions.push(sql`kind <> 'spend'`);
  if (range.from !== null) conditions.push(sql`day >= ${range.from}`);
  if (range.to !== null) conditions.push(sql`day <= ${range.to}`);
  return conditions;
}

/**
 * The filter with its range cut to the days on which its organization or credit type spent in its application. Without
 * this, a page of an application that is rare within a large organization would read all of the organization's entries.
 */
export function narrowFilter(filter: TransactionFilter): TransactionFilter {
  if (isOfSeveral(filter)) return { ...filter, scope: narrowScope(filter) };
  const { organization, creditTypeId, applicationIds, member, range, externalId } = filter;
  if (externalId !== null || applicationIds === null || member || (!organization && creditTypeId === null))
    return filter;
  const days = organization
    ? sql`organization_days WHERE organization_id = ${organization.id}`
    : sql`credit_type_days WHERE credit_type_id = ${creditTypeId}`;
  const row = statement<{ first: bigint | null; last: bigint | null }>(
    sql`SELECT min(day) AS first, max(day) AS last FROM ${days} AND ${isApplication(applicationIds)}`,
  ).get();
  if (!row?.first || !row.last) return { ...filter, nothing: true };
  const from = Math.max(Number(row.first), range.from ?? 0);
  const to = Math.min(Number(row.last), range.to ?? Number.POSITIVE_INFINITY);
  return { ...filter, range: { from, to }, nothing: filter.nothing || from > to };
}

/**
 * The organizations of a filter's scope that may have matches: those with its credit type, and, of few, those that spent
 * in its application. The entries of the others would be read in vain.
 */
function narrowScope({ scope, creditTypeId, applicationIds }: TransactionFilter): Scope {
  let narrow = scope;
  if (creditTypeId !== null) {
    const ids = statement(
      sql`SELECT o.id FROM ${organizationsIn(narrow)} s CROSS JOIN organizations o ON o.id = s.value
        WHERE o.credit_type_id = ${creditTypeId}`,
    ).numbers();
    narrow = partOf(scope, ids);
  }
  if (applicationIds !== null && isFew(narrow)) {
    const ids = statement(
      sql`SELECT s.value FROM ${organizationsIn(narrow)} s WHERE EXISTS
        (SELECT 1 FROM organization_days WHERE organization_id = s.value AND ${isApplication(applicationIds)})`,
    ).numbers();
    narrow = partOf(scope, ids);
  }
  return narrow;
}

/** A walk that ignores entries recorded after `upToId`. */
type Walk = KeysetWalk & { upToId?: number };

/**
 * The statements of {@link entryPlaces} for one membership or for all entries, to be run in turn until there are enough
 * rows: first the rest of the place's own instant, then what is beyond. One statement for both could not seek by id and
 * would read every entry of that instant.
 */
export function placesStatements(filter: TransactionFilter, membershipId: number | null, walk: Walk): SQL[] {
  const { from: cursor } = walk;
  if (!cursor) return [placesStatement(filter, membershipId, walk, [])];
  const beyond = walk.direction === "older" ? sql`<` : sql`>`;
  return [
    [sql`occurred_at = ${cursor.at}`, sql`id ${beyond} ${cursor.id}`],
    [sql`occurred_at ${beyond} ${cursor.at}`],
  ].map((place) => placesStatement(filter, membershipId, walk, place));
}

function placesStatement(
  filter: TransactionFilter,
  membershipId: number | null,
  walk: Walk,
  place: readonly SQL[],
): SQL {
  const older = walk.direction === "older";
  const conditions = [...conditionsOf(filter, membershipId), ...place, ...walkConditions(filter, walk)];
  const where = conditions.length > 0 ? sql`WHERE ${sql.join(conditions, sql` AND `)}` : sql``;
  const order = older ? sql`occurred_at DESC, id DESC` : sql`occurred_at ASC, id ASC`;
  return sql`SELECT id, occurred_at AS at FROM ledger_entries INDEXED BY ${sql.identifier(indexFor(filter, membershipId))} ${where} ORDER BY ${order} LIMIT ${walk.limit}`;
}

/** The conditions of a filter and a walk on instants and ids. */
export function walkConditions({ range }: TransactionFilter, { upToId }: Walk): SQL[] {
  const conditions: SQL[] = [];
  const { first, last } = instantBounds(range);
  if (first !== null) conditions.push(sql`occurred_at >= ${first}`);
  if (last !== null) conditions.push(sql`occurred_at <= ${last}`);
  if (upToId !== undefined) conditions.push(sql`id <= ${upToId}`);
  return conditions;
}

/** The places of the entries of several organizations. */
function placesOfSeveral(filter: TransactionFilter, walk: Walk): Cursor[] {
  const { kind, model, applicationIds, scope } = filter;
  const index = indexFor(filter, null);
  return placesInScope(
    {
      table: "ledger_entries",
      at: "occurred_at",
      // The entries of several applications are in no order in that index.
      index: index === APPLICATION_INDEX && applicationIds?.length !== 1 ? "ledger_entries_occurred" : index,
      indexOfOrganization: isRareKind(kind)
        ? "ledger_entries_organization_kind"
        : "ledger_entries_organization",
      conditions: [...conditionsOf(filter, null), ...walkConditions(filter, walk)],
      triesList: model !== null,
    },
    scope,
    walk,
  );
}

/** The places of the filter's entries, in the order of the walk. */
function entryPlaces(filter: TransactionFilter, walk: Walk): Cursor[] {
  if (filter.nothing) return [];
  if (isOfSeveral(filter)) return placesOfSeveral(filter, walk);
  if (!filter.member && indexFor(filter, null) === KEY_INDEX) return placesOfKey(filter, walk);
  // A person's memberships are read one by one and merged, because no index has them in one order. So are applications.
  const memberships = filter.member ? filter.membershipIds : [null];
  const walks = memberships.flatMap((membershipId) =>
    filter.applicationIds !== null && indexFor(filter, membershipId) === APPLICATION_INDEX
      ? filter.applicationIds.map((id) => ({ membershipId, filter: { ...filter, applicationIds: [id] } }))
      : [{ membershipId, filter }],
  );
  return mergePlaces(
    walks.map(({ membershipId, filter }) => placesOf(filter, membershipId, walk)),
    walk,
  );
}

/** The places of one walk along an index. */
function placesOf(filter: TransactionFilter, membershipId: number | null, walk: Walk): Cursor[] {
  const places: Cursor[] = [];
  for (const query of placesStatements(filter, membershipId, walk)) {
    if (places.length >= walk.limit) break;
    for (const { id, at } of statement<{ id: bigint; at: bigint }>(query).all()) {
      places.push({ id: Number(id), at: Number(at) });
    }
  }
  return places;
}

/**
 * The places of a key's spends along its index, merged with those of their reversals. A reversal has the instant of its
 * spend, so the reversals of a page are those of the spends between its first and its last instant.
 */
function placesOfKey(filter: TransactionFilter, walk: Walk): Cursor[] {
  const spends = placesOf(filter, null, walk);
  if (filter.kind === "spend") return spends;
  const older = walk.direction === "older";
  const end = spends.length < walk.limit ? undefined : spends.at(-1);
  const between = [
    ...(walk.from ? [sql`occurred_at ${older ? sql`<=` : sql`>=`} ${walk.from.at}`] : []),
    ...(end ? [sql`occurred_at ${older ? sql`>=` : sql`<=`} ${end.at}`] : []),
  ];
  const place = walk.from
    ? [sql`(occurred_at, id) ${older ? sql`<` : sql`>`} (${walk.from.at}, ${walk.from.id})`]
    : [];
  const upToId = walk.upToId === undefined ? [] : [sql`id <= ${walk.upToId}`];
  const reversals = statement<{ id: bigint; at: bigint }>(
    sql`SELECT id, occurred_at AS at FROM ledger_entries INDEXED BY ledger_entries_reverses
      WHERE reverses_id IN (SELECT id FROM ledger_entries INDEXED BY ${sql.identifier(KEY_INDEX)}
        WHERE ${sql.join([...conditionsOf(filter, null), ...walkConditions(filter, walk), ...between], sql` AND `)})
      ${place.length + upToId.length > 0 ? sql`AND ${sql.join([...place, ...upToId], sql` AND `)}` : sql``}`,
  ).all();
  return mergePlaces([spends, reversals.map(({ id, at }) => ({ id: Number(id), at: Number(at) }))], walk);
}

/** One page of the view. */
export function listTransactions(
  filter: TransactionFilter,
  view: Pick<TransactionsView, "before" | "after">,
): TransactionsPage {
  const narrow = narrowFilter(filter);
  const { places, older, newer } = keysetPage(
    (walk) => entryPlaces(narrow, walk),
    view,
    TRANSACTIONS_PAGE_SIZE,
  );
  return {
    items: transactionsByIds(
      filter.scope,
      places.map((place) => place.id),
    ),
    older,
    newer,
  };
}

/** The filter's newest entries to be printed, with how many there are. */
export function printedTransactions(filter: TransactionFilter): PrintedRows<Transaction> {
  const { places, ...counted } = countedPlaces((walk) => entryPlaces(narrowFilter(filter), walk));
  const ids = places.map((place) => place.id);
  return { items: transactionsByIds(filter.scope, ids), ...counted };
}

/** The filter's newest entries. */
export function latestTransactions(filter: TransactionFilter, limit: number): Transaction[] {
  const places = entryPlaces(narrowFilter(filter), { from: null, direction: "older", limit });
  return transactionsByIds(
    filter.scope,
    places.map((place) => place.id),
  );
}

/** The entries before and after one in the list of its organization, or of its pool; null at an end. */
export type Neighbours = { older: number | null; newer: number | null };

/** The neighbours of an entry, which is in the scope, in the order of the list. */
export function neighboursOf(
  scope: Scope,
  { id, occurredAt, organization, creditType }: Transaction,
  today: number,
): Neighbours {
  const view = {
    ...transactionsSearchParams.defaults,
    ...(organization ? { organization: organization.code } : { type: creditType.id }),
  };
  const filter = { ...transactionFilter(scope, view, today), ofPool: organization === null };
  const from = { at: occurredAt.getTime(), id };
  const [older, newer] = (["older", "newer"] as const).map(
    (direction) => entryPlaces(filter, { from, direction, limit: 1 })[0]?.id ?? null,
  );
  return { older: older ?? null, newer: newer ?? null };
}

/** The ids of other entries with the external id of one, newest first. An id is unique within a source and an organization. */
export function withSameExternalId(
  scope: Scope,
  { id, externalId }: Transaction,
  { today, limit }: { today: number; limit: number },
): number[] {
  const filter = transactionFilter(scope, { ...transactionsSearchParams.defaults, externalId }, today);
  return entryPlaces(filter, { from: null, direction: "older", limit: limit + 1 })
    .map((place) => place.id)
    .filter((other) => other !== id)
    .slice(0, limit);
}

/** The ids of the view's entries up to `upToId`, newest first, `size` at a time. */
export function* transactionIdPieces(
  filter: TransactionFilter,
  upToId: number,
  size: number,
): Generator<number[]> {
  const narrow = narrowFilter(filter);
  for (const places of keysetPieces((walk) => entryPlaces(narrow, { ...walk, upToId }), size)) {
    yield places.map((place) => place.id);
  }
}
