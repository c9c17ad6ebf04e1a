import { asc, gt, sql } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { alerts } from "#db/schema/index.ts";
import { plainCredits } from "#lib/credits.ts";
import { type ScopedReader, scopedReaders } from "#lib/mail/recipients.ts";
import { appendEvent, type NewEvent } from "#lib/outbox/append.ts";
import { type DigestPart, digestWords, NAMED_IN_DIGEST } from "#lib/outbox/rules/digests.ts";
import { type EventType, readerSubject } from "#lib/outbox/rules/events.ts";
import { reads } from "#lib/scope/scope.ts";
import { alertItems } from "./queries/items.ts";
import type { AlertItem } from "./rules/item.ts";
import { ALERT_KINDS, type AlertKind, isAlertKind } from "./rules/kinds.ts";
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
const DIGEST_FROM = 20;
const MINUTE_MS = 60_000;

/**
 * How many alerts a digest for one reader stores with their words: more than it names, because some may be outside the
 * scope when it is sent.
 */
const WORDED_FOR_READER = 100;

const figure = (item: AlertItem, value: bigint): string =>
  ALERT_KINDS[item.kind].unit === "credits" || item.base !== null ? plainCredits(value) : String(value);

/** The ids of the rules of these alerts. */
const rulesOf = (rows: readonly { ruleId: number | null }[]): number[] => [
  ...new Set(rows.flatMap(({ ruleId }) => ruleId ?? [])),
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

/** What a digest reads of each of its alerts, of which there may be 100,000. */
type Row = { id: number; kind: AlertKind; ruleId: number | null; organizationId: number | null };

function rowsOf(tx: Transaction, ids: string): Row[] {
  return tx
    .select({
      id: alerts.id,
      kind: alerts.kind,
      ruleId: alerts.ruleId,
      organizationId: alerts.organizationId,
    })
    .from(alerts)
    .where(sql`${alerts.id} IN (SELECT value FROM json_each(${ids}))`)
    .orderBy(asc(alerts.id))
    .all()
    .flatMap(({ kind, ...row }) => (isAlertKind(kind) ? [{ ...row, kind }] : []));
}

/** One event for many alerts of one type. With a reader it is for this one alone. */
function digestOf(
  tx: Transaction,
  type: AlertEvent,
  rows: readonly Row[],
  readerId: number | null = null,
): NewEvent<AlertEvent> {
  const worded = alertItems(
    tx,
    rows.slice(0, readerId === null ? NAMED_IN_DIGEST : WORDED_FOR_READER).map(({ id }) => id),
  );
  const wordsOf = (item: AlertItem) => `${subjectText(item)}: ${ruleText(item)}`;
  const items = worded.slice(0, NAMED_IN_DIGEST);
  const [first] = items;
  const organization = rows.every(({ organizationId }) => organizationId === first?.organization?.id)
    ? (first?.organization ?? null)
    : null;
  const subject = organization ? `organization:${organization.id}` : "portal:0";
  return {
    type,
    subject: readerId === null ? subject : readerSubject(readerId),
    organizationId: organization?.id ?? null,
    data: {
      ...digestWords(type, rows.length, items.map(wordsOf)),
      path: alertsHref(organization ? { organization: organization.code } : {}),
      organization,
      figures: { alerts: rows.length },
      rules: rulesOf(rows),
      organizations: [...new Set(items.flatMap(({ organization }) => organization?.id ?? []))],
      ...(readerId !== null && { parts: partsOf(rows, worded, wordsOf) }),
    },
  };
}

/** What a digest has of each organization. */
function partsOf(
  rows: readonly Row[],
  worded: readonly AlertItem[],
  wordsOf: (item: AlertItem) => string,
): DigestPart[] {
  const named = Map.groupBy(worded, ({ organization }) => organization?.id);
  return [...Map.groupBy(rows, ({ organizationId }) => organizationId)].flatMap(([organization, own]) =>
    organization === null
      ? []
      : [{ organization, alerts: own.length, named: (named.get(organization) ?? []).map(wordsOf) }],
  );
}

/**
 * Appends a digest. One over several organizations is told to people with a role on the enterprise alone, so each reader
 * with grants on some of them gets one of these.
 */
function appendDigest(
  tx: Transaction,
  type: AlertEvent,
  rows: readonly Row[],
  readers: readonly ScopedReader[],
  now: Date,
): void {
  const digest = digestOf(tx, type, rows);
  appendEvent(tx, digest, now);
  if (digest.organizationId !== null) return;
  for (const { id, scope, isTold } of readers) {
    const own = isTold(type)
      ? rows.filter(({ organizationId }) => organizationId !== null && reads(scope, organizationId))
      : [];
    if (own.length > 0) appendEvent(tx, digestOf(tx, type, own, id), now);
  }
}

/** Appends the events of alerts: one each, or with more than {@link DIGEST_FROM} one for all of a type. */
function appendEvents(tx: Transaction, ids: readonly number[], now: Date): void {
  const list = JSON.stringify(ids);
  const byType = Map.groupBy(rowsOf(tx, list), ({ kind }): AlertEvent => EVENT_OF_KIND[kind]);
  const readers = ids.length > DIGEST_FROM ? scopedReaders(tx) : [];
  for (const [type, rows] of byType) {
    if (ids.length > DIGEST_FROM && rows.length > 1) appendDigest(tx, type, rows, readers, now);
    else {
      const items = alertItems(
        tx,
        rows.map(({ id }) => id),
      );
      for (const subject of new Set(items.map((item) => item.subject))) {
        const [item, ...others] = items.filter((one) => one.subject === subject);
        if (item) appendEvent(tx, eventOf(item, others), now);
      }
    }
  }
  tx.update(alerts)
    .set({ announced: true })
    .where(sql`${alerts.id} IN (SELECT value FROM json_each(${list}))`)
    .run();
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
