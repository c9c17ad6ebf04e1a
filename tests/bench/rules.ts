import { closeDatabase, database } from "#db/client.ts";
import { createRule } from "#lib/alerts/commands/rules.ts";
import { accepted, operator } from "./enterprise.ts";

/** The kinds that each usage event is compared with. */
const KINDS = ["balance_amount", "balance_share", "month_growth", "allowance_share"] as const;

/** A threshold that differs from rule to rule: rules that are alike are refused. */
function thresholdOf(kind: (typeof KINDS)[number], number: number): bigint {
  if (kind === "balance_amount") return BigInt(number + 1) * 1_000_000n;
  return kind === "allowance_share" ? BigInt(6 + (number % 95)) : BigInt(5 + (number % 96));
}

/** Adds alert rules to a copy of the data: a quarter of each kind, half of them for everything. */
export async function addRules(directory: string, count: number): Promise<void> {
  process.env.DATA_DIR = directory;
  const codes = database()
    .$client.prepare("SELECT code FROM organizations ORDER BY id LIMIT 500")
    .pluck()
    .all() as string[];
  for (let number = 0; number < count; number += 1) {
    const kind = KINDS[number % KINDS.length] ?? "balance_amount";
    const isForAll = number % 8 < 4 && (kind === "balance_amount" || number < 300);
    const organization = isForAll ? null : (codes[number % codes.length] ?? null);
    const rule = await createRule(
      { kind, threshold: thresholdOf(kind, number), organization, tag: null },
      operator,
    );
    // Where few organizations share the rules, some are alike, or like one that every portal has.
    if (rule.ok || rule.code !== "rule_exists") accepted(rule);
  }
  closeDatabase();
}
