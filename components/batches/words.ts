import { ALLOWANCE_LABELS, ROLE_LABELS } from "#components/members/words.ts";
import type { BatchKind } from "#lib/bulk/rules/batches.ts";
import { creditsText, formatCredits, parseCredits } from "#lib/credits.ts";
import { MEMBER_ROLES } from "#lib/members/rules.ts";

/** Writes a value that a batch sets, which is in the form of the audit trail, as people read it; null is none. */
export function shownValue(kind: BatchKind, value: string | null): string {
  switch (kind) {
    case "allowance":
      return value === null ? "no limit" : creditsOf(value);
    case "member_allowance":
      if (value === "" || value === null) return ALLOWANCE_LABELS.organization;
      return value === "unlimited" ? ALLOWANCE_LABELS.unlimited : creditsOf(value);
    case "member_role":
      return MEMBER_ROLES.flatMap((role) => (role === value ? [ROLE_LABELS[role]] : []))[0] ?? "none";
    default:
      return value ?? "none";
  }
}

function creditsOf(text: string): string {
  const credits = parseCredits(text);
  return credits.ok ? formatCredits(credits.value) : text;
}

/** What a batch sets, as a part of a sentence: "250 credits a month". */
export function settingWords(kind: BatchKind, value: string | null): string {
  const shown = shownValue(kind, value);
  const credits = value === null ? null : parseCredits(value);
  return credits?.ok ? `${creditsText(credits.value)} a month` : shown;
}
