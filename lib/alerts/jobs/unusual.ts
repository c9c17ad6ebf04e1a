import { setImmediate as nextTurn } from "node:timers/promises";
import { and, eq, inArray, min, sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { contentGeneration } from "#db/generation.ts";
import { alerts } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { addDays } from "#lib/calendar.ts";
import { processWide } from "#lib/process-wide.ts";
import { readSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { openAlert } from "../reconcile.ts";
import { stateOf, UNUSUAL_WEEKS, unusualSpend } from "../rules/conditions.ts";
import type { AlertRule } from "../rules/kinds.ts";
import { rulesSummary } from "../rules-of.ts";
import { inWrites, ROWS_A_PIECE, threshold } from "./pieces.ts";

const UNUSUAL = ["unusual_spend"] as const;

/** For how many days an unusual day needs attention, and is judged again when it has other spending. */
export const UNUSUAL_DAYS = 7;

/** What each day was like when it was judged, by the handle of the database. */
const judged = processWide(
  "lib/alerts/jobs/unusual",
  () => new WeakMap<Database["$client"], Map<number, string>>(),
);

/**
 * {@link checkUnusualSpend} of today and the seven days before, those alone that were not judged as they are: usage may be
 * reported days late, and the portal may have been stopped. The first run of a process judges all of them.
 */
export async function checkUnusualDays(now = new Date(), db: Database = database()): Promise<void> {
  const today = dayOf(now, readSettings(db).timeZone);
  const before = judged.get(db.$client) ?? new Map<number, string>();
  const present = new Map<number, string>();
  judged.set(db.$client, present);
  for (let ago = 0; ago <= UNUSUAL_DAYS; ago += 1) {
    const day = addDays(today, -ago);
    const state = stateOfDay(day, db);
    if (before.get(day) !== state) await checkUnusualSpend(day, now, db);
    present.set(day, state);
    await nextTurn();
  }
}

/**
 * What the judgement of a day depends on, in short: the rules, what each organization spent, and the restores, which may
 * lose alerts. The sums by organization have weights, because one may have spent what another has not any more. With
 * remainders no sum overflows: 10^18 for a million rows.
 */
function stateOfDay(day: number, db: Database): string {
  const sums = statement(
    sql`SELECT count(*), sum(spent % 999983), sum((spent % 999983) * (organization_id % 999979))
      FROM organization_days INDEXED BY organization_days_day WHERE day = ${day}`,
  ).list<[bigint, bigint | null, bigint | null]>({}, db);
  return [contentGeneration(db), rulesSummary(db).version, ...(sums ?? [])].join(" ");
}

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
    const unusual = rows.flatMap(([id, spent]) => {
      const weekdays = earlier.map((weekday) => before.get(`${id} ${weekday}`) ?? 0n);
      const comparison = unusualSpend(spent, weekdays, least);
      return comparison && stateOf(comparison) === "crossed" ? [{ id: Number(id), spent, weekdays }] : [];
    });
    await inWrites(
      unusual,
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
