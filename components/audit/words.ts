import { ALLOWANCE_LABELS } from "#components/members/words.ts";
import { KIND_LABELS } from "#lib/alerts/rules/words.ts";
import type { AuditItem } from "#lib/audit/queries.ts";
import { AUDIT_ACTIONS, AUDIT_FIELDS, AUDIT_SUBJECTS } from "#lib/audit/rules.ts";
import { formatCount, formatCredits, parseCredits } from "#lib/credits.ts";
import { type Calendar, formatLastDay } from "#lib/time.ts";

/** The word for a code, or the code itself: an entry never changes, also when a later version has other words. */
function wordOf(words: Record<string, string>, code: string): string {
  return Object.hasOwn(words, code) ? (words[code] ?? code) : code;
}

export const actionWords = (action: string) => wordOf(AUDIT_ACTIONS, action);
export const subjectKindWords = (kind: string) => wordOf(AUDIT_SUBJECTS, kind);

/** The actor of a change: an email, a key's name, the command line or the system. */
export function actorWords({ actorKind, actorLabel }: Pick<AuditItem, "actorKind" | "actorLabel">): string {
  if (actorKind === "operator") return "Command line";
  return actorKind === "system" ? "System" : actorLabel;
}

/** A field that changed, in words; null where there was or is nothing to show. */
export type Difference = {
  field: string;
  label: string;
  before: string | null;
  after: string | null;
  /** The transaction that the value names. */
  transaction: number | null;
};

const CREDITS = ["available", "balance", "credits", "exchangeRate", "monthlyAllowance", "paid"];
const TRANSACTIONS = ["entry", "reverses"];

/** An instant as `recordAudit` gets it, in ISO 8601. */
const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]{1,12}Z$/;

function shown(value: unknown, field: string, kind: string, calendar: Calendar): string {
  if (value === null || value === undefined) return field === "monthlyAllowance" ? "no limit" : "none";
  if (field === "monthlyAllowance" && kind === "membership") {
    if (value === "") return ALLOWANCE_LABELS.organization;
    if (value === "unlimited") return ALLOWANCE_LABELS.unlimited;
  }
  if (value === "") return "none";
  if (TRANSACTIONS.includes(field)) return `#${value}`;
  if (typeof value === "number") return Number.isSafeInteger(value) ? formatCount(value) : String(value);
  const text = String(value);
  // An API key's entry has the instant at which it ends; people chose its last day.
  if (field === "expires" && INSTANT.test(text)) return formatLastDay(new Date(text), calendar);
  if (field === "watches") return wordOf(KIND_LABELS, text);
  const credits = CREDITS.includes(field) ? parseCredits(text) : null;
  return credits?.ok ? formatCredits(credits.value) : text;
}

/** What an entry changed, field by field in the order it was written. Days are those of the enterprise's time zone. */
export function differencesOf({ subject, ...item }: AuditItem, calendar: Calendar): Difference[] {
  const before: Record<string, unknown> = item.before;
  const after: Record<string, unknown> = item.after;
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].map((field) => {
    const value = after[field];
    const mine = field === "monthlyAllowance" && subject.kind === "membership";
    return {
      field,
      label: mine ? "Monthly allowance" : wordOf(AUDIT_FIELDS, field),
      before: field in before ? shown(before[field], field, subject.kind, calendar) : null,
      after: field in after ? shown(value, field, subject.kind, calendar) : null,
      transaction:
        TRANSACTIONS.includes(field) && typeof value === "number" && Number.isSafeInteger(value)
          ? value
          : null,
    };
  });
}

/**
 * The credits that a change added to a balance or a pool, less than 0 where it took some, in micro-credits; null where
 * none moved.
 */
export function movedCredits({ before, after }: Pick<AuditItem, "before" | "after">): bigint | null {
  for (const field of ["balance", "available"] as const) {
    const [old, now] = [before[field], after[field]].map((value) => parseCredits(String(value ?? "")));
    if (old?.ok && now?.ok) return now.value - old.value;
  }
  return null;
}
