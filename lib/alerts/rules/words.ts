import { AUDIT_ACTIONS } from "#lib/audit/rules.ts";
import { formatDay, formatMonth } from "#lib/calendar.ts";
import { creditsText, formatCount, formatCredits, formatWholeCredits } from "#lib/credits.ts";
import type { AlertItem } from "./item.ts";
import type { AlertKind } from "./kinds.ts";

/** The kinds of alerts as filters and rules name them. */
export const KIND_LABELS: Record<AlertKind, string> = {
  balance_amount: "Balance below an amount",
  balance_share: "Balance below a share of the last allocation",
  balance_days: "Balance runs out soon",
  pool_amount: "Pool below an amount",
  pool_share: "Pool below a share of the last purchase",
  pool_days: "Pool runs out soon",
  month_growth: "Month far above last month",
  allowance_share: "Allowance used",
  refusals: "Many refusals",
  unusual_spend: "Unusual spending",
  key_expiring: "API key expires soon",
  key_unused: "API key not used",
  backup_age: "Backup too old",
  verify_age: "Data check too old",
  verify_failed: "Data check failed",
  access_changed: "Access changed",
};

const days = (count: bigint) => `${formatCount(Number(count))} ${count === 1n ? "day" : "days"}`;
const hours = (count: bigint) => `${formatCount(Number(count))} ${count === 1n ? "hour" : "hours"}`;
/** "26 hours", and from three days on "3 days". */
const hoursOrDays = (count: bigint) => (count < 72n ? hours(count) : days(count / 24n));

/** A rule in one line: "Balance below 20% of the last allocation". */
export function ruleText({ kind, threshold }: { kind: AlertKind; threshold: bigint }): string {
  switch (kind) {
    case "balance_amount":
      return `Balance below ${creditsText(threshold)}`;
    case "balance_share":
      return `Balance below ${threshold}% of the last allocation`;
    case "balance_days":
      return `Balance lasts less than ${days(threshold)}`;
    case "pool_amount":
      return `Pool below ${creditsText(threshold)}`;
    case "pool_share":
      return `Pool below ${threshold}% of the last purchase`;
    case "pool_days":
      return `Pool lasts less than ${days(threshold)}`;
    case "month_growth":
      return `Month ${threshold}% or more above last month`;
    case "allowance_share":
      return threshold === 100n ? "Whole allowance used" : `${threshold}% of an allowance used`;
    case "refusals":
      return `More than ${formatCount(Number(threshold))} ${threshold === 1n ? "refusal" : "refusals"} an hour`;
    case "unusual_spend":
      return `Day ${threshold} deviations above usual spending`;
    case "key_expiring":
      return `API key expires within ${days(threshold)}`;
    case "key_unused":
      return `API key not used for ${days(threshold)}`;
    case "backup_age":
      return `No backup for ${hours(threshold)}`;
    case "verify_age":
      return `Data not verified for ${days(threshold)}`;
    case "verify_failed":
      return "The data check found faults";
    case "access_changed":
      return "A role or access was changed";
  }
}

/** What the alert is about: "Law", "Ana in Law", "JPY Credits". */
export function subjectText({ organization, creditType, member, apiKey, change }: AlertItem): string {
  if (member) return `${member.name} in ${organization?.name ?? "an organization"}`;
  if (apiKey) return apiKey.name;
  if (creditType) return creditType.name;
  if (change) return change.label;
  return organization?.name ?? "The portal";
}

/** " (S$5.00)": what credits were worth, after them. */
const inMoney = (worth: string | null) => (worth === null ? "" : ` (${worth})`);

/** The figures when the alert opened, in one sentence without a full stop. */
export function figuresText(item: AlertItem): string {
  const { kind, value, period, change } = item;
  const base = item.base ?? 0n;
  const worth = inMoney(item.worth);
  const baseWorth = inMoney(item.baseWorth);
  switch (kind) {
    case "balance_amount":
      return `${creditsText(value)}${worth} left`;
    case "balance_share":
      return `${creditsText(value)}${worth} left; the last allocation was ${creditsText(base)}${baseWorth}`;
    case "pool_amount":
      return `${creditsText(value)}${worth} available`;
    case "pool_share":
      return `${creditsText(value)}${worth} available; the last purchase was ${creditsText(base)}${baseWorth}`;
    case "balance_days":
    case "pool_days":
      return `The credits last for ${value === 0n ? "less than a day" : days(value)} at the pace of the last 30 days`;
    case "month_growth":
      return `${formatWholeCredits(value)} credits${worth} in ${formatMonth(period)}, after ${formatWholeCredits(base)}${baseWorth} the month before`;
    case "allowance_share":
      return `${formatCredits(value)}${worth} of ${creditsText(base)}${baseWorth} used in ${formatMonth(period)}`;
    case "refusals":
      return `${formatCount(Number(value))} ${value === 1n ? "request was" : "requests were"} refused within an hour`;
    case "unusual_spend":
      return `${formatWholeCredits(value)} credits${worth} on ${formatDay(period, "D MMM YYYY")}; ${formatWholeCredits(base)}${baseWorth} is usual for this weekday`;
    case "key_expiring":
      return value <= 0n ? "It expires today" : `It expires in ${days(value)}`;
    case "key_unused":
      return `It was not used for ${days(value)}`;
    case "backup_age":
      return `No backup was made for ${hoursOrDays(value)}`;
    case "verify_age":
      return `The data was not verified for ${days(value)}`;
    case "verify_failed":
      return `verify found ${formatCount(Number(value))} ${value === 1n ? "fault" : "faults"}`;
    case "access_changed": {
      if (!change) return "The audit entry is missing";
      const action = AUDIT_ACTIONS[change.action as keyof typeof AUDIT_ACTIONS] ?? change.action;
      return `${action}, by ${change.actor}`;
    }
  }
}
