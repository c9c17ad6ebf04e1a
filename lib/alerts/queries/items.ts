import { eq, type Placeholder, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { Reader } from "#db/client.ts";
import {
  alerts,
  apiKeys,
  auditEntries,
  creditTypes,
  members,
  memberships,
  organizations,
} from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { addMonths, firstDay } from "#lib/calendar.ts";
import { moneyByType } from "#lib/credit-types/queries.ts";
import { moneyText } from "#lib/money.ts";
import { instantBounds } from "#lib/transactions/rules.ts";
import { type MoneyByType, rateSince } from "#lib/worth.ts";
import type { AlertItem } from "../rules/item.ts";
import { type AlertKind, isAlertKind, type Resolution } from "../rules/kinds.ts";

const organization = alias(organizations, "organization");

/** @param ids a JSON array */
const rowsOf = (reader: Reader, ids: string | Placeholder) =>
  reader
    .select({
      id: alerts.id,
      ruleId: alerts.ruleId,
      kind: alerts.kind,
      threshold: alerts.threshold,
      state: alerts.state,
      value: alerts.value,
      limit: alerts.limitValue,
      base: alerts.base,
      period: alerts.period,
      openedAt: alerts.openedAt,
      acknowledgedAt: alerts.acknowledgedAt,
      acknowledgedBy: alerts.acknowledgedBy,
      resolvedAt: alerts.resolvedAt,
      resolution: alerts.resolution,
      subject: sql<string>`${alerts.subjectKind} || ':' || ${alerts.subjectId}`,
      organization: { id: organization.id, code: organization.code, name: organization.name },
      creditType: { id: creditTypes.id, name: creditTypes.name },
      member: { id: members.id, name: members.name, email: members.email },
      membershipId: memberships.id,
      worthTypeId: sql<number | null>`coalesce(${creditTypes.id}, ${organization.creditTypeId})`,
      apiKey: { id: apiKeys.id, name: apiKeys.name },
      change: {
        entry: auditEntries.id,
        action: auditEntries.action,
        label: auditEntries.subjectLabel,
        actor: auditEntries.actorLabel,
      },
    })
    .from(alerts)
    .leftJoin(organization, eq(organization.id, alerts.organizationId))
    .leftJoin(
      creditTypes,
      sql`${alerts.subjectKind} = 'credit_type' AND ${creditTypes.id} = ${alerts.subjectId}`,
    )
    .leftJoin(
      memberships,
      sql`${alerts.subjectKind} = 'membership' AND ${memberships.id} = ${alerts.subjectId}`,
    )
    .leftJoin(members, eq(members.id, memberships.memberId))
    .leftJoin(apiKeys, sql`${alerts.subjectKind} = 'api_key' AND ${apiKeys.id} = ${alerts.subjectId}`)
    .leftJoin(auditEntries, sql`${alerts.kind} = 'access_changed' AND ${auditEntries.id} = ${alerts.period}`)
    .where(sql`${alerts.id} IN (SELECT value FROM json_each(${ids}))`);

/** The overview and the inbox read it; to build it takes longer than to run it. */
const prepared = statement((db) => rowsOf(db, sql.placeholder("ids")));

type Row = ReturnType<(typeof prepared)["all"]>[number];

/** The alerts with these ids, in the order of the ids. The caller has checked the scope. */
export function alertItems(reader: Reader, ids: readonly number[]): AlertItem[] {
  return inOrder(ids, rowsOf(reader, JSON.stringify(ids)).all(), moneyByType(reader));
}

/** {@link alertItems} of the process's database. */
export function listedAlerts(ids: readonly number[]): AlertItem[] {
  return ids.length === 0 ? [] : inOrder(ids, prepared.all({ ids: JSON.stringify(ids) }), moneyByType());
}

/** The instants in milliseconds since 1970 between which the credits of an alert moved; null where it has none. */
type Moments = { since: number; until: number };

function momentsOf(kind: AlertKind, period: number, openedAt: Date): Moments | null {
  const until = openedAt.getTime();
  switch (kind) {
    case "balance_amount":
    case "balance_share":
    case "pool_amount":
    case "pool_share":
      return { since: until, until };
    case "month_growth":
    case "allowance_share":
      return { since: instantBounds({ from: firstDay(period), to: null }).first ?? until, until };
    case "unusual_spend":
      return { since: instantBounds({ from: period, to: null }).first ?? until, until };
    default:
      return null;
  }
}

/** What the value and the base of an alert were worth by the rate that counted then. */
function worthOfAlert(
  money: MoneyByType,
  row: Pick<Row, "value" | "base" | "period" | "openedAt" | "worthTypeId">,
  kind: AlertKind,
): Pick<AlertItem, "worth" | "baseWorth"> {
  const { value, base, period, openedAt, worthTypeId } = row;
  const moments = momentsOf(kind, period, openedAt);
  const type = worthTypeId === null ? undefined : money.get(Number(worthTypeId));
  const worthAt = (credits: bigint | null, { since, until }: Moments): string | null => {
    if (!type || credits === null || credits <= 0n) return null;
    const then = type.rates.filter(({ from }, index) => index === 0 || from <= until);
    const rate = rateSince(then, since);
    return rate === null ? null : moneyText(credits, rate, type.currency);
  };
  if (!moments) return { worth: null, baseWorth: null };
  const ofBase =
    kind === "month_growth" ? momentsOf(kind, addMonths(period, -1), new Date(moments.since - 1)) : moments;
  return { worth: worthAt(value, moments), baseWorth: ofBase && worthAt(base, ofBase) };
}

function inOrder(ids: readonly number[], rows: readonly Row[], money: MoneyByType): AlertItem[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    if (!row || !isAlertKind(row.kind)) return [];
    const { membershipId, member, kind, resolution, worthTypeId: _, ...item } = row;
    return [
      {
        ...item,
        kind,
        ...worthOfAlert(money, row, kind),
        resolution: resolution as Resolution | null,
        member: member && membershipId !== null ? { ...member, membershipId } : null,
      },
    ];
  });
}
