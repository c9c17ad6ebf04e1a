import { sql } from "drizzle-orm";
import type { Database } from "#db/client.ts";
import { alerts } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type Comparison, stateOf } from "./rules/conditions.ts";
import type { AlertKind, AlertRule, AlertSubject, Resolution } from "./rules/kinds.ts";

const value = sql.placeholder;

const statements = {
  unresolved: statement((db) =>
    db
      .select({ id: alerts.id, ruleId: alerts.ruleId, kind: alerts.kind, period: alerts.period })
      .from(alerts)
      .where(
        sql`${alerts.subjectKind} = ${value("kind")} AND ${alerts.subjectId} = ${value("id")} AND ${alerts.state} <> 'resolved'`,
      ),
  ),
  open: statement((db) =>
    db.insert(alerts).values({
      ruleId: value("ruleId"),
      kind: value("kind"),
      threshold: value("threshold"),
      subjectKind: value("subjectKind"),
      subjectId: value("subjectId"),
      organizationId: value("organizationId"),
      period: value("period"),
      state: "open",
      value: value("value"),
      limitValue: value("limitValue"),
      base: value("base"),
      openedAt: value("openedAt"),
      announced: value("announced"),
    }),
  ),
  resolve: statement((db) =>
    db
      .update(alerts)
      .set({
        state: "resolved",
        resolvedAt: sql`${value("resolvedAt")}`,
        resolution: sql`${value("resolution")}`,
      })
      .where(sql`${alerts.id} = ${value("id")} AND ${alerts.state} <> 'resolved'`),
  ),
};

/** What an alert is about. `organizationId` is null for what concerns the enterprise. */
export type Subject = { kind: AlertSubject; id: number; organizationId: number | null };

/** An alert that this transaction has opened. */
export type OpenedAlert = {
  id: number;
  rule: AlertRule;
  subject: Subject;
  period: number;
  value: bigint;
  limit: bigint | null;
  base: bigint | null;
};

/** What a rule finds at a subject: null where it has nothing to compare, such as a share before the first allocation. */
export type Finding = { rule: AlertRule; period: number; comparison: Comparison | null };

/** An alert that is open or acknowledged. */
export type Unresolved = { id: number; ruleId: number | null; kind: string; period: number };

/** The alerts of a subject that are open or acknowledged. */
export function unresolvedOf({ kind, id }: Pick<Subject, "kind" | "id">, db: Database): Unresolved[] {
  return statements.unresolved.all({ kind, id }, db);
}

/** Opens an alert whether or not there is one already. */
export function openAlert(
  { rule, subject, period, comparison }: Finding & { subject: Subject; comparison: Comparison },
  now: Date,
  db: Database,
): OpenedAlert {
  const figures = { value: comparison.value, limit: comparison.limit, base: comparison.base };
  const { lastInsertRowid } = statements.open.run(
    {
      ruleId: rule.id,
      kind: rule.kind,
      threshold: rule.threshold,
      subjectKind: subject.kind,
      subjectId: subject.id,
      organizationId: subject.organizationId,
      period,
      value: figures.value,
      limitValue: figures.limit,
      base: figures.base,
      openedAt: now,
      announced: false,
    },
    db,
  );
  return { id: Number(lastInsertRowid), rule, subject, period, ...figures };
}

/** Resolves an alert, unless it is resolved already. */
function resolveAlert(id: number, resolution: Resolution, now: Date, db: Database): void {
  statements.resolve.run({ id, resolution, resolvedAt: now.getTime() }, db);
}

/**
 * Brings the alerts of a subject to what its rules find now: opens one where a limit is crossed and none is there, and
 * resolves those whose figure is clear of its limit. Alerts of these `kinds` that no rule finds any more are resolved
 * too. Runs inside the transaction that changed the figures.
 *
 * @param cause why a figure became clear
 * @param unmatched why an alert has no rule any more
 * @returns the alerts that it opened, and those that are unresolved now
 */
export function reconcile(
  subject: Subject,
  findings: readonly Finding[],
  {
    kinds,
    cause,
    unmatched = "rule_changed",
    now,
    db,
  }: {
    kinds: readonly AlertKind[];
    cause: Resolution;
    unmatched?: Resolution;
    now: Date;
    db: Database;
  },
): { opened: OpenedAlert[]; unresolved: ReadonlySet<number> } {
  const before = unresolvedOf(subject, db).filter(({ kind }) => (kinds as readonly string[]).includes(kind));
  const opened: OpenedAlert[] = [];
  /** The ids of the rules that have an unresolved alert. */
  const unresolved = new Set<number>();
  const seen = new Set<number>();
  for (const { rule, period, comparison } of findings) {
    const match = before.find((alert) => alert.ruleId === rule.id && alert.period === period);
    if (match) seen.add(match.id);
    const state = comparison ? stateOf(comparison) : "clear";
    if (match && state === "clear") resolveAlert(match.id, cause, now, db);
    else if (match) unresolved.add(rule.id);
    else if (comparison && state === "crossed") {
      opened.push(openAlert({ rule, subject, period, comparison }, now, db));
      unresolved.add(rule.id);
    }
  }
  for (const alert of before) {
    if (seen.has(alert.id)) continue;
    const isOfOtherPeriod = findings.some(({ rule }) => rule.id === alert.ruleId);
    resolveAlert(alert.id, isOfOtherPeriod ? "period_ended" : unmatched, now, db);
  }
  return { opened, unresolved };
}
