import { formatCount } from "#lib/credits.ts";
import type { OTHERS, RefusalCode } from "#lib/refusals/rules.ts";

/** Why requests were refused, in words. */
const REFUSAL_LABELS: Record<RefusalCode | typeof OTHERS, string> = {
  insufficient_credits: "Not enough credits",
  allowance_exceeded: "Over the allowance",
  organization_inactive: "Organization inactive",
  member_inactive: "Member inactive",
  member_not_found: "Member not found",
  organization_not_found: "Organization not found",
  forbidden_organization: "Key of another organization",
  idempotency_conflict: "Id used before",
  too_many_applications: "Too many new applications",
  others: "Others",
};

/** The same within a sentence: "12 refused today: allowance used up". */
export function refusalCause(code: string): string {
  if (code === "allowance_exceeded") return "allowance used up";
  const words = refusalWords(code);
  return words.charAt(0).toLowerCase() + words.slice(1);
}

export const refusalWords = (code: string): string =>
  code in REFUSAL_LABELS ? REFUSAL_LABELS[code as RefusalCode] : code;

/** "12" or "999+": a number of rows that was counted up to `most`. */
export const countText = (rows: number, most: number): string =>
  rows > most ? `${formatCount(most)}+` : formatCount(rows);
