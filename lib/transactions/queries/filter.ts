import { eq, type SQL, sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { preparedOnce } from "#db/prepared.ts";
import {
  applications,
  ENTRY_MODEL,
  memberAliases,
  members,
  memberships,
  organizations,
} from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type ApplicationChoice, applicationsNamed } from "#lib/applications/queries.ts";
import { MAX_MERGED_APPLICATIONS } from "#lib/applications/rules.ts";
import type { DayRange } from "#lib/calendar.ts";
import { emailKey } from "#lib/email.ts";
import type { EntryKind } from "#lib/ledger/rules.ts";
import { organizationIdOf } from "#lib/organizations/former-codes.ts";
import { foldForSearch } from "#lib/text.ts";
import { rangeOf } from "../rules.ts";
import type { TransactionsView } from "../search-params.ts";
import { type MemberChoice, recordedApplication, shownApplication } from "./entries.ts";

export type OrganizationChoice = { id: number; code: string; name: string };

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
  /** The exact `model` of the metadata; null for any. */
  model: string | null;
  /** The view names something that does not exist, so nothing can match. */
  nothing: boolean;
};

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
    model: view.model || null,
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

/** Models whose name begins with `text`, in their order. */
export function suggestModels(text: string, limit: number): string[] {
  const models: string[] = [];
  let from = sql`>= ${text}`;
  while (models.length < limit) {
    // One look-up for each model, because a model may have millions of entries.
    const row = statement<{ model: string }>(
      sql`SELECT ${ENTRY_MODEL} AS model FROM ledger_entries INDEXED BY ledger_entries_model
        WHERE ${ENTRY_MODEL} ${from} AND ${ENTRY_MODEL} < ${`${text}\u{10FFFF}`} ORDER BY ${ENTRY_MODEL} LIMIT 1`,
    ).get();
    if (!row) break;
    models.push(row.model);
    from = sql`> ${row.model}`;
  }
  return models;
}
