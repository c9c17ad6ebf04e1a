import type Sqlite from "better-sqlite3";
import { plainCredits } from "#lib/credits.ts";
import type { Fault } from "./report.ts";

type Rule = {
  id: bigint;
  kind: string;
  threshold: bigint;
  organization_id: bigint | null;
  tag: string | null;
};
type Organization = {
  id: bigint;
  code: string;
  active: bigint;
  spent: bigint;
  alert_below: bigint | null;
  alert_spent: bigint | null;
  alert_month: bigint | null;
};

const MAX = 2n ** 63n - 1n;
const KINDS = ["balance_amount", "balance_share", "month_growth"];

/** A share in percent, rounded up, as far as SQLite can store it. */
function share(base: bigint, percent: bigint): bigint {
  const value = (base * percent + 99n) / 100n;
  return value > MAX ? MAX : value;
}

function monthBefore(month: bigint): bigint {
  return month % 100n === 1n ? month - 89n : month - 1n;
}

/**
 * Computes again the limits that postings compare with, where an organization's limits are up to date, and the
 * percentages of allowances. A limit that is too low would leave out an alert. Checks too that each alert has the
 * organization of its subject.
 */
export function checkAlerts(sqlite: Sqlite.Database, fault: Fault): void {
  checkShares(sqlite, fault);
  checkSubjects(sqlite, fault);
  const rules = sqlite
    .prepare(
      `SELECT id, kind, threshold, organization_id, tag FROM alert_rules
       WHERE enabled = 1 AND kind IN (${KINDS.map(() => "?").join(", ")})`,
    )
    .all(...KINDS) as Rule[];
  const forAll = rules.filter((rule) => rule.organization_id === null && rule.tag === null);
  const byOrganization = Map.groupBy(rules, (rule) => rule.organization_id);
  const byTag = Map.groupBy(rules, (rule) => rule.tag);
  const hasTagRules = rules.some((rule) => rule.tag !== null);
  const tagsOf = sqlite.prepare("SELECT tag FROM organization_tags WHERE organization_id = ?").pluck();
  const unresolvedOf = sqlite
    .prepare(
      "SELECT rule_id, period FROM alerts WHERE subject_kind = 'organization' AND subject_id = ? AND state <> 'resolved'",
    )
    .raw();
  const lastAllocation = sqlite
    .prepare(
      `SELECT amount FROM ledger_entries e WHERE organization_id = ? AND kind <> 'spend' AND kind = 'allocation'
         AND NOT EXISTS (SELECT 1 FROM ledger_entries r WHERE r.reverses_id = e.id)
       ORDER BY occurred_at DESC, id DESC LIMIT 1`,
    )
    .pluck();
  const spentIn = sqlite
    .prepare(
      "SELECT coalesce(sum(spent), 0) FROM organization_months WHERE month = ? AND organization_id = ?",
    )
    .pluck();
  const rows = sqlite
    .prepare(
      `SELECT id, code, active, spent, alert_below, alert_spent, alert_month FROM organizations
       WHERE alert_version = (SELECT version FROM alert_state) ORDER BY id`,
    )
    .iterate() as IterableIterator<Organization>;
  for (const row of rows) {
    const tags = hasTagRules ? (tagsOf.all(row.id) as string[]) : [];
    const own =
      row.active === 1n
        ? [...forAll, ...(byOrganization.get(row.id) ?? []), ...tags.flatMap((tag) => byTag.get(tag) ?? [])]
        : [];
    const open = unresolvedOf.all(row.id) as [bigint | null, bigint][];
    const isArmed = (rule: Rule, period: bigint) => !open.some(([id, of]) => id === rule.id && of === period);
    const last = lastAllocation.get(row.id) as bigint | undefined;
    let below: bigint | null = null;
    let from: bigint | null = null;
    let month: bigint | null = null;
    for (const rule of own) {
      if (rule.kind === "month_growth") {
        // The limits are those of the month in which something last moved.
        month = row.alert_month;
        if (month === null || !isArmed(rule, month)) continue;
        const before = spentIn.get(monthBefore(month), row.id) as bigint;
        if (before <= 0n) continue;
        const left = share(before, 100n + rule.threshold) - (spentIn.get(month, row.id) as bigint);
        const limit = row.spent + left > MAX ? MAX : row.spent + left;
        from = from === null || limit < from ? limit : from;
      } else if (isArmed(rule, 0n)) {
        const limit =
          rule.kind === "balance_amount"
            ? rule.threshold
            : last === undefined
              ? null
              : share(last, rule.threshold);
        if (limit !== null) below = below === null || limit > below ? limit : below;
      }
    }
    const name = `organizations ${row.id} (${row.code})`;
    const shown = (value: bigint | null) => (value === null ? "empty" : plainCredits(value));
    if (row.alert_below !== below) {
      fault(name, `alert_below is ${shown(row.alert_below)}, it should be ${shown(below)}`);
    }
    if (row.alert_spent !== from) {
      fault(name, `alert_spent is ${shown(row.alert_spent)}, it should be ${shown(from)}`);
    }
    const needsMonth = own.some((rule) => rule.kind === "month_growth");
    if (needsMonth === (row.alert_month === null)) {
      fault(
        name,
        `alert_month is ${row.alert_month ?? "empty"}, and it should ${needsMonth ? "not " : ""}be empty`,
      );
    }
  }
}

function checkShares(sqlite: Sqlite.Database, fault: Fault): void {
  const truth = JSON.stringify(
    (
      sqlite
        .prepare(
          "SELECT DISTINCT threshold FROM alert_rules WHERE enabled = 1 AND kind = 'allowance_share' ORDER BY 1",
        )
        .pluck()
        .all() as bigint[]
    ).map(Number),
  );
  const stored = sqlite.prepare("SELECT allowance_shares FROM alert_state").pluck().get();
  if (stored !== truth) fault("alert_state 1", `allowance_shares is ${stored}, it should be ${truth}`);
}

function checkSubjects(sqlite: Sqlite.Database, fault: Fault): void {
  const rows = sqlite
    .prepare(
      `SELECT id, organization_id AS stored, truth FROM (
         SELECT id, organization_id, CASE subject_kind
           WHEN 'organization' THEN subject_id
           WHEN 'membership' THEN (SELECT m.organization_id FROM memberships m WHERE m.id = subject_id)
           WHEN 'api_key' THEN (SELECT k.organization_id FROM api_keys k WHERE k.id = subject_id) END AS truth
         FROM alerts) WHERE stored IS NOT truth ORDER BY id`,
    )
    .iterate() as IterableIterator<{ id: bigint; stored: bigint | null; truth: bigint | null }>;
  for (const { id, stored, truth } of rows) {
    fault(`alerts ${id}`, `organization_id is ${stored ?? "empty"}, it should be ${truth ?? "empty"}`);
  }
}
