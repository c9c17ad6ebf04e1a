import { eq, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
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
import { wholeScope } from "#lib/scope/scope.ts";
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

function organizationByCode(code: string): OrganizationChoice | null {
  const id = organizationIdOf(database(), code);
  if (id === null) return null;
  const organization = database()
    .select({ id: organizations.id, code: organizations.code, name: organizations.name })
    .from(organizations)
    .where(eq(organizations.id, id))
    .get();
  return organization ?? null;
}

/** The person with this id, or with this e-mail as the main or another address. */
function memberBy(text: string): MemberChoice | null {
  const member = () =>
    database().select({ id: members.id, email: members.email, name: members.name }).from(members).$dynamic();
  if (/^[1-9]\d{0,14}$/.test(text)) {
    return (
      member()
        .where(eq(members.id, Number(text)))
        .get() ?? null
    );
  }
  const key = emailKey(text);
  const byEmail = member().where(eq(members.emailKey, key)).get();
  const byAlias = () =>
    member()
      .innerJoin(memberAliases, eq(memberAliases.memberId, members.id))
      .where(eq(memberAliases.emailKey, key))
      .get();
  return byEmail ?? byAlias() ?? null;
}

function membershipsOf(member: MemberChoice): { id: number; organizationId: number }[] {
  return database()
    .select({ id: memberships.id, organizationId: memberships.organizationId })
    .from(memberships)
    .where(eq(memberships.memberId, member.id))
    .all();
}

function applicationsMergedInto(application: ApplicationChoice): { id: number }[] {
  return database()
    .select({ id: applications.id })
    .from(applications)
    .where(eq(applications.mergedIntoId, application.id))
    .limit(MAX_MERGED_APPLICATIONS)
    .all();
}

/** An id, or the name of exactly one application. */
function applicationBy(idOrName: number | string): ApplicationChoice | null {
  if (typeof idOrName === "number") {
    const application = database()
      .select({ id: applications.id, name: applications.name, nameKey: applications.nameKey })
      .from(recordedApplication)
      .innerJoin(applications, eq(applications.id, shownApplication))
      .where(eq(recordedApplication.id, idOrName))
      .get();
    return application ?? null;
  }
  const [only, ...others] = applicationsNamed(wholeScope({ kind: "system" }), idOrName);
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
    ? membershipsOf(member)
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
      ...applicationsMergedInto(application).map((row) => row.id),
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
