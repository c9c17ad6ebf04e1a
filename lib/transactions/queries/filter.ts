import { and, eq, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { apiKeys, applications, ENTRY_MODEL, memberAliases, members, memberships } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type ApplicationChoice, applicationsNamed, isApplication } from "#lib/applications/queries.ts";
import { MAX_MERGED_APPLICATIONS } from "#lib/applications/rules.ts";
import type { DayRange } from "#lib/calendar.ts";
import { emailKey } from "#lib/email.ts";
import {
  type NamedOrganization,
  organizationByCode,
  organizationById,
} from "#lib/organization-codes/queries.ts";
import { readRowId } from "#lib/row-id.ts";
import {
  isFew,
  isWhole,
  organizationsIn,
  partOf,
  reads,
  readsAny,
  type Scope,
  scopeConditions,
} from "#lib/scope/scope.ts";
import { granularityFor, previousRange, rangeOf } from "../rules/periods.ts";
import { instantBounds } from "../rules.ts";
import {
  type KindChoice,
  type ModelChoice,
  NONE,
  readModel,
  type TransactionsView,
} from "../search-params.ts";
import { type MemberChoice, recordedApplication, shownApplication } from "./entries.ts";

export type KeyChoice = {
  id: number;
  name: string;
  organizationId: number | null;
  /** The first and the last day on which it spent, which bound what is read to find the reversals of its entries. */
  days: DayRange;
  /** Whether the index of the keys has fewer entries for the filter than any other. */
  isNarrow: boolean;
};

/** The filters of a view, with ids instead of codes and emails. */
export type TransactionFilter = ModelChoice & {
  /** Every read by the filter is inside it. A filter by tags makes it a part of the reader's. */
  scope: Scope;
  range: DayRange;
  /** The range before, with which the tab "Spending" compares; null for none. */
  previous: DayRange | null;
  organization: NamedOrganization | null;
  member: MemberChoice | null;
  /** The member's in the scope, or in the organization where one is chosen. */
  membershipIds: number[];
  application: ApplicationChoice | null;
  /** The application's, and those of the applications that were merged into it. */
  applicationIds: readonly number[] | null;
  kind: KindChoice;
  creditTypeId: number | null;
  /** The exact text; null for any. */
  externalId: string | null;
  /** Null for any. A key of an organization has only entries of that one, which is then the organization of the filter. */
  key: KeyChoice | null;
  /** Whether only what no API key reported matches, and the reversals of that. */
  noKey: boolean;
  /** The view names something that does not exist, so nothing can match. */
  nothing: boolean;
  /** Whether only entries of pools match: purchases, allocations, returns and the reversals of these. */
  ofPool: boolean;
};

/** A key in the scope. */
function keyById(scope: Scope, id: number): Omit<KeyChoice, "isNarrow"> | null {
  const key = database()
    .select({ name: apiKeys.name, organizationId: apiKeys.organizationId })
    .from(apiKeys)
    .where(and(eq(apiKeys.id, id), ...scopeConditions(scope, sql`${apiKeys.organizationId}`)))
    .get();
  if (!key) return null;
  const row = statement<{ first: bigint | null; last: bigint | null }>(
    sql`SELECT min(day) AS first, max(day) AS last FROM api_key_days WHERE api_key_id = ${id}`,
  ).get();
  const day = (value: bigint | null | undefined) => (value == null ? null : Number(value));
  return {
    ...key,
    id,
    days: { from: day(row?.first), to: day(row?.last) },
  };
}

/** Entries are counted up to this number, which takes some milliseconds. */
const COUNTED_ENTRIES = 50_000;

/** Whether a key's entries are fewer than those of the view's organization, application, model or scope. */
function isNarrow(key: Omit<KeyChoice, "isNarrow">, filter: Omit<TransactionFilter, "key">): boolean {
  const { organization, applicationIds, model, noModel, scope, range } = filter;
  const { first, last } = instantBounds(range);
  const count = (index: string, condition: SQL) =>
    statement(
      sql`SELECT count(*) FROM (SELECT 1 FROM ledger_entries INDEXED BY ${sql.identifier(index)}
        WHERE ${condition} AND occurred_at >= ${first ?? -(2 ** 53)} AND occurred_at <= ${last ?? 2 ** 53}
        LIMIT ${COUNTED_ENTRIES})`,
    ).numbers()[0] ?? 0;
  const others: (() => number)[] = [];
  if (organization && key.organizationId === null)
    others.push(() => count("ledger_entries_organization", sql`organization_id = ${organization.id}`));
  if (applicationIds !== null)
    others.push(() => count("ledger_entries_application", isApplication(applicationIds)));
  if (model !== null) others.push(() => count("ledger_entries_model", sql`${ENTRY_MODEL} = ${model}`));
  if (noModel || (!organization && !isWhole(scope))) others.push(() => COUNTED_ENTRIES);
  if (others.length === 0) return true;
  const entries = count("ledger_entries_api_key", sql`api_key_id = ${key.id}`);
  return entries < COUNTED_ENTRIES && others.every((other) => entries <= other());
}

const MEMBER = { id: members.id, email: members.email, name: members.name };

// A page makes its filter up to three times.
const statements = {
  member: statement((db) =>
    db
      .select(MEMBER)
      .from(members)
      .where(eq(members.id, sql.placeholder("id"))),
  ),
  memberships: statement((db) =>
    db
      .select({ id: memberships.id, organizationId: memberships.organizationId })
      .from(memberships)
      .where(eq(memberships.memberId, sql.placeholder("memberId"))),
  ),
  application: statement((db) =>
    db
      .select({ id: applications.id, name: applications.name, nameKey: applications.nameKey })
      .from(recordedApplication)
      .innerJoin(applications, eq(applications.id, shownApplication))
      .where(eq(recordedApplication.id, sql.placeholder("id"))),
  ),
  mergedInto: statement((db) =>
    db
      .select({ id: applications.id })
      .from(applications)
      .where(eq(applications.mergedIntoId, sql.placeholder("id")))
      .limit(MAX_MERGED_APPLICATIONS),
  ),
};

/** The person with this id, or with this email as the main or another address. */
function memberBy(text: string): MemberChoice | null {
  const id = readRowId(text);
  if (id !== null) return statements.member.get({ id }) ?? null;
  const key = emailKey(text);
  const member = () => database().select(MEMBER).from(members).$dynamic();
  const byEmail = member().where(eq(members.emailKey, key)).get();
  const byAlias = () =>
    member()
      .innerJoin(memberAliases, eq(memberAliases.memberId, members.id))
      .where(eq(memberAliases.emailKey, key))
      .get();
  return byEmail ?? byAlias() ?? null;
}

function membershipsOf(scope: Scope, member: MemberChoice): { id: number; organizationId: number }[] {
  return statements.memberships
    .all({ memberId: member.id })
    .filter(({ organizationId }) => reads(scope, organizationId));
}

const applicationsMergedInto = ({ id }: ApplicationChoice): { id: number }[] =>
  statements.mergedInto.all({ id });

/** Whether the scope's organizations have spent in an application. Of many, one is likely to be among the first rows. */
function isSpentIn(scope: Scope, application: ApplicationChoice): boolean {
  if (isWhole(scope)) return true;
  const ids = [application.id, ...applicationsMergedInto(application).map((row) => row.id)];
  const [inScope = sql`0`] = scopeConditions(scope, sql`+organization_id`);
  const rows = isFew(scope)
    ? sql`${organizationsIn(scope)} s CROSS JOIN organization_days ON organization_id = s.value WHERE ${isApplication(ids)}`
    : sql`organization_months WHERE ${isApplication(ids)} AND ${inScope}`;
  return statement(sql`SELECT 1 FROM ${rows} LIMIT 1`).numbers().length > 0;
}

/** An id, or the name of exactly one application in the scope. */
function applicationBy(scope: Scope, idOrName: number | string): ApplicationChoice | null {
  if (typeof idOrName === "number") {
    const application = statements.application.get({ id: idOrName });
    return application && isSpentIn(scope, application) ? application : null;
  }
  const [only, ...others] = applicationsNamed(scope, idOrName);
  return only && others.length === 0 ? only : null;
}

/** A person with the memberships in the scope; without any, the person does not exist in it. */
function memberIn(scope: Scope, text: string) {
  const member = memberBy(text);
  const theirs = member ? membershipsOf(scope, member) : [];
  return member && (isWhole(scope) || theirs.length > 0) ? { member, theirs } : { member: null, theirs: [] };
}

/** The organizations of a scope with the tags of a view; the scope itself where the view has none. */
function taggedScope(scope: Scope, { tag: tags, only }: TransactionsView): Scope {
  if (tags.length === 0 && only === null) return scope;
  const sets =
    tags.length === 0
      ? [sql`SELECT id FROM organizations INDEXED BY organizations_spent`]
      : tags.map(
          (tag) =>
            sql`SELECT organization_id FROM organization_tags INDEXED BY organization_tags_tag WHERE tag = ${tag}`,
        );
  const others =
    only === null
      ? sql``
      : sql`EXCEPT SELECT organization_id FROM organization_tags INDEXED BY organization_tags_tag
          WHERE tag >= ${`${only}:`} AND tag < ${`${only};`}
          AND tag NOT IN (SELECT value FROM json_each(${JSON.stringify(tags)}))`;
  return partOf(scope, statement(sql`${sql.join(sets, sql` INTERSECT `)} ${others}`).numbers());
}

function previousOf(range: DayRange, { per }: TransactionsView): DayRange | null {
  const { from, to } = range;
  return from === null || to === null ? null : previousRange(range, granularityFor(per, from, to));
}

/**
 * Looks up what the view names in the scope. `within` is the organization whose page is shown, in place of the view's; it
 * is in the scope.
 */
export function transactionFilter(
  scope: Scope,
  view: TransactionsView,
  today: number,
  within: NamedOrganization | null = null,
): TransactionFilter {
  const tagged = taggedScope(scope, view);
  const key = view.key === null || view.key === NONE ? null : keyById(scope, view.key);
  const chosen = within ?? (view.organization ? organizationByCode(scope, view.organization) : null);
  const organization =
    chosen ??
    (view.organization === "" && key?.organizationId != null
      ? organizationById(scope, key.organizationId)
      : null);
  const { member, theirs } = view.member ? memberIn(scope, view.member) : { member: null, theirs: [] };
  const application = view.application === null ? null : applicationBy(scope, view.application);
  const membershipIds = theirs
    .filter((row) => organization === null || row.organizationId === organization.id)
    .filter((row) => reads(tagged, row.organizationId))
    .map((row) => row.id);
  const range = rangeOf(view, today);
  const filter = {
    scope: tagged,
    range,
    previous: view.tab === "spending" ? previousOf(range, view) : null,
    organization,
    member,
    membershipIds,
    application,
    applicationIds: application && [
      application.id,
      ...applicationsMergedInto(application).map((row) => row.id),
    ],
    kind: view.kind,
    creditTypeId: view.type,
    externalId: view.externalId || null,
    ...readModel(view.model),
    noKey: view.key === NONE,
    ofPool: false,
    nothing:
      (view.key !== null && view.key !== NONE && (key === null || key.days.from === null)) ||
      (key?.organizationId != null && key.organizationId !== organization?.id) ||
      (organization !== null && !reads(tagged, organization.id)) ||
      (tagged !== scope && !readsAny(tagged)) ||
      (organization === null && within === null && view.organization !== "") ||
      (view.member !== "" && membershipIds.length === 0) ||
      (view.application !== null && application === null),
  };
  return { ...filter, key: key && { ...key, isNarrow: !filter.nothing && isNarrow(key, filter) } };
}
