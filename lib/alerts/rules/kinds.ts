/** The unit of a rule's threshold and of the figures of its alerts. */
export type AlertUnit = "credits" | "percent" | "days" | "hours" | "requests" | "deviations" | "none";

/** What an alert is about. */
export type AlertSubject =
  | "organization"
  | "credit_type"
  | "membership"
  | "api_key"
  | "portal_user"
  | "portal";

type KindOfRule = {
  /** The unit of the threshold. */
  unit: AlertUnit;
  subject: AlertSubject;
  /** Whether a rule may be for one organization or one tag. */
  scoped: boolean;
  /** The smallest and the largest threshold, in its unit. */
  least: bigint;
  most: bigint;
};

const CREDITS_MOST = 1_000_000_000_000_000_000n;

/** What a rule can watch. */
export const ALERT_KINDS = {
  balance_amount: { unit: "credits", subject: "organization", scoped: true, least: 1n, most: CREDITS_MOST },
  balance_share: { unit: "percent", subject: "organization", scoped: true, least: 1n, most: 100n },
  balance_days: { unit: "days", subject: "organization", scoped: true, least: 1n, most: 365n },
  pool_amount: { unit: "credits", subject: "credit_type", scoped: false, least: 1n, most: CREDITS_MOST },
  pool_share: { unit: "percent", subject: "credit_type", scoped: false, least: 1n, most: 100n },
  pool_days: { unit: "days", subject: "credit_type", scoped: false, least: 1n, most: 365n },
  month_growth: { unit: "percent", subject: "organization", scoped: true, least: 5n, most: 10_000n },
  allowance_share: { unit: "percent", subject: "membership", scoped: true, least: 6n, most: 100n },
  refusals: { unit: "requests", subject: "organization", scoped: true, least: 1n, most: 1_000_000n },
  unusual_spend: { unit: "deviations", subject: "organization", scoped: true, least: 3n, most: 100n },
  key_expiring: { unit: "days", subject: "api_key", scoped: true, least: 1n, most: 365n },
  key_unused: { unit: "days", subject: "api_key", scoped: true, least: 1n, most: 3_650n },
  backup_age: { unit: "hours", subject: "portal", scoped: false, least: 1n, most: 8_760n },
  verify_age: { unit: "days", subject: "portal", scoped: false, least: 1n, most: 365n },
  verify_failed: { unit: "none", subject: "portal", scoped: false, least: 0n, most: 0n },
  access_changed: { unit: "none", subject: "portal_user", scoped: false, least: 0n, most: 0n },
} as const satisfies Record<string, KindOfRule>;

export type AlertKind = keyof typeof ALERT_KINDS;

export const ALERT_KIND_NAMES = Object.keys(ALERT_KINDS) as AlertKind[];

export const isAlertKind = (text: string): text is AlertKind => Object.hasOwn(ALERT_KINDS, text);

/** The kinds that a posting compares by itself, in its own transaction. */
export const KINDS_OF_POSTINGS = {
  organization: ["balance_amount", "balance_share", "balance_days", "month_growth"],
  credit_type: ["pool_amount", "pool_share", "pool_days"],
  membership: ["allowance_share"],
} as const satisfies Partial<Record<AlertSubject, readonly AlertKind[]>>;

/** Why an alert was resolved, as the pages write it. */
export const RESOLUTIONS = {
  credits_added: "Credits were added",
  entry_reversed: "A transaction was reversed",
  allowance_changed: "The allowance was changed",
  period_ended: "The period ended",
  condition_ended: "The figure is right again",
  rule_changed: "The rule was changed",
  organization_inactive: "The organization is inactive",
  membership_merged: "The member was merged with another",
  key_ended: "The key was revoked or has expired",
} as const;
export type Resolution = keyof typeof RESOLUTIONS;

export const ALERT_STATES = ["open", "acknowledged", "resolved"] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** A rule as the checks read it. */
export type AlertRule = { id: number; kind: AlertKind; threshold: bigint };
