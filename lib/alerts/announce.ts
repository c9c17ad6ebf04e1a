import { gt, inArray, sql } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { alerts } from "#db/schema/index.ts";
import { formatCount, plainCredits } from "#lib/credits.ts";
import { appendEvent, type NewEvent } from "#lib/outbox/append.ts";
import { EVENTS, type EventType } from "#lib/outbox/rules/events.ts";
import { alertItems } from "./queries/items.ts";
import type { AlertItem } from "./rules/item.ts";
import { ALERT_KINDS, type AlertKind } from "./rules/kinds.ts";
import { figuresText, ruleText, subjectText } from "./rules/words.ts";
import { alertsHref } from "./search-params.ts";

/** The event of each kind of alert. */
const EVENT_OF_KIND = {
  balance_amount: "organization.balance_low",
  balance_share: "organization.balance_low",
  balance_days: "organization.balance_low",
  pool_amount: "pool.low",
  pool_share: "pool.low",
  pool_days: "pool.low",
  month_growth: "organization.spend_high",
  allowance_share: "allowance.crossed",
  refusals: "usage.refused",
  unusual_spend: "spend.unusual",
  key_expiring: "api_key.expiring",
  key_unused: "api_key.unused",
  backup_age: "backup.overdue",
  verify_age: "verify.overdue",
  verify_failed: "verify.overdue",
  access_changed: "access.changed",
} as const satisfies Record<AlertKind, EventType>;

type AlertEvent = (typeof EVENT_OF_KIND)[AlertKind];

/** With more alerts than this at once, those of one kind become one event. */
export const DIGEST_FROM = 20;
const MINUTE_MS = 60_000;

/** A digest names so many of its alerts. */
const NAMED_IN_DIGEST = 10;

const figure = (item: AlertItem, value: bigint): string =>
  ALERT_KINDS[item.kind].unit === "credits" || item.base !== null ? plainCredits(value) : String(value);

/** The ids of the rules of these alerts. */
const rulesOf = (items: readonly AlertItem[]): number[] => [
  ...new Set(items.flatMap(({ ruleId }) => ruleId ?? [])),
];

/** The event of one alert, or of several that a subject has at once. */
function eventOf(item: AlertItem, others: readonly AlertItem[] = []): NewEvent<AlertEvent> {
  const { kind, organization, subject, period, value, limit, base, threshold } = item;
  const unit = ALERT_KINDS[kind].unit;
  return {
    type: EVENT_OF_KIND[kind],
    subject,
    organizationId: organization?.id ?? null,
    data: {
      title: `${subjectText(item)}: ${ruleText(item)}`,
      text: [`${figuresText(item)}.`, ...others.map((one) => `${ruleText(one)}: ${figuresText(one)}.`)].join(
        " ",
      ),
      path: alertsHref({ kind, ...(organization && { organization: organization.code }) }),
      organization,
      figures: {
        rule: kind,
        threshold: unit === "credits" ? plainCredits(threshold) : Number(threshold),
        value: figure(item, value),
        ...(limit !== null && { limit: figure(item, limit) }),
        ...(base !== null && { base: plainCredits(base) }),
        ...(period !== 0 && { period }),
      },
      rules: rulesOf([item, ...others]),
    },
  };
}

/** One event for many alerts of one type. */
function digestOf(type: AlertEvent, items: readonly AlertItem[]): NewEvent<AlertEvent> {
  const named = items.slice(0, NAMED_IN_DIGEST).map((item) => `${subjectText(item)}: ${ruleText(item)}`);
  const more = items.length - named.length;
  const [first] = items;
  const organization = items.every((item) => item.organization?.id === first?.organization?.id)
    ? (first?.organization ?? null)
    : null;
  return {
    type,
    subject: organization ? `organization:${organization.id}` : "portal:0",
    organizationId: organization?.id ?? null,
    data: {
      title: `${formatCount(items.length)} alerts: ${EVENTS[type].label}`,
      text: `${named.join("; ")}${more > 0 ? `; and ${formatCount(more)} more` : ""}.`,
      path: alertsHref(organization ? { organization: organization.code } : {}),
      organization,
      figures: { alerts: items.length },
      rules: rulesOf(items),
    },
  };
}

/** Appends the events of alerts: one each, or with more than {@link DIGEST_FROM} one for all of a type. */
function appendEvents(tx: Transaction, ids: readonly number[], now: Date): void {
  const byType = new Map<AlertEvent, AlertItem[]>();
  // In pieces, because a statement has a limit on its parameters.
  for (let start = 0; start < ids.length; start += 1_000) {
    const piece = ids.slice(start, start + 1_000);
    for (const item of alertItems(tx, piece)) {
      const type = EVENT_OF_KIND[item.kind];
      // Not a copy for each: a batch can open 100,000 alerts.
      const items = byType.get(type) ?? [];
      items.push(item);
      byType.set(type, items);
    }
    tx.update(alerts)
      .set({ announced: true })
      .where(inArray(alerts.id, [...piece]))
      .run();
  }
  for (const [type, items] of byType) {
    if (ids.length > DIGEST_FROM && items.length > 1) appendEvent(tx, digestOf(type, items), now);
    else {
      for (const subject of new Set(items.map((item) => item.subject))) {
        const [item, ...others] = items.filter((one) => one.subject === subject);
        if (item) appendEvent(tx, eventOf(item, others), now);
      }
    }
  }
}

/**
 * Appends the events of the alerts that this transaction has opened. Many at once become one event. While many single
 * ones follow one another within a minute, the rest waits for {@link announceWaiting}.
 */
export function announce(tx: Transaction, opened: readonly { id: number }[], now: Date): void {
  if (opened.length === 0) return;
  if (opened.length <= DIGEST_FROM) {
    const recent = tx
      .select({ id: alerts.id })
      .from(alerts)
      .where(gt(alerts.openedAt, new Date(now.getTime() - MINUTE_MS)))
      .limit(DIGEST_FROM + 1)
      .all();
    if (recent.length > DIGEST_FROM) return;
  }
  const ids = opened.map(({ id }) => id);
  appendEvents(tx, ids, now);
}

/** How many waiting alerts one digest has at most. */
const WAITING_MAX = 20_000;

/** Appends the events of the alerts that wait for a digest. */
export function announceWaiting(tx: Transaction, now: Date): void {
  const rows = tx
    .select({ id: alerts.id })
    .from(alerts)
    .where(sql`${alerts.announced} = 0`)
    .limit(WAITING_MAX)
    .all();
  if (rows.length > 0)
    appendEvents(
      tx,
      rows.map(({ id }) => id),
      now,
    );
}
