import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { and, eq, inArray, lt, max, min, ne, type SQL, sql } from "drizzle-orm";
import { type Database, DatabaseUnavailableError, database, write } from "#db/client.ts";
import { alertRules, alerts, apiKeys, creditTypes, organizations } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { addDays, monthOf } from "#lib/calendar.ts";
import { readSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { announceWaiting } from "./announce.ts";
import {
  type CheckContext,
  checkContext,
  checkOrganization,
  checkPool,
  checkStaleOrganization,
} from "./checks.ts";
import { checkPortal } from "./portal.ts";
import { type Finding, openAlert, reconcile, type Subject } from "./reconcile.ts";
import { type Comparison, fromNumber, stateOf, UNUSUAL_WEEKS, unusualSpend } from "./rules/conditions.ts";
import type { AlertKind, AlertRule, Resolution } from "./rules/kinds.ts";
import { rulesSummary } from "./rules-of.ts";

// The rules that depend on time. Each job does a bounded piece of work in a transaction, lets other writes in, and goes
// on. Whatever a killed job has not done, the next run does. The alerts that jobs open wait for one digest at their end.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** So many subjects are checked in one transaction, which takes some milliseconds. */
const SUBJECTS_A_WRITE = 100;
/** So many rows are read at once. */
const ROWS_A_PIECE = 1_000;
/** Of organizations with limits out of date, one transaction checks as many as it can in so long. */
const STALE_PIECE_MS = 20;
/** One run looks after them for so long, so that a server that stops waits no longer. The next run goes on. */
const STALE_RUN_MS = 5_000;

/** Runs `work` for each of the ids, some in one transaction. */
async function inWrites<T>(
  all: readonly T[],
  work: (one: T, context: CheckContext) => void,
  now: Date,
  db: Database,
): Promise<void> {
  for (let start = 0; start < all.length; start += SUBJECTS_A_WRITE) {
    await write(() => {
      const context = checkContext(db, now, rulesSummary(db).version);
      for (const one of all.slice(start, start + SUBJECTS_A_WRITE)) work(one, context);
    }, db);
    await nextTurn();
  }
}

/** The lowest or highest threshold of the enabled rules of a kind; null without one. */
function threshold(db: Database, kind: AlertKind, of: typeof min | typeof max): bigint | null {
  const row = db
    .select({ threshold: of(alertRules.threshold) })
    .from(alertRules)
    .where(and(eq(alertRules.kind, kind), eq(alertRules.enabled, true)))
    .get();
  return row?.threshold ?? null;
}

/** The subjects that have an unresolved alert of one of these kinds. */
function subjectsWithAlerts(db: Database, kinds: readonly AlertKind[]): Subject[] {
  return db
    .selectDistinct({ kind: alerts.subjectKind, id: alerts.subjectId, organizationId: alerts.organizationId })
    .from(alerts)
    .where(and(inArray(alerts.kind, [...kinds]), sql`${alerts.state} <> 'resolved'`))
    .all();
}

/** Some of the organizations whose limits are out of date. */
function staleOrganizations(db: Database): number[] {
  return db
    .select({ id: organizations.id })
    .from(organizations)
    .where(lt(organizations.alertVersion, rulesSummary(db).version))
    .limit(SUBJECTS_A_WRITE)
    .all()
    .map(({ id }) => id);
}

/** Checks these organizations until they are all checked or a piece of work is done. @returns how long it took */
function checkSomeStale(ids: readonly number[], now: Date, db: Database): number {
  const began = performance.now();
  const context = checkContext(db, now, rulesSummary(db).version);
  for (const id of ids) {
    checkStaleOrganization(id, context);
    if (performance.now() - began > STALE_PIECE_MS) break;
  }
  return performance.now() - began;
}

/**
 * Checks organizations whose limits are out of date, because a rule, a tag, a status or an allowance was changed, until
 * they are all checked or the time of one run is over. After each piece of work it pauses for as long as the piece took,
 * so that requests have half of the time at least. @returns whether all are.
 */
export async function checkStaleOrganizations(
  now = new Date(),
  { db = database(), runMs = STALE_RUN_MS }: { db?: Database; runMs?: number } = {},
): Promise<boolean> {
  const end = performance.now() + runMs;
  for (;;) {
    const ids = staleOrganizations(db);
    if (ids.length === 0) return true;
    const took = await write(() => checkSomeStale(ids, now, db), db);
    if (performance.now() > end) return false;
    await sleep(took);
  }
}

/**
 * Checks all organizations whose limits are out of date. For the thread of a large batch, whose posting has only marked
 * them: here the check holds up no request, and the job of each second, which does the same beside requests, finds less to
 * do. What it cannot write is left to that job.
 */
export async function checkMarkedOrganizations(db: Database = database()): Promise<void> {
  try {
    await checkStaleOrganizations(new Date(), { db, runMs: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (!(error instanceof DatabaseUnavailableError)) throw error;
  }
}

/** How long refusals count. */
const REFUSALS_MS = HOUR_MS;

/** Opens and resolves alerts about organizations of which many requests were refused in the last hour. */
export async function checkRefusals(now = new Date(), db: Database = database()): Promise<void> {
  const least = threshold(db, "refusals", min);
  const after = now.getTime() - REFUSALS_MS;
  const refused = new Map(
    least === null
      ? []
      : statement(
          sql`SELECT organization_id, sum(requests) FROM refusals INDEXED BY refusals_at
            WHERE at > ${after} AND organization_id IS NOT NULL GROUP BY organization_id`,
        )
          .lists<[bigint, bigint]>({}, db)
          .map(([id, requests]): [number, bigint] => [Number(id), requests]),
  );
  const many = [...refused].flatMap(([id, requests]) => (requests > (least ?? 0n) ? [id] : []));
  const ids = new Set([...many, ...subjectsWithAlerts(db, ["refusals"]).map(({ id }) => id)]);
  const kinds = ["refusals"] as const;
  await inWrites(
    [...ids],
    (id, context) => {
      const findings = context.rules.ofOrganization(id, kinds).map((rule): Finding => {
        const comparison = fromNumber(refused.get(id) ?? 0n, rule.threshold + 1n);
        return { rule, period: 0, comparison };
      });
      const subject = { kind: "organization", id, organizationId: id } as const;
      reconcile(subject, findings, { kinds, cause: "condition_ended", now, db });
    },
    now,
    db,
  );
}

/** Opens and resolves alerts about organizations whose balance lasts for few days, and about pools. */
export async function checkRunways(now = new Date(), db: Database = database()): Promise<void> {
  const most = threshold(db, "balance_days", max);
  const ids = new Set(subjectsWithAlerts(db, ["balance_days"]).map(({ id }) => id));
  let from: [number, number] = [-1, 0];
  while (most !== null) {
    const rows = statement(
      sql`SELECT id, days_left FROM organizations INDEXED BY organizations_days_left
        WHERE (days_left, id) > (${from[0]}, ${from[1]}) AND days_left < ${most} AND active = 1
        ORDER BY days_left, id LIMIT ${ROWS_A_PIECE}`,
    ).lists<[bigint, bigint]>({}, db);
    for (const [id] of rows) ids.add(Number(id));
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_A_PIECE) break;
    from = [Number(last[1]), Number(last[0])];
    await nextTurn();
  }
  await inWrites([...ids], (id, context) => void checkOrganization(id, "condition_ended", context), now, db);
  const pools = db.select({ id: creditTypes.id }).from(creditTypes).all();
  await inWrites(pools, ({ id }, context) => void checkPool(id, "condition_ended", context), now, db);
}

/** What a key needs attention for, in days. */
type KeyFigures = { id: number; organizationId: number | null; expiresIn: number | null; unusedFor: number };

const KEY_KINDS = ["key_expiring", "key_unused"] as const;

function keyComparison({ kind, threshold }: AlertRule, key: KeyFigures): Comparison | null {
  if (kind === "key_unused") return fromNumber(BigInt(key.unusedFor), threshold);
  if (key.expiresIn === null || key.expiresIn < 0) return null;
  return {
    value: BigInt(key.expiresIn),
    side: "below",
    limit: threshold,
    clear: threshold + 1n,
    base: null,
  };
}

/** Opens and resolves alerts about API keys that expire soon or are not used. */
export async function checkKeys(now = new Date(), db: Database = database()): Promise<void> {
  const expiring = threshold(db, "key_expiring", max);
  const unused = threshold(db, "key_unused", min);
  const withAlerts = new Map(subjectsWithAlerts(db, KEY_KINDS).map((subject) => [subject.id, subject]));
  const candidates: KeyFigures[] = [];
  for (let after = 0; ; ) {
    const rows = db
      .select()
      .from(apiKeys)
      .where(sql`${apiKeys.id} > ${after}`)
      .orderBy(apiKeys.id)
      .limit(ROWS_A_PIECE)
      .all();
    for (const { id, organizationId, createdAt, expiresAt, lastUsedAt, revokedAt } of rows) {
      if (revokedAt || (expiresAt && expiresAt <= now)) continue;
      const days = (ms: number) => Math.floor(ms / DAY_MS);
      const expiresIn = expiresAt && days(expiresAt.getTime() - now.getTime());
      const unusedFor = Math.max(0, days(now.getTime() - (lastUsedAt ?? createdAt).getTime()));
      const isCandidate =
        withAlerts.has(id) ||
        (expiring !== null && expiresIn !== null && expiresIn < Number(expiring)) ||
        (unused !== null && unusedFor >= Number(unused));
      if (isCandidate) candidates.push({ id, organizationId, expiresIn, unusedFor });
      withAlerts.delete(id);
    }
    if (rows.length < ROWS_A_PIECE) break;
    after = rows.at(-1)?.id ?? 0;
    await nextTurn();
  }
  const check = (subject: Subject, findings: readonly Finding[], cause: Resolution) =>
    reconcile(subject, findings, { kinds: KEY_KINDS, cause, now, db });
  await inWrites(
    candidates,
    (key, { rules }) => {
      const { id, organizationId } = key;
      const ofKey =
        organizationId === null
          ? rules.ofEnterprise(KEY_KINDS)
          : rules.ofOrganization(organizationId, KEY_KINDS);
      const findings = ofKey.map((rule) => ({ rule, period: 0, comparison: keyComparison(rule, key) }));
      check({ kind: "api_key", id, organizationId }, findings, "condition_ended");
    },
    now,
    db,
  );
  // What is left was revoked or has expired: no rule finds anything there.
  await inWrites(
    [...withAlerts.values()],
    (subject, { rules }) => {
      const ofKey =
        subject.organizationId === null
          ? rules.ofEnterprise(KEY_KINDS)
          : rules.ofOrganization(subject.organizationId, KEY_KINDS);
      check(
        subject,
        ofKey.map((rule) => ({ rule, period: 0, comparison: null })),
        "key_ended",
      );
    },
    now,
    db,
  );
}

/** Opens and resolves alerts about the last backup and the last check of the data. */
export async function checkHealth(now = new Date(), db: Database = database()): Promise<void> {
  await write(() => checkPortal(now, db), db);
}

const UNUSUAL = ["unusual_spend"] as const;

/** Opens an alert for each organization that has spent unusually much on a day (20261126), once for that day. */
export async function checkUnusualSpend(
  day: number,
  now = new Date(),
  db: Database = database(),
): Promise<void> {
  const least = threshold(db, "unusual_spend", min);
  if (least === null) return;
  const earlier = Array.from({ length: UNUSUAL_WEEKS }, (_, week) => addDays(day, -7 * (week + 1)));
  const days = JSON.stringify(earlier);
  let after = 0;
  for (;;) {
    // One row for each organization that spent on the day.
    const rows = statement(
      sql`SELECT organization_id, sum(spent) FROM organization_days INDEXED BY organization_days_day
        WHERE day = ${day} AND organization_id > ${after} GROUP BY organization_id ORDER BY organization_id LIMIT ${ROWS_A_PIECE}`,
    ).lists<[bigint, bigint]>({}, db);
    const ids = JSON.stringify(rows.map(([id]) => Number(id)));
    const before = new Map<string, bigint>();
    for (const [id, weekday, spent] of statement(
      sql`SELECT o.value, d.value, coalesce((SELECT sum(spent) FROM organization_days
          WHERE organization_id = o.value AND day = d.value), 0)
        FROM json_each(${ids}) o CROSS JOIN json_each(${days}) d`,
    ).lists<[bigint, bigint, bigint]>({}, db)) {
      before.set(`${id} ${weekday}`, spent);
    }
    const found = rows.flatMap(([id, spent]) => {
      const weekdays = earlier.map((weekday) => before.get(`${id} ${weekday}`) ?? 0n);
      const comparison = unusualSpend(spent, weekdays, least);
      return comparison && stateOf(comparison) === "crossed" ? [{ id: Number(id), spent, weekdays }] : [];
    });
    await inWrites(
      found,
      ({ id, spent, weekdays }, { rules }) => {
        const subject = { kind: "organization", id, organizationId: id } as const;
        for (const rule of rules.ofOrganization(id, UNUSUAL)) {
          const comparison = unusualSpend(spent, weekdays, rule.threshold);
          if (!comparison || stateOf(comparison) !== "crossed" || wasOpened(rule, id, day, db)) continue;
          openAlert({ rule, subject, period: day, comparison }, now, db);
        }
      },
      now,
      db,
    );
    if (rows.length < ROWS_A_PIECE) return;
    after = Number(rows.at(-1)?.[0] ?? 0n);
    await nextTurn();
  }
}

/** Whether a rule has or had an alert about a day of an organization. */
function wasOpened(rule: AlertRule, organizationId: number, day: number, db: Database): boolean {
  return (
    db
      .select({ id: alerts.id })
      .from(alerts)
      .where(
        and(
          eq(alerts.organizationId, organizationId),
          inArray(alerts.state, ["open", "acknowledged", "resolved"]),
          eq(alerts.kind, rule.kind),
          eq(alerts.ruleId, rule.id),
          eq(alerts.period, day),
        ),
      )
      .limit(1)
      .get() !== undefined
  );
}

/** An unusual day needs attention for so many days, and a change of access for so many. */
const UNUSUAL_DAYS = 7;
const ACCESS_DAYS = 90;

/** Resolves alerts about months and days that are over. */
export async function endPeriods(now = new Date(), db: Database = database()): Promise<void> {
  const today = dayOf(now, readSettings(db).timeZone);
  const ended: SQL[] = [
    sql`kind IN ('month_growth', 'allowance_share') AND period < ${monthOf(today)}`,
    sql`kind = 'unusual_spend' AND period < ${addDays(today, -UNUSUAL_DAYS)}`,
    sql`kind = 'access_changed' AND opened_at < ${now.getTime() - ACCESS_DAYS * DAY_MS}`,
  ];
  for (const condition of ended) {
    for (;;) {
      const { changes } = await write(
        (tx) =>
          tx
            .update(alerts)
            .set({ state: "resolved", resolvedAt: now, resolution: "period_ended" })
            .where(
              sql`${alerts.id} IN (SELECT id FROM alerts INDEXED BY alerts_unresolved_kind
                WHERE state <> 'resolved' AND ${condition} LIMIT ${ROWS_A_PIECE})`,
            )
            .run(),
        db,
      );
      if (changes < ROWS_A_PIECE) break;
      await nextTurn();
    }
  }
}

/** Alerts that are not open are kept for so many days. */
const KEPT_DAYS = 400;

/** Deletes old alerts that are acknowledged or resolved, in pieces. @returns how many. */
export async function deleteOldAlerts(now = new Date(), db: Database = database()): Promise<number> {
  const before = new Date(now.getTime() - KEPT_DAYS * DAY_MS);
  for (let deleted = 0; ; ) {
    const { changes } = await write(
      (tx) =>
        tx
          .delete(alerts)
          .where(
            inArray(
              alerts.id,
              tx
                .select({ id: alerts.id })
                .from(alerts)
                .where(and(lt(alerts.openedAt, before), ne(alerts.state, "open")))
                .orderBy(alerts.openedAt)
                .limit(ROWS_A_PIECE),
            ),
          )
          .run(),
      db,
    );
    deleted += changes;
    if (changes < ROWS_A_PIECE) return deleted;
    await nextTurn();
  }
}

const announceAll = (now: Date, db: Database) => write((tx) => announceWaiting(tx, now), db);

/** Every minute: refusals, and the digest of alerts that wait for one. */
export async function runMinuteChecks(now = new Date(), db: Database = database()): Promise<void> {
  await checkRefusals(now, db);
  if (db.select({ id: alerts.id }).from(alerts).where(sql`${alerts.announced} = 0`).limit(1).get()) {
    await announceAll(now, db);
  }
}

/** Every hour: what depends on the clock alone. Yesterday is judged once more, because its last hour had no run. */
export async function runHourlyChecks(now = new Date(), db: Database = database()): Promise<void> {
  const { timeZone } = readSettings(db);
  const days = new Set([dayOf(new Date(now.getTime() - 2 * HOUR_MS), timeZone), dayOf(now, timeZone)]);
  await endPeriods(now, db);
  await checkRunways(now, db);
  await checkKeys(now, db);
  await checkHealth(now, db);
  for (const day of days) await checkUnusualSpend(day, now, db);
  await announceAll(now, db);
}
