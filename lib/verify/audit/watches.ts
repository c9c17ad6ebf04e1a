import type { AlertKind } from "#lib/alerts/rules/kinds.ts";
import type { Values } from "./values.ts";

/** What audit entries called the kinds of rules until 27 November 2026. Entries since then have the kind itself. */
const FORMER_NAMES = new Map<unknown, AlertKind>([
  ["Balance below an amount", "balance_amount"],
  ["Balance below a share of the last allocation", "balance_share"],
  ["Balance for few days", "balance_days"],
  ["Pool below an amount", "pool_amount"],
  ["Pool below a share of the last purchase", "pool_share"],
  ["Pool for few days", "pool_days"],
  ["Month far above the last", "month_growth"],
  ["Allowance used", "allowance_share"],
  ["Many refusals", "refusals"],
  ["Unusual spend", "unusual_spend"],
  ["API key expires", "key_expiring"],
  ["API key not used", "key_unused"],
  ["Backup too old", "backup_age"],
  ["Check of the data too old", "verify_age"],
  ["Check of the data failed", "verify_failed"],
  ["Access changed", "access_changed"],
]);

/** The values of an entry about a rule, with the kind where the entry has the former name of it. */
export function withKind(values: Values): Values {
  const kind = FORMER_NAMES.get(values.watches);
  return kind ? { ...values, watches: kind } : values;
}
