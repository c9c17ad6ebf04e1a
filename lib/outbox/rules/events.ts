import { z } from "zod";

// Every event that the portal can send. The schemas type what is appended, and describe the webhooks in the OpenAPI
// document. Names and fields are a contract with receivers: add fields, and never rename or remove one.

const organization = z
  .object({ id: z.int(), code: z.string(), name: z.string() })
  .describe("The organization that it is about.");

/** A field before or after a change, as the audit writes it: credits as decimal text, instants in ISO 8601. */
const fieldValue = z.union([z.string(), z.number(), z.null()]);
const values = z.record(z.string(), fieldValue).nullable();

/** The data of an event that records a change. */
export const changeData = z.object({
  actor: z
    .object({
      kind: z.enum(["portal_user", "operator", "system", "api_key"]),
      label: z.string().describe("The email of a portal user, or the name of an API key."),
    })
    .describe("Who made the change."),
  subject: z
    .object({ kind: z.string(), id: z.int().nullable(), label: z.string() })
    .describe("What was changed: its kind, its id in the portal, and its code, email or name."),
  organization: organization.nullable(),
  before: values.describe("The changed fields before; null for something new."),
  after: values.describe("The changed fields afterwards; null for something removed."),
});

/** The data of an event that somebody should act on. Mails and messages show the title, the text and the link. */
export const alertData = z.object({
  title: z.string().describe("One line, such as “Law has 1,200 credits left”."),
  text: z.string().describe("One or two sentences with the figures. Empty where the title is enough."),
  path: z.string().describe("The page of the portal that shows it, such as “/organizations/LAW”."),
  organization: organization.nullable().describe("Null for what concerns the whole enterprise."),
  figures: z
    .record(z.string(), fieldValue)
    .describe("The figures at that moment. Credits are decimal text, shares are percentages."),
  rules: z
    .array(z.int())
    .optional()
    .describe("The ids of the alert rules. People who have muted all of them get no mail."),
  organizations: z
    .array(z.int())
    .optional()
    .describe("The ids of the organizations that a digest of several names."),
});

/** How the events are grouped where people choose them. */
export const EVENT_GROUPS = {
  alert: "Alerts",
  credits: "Credits",
  organization: "Organizations",
  member: "Members",
  access: "API keys and access",
} as const;

type EventDefinition = { group: keyof typeof EVENT_GROUPS; label: string; data: z.ZodType };

const alert = (label: string) => ({ group: "alert", label, data: alertData }) as const;
const change = <Group extends keyof typeof EVENT_GROUPS>(group: Group, label: string) =>
  ({ group, label, data: changeData }) as const;

/** Every type of event, with its label and the schema of its data. */
export const EVENTS = {
  "organization.balance_low": alert("An organization’s balance or runway is low"),
  "organization.spend_high": alert("An organization spends much more than last month"),
  "allowance.crossed": alert("A member has used most of their allowance"),
  "pool.low": alert("A credit type’s pool is low"),
  "usage.refused": alert("Many requests were refused"),
  "spend.unusual": alert("Spending is unusual"),
  "api_key.expiring": alert("An API key expires soon"),
  "api_key.unused": alert("An API key was not used for a long time"),
  "backup.overdue": alert("There is no recent backup"),
  "verify.overdue": alert("The data was not verified recently, or the check failed"),
  "access.changed": alert("A role or a grant was changed"),
  "webhook.resting": alert("A webhook endpoint failed and is suspended"),

  "credits.purchased": change("credits", "A purchase was recorded"),
  "credits.allocated": change("credits", "Credits were added to an organization"),
  "credits.returned": change("credits", "Credits were returned to a pool"),
  "entry.reversed": change("credits", "A transaction was reversed"),
  "organization.created": change("organization", "An organization was created"),
  "organization.updated": change("organization", "An organization was changed"),
  "organization.activated": change("organization", "An organization was activated"),
  "organization.deactivated": change("organization", "An organization was deactivated"),
  "member.added": change("member", "A member was added to an organization"),
  "member.updated": change("member", "A member or a membership was changed"),
  "member.activated": change("member", "A membership was activated"),
  "member.deactivated": change("member", "A membership was deactivated"),
  "member.removed": change("member", "A member was removed from an organization"),
  "member.deleted": change("member", "A person was deleted"),
  "member.merged": change("member", "A person was merged with another"),
  "api_key.created": change("access", "An API key was created"),
  "api_key.revoked": change("access", "An API key was revoked"),
  "grant.added": change("access", "A portal user got access"),
  "grant.updated": change("access", "The access of a portal user was changed"),
  "grant.removed": change("access", "A portal user lost access"),
} as const satisfies Record<string, EventDefinition>;

export type EventType = keyof typeof EVENTS;
export const EVENT_TYPES = Object.keys(EVENTS) as EventType[];

/** The data of an event, as it is appended. */
export type EventData<Type extends EventType> = z.input<(typeof EVENTS)[Type]["data"]>;

/** Whether this is the name of an event. */
export const isEventType = (name: string): name is EventType => Object.hasOwn(EVENTS, name);

/** Whether somebody should act on it: such an event is stored although nobody has asked for it by name. */
export const isAlert = (type: EventType): boolean => EVENTS[type].group === "alert";

/** Means every event, also those of later versions. */
export const ALL_EVENTS = "*";
/** Means every alert, also those of later versions. */
export const ALL_ALERTS = "alerts";

/** Names and patterns of events: {@link ALL_EVENTS}, {@link ALL_ALERTS}, and "member.*" for what begins with "member.". */
export type EventPatterns = readonly string[];

/** Whether a type is among the patterns. */
export function matchesEvent(patterns: EventPatterns, type: EventType): boolean {
  return patterns.some(
    (pattern) =>
      pattern === ALL_EVENTS ||
      pattern === type ||
      (pattern === ALL_ALERTS && isAlert(type)) ||
      (pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1))),
  );
}

/** Whether a pattern means at least one event. */
export const isEventPattern = (pattern: string): boolean =>
  EVENT_TYPES.some((type) => matchesEvent([pattern], type));

/** The subject of an event that is for one portal user alone, by mail. */
export const readerSubject = (portalUserId: number): string => `reader:${portalUserId}`;

/** The portal user that an event is for alone; null for an event that anybody in scope may get. */
export function readerOf({ subject }: { subject: string }): number | null {
  const match = /^reader:(\d{1,15})$/.exec(subject);
  return match ? Number(match[1]) : null;
}
