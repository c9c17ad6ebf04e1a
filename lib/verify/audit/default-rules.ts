import type Sqlite from "better-sqlite3";
import type { Fault } from "../report.ts";
import { parsed } from "./values.ts";

/** The rules that every portal begins with, in the order of their ids from 1 on. No audit entry created them. */
const DEFAULT_RULES: readonly [kind: string, threshold: bigint][] = [
  ["balance_amount", 1_000_000n],
  ["balance_share", 20n],
  ["balance_days", 14n],
  ["pool_amount", 1_000_000n],
  ["pool_share", 10n],
  ["pool_days", 30n],
  ["month_growth", 50n],
  ["month_growth", 100n],
  ["allowance_share", 80n],
  ["allowance_share", 100n],
  ["refusals", 20n],
  ["unusual_spend", 6n],
  ["key_expiring", 14n],
  ["key_unused", 90n],
  ["backup_age", 26n],
  ["verify_age", 8n],
  ["verify_failed", 0n],
  ["access_changed", 0n],
];

type Rule = { kind: string; threshold: bigint; enabled: bigint; scope: string | null };

/**
 * Checks that each default rule is there until an audit entry removes it, watches what it did at the beginning, and has
 * the threshold and the status of the beginning until an audit entry changes them.
 */
export function checkDefaultRules(sqlite: Sqlite.Database, fault: Fault): void {
  const rowOf = sqlite.prepare(
    "SELECT kind, threshold, enabled, coalesce(tag, CAST(organization_id AS TEXT)) AS scope FROM alert_rules WHERE id = ?",
  );
  const entriesOf = sqlite
    .prepare("SELECT action, after FROM audit_entries WHERE subject_kind = 'alert_rule' AND subject_id = ?")
    .raw();
  DEFAULT_RULES.forEach(([kind, threshold], index) => {
    const id = index + 1;
    const entries = entriesOf.all(id) as [action: string, after: string | null][];
    // A later rule may have the id of one that was removed; its own entries are compared with it.
    if (entries.some(([action]) => action === "alert_rule.removed")) return;
    const name = `alert_rule ${id}`;
    const rule = rowOf.get(id) as Rule | undefined;
    if (!rule) {
      if (entries.length === 0) fault(name, "is missing, but no audit entry removed it");
      return;
    }
    const changed = new Set(entries.flatMap(([, after]) => Object.keys(parsed(after))));
    if (rule.kind !== kind) fault(name, `its kind is ${rule.kind}, it should be ${kind}`);
    if (rule.scope !== null) fault(name, "concerns a part of the enterprise, but no audit entry sets that");
    if (!changed.has("threshold") && rule.threshold !== threshold && rule.kind === kind)
      fault(name, `its threshold is ${rule.threshold}, it should be ${threshold}`);
    if (!changed.has("status") && rule.enabled !== 1n)
      fault(name, "is inactive, but no audit entry sets that");
  });
}
