import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { isoMonth } from "#lib/calendar.ts";
import { datedRates } from "#lib/credit-types/queries.ts";
import { rateAt } from "#lib/credit-types/rates.ts";
import { moneyOf, plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import { scopeConditions } from "#lib/scope/scope.ts";
import { SPENDING_COLUMNS } from "./export.ts";
import { latestEntryId } from "./queries/entries.ts";
import type { TransactionFilter } from "./queries/filter.ts";
import { isRareKind } from "./search-params.ts";
import { spentConditions, where } from "./spent-entries.ts";

/** The columns of the summary of spending. */
const SUMMARY_EXPORT_COLUMNS = ["month", ...SPENDING_COLUMNS, "entries"];

/** How many entries are read at once: some 20 ms. */
const ENTRIES_A_PIECE = 10_000;

type Place = { at: bigint; id: bigint };
type EntryRow = {
  id: bigint;
  at: bigint;
  membership: bigint;
  application: bigint;
  month: bigint;
  creditType: bigint;
  amount: bigint;
};
type Sum = {
  key: Pick<EntryRow, "membership" | "application" | "month" | "creditType">;
  amount: bigint;
  /** The same by the exchange rate in force: several, when it changed within the month. */
  byRate: Map<bigint, bigint>;
  entries: number;
};

/** After this time without a piece there is an empty one: a filter may leave nothing of thousands of organizations. */
const PIECE_MS = 20;

/**
 * The organizations that the filter leaves, in the order of their codes. An index alone has them, because reading the rows
 * of 100,000 would hold up the event loop.
 */
function organizationIds(filter: TransactionFilter): number[] {
  const isSpending = !isRareKind(filter.kind) || filter.kind === "reversal";
  if (filter.nothing || !isSpending) return [];
  if (filter.organization) return [filter.organization.id];
  const conditions = scopeConditions(filter.scope, sql`id`);
  if (filter.externalId !== null)
    conditions.push(
      sql`id IN (SELECT organization_id FROM ledger_entries WHERE external_id = ${filter.externalId})`,
    );
  return statement(
    sql`SELECT id FROM organizations INDEXED BY organizations_code_key ${where(conditions)} ORDER BY code_key`,
  ).numbers();
}

/** The organization, if it has entries. */
function withEntries(id: number): { id: bigint; code: string; name: string } | undefined {
  return statement<{ id: bigint; code: string; name: string }>(
    sql`SELECT id, code, name FROM organizations WHERE id = ${id} AND credits_moved`,
  ).get();
}

/**
 * The spends and reversals of spends among the next entries of one organization, in the order of an index, and where
 * they end; null at the organization's last entry.
 */
function entriesAfter(
  filter: TransactionFilter,
  organization: bigint,
  place: Place,
  upToId: number,
): { entries: EntryRow[]; end: Place | null } {
  const { kind } = filter;
  const after = [
    sql`organization_id = ${organization}`,
    sql`(occurred_at, id) > (${place.at}, ${place.id})`,
    sql`id <= ${upToId}`,
  ];
  const end =
    statement<Place>(
      sql`SELECT occurred_at AS at, id FROM ledger_entries INDEXED BY ledger_entries_organization
        WHERE ${sql.join(after, sql` AND `)} ORDER BY occurred_at, id LIMIT 1 OFFSET ${ENTRIES_A_PIECE - 1}`,
    ).get() ?? null;
  const conditions = [
    ...after,
    ...(end ? [sql`(occurred_at, id) <= (${end.at}, ${end.id})`] : []),
    ...spentConditions(filter),
    ...(kind === "all" || kind === "spending" ? [] : [sql`kind = ${kind}`]),
  ];
  const entries = statement<EntryRow>(
    sql`SELECT id, occurred_at AS at, membership_id AS membership, 
        (SELECT coalesce(merged_into_id, id) FROM applications WHERE id = application_id) AS application, day / 100 AS month,
        credit_type_id AS creditType, CASE kind WHEN 'reversal' THEN -amount ELSE amount END AS amount
      FROM ledger_entries INDEXED BY ledger_entries_organization
      WHERE ${sql.join(conditions, sql` AND `)}`,
  ).all();
  return { entries, end };
}

/** Names by id, of the ids in one organization's sums. */
function namesOf(sums: readonly Sum[]) {
  const ids = (field: "membership" | "application" | "creditType") =>
    JSON.stringify([...new Set(sums.map(({ key }) => Number(key[field])))]);
  const members = statement<{ id: bigint; person: bigint; email: string; name: string }>(
    sql`SELECT s.id, m.id AS person, m.email, m.name FROM memberships s JOIN members m ON m.id = s.member_id
      WHERE s.id IN (SELECT value FROM json_each(${ids("membership")}))`,
  ).all();
  const applications = statement<{ id: bigint; name: string }>(
    sql`SELECT id, name FROM applications WHERE id IN (SELECT value FROM json_each(${ids("application")}))`,
  ).all();
  const creditTypes = statement<{ id: bigint; name: string; currency: string }>(
    sql`SELECT id, name, currency FROM credit_types
      WHERE id IN (SELECT value FROM json_each(${ids("creditType")}))`,
  ).all();
  const byId = <Row extends { id: bigint }>(rows: readonly Row[]) =>
    new Map(rows.map((row) => [row.id, row]));
  return { members: byId(members), applications: byId(applications), creditTypes: byId(creditTypes) };
}

/**
 * What was spent by organization, member, application and month, net of reversals, as CSV in pieces. It reads the
 * ledger's entries, because no counter has all four; an empty piece between two reads lets other requests have their
 * turn. Money is the credits by the exchange rate in force when they were spent.
 */
export function* exportSpendingSummary(
  filter: TransactionFilter,
  { raw = false }: { raw?: boolean } = {},
): Generator<string> {
  const upToId = latestEntryId();
  const rates = datedRates();
  yield formatCsv([SUMMARY_EXPORT_COLUMNS], { raw });
  let startedAt = performance.now();
  for (const id of organizationIds(filter)) {
    if (performance.now() - startedAt > PIECE_MS) {
      yield "";
      startedAt = performance.now();
    }
    const organization = withEntries(id);
    if (!organization) continue;
    const sums = new Map<string, Sum>();
    let place: Place = { at: -(2n ** 62n), id: 0n };
    for (;;) {
      const { entries, end } = entriesAfter(filter, organization.id, place, upToId);
      for (const { membership, application, month, creditType, amount, at } of entries) {
        const rate = rateAt(rates.get(Number(creditType)) ?? [], Number(at));
        const key = `${membership} ${application} ${month} ${creditType}`;
        const sum = sums.get(key);
        if (sum) {
          sum.amount += amount;
          sum.byRate.set(rate, (sum.byRate.get(rate) ?? 0n) + amount);
          sum.entries += 1;
        } else {
          const of = { membership, application, month, creditType };
          sums.set(key, { key: of, amount, byRate: new Map([[rate, amount]]), entries: 1 });
        }
      }
      if (!end) break;
      place = end;
      yield "";
      startedAt = performance.now();
    }
    if (sums.size === 0) continue;
    // The rows of an organization are in the order of their months, and one month takes some milliseconds.
    const byMonth = Map.groupBy(sums.values(), ({ key }) => key.month);
    for (const month of [...byMonth.keys()].sort((one, other) => Number(one - other)))
      yield formatCsv(summaryRows(organization, byMonth.get(month) ?? []), { raw });
    startedAt = performance.now();
  }
}

/** These sums as one. */
function added(sums: readonly Sum[]): Omit<Sum, "key"> {
  const all: Omit<Sum, "key"> = { amount: 0n, byRate: new Map(), entries: 0 };
  for (const { amount, byRate, entries } of sums) {
    all.amount += amount;
    all.entries += entries;
    for (const [rate, part] of byRate) all.byRate.set(rate, (all.byRate.get(rate) ?? 0n) + part);
  }
  return all;
}

/** The rows of one month. A person has one for all memberships that were merged. */
function summaryRows(organization: { code: string; name: string }, sums: readonly Sum[]): string[][] {
  const names = namesOf(sums);
  const byPerson = Map.groupBy(sums, ({ key: { membership, application, creditType } }) =>
    [names.members.get(membership)?.person, application, creditType].join(" "),
  );
  const rows = [...byPerson.values()].flatMap((ofPerson) => {
    const [first] = ofPerson;
    if (!first) return [];
    const { key } = first;
    const { amount, byRate, entries } = added(ofPerson);
    const member = names.members.get(key.membership);
    const type = names.creditTypes.get(key.creditType);
    return [
      [
        isoMonth(Number(key.month)),
        organization.code,
        organization.name,
        member?.email ?? "",
        member?.name ?? "",
        names.applications.get(key.application)?.name ?? "",
        plainCredits(amount),
        type?.name ?? "",
        type?.currency ?? "",
        plainCredits([...byRate].reduce((sum, [rate, part]) => sum + moneyOf(part, rate), 0n)),
        String(entries),
      ],
    ];
  });
  // By month, then member, then application.
  const order = (row: string[]) => [row[0], row[3], row[5]].join("\n");
  return rows.sort((one, other) => (order(one) < order(other) ? -1 : 1));
}
