import { eq, max, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { type Database, database } from "#db/client.ts";
import { preparedOnce } from "#db/prepared.ts";
import {
  apiKeys,
  applications,
  creditTypes,
  ledgerEntries,
  memberAliases,
  members,
  memberships,
  organizations,
} from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type ApplicationChoice, applicationsNamed, isApplication } from "#lib/applications/queries.ts";
import { MAX_MERGED_APPLICATIONS } from "#lib/applications/rules.ts";
import type { DayRange } from "#lib/calendar.ts";
import { emailKey } from "#lib/email.ts";
import {
  type Cursor,
  type KeysetPage,
  type Walk as KeysetWalk,
  keysetPage,
  keysetPieces,
  mergePlaces,
} from "#lib/keyset.ts";
import type { Account, EntryKind } from "#lib/ledger/rules.ts";
import { organizationIdOf } from "#lib/organizations/former-codes.ts";
import { foldForSearch } from "#lib/text.ts";
import { instantBounds, rangeOf } from "./rules.ts";
import type { TransactionsView } from "./search-params.ts";

export const TRANSACTIONS_PAGE_SIZE = 50;

export type OrganizationChoice = { id: number; code: string; name: string };
export type MemberChoice = { id: number; email: string; name: string };

/** The filters of a view, with ids instead of codes and e-mails. */
export type TransactionFilter = {
  range: DayRange;
  organization: OrganizationChoice | null;
  member: MemberChoice | null;
  /** The member's, in the organization where one is chosen. */
  membershipIds: number[];
  application: ApplicationChoice | null;
  /** The application's, and those of the applications that were merged into it. */
  applicationIds: readonly number[] | null;
  kind: "all" | EntryKind;
  creditTypeId: number | null;
  /** The exact text; null for any. */
  externalId: string | null;
  /** The view names something that does not exist, so nothing can match. */
  nothing: boolean;
};

/** The application that an entry names. */
const recordedApplication = alias(applications, "recorded_application");
/** The application that is shown in its place. */
const shownApplication = sql`coalesce(${recordedApplication.mergedIntoId}, ${recordedApplication.id})`;

function prepareStatements(db: Database) {
  const member = () =>
    db.select({ id: members.id, email: members.email, name: members.name }).from(members).$dynamic();
  return {
    organizationById: db
      .select({ id: organizations.id, code: organizations.code, name: organizations.name })
      .from(organizations)
      .where(eq(organizations.id, sql.placeholder("id")))
      .prepare(),
    memberById: member()
      .where(eq(members.id, sql.placeholder("id")))
      .prepare(),
    memberByEmail: member()
      .where(eq(members.emailKey, sql.placeholder("emailKey")))
      .prepare(),
    memberByAlias: member()
      .innerJoin(memberAliases, eq(memberAliases.memberId, members.id))
      .where(eq(memberAliases.emailKey, sql.placeholder("emailKey")))
      .prepare(),
    membershipsOf: db
      .select({ id: memberships.id, organizationId: memberships.organizationId })
      .from(memberships)
      .where(eq(memberships.memberId, sql.placeholder("memberId")))
      .prepare(),
    applicationById: db
      .select({ id: applications.id, name: applications.name, nameKey: applications.nameKey })
      .from(recordedApplication)
      .innerJoin(applications, eq(applications.id, shownApplication))
      .where(eq(recordedApplication.id, sql.placeholder("id")))
      .prepare(),
    applicationsMergedInto: db
      .select({ id: applications.id })
      .from(applications)
      .where(eq(applications.mergedIntoId, sql.placeholder("id")))
      .limit(MAX_MERGED_APPLICATIONS)
      .prepare(),
    latestEntry: db
      .select({ id: max(ledgerEntries.id) })
      .from(ledgerEntries)
      .prepare(),
    entries: entriesStatement(db),
  };
}

const statementsOf = preparedOnce(prepareStatements);

function organizationByCode(code: string): OrganizationChoice | null {
  const id = organizationIdOf(database(), code);
  return id === null ? null : (statementsOf(database()).organizationById.get({ id }) ?? null);
}

function memberBy(text: string): MemberChoice | null {
  const { memberById, memberByEmail, memberByAlias } = statementsOf(database());
  const member = /^[1-9]\d{0,14}$/.test(text)
    ? memberById.get({ id: Number(text) })
    : (memberByEmail.get({ emailKey: emailKey(text) }) ?? memberByAlias.get({ emailKey: emailKey(text) }));
  return member ?? null;
}

/** An id, or the name of exactly one application. */
function applicationBy(idOrName: number | string): ApplicationChoice | null {
  if (typeof idOrName === "number") {
    return statementsOf(database()).applicationById.get({ id: idOrName }) ?? null;
  }
  const [only, ...others] = applicationsNamed(idOrName);
  return only && others.length === 0 ? only : null;
}

/** Looks up what the view names. `within` is the organization whose page is shown, in place of the view's. */
export function transactionFilter(
  view: TransactionsView,
  today: number,
  within: OrganizationChoice | null = null,
): TransactionFilter {
  const organization = within ?? (view.organization ? organizationByCode(view.organization) : null);
  const member = view.member ? memberBy(view.member) : null;
  const application = view.application === null ? null : applicationBy(view.application);
  const membershipIds = member
    ? statementsOf(database())
        .membershipsOf.all({ memberId: member.id })
        .filter((row) => organization === null || row.organizationId === organization.id)
        .map((row) => row.id)
    : [];
  return {
    range: rangeOf(view, today),
    organization,
    member,
    membershipIds,
    application,
    applicationIds: application && [
      application.id,
      ...statementsOf(database())
        .applicationsMergedInto.all({ id: application.id })
        .map((row) => row.id),
    ],
    kind: view.kind,
    creditTypeId: view.type,
    externalId: view.externalId || null,
    nothing:
      (organization === null && within === null && view.organization !== "") ||
      (view.member !== "" && membershipIds.length === 0) ||
      (view.application !== null && application === null),
  };
}

/** People whose e-mail or name begins with `text`. */
export function suggestMembers(text: string, limit: number): MemberChoice[] {
  const startsWith = (column: SQL, prefix: string) =>
    database()
      .select({ id: members.id, email: members.email, name: members.name })
      .from(members)
      .where(sql`${column} >= ${prefix} AND ${column} < ${`${prefix}\u{10FFFF}`}`)
      .orderBy(column)
      .limit(limit)
      .all();
  const choices = [
    ...startsWith(sql`${members.emailKey}`, emailKey(text)),
    ...startsWith(sql`${members.nameKey}`, foldForSearch(text)),
  ];
  return [...new Map(choices.map((one) => [one.id, one])).values()].slice(0, limit);
}

/** What the list shows of an entry. */
export type TransactionItem = {
  id: number;
  kind: EntryKind;
  amount: bigint;
  occurredAt: Date;
  organization: { code: string; name: string } | null;
  member: MemberChoice | null;
  application: { id: number; name: string } | null;
  creditType: { id: number; name: string; currency: string };
  /** The entry that this one corrects, and the one that corrects it. */
  reversesId: number | null;
  reversedById: number | null;
  recordedAt: Date;
  balanceAfter: bigint;
  externalId: string;
  source: string;
  note: string | null;
};

/** An entry with all its fields. */
export type Transaction = TransactionItem & {
  day: number;
  debitAccount: Account;
  creditAccount: Account;
  apiKey: { name: string; prefix: string } | null;
  /** JSON object. */
  metadata: string | null;
  monthSpentAfter: bigint | null;
  allowanceThen: bigint | null;
  /** The name of the application that the entry names, which is another than `application` after a merge. */
  recordedAs: string | null;
};

/** A page of the list, newest first; null where there is no further page. */
export type TransactionsPage = Omit<KeysetPage, "places"> & { items: TransactionItem[] };

const APPLICATION_INDEX = "ledger_entries_application";

/** The index with the fewest rows for the filter. SQLite has no statistics to choose it by. */
function indexFor(filter: TransactionFilter, membershipId: number | null): string {
  if (filter.externalId !== null) return "ledger_entries_external_id";
  if (membershipId !== null) return "ledger_entries_membership";
  const rare = filter.kind !== "all" && filter.kind !== "spend";
  if (rare) return filter.organization ? "ledger_entries_organization_kind" : "ledger_entries_kind";
  if (filter.organization) return "ledger_entries_organization";
  if (filter.applicationIds !== null) return APPLICATION_INDEX;
  if (filter.creditTypeId !== null) return "ledger_entries_credit_type";
  return "ledger_entries_occurred";
}

/** Conditions on `ledger_entries`. An entry belongs to its day; instants only narrow the range of the index. */
function conditionsOf(filter: TransactionFilter, membershipId: number | null): SQL[] {
  const { range, organization, applicationIds, kind, creditTypeId, externalId } = filter;
  const conditions: SQL[] = [];
  if (externalId !== null) conditions.push(sql`external_id = ${externalId}`);
  if (membershipId !== null) conditions.push(sql`membership_id = ${membershipId}`);
  else if (organization) conditions.push(sql`organization_id = ${organization.id}`);
  if (applicationIds !== null) conditions.push(isApplication(applicationIds));
  if (creditTypeId !== null) conditions.push(sql`credit_type_id = ${creditTypeId}`);
  // The partial index of the rarer kinds is only used when its own condition is in the query.
  if (kind !== "all") conditions.push(sql`kind = ${kind}`);
  if (kind !== "all" && kind !== "spend") conditions.push(sql`kind <> 'spend'`);
  if (range.from !== null) conditions.push(sql`day >= ${range.from}`);
  if (range.to !== null) conditions.push(sql`day <= ${range.to}`);
  return conditions;
}

/**
 * The filter with its range cut to the days on which its organization or credit type spent in its application. Without
 * this, a page of an application that is rare within a large organization would read all of the organization's entries.
 */
function narrowed(filter: TransactionFilter): TransactionFilter {
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
  const conditions = [...conditionsOf(filter, membershipId), ...place];
  const { first, last } = instantBounds(filter.range);
  if (first !== null) conditions.push(sql`occurred_at >= ${first}`);
  if (last !== null) conditions.push(sql`occurred_at <= ${last}`);
  if (walk.upToId !== undefined) conditions.push(sql`id <= ${walk.upToId}`);
  const where = conditions.length > 0 ? sql`WHERE ${sql.join(conditions, sql` AND `)}` : sql``;
  const order = older ? sql`occurred_at DESC, id DESC` : sql`occurred_at ASC, id ASC`;
  return sql`SELECT id, occurred_at AS at FROM ledger_entries INDEXED BY ${sql.identifier(indexFor(filter, membershipId))} ${where} ORDER BY ${order} LIMIT ${walk.limit}`;
}

/** The places of the filter's entries, in the order of the walk. */
function entryPlaces(filter: TransactionFilter, walk: Walk): Cursor[] {
  if (filter.nothing) return [];
  // A person's memberships are read one by one and merged, because no index has them in one order. So are applications.
  const memberships = filter.member ? filter.membershipIds : [null];
  const walks = memberships.flatMap((membershipId) =>
    filter.applicationIds !== null && indexFor(filter, membershipId) === APPLICATION_INDEX
      ? filter.applicationIds.map((id) => ({ membershipId, filter: { ...filter, applicationIds: [id] } }))
      : [{ membershipId, filter }],
  );
  return mergePlaces(
    walks.map(({ membershipId, filter }) => {
      const places: Cursor[] = [];
      for (const query of placesStatements(filter, membershipId, walk)) {
        if (places.length >= walk.limit) break;
        for (const { id, at } of statement<{ id: bigint; at: bigint }>(query).all()) {
          places.push({ id: Number(id), at: Number(at) });
        }
      }
      return places;
    }),
    walk,
  );
}

/** One page of the view. */
export function listTransactions(
  given: TransactionFilter,
  view: Pick<TransactionsView, "before" | "after">,
): TransactionsPage {
  const filter = narrowed(given);
  const { places, older, newer } = keysetPage(
    (walk) => entryPlaces(filter, walk),
    view,
    TRANSACTIONS_PAGE_SIZE,
  );
  return { items: transactionsByIds(places.map((place) => place.id)), older, newer };
}

/** The filter's newest entries. */
export function latestTransactions(filter: TransactionFilter, limit: number): TransactionItem[] {
  const places = entryPlaces(narrowed(filter), { from: null, direction: "older", limit });
  return transactionsByIds(places.map((place) => place.id));
}

/** The ids of the view's entries up to `upToId`, newest first, `size` at a time. */
export function* transactionIdPieces(
  given: TransactionFilter,
  upToId: number,
  size: number,
): Generator<number[]> {
  const filter = narrowed(given);
  for (const places of keysetPieces((walk) => entryPlaces(filter, { ...walk, upToId }), size)) {
    yield places.map((place) => place.id);
  }
}

/** The newest entry's id. The ledger only grows, so a read up to this id always has the same entries. */
export function latestEntryId(): number {
  return statementsOf(database()).latestEntry.get()?.id ?? 0;
}

const reversal = alias(ledgerEntries, "reversal");

/** All fields of an entry, with the names of its organization, member, application, credit type and API key. */
const ENTRY = {
  id: ledgerEntries.id,
  kind: ledgerEntries.kind,
  amount: ledgerEntries.amount,
  occurredAt: ledgerEntries.occurredAt,
  organization: { code: organizations.code, name: organizations.name },
  member: { id: members.id, email: members.email, name: members.name },
  application: { id: applications.id, name: applications.name },
  creditType: { id: creditTypes.id, name: creditTypes.name, currency: creditTypes.currency },
  reversesId: ledgerEntries.reversesId,
  reversedById: reversal.id,
  recordedAt: ledgerEntries.recordedAt,
  balanceAfter: ledgerEntries.balanceAfter,
  externalId: ledgerEntries.externalId,
  source: ledgerEntries.source,
  note: ledgerEntries.note,
  day: ledgerEntries.day,
  debitAccount: ledgerEntries.debitAccount,
  creditAccount: ledgerEntries.creditAccount,
  apiKey: { name: apiKeys.name, prefix: apiKeys.prefix },
  metadata: ledgerEntries.metadata,
  monthSpentAfter: ledgerEntries.monthSpentAfter,
  allowanceThen: ledgerEntries.allowanceThen,
  recordedAs: recordedApplication.name,
};

function entriesStatement(db: Database) {
  return db
    .select(ENTRY)
    .from(ledgerEntries)
    .innerJoin(creditTypes, eq(creditTypes.id, ledgerEntries.creditTypeId))
    .leftJoin(organizations, eq(organizations.id, ledgerEntries.organizationId))
    .leftJoin(memberships, eq(memberships.id, ledgerEntries.membershipId))
    .leftJoin(members, eq(members.id, memberships.memberId))
    .leftJoin(recordedApplication, eq(recordedApplication.id, ledgerEntries.applicationId))
    .leftJoin(applications, eq(applications.id, shownApplication))
    .leftJoin(apiKeys, eq(apiKeys.id, ledgerEntries.apiKeyId))
    .leftJoin(reversal, eq(reversal.reversesId, ledgerEntries.id))
    .where(sql`${ledgerEntries.id} IN (SELECT value FROM json_each(${sql.placeholder("ids")}))`)
    .prepare();
}

/** These entries, in the order of `ids`. */
export function transactionsByIds(ids: readonly number[]): Transaction[] {
  const rows = statementsOf(database()).entries.all({ ids: JSON.stringify(ids) });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** One entry; null when there is none. */
export function getTransaction(id: number): Transaction | null {
  return transactionsByIds([id])[0] ?? null;
}
