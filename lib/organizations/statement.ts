import { type SQL, sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { addMonths, firstDay, isoMonth, lastDay, monthOf } from "#lib/calendar.ts";
import { type DatedRate, rateAt } from "#lib/credit-types/rates.ts";
import type { EntryKind } from "#lib/ledger/rules.ts";
import { reads, type Scope } from "#lib/scope/scope.ts";
import { endOfDay, startOfDay } from "#lib/time.ts";
import { NOW } from "#lib/worth.ts";

// A month of an organization as finance files it: what was there, what came and went, what is left. Entries count for
// the day on which they occurred, as in every other figure, so a later reversal changes the statement of its month.

/** The most movements that a statement lists, and the most members and applications that it names. */
const STATEMENT_ROWS = 500;

/** Credits that moved between the pool and the organization; added is positive. */
export type Movement = { id: number; day: number; kind: EntryKind; note: string | null; amount: bigint };
/** What a member or an application spent; `null` adds up those beyond {@link STATEMENT_ROWS}. */
export type StatementPart = { name: string | null; detail: string | null; spent: bigint };

/** `opening + added - returned + corrected - spent = closing`; amounts in micro-credits. */
export type MonthStatement = {
  month: number;
  opening: bigint;
  added: bigint;
  returned: bigint;
  /** Reversals of what was added or returned, with their sign. */
  corrected: bigint;
  /** Reversals taken off. */
  spent: bigint;
  closing: bigint;
  movements: Movement[];
  /** How many movements are not listed. */
  moreMovements: number;
  members: StatementPart[];
  applications: StatementPart[];
};

const SIGNED = sql.raw("CASE credit_account WHEN 'organization' THEN amount ELSE -amount END");

/** The entries of an organization that moved credits between it and the pool, on some days. */
const movements = (organizationId: number, days: SQL) =>
  sql`ledger_entries INDEXED BY ledger_entries_organization_kind
    WHERE organization_id = ${organizationId} AND kind <> 'spend' AND membership_id IS NULL AND ${days}`;

function sumOfMovements(organizationId: number, days: SQL, kind?: EntryKind): bigint {
  const ofKind = kind ? sql` AND kind = ${kind}` : sql``;
  const [row] = statement(
    sql`SELECT coalesce(sum(${SIGNED}), 0) FROM ${movements(organizationId, days)}${ofKind}`,
  ).lists<[bigint]>();
  return row?.[0] ?? 0n;
}

function spentOn(organizationId: number, days: SQL): bigint {
  const [row] = statement(
    sql`SELECT coalesce(sum(spent), 0) FROM organization_days WHERE organization_id = ${organizationId} AND ${days}`,
  ).lists<[bigint]>();
  return row?.[0] ?? 0n;
}

/** The rows as parts, largest first, with what the others spent as a last part without a name. */
function partsOf(rows: readonly [string, string | null, bigint][], spent: bigint): StatementPart[] {
  const parts: StatementPart[] = rows.map(([name, detail, amount]) => ({ name, detail, spent: amount }));
  const others = spent - parts.reduce((sum, part) => sum + part.spent, 0n);
  return others === 0n ? parts : [...parts, { name: null, detail: null, spent: others }];
}

/**
 * The statement of a month, e.g. 202610; null where the organization is outside the scope. To be read in one snapshot
 * with `balance`, which is the organization's present one.
 */
export function monthStatement(
  scope: Scope,
  { id, balance }: { id: number; balance: bigint },
  month: number,
): MonthStatement | null {
  if (!reads(scope, id)) return null;
  const within = sql`day BETWEEN ${firstDay(month)} AND ${lastDay(month)}`;
  const later = sql`day > ${lastDay(month)}`;
  const spent = spentOn(id, within);
  const closing = balance - sumOfMovements(id, later) + spentOn(id, later);
  const added = sumOfMovements(id, within, "allocation");
  const returned = -sumOfMovements(id, within, "return");
  const corrected = sumOfMovements(id, within, "reversal");
  const rows = statement(
    sql`SELECT id, day, kind, note, ${SIGNED}, count(*) OVER () FROM ${movements(id, within)}
      ORDER BY occurred_at, id LIMIT ${STATEMENT_ROWS}`,
  ).lists<[bigint, bigint, EntryKind, string | null, bigint, bigint]>();
  const members = statement(
    sql`SELECT m.name, m.email, sum(mm.spent) AS spent FROM membership_months mm INDEXED BY membership_months_organization
      CROSS JOIN memberships ms ON ms.id = mm.membership_id CROSS JOIN members m ON m.id = ms.member_id
      WHERE mm.organization_id = ${id} AND mm.month = ${month} AND mm.spent <> 0
      GROUP BY m.id ORDER BY spent DESC, m.id LIMIT ${STATEMENT_ROWS}`,
  ).lists<[string, string | null, bigint]>();
  const applications = statement(
    sql`SELECT a.name, NULL, sum(d.spent) AS spent FROM organization_days d
      CROSS JOIN applications r ON r.id = d.application_id
      CROSS JOIN applications a ON a.id = coalesce(r.merged_into_id, r.id)
      WHERE d.organization_id = ${id} AND d.${within}
      GROUP BY a.id HAVING spent <> 0 ORDER BY spent DESC, a.id LIMIT ${STATEMENT_ROWS}`,
  ).lists<[string, string | null, bigint]>();
  return {
    month,
    opening: closing - added + returned - corrected + spent,
    added,
    returned,
    corrected,
    spent,
    closing,
    movements: rows.map(([entry, day, kind, note, amount]) => ({
      id: Number(entry),
      day: Number(day),
      kind,
      note,
      amount,
    })),
    moreMovements: rows[0] ? Number(rows[0][5]) - rows.length : 0,
    members: partsOf(members, spent),
    applications: partsOf(applications, spent),
  };
}

/** Exchange rates of a month, in millionths. */
export type StatementRates = {
  /** In force when the month began and when it ended; for a month that is not over, the newest. */
  opening: bigint;
  closing: bigint;
  /** In force all month; null where it changed, because each rate is then that of a part of what moved. */
  within: bigint | null;
};

/**
 * The rates by which the credits of a month have their worth.
 *
 * @param rates of the organization's credit type, oldest first
 */
export function statementRates(
  rates: readonly DatedRate[],
  month: number,
  { today, timeZone }: { today: number; timeZone: string },
): StatementRates {
  const start = startOfDay(firstDay(month), timeZone).getTime();
  const end = month < monthOf(today) ? endOfDay(lastDay(month), timeZone).getTime() - 1 : NOW;
  // The first rate also counts before its instant, so that it changes nothing.
  const hasChange = rates.slice(1).some(({ from }) => from > start && from <= end);
  const closing = rateAt(rates, end);
  return { opening: rateAt(rates, start - 1), closing, within: hasChange ? null : closing };
}

/** The months that a statement is offered for, the newest first: this one and the 23 before. */
export function statementMonths(today: number): number[] {
  const month = monthOf(today);
  return Array.from({ length: 24 }, (_, before) => addMonths(month, -before));
}

/** The month of an address, "2026-10"; the last complete one where it names none that is offered. */
export function statementMonth(text: string, today: number): number {
  const months = statementMonths(today);
  return months.find((month) => isoMonth(month) === text) ?? months[1] ?? months[0] ?? 0;
}
