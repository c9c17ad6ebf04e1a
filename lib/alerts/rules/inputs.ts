import { z } from "zod";
import { parseTypedCredits, plainCredits } from "#lib/credits.ts";
import { idList, rowId } from "#lib/fields.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";
import { readTag } from "#lib/tags.ts";
import { ALERT_KIND_NAMES, ALERT_KINDS, type AlertKind } from "./kinds.ts";

/** Some alerts, by their ids. */
export const acknowledgeInput = z
  .object({ ids: idList("alerts") })
  .refine(({ ids }) => ids.length > 0, { message: "Select alerts from the list.", path: ["form"] });
export type AcknowledgeInput = z.output<typeof acknowledgeInput>;

/** Which rule's alerts the user does not want to see, or wants to see again. The button that was pressed tells which. */
export const muteInput = z
  .object({ mute: rowId("Unknown rule.").optional(), unmute: rowId("Unknown rule.").optional() })
  .transform(({ mute, unmute }, context) => {
    const rule = mute ?? unmute;
    if (rule !== undefined) return { rule, muted: mute !== undefined };
    context.addIssue({ code: "custom", message: "Unknown rule.", path: ["form"] });
    return z.NEVER;
  });
export type MuteInput = z.output<typeof muteInput>;

const UNITS = {
  credits: "credits",
  percent: "percent",
  days: "days",
  hours: "hours",
  requests: "requests",
  deviations: "deviations",
  none: "",
} as const;

/** "1 to 365 days": what a threshold of this kind may be. */
export function thresholdRange(kind: AlertKind): string {
  const { unit, least, most } = ALERT_KINDS[kind];
  return unit === "credits"
    ? "an amount of credits above 0"
    : `a whole number of ${UNITS[unit]} from ${least} to ${most}`;
}

/** What the threshold of a kind means and may be, under its field. */
export function thresholdHint(kind: AlertKind): string {
  const { unit } = ALERT_KINDS[kind];
  if (unit === "none") return "This needs no threshold.";
  const range = thresholdRange(kind);
  return `${range.charAt(0).toUpperCase()}${range.slice(1)}.${MEANINGS[kind] ? ` ${MEANINGS[kind]}` : ""}`;
}

const MEANINGS: Partial<Record<AlertKind, string>> = {
  month_growth: "How far a month is above the month before.",
  unusual_spend:
    "Compared with the same weekday of the last eight weeks: how many deviations a day is above their median.",
  key_unused: "Counted from the last use, or from its creation.",
  balance_days: "At the pace of the last 30 days.",
  pool_days: "At the pace of the last 30 days.",
};

/** A threshold as a form shows it. */
export function thresholdText(kind: AlertKind, threshold: bigint): string {
  const { unit } = ALERT_KINDS[kind];
  if (unit === "none") return "";
  return unit === "credits" ? plainCredits(threshold) : String(threshold);
}

/** Reads what a person types as the threshold of a kind; a message where it is none. */
export function readThreshold(
  kind: AlertKind,
  text: string,
): { ok: true; value: bigint } | { ok: false; message: string } {
  const { unit, least, most } = ALERT_KINDS[kind];
  if (unit === "none") return { ok: true, value: 0n };
  const typed = text.trim();
  if (unit === "credits") {
    const parsed = parseTypedCredits(typed);
    return parsed.ok && parsed.value === 0n ? { ok: false, message: "Must be more than 0." } : parsed;
  }
  const number = /^\d{1,9}$/.test(typed) ? BigInt(typed) : -1n;
  return number >= least && number <= most
    ? { ok: true, value: number }
    : { ok: false, message: `Enter ${thresholdRange(kind)}.` };
}

const enabled = z.enum(["on", "off"], "Choose whether it is on.");

/** A new rule: for everything where neither an organization nor a tag is named. */
export const createRuleInput = z
  .object({
    kind: z.enum(ALERT_KIND_NAMES, "Choose what to watch."),
    threshold: z.string().max(100).default(""),
    organization: z.string().trim().max(100).default(""),
    tag: z.string().trim().max(200).default(""),
  })
  .transform(({ kind, threshold, organization, tag }, context) => {
    const fault = (path: string, message: string) => {
      context.addIssue({ code: "custom", message, path: [path] });
      return z.NEVER;
    };
    const value = readThreshold(kind, threshold);
    if (!value.ok) return fault("threshold", value.message);
    if (organization !== "" && tag !== "") {
      return fault("tag", "Name an organization or a tag, not both.");
    }
    if ((organization !== "" || tag !== "") && !ALERT_KINDS[kind].scoped) {
      const path = organization === "" ? "tag" : "organization";
      return fault(path, "This is about the whole enterprise. Leave it empty.");
    }
    const read = tag === "" ? null : readTag(tag);
    if (read && !read.ok) return fault("tag", read.message);
    return {
      kind,
      threshold: value.value,
      organization: organization || null,
      tag: read ? read.value : null,
    };
  });
export type CreateRuleInput = z.output<typeof createRuleInput>;

/** The kind decides what the threshold may be, so the command reads it. */
export const updateRuleInput = z.object({
  id: rowId("Unknown rule."),
  threshold: z.string().max(100).default(""),
  enabled,
});
export type UpdateRuleInput = z.output<typeof updateRuleInput>;

export const removeRuleInput = z.object({ id: rowId("Unknown rule.") });

/** A rule as its form shows it. */
export function ruleFormValues(rule: { kind: AlertKind; threshold: bigint; enabled: boolean }) {
  return {
    threshold: thresholdText(rule.kind, rule.threshold),
    enabled: rule.enabled ? "on" : "off",
  } satisfies OriginalValues;
}
