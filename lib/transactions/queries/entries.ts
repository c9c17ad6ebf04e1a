import { eq, max, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import {
  apiKeys,
  applications,
  creditTypes,
  ledgerEntries,
  members,
  memberships,
  organizations,
  purchaseDetails,
} from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { datedRates } from "#lib/credit-types/queries.ts";
import { type DatedRate, rateAt } from "#lib/credit-types/rates.ts";
import { mergedMonthSpentThen } from "#lib/ledger/merged-months.ts";
import type { Account, EntryKind, PurchaseDetails } from "#lib/ledger/rules.ts";
import { isWhole, organizationsIn, reads, type Scope } from "#lib/scope/scope.ts";

export type MemberChoice = { id: number; email: string; name: string };

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
  /** Credits per currency unit when it occurred, in millionths. */
  rate: bigint;
  /** The entry that this one corrects, and the one that corrects it. */
  reversesId: number | null;
  reversedById: number | null;
  recordedAt: Date;
  balanceAfter: bigint;
  externalId: string;
  source: string;
  note: string | null;
  /** Of a purchase; null where nothing of the deal is known. */
  details: PurchaseDetails | null;
};

/** An entry with all its fields. */
export type Transaction = TransactionItem & {
  day: number;
  debitAccount: Account;
  creditAccount: Account;
  apiKey: { id: number; name: string; prefix: string } | null;
  /** JSON object. */
  metadata: string | null;
  monthSpentAfter: bigint | null;
  allowanceThen: bigint | null;
  /** The name of the application that the entry names, which is another than `application` after a merge. */
  recordedAs: string | null;
};

/** The application that an entry names. */
export const recordedApplication = alias(applications, "recorded_application");
/** The application that is shown in its place. */
export const shownApplication = sql`coalesce(${recordedApplication.mergedIntoId}, ${recordedApplication.id})`;

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
  details: {
    // First, because a row without the first column counts as none.
    entryId: purchaseDetails.entryId,
    day: purchaseDetails.day,
    paid: purchaseDetails.paid,
    invoiceNumber: purchaseDetails.invoiceNumber,
  },
  day: ledgerEntries.day,
  debitAccount: ledgerEntries.debitAccount,
  creditAccount: ledgerEntries.creditAccount,
  apiKey: { id: apiKeys.id, name: apiKeys.name, prefix: apiKeys.prefix },
  organizationId: ledgerEntries.organizationId,
  apiKeyOrganizationId: apiKeys.organizationId,
  metadata: ledgerEntries.metadata,
  monthSpentAfter: ledgerEntries.monthSpentAfter,
  allowanceThen: ledgerEntries.allowanceThen,
  recordedAs: recordedApplication.name,
};

const statements = {
  latestEntry: statement((db) => db.select({ id: max(ledgerEntries.id) }).from(ledgerEntries)),
  entries: statement((db) =>
    db
      .select(ENTRY)
      .from(ledgerEntries)
      .innerJoin(creditTypes, eq(creditTypes.id, ledgerEntries.creditTypeId))
      .leftJoin(organizations, eq(organizations.id, ledgerEntries.organizationId))
      .leftJoin(memberships, eq(memberships.id, ledgerEntries.membershipId))
      .leftJoin(members, eq(members.id, memberships.memberId))
      .leftJoin(recordedApplication, eq(recordedApplication.id, ledgerEntries.applicationId))
      .leftJoin(applications, eq(applications.id, shownApplication))
      .leftJoin(apiKeys, eq(apiKeys.id, ledgerEntries.apiKeyId))
      .leftJoin(purchaseDetails, eq(purchaseDetails.entryId, ledgerEntries.id))
      .leftJoin(reversal, eq(reversal.reversesId, ledgerEntries.id))
      .where(sql`${ledgerEntries.id} IN (SELECT value FROM json_each(${sql.placeholder("ids")}))`),
  ),
};

/**
 * These entries, in the order of `ids`; those that do not exist in the scope are left out. A key of the whole enterprise
 * is outside a part of it.
 */
export function transactionsByIds(scope: Scope, ids: readonly number[]): Transaction[] {
  const isInside = (organizationId: number | null) =>
    isWhole(scope) || (organizationId !== null && reads(scope, organizationId));
  const rows = statements.entries.all({ ids: JSON.stringify(ids) });
  const rates = rows.length > 0 ? datedRates() : new Map<number, DatedRate[]>();
  const rateOf = ({ creditType, occurredAt }: (typeof rows)[number]) =>
    rateAt(rates.get(creditType.id) ?? [], occurredAt.getTime());
  const byId = new Map(
    rows.flatMap((row) => {
      const { organizationId, apiKeyOrganizationId, apiKey, ...entry } = row;
      if (!isInside(organizationId)) return [];
      const shownKey = isInside(apiKeyOrganizationId) ? apiKey : null;
      return [[entry.id, { ...entry, apiKey: shownKey, rate: rateOf(row) }] as const];
    }),
  );
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** One entry; null when there is none in the scope. `monthSpentAfter` is with what was merged into the membership. */
export function getTransaction(scope: Scope, id: number): Transaction | null {
  const [transaction] = transactionsByIds(scope, [id]);
  if (!transaction || transaction.monthSpentAfter === null) return transaction ?? null;
  return { ...transaction, monthSpentAfter: transaction.monthSpentAfter + mergedMonthSpentThen(id) };
}

/** Whether any entry is in the scope. */
export function hasEntries(scope: Scope): boolean {
  if (isWhole(scope)) return latestEntryId() > 0;
  const row = statement<{ one: bigint }>(
    sql`SELECT 1 AS one FROM ${organizationsIn(scope)} s CROSS JOIN organizations o ON o.id = s.value
      WHERE o.credits_moved = 1 LIMIT 1`,
  ).get();
  return row !== undefined;
}

/** The newest entry's id. The ledger only grows, so a read up to this id always has the same entries. */
export function latestEntryId(): number {
  return statements.latestEntry.get()?.id ?? 0;
}
