import { eq, ne, sql } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { mailRecipients, organizations, webhookEndpoints } from "#db/schema/index.ts";
import type { AuditAction, AuditChange, AuditField, AuditValues } from "#lib/audit/rules.ts";
import { organizationOfSubject } from "#lib/audit/rules.ts";
import { appendEvent } from "./append.ts";
import { type EventPatterns, type EventType, matchesEvent } from "./rules/events.ts";

/** The event of each audit action. An action that is not here is sent to nobody. */
const EVENT_OF_ACTION = {
  "credits.purchased": "credits.purchased",
  "credits.allocated": "credits.allocated",
  "credits.returned": "credits.returned",
  "entry.reversed": "entry.reversed",
  "organization.created": "organization.created",
  "organization.updated": "organization.updated",
  "organization.activated": "organization.activated",
  "organization.deactivated": "organization.deactivated",
  "member.added": "member.added",
  "member.updated": "member.updated",
  "member.alias_added": "member.updated",
  "member.alias_removed": "member.updated",
  "membership.updated": "member.updated",
  "membership.activated": "member.activated",
  "membership.deactivated": "member.deactivated",
  "member.removed": "member.removed",
  "member.deleted": "member.deleted",
  "member.merged": "member.merged",
  "api_key.created": "api_key.created",
  "api_key.revoked": "api_key.revoked",
  "portal_user.created": "grant.added",
  "portal_user.invited": "grant.added",
  "portal_user.role_changed": "grant.updated",
  // An account that is disabled keeps its grants and cannot use them.
  "portal_user.disabled": "grant.removed",
  "portal_user.enabled": "grant.added",
  "grant.added": "grant.added",
  "grant.updated": "grant.updated",
  "grant.removed": "grant.removed",
} as const satisfies Partial<Record<AuditAction, EventType>>;

type ChangeAction = keyof typeof EVENT_OF_ACTION;
type ChangeEvent = (typeof EVENT_OF_ACTION)[ChangeAction];

const isChangeAction = (action: AuditAction): action is ChangeAction =>
  Object.hasOwn(EVENT_OF_ACTION, action);

/** Fields that only `verify` needs. They are not secret, and no receiver can use them. */
const NOT_SENT: readonly AuditField[] = [
  "keyFingerprint",
  "passwordFingerprint",
  "factorsFingerprint",
  "address",
];

function sentValues(values: AuditValues | undefined): Record<string, string | number | null> | null {
  if (!values) return null;
  const sent: Record<string, string | number | null> = {};
  for (const [field, value] of Object.entries(values)) {
    if (value !== undefined && !NOT_SENT.includes(field as AuditField)) sent[field] = value;
  }
  return sent;
}

/** What endpoints and mail recipients have asked for. There are at most some hundred. */
function patternsAskedFor(tx: Transaction): EventPatterns {
  const rows = [
    ...tx
      .select({ events: webhookEndpoints.events })
      .from(webhookEndpoints)
      .where(ne(webhookEndpoints.state, "paused"))
      .all(),
    ...tx.select({ events: mailRecipients.events }).from(mailRecipients).all(),
  ];
  return rows.flatMap(({ events }) => JSON.parse(events) as string[]);
}

/** Who makes the changes, as the audit names them. */
type ChangeActor = { kind: "portal_user" | "operator" | "system" | "api_key"; label: string };

/**
 * Appends the events of changes that the audit has just recorded, in the same transaction. Changes that nobody has asked
 * for are not stored, so that a portal that sends nothing does not grow.
 */
export function appendChanges(
  tx: Transaction,
  actor: ChangeActor,
  changes: readonly AuditChange[],
  at: Date,
): void {
  if (!changes.some(({ action }) => isChangeAction(action))) return;
  const patterns = patternsAskedFor(tx);
  if (patterns.length === 0) return;
  const findOrganization = tx
    .select({ id: organizations.id, code: organizations.code, name: organizations.name })
    .from(organizations)
    .where(eq(organizations.id, sql.placeholder("id")))
    .prepare();
  for (const { action, subject, before, after } of changes) {
    if (!isChangeAction(action)) continue;
    const type: ChangeEvent = EVENT_OF_ACTION[action];
    if (!matchesEvent(patterns, type)) continue;
    const organizationId = organizationOfSubject(subject);
    appendEvent(
      tx,
      {
        type,
        subject: `${subject.kind}:${subject.id ?? subject.label}`,
        organizationId,
        data: {
          actor,
          subject: { kind: subject.kind, id: subject.id, label: subject.label },
          organization:
            organizationId === null ? null : (findOrganization.get({ id: organizationId }) ?? null),
          before: sentValues(before),
          after: sentValues(after),
        },
      },
      at,
    );
  }
}
