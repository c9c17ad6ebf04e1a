import { thresholdText } from "#lib/alerts/rules/inputs.ts";
import { type AlertKind, isAlertKind } from "#lib/alerts/rules/kinds.ts";
import { fingerprint } from "#lib/audit/commands.ts";
import { type AllowanceChoice, allowanceText } from "#lib/members/rules.ts";
import { sessionLimitsFormValues } from "#lib/portal-users/session-rules.ts";
import { retentionFormValues } from "#lib/refusals/rules.ts";
import { auditedFactorValues, type StoredFactors } from "#lib/second-factor/fingerprint.ts";
import { secondFactorPolicyFormValues } from "#lib/second-factor/rules.ts";
import { tagsText } from "#lib/tags.ts";
import { patternsText } from "#lib/webhooks/rules/endpoints.ts";
import { credits, type Values } from "./values.ts";
import { withKind } from "./watches.ts";

/** A row of a table, with its values from other tables. */
export type Row = Record<string, unknown>;

/** One kind of what audit entries are about, and how its present values are compared with them. */
export type Subject = {
  kind: string;
  table: string;
  /** Which rows of the table have audit entries of this kind, where not all do. */
  where?: string;
  /** Selects all rows in the order of their ids, with their values from other tables. */
  sql: string;
  /** The present values of a row, under the names that audit entries use. */
  now: (row: Row) => Values;
  /** The values that a new row has without an entry about them. */
  start?: Values;
  /** The id of a row that is there from the beginning, and is compared even where no entry is about it. */
  first?: bigint;
  /** The values that an entry sets beside its `after`; null for an entry that sets none. */
  given?: (action: string, after: Values) => Values | null;
  /** Fields that name another row by what it was called at that time, with the kind and the id column of that row. */
  names?: Record<string, { kind: string; id: string; field: string }>;
};

const status = (value: unknown) => (value === 1n ? "active" : "inactive");
const instant = (value: unknown) =>
  typeof value === "bigint" ? new Date(Number(value)).toISOString() : null;

/** What an action sets in an account beside the `after` of its entry. */
const USER_VALUES: Record<string, Values> = {
  "portal_user.disabled": { status: "disabled" },
  "portal_user.enabled": { status: "active" },
  "portal_user.unlinked": { issuer: null, subject: null },
};

/** Entries that have what an account's second factors are after them. */
const FACTOR_ACTIONS =
  /^portal_user\.(passkey|authenticator|recovery_code|recovery_codes|second_factor)_(?!delayed)/;

/** An account's second factors, as `auditedFactors` reads them when an entry is written. */
function factorsNow(row: Row): Values {
  const stored: StoredFactors = {
    passkeys: JSON.parse(String(row.passkeys)),
    authenticatorApp: row.authenticator_app === null ? null : String(row.authenticator_app),
    recoveryCodes: JSON.parse(String(row.recovery_codes)),
  };
  return auditedFactorValues(stored);
}

export const SUBJECTS: Subject[] = [
  {
    kind: "organization",
    table: "organizations",
    sql: `SELECT o.id, o.name, o.code, o.active, o.monthly_allowance, o.credit_type_id, c.name AS credit_type,
        (SELECT group_concat(domain, ', ' ORDER BY domain) FROM approved_domains WHERE organization_id = o.id) AS domains,
        (SELECT group_concat(tag, ' ') FROM organization_tags WHERE organization_id = o.id) AS tags
      FROM organizations o JOIN credit_types c ON c.id = o.credit_type_id ORDER BY o.id`,
    start: { approvedDomains: "", tags: null },
    now: (row) => ({
      name: row.name,
      code: row.code,
      status: status(row.active),
      monthlyAllowance: credits(row.monthly_allowance),
      creditType: row.credit_type,
      approvedDomains: row.domains ?? "",
      tags: typeof row.tags === "string" ? tagsText(row.tags.split(" ")) : null,
    }),
    names: { creditType: { kind: "credit_type", id: "credit_type_id", field: "name" } },
  },
  {
    kind: "membership",
    table: "memberships",
    sql: `SELECT m.id, m.role, m.active, m.allowance, m.monthly_allowance, m.merged_into_id, p.name, p.email,
        m.member_id IN (SELECT subject_id FROM audit_entries
          WHERE subject_kind = 'member' AND action IN ('member.updated', 'member.merged')) AS edited
      FROM memberships m JOIN members p ON p.id = m.member_id ORDER BY m.id`,
    start: { mergedInto: null },
    now: (row) => ({
      // What the person was called when they were added, until somebody edits them: then see "member".
      ...(row.edited === 0n && { name: row.name, email: row.email }),
      role: row.role,
      status: status(row.active),
      mergedInto: row.merged_into_id === null ? null : String(row.merged_into_id),
      monthlyAllowance: allowanceText({
        allowance: row.allowance as AllowanceChoice["allowance"],
        monthlyAllowance: row.monthly_allowance as bigint | null,
      }),
    }),
  },
  {
    kind: "member",
    table: "members",
    sql: "SELECT id, name, email FROM members ORDER BY id",
    now: (row) => ({ name: row.name, email: row.email }),
  },
  {
    kind: "credit_type",
    table: "credit_types",
    sql: "SELECT * FROM credit_types ORDER BY id",
    start: { status: "active" },
    now: (row) => ({
      name: row.name,
      currency: row.currency,
      exchangeRate: credits(row.exchange_rate),
      status: row.archived_at === null ? "active" : "archived",
    }),
    given: (action, after) => ({
      ...after,
      ...(action === "credit_type.archived" && { status: "archived" }),
      ...(action === "credit_type.restored" && { status: "active" }),
    }),
  },
  {
    kind: "settings",
    table: "settings",
    sql: "SELECT * FROM settings ORDER BY id",
    first: 1n,
    start: {
      enterpriseName: "My enterprise",
      timeZone: "UTC",
      dateFormat: "DD/MM/YYYY",
      sessionLifetime: "14 days",
      sessionIdle: "",
      requireSecondFactor: "off",
      askAgainAbove: "",
      refusalDays: "90",
    },
    now: (row) => ({
      enterpriseName: row.enterprise_name,
      timeZone: row.time_zone,
      dateFormat: row.date_format,
      ...sessionLimitsFormValues({
        lifetimeMinutes: Number(row.session_minutes),
        idleMinutes: row.session_idle_minutes === null ? null : Number(row.session_idle_minutes),
      }),
      ...secondFactorPolicyFormValues({
        requireSecondFactor: row.require_second_factor === 1n,
        askAgainAbove: row.ask_again_above as bigint | null,
      }),
      ...retentionFormValues({ refusalDays: Number(row.refusal_days) }),
    }),
  },
  {
    kind: "portal_user",
    table: "portal_users",
    sql: `SELECT u.*, g.role, i.issuer, i.subject, r.events, r.frequency,
        (SELECT json_group_array(json_object('credentialId', credential_id, 'publicKey', public_key))
          FROM passkeys WHERE portal_user_id = u.id) AS passkeys,
        (SELECT secret FROM authenticator_apps
          WHERE portal_user_id = u.id AND confirmed_at IS NOT NULL) AS authenticator_app,
        (SELECT json_group_array(code_hash) FROM recovery_codes
          WHERE portal_user_id = u.id AND used_at IS NULL) AS recovery_codes
      FROM portal_users u
      LEFT JOIN portal_user_grants g ON g.portal_user_id = u.id AND g.organization_id IS NULL AND g.tag IS NULL
      LEFT JOIN portal_user_identities i ON i.portal_user_id = u.id
      LEFT JOIN mail_recipients r ON r.portal_user_id = u.id ORDER BY u.id`,
    start: {
      status: "active",
      role: null,
      issuer: null,
      subject: null,
      passkeys: 0,
      authenticatorApp: "off",
      recoveryCodes: 0,
      factorsFingerprint: null,
    },
    now: (row) => ({
      email: row.email,
      role: row.role,
      status: row.disabled_at === null ? "active" : "disabled",
      issuer: row.issuer,
      subject: row.subject,
      eventNames: row.events === null ? null : patternsText(JSON.parse(String(row.events))),
      mailFrequency: row.frequency,
      passwordFingerprint: row.password_hash === null ? null : fingerprint(String(row.password_hash)),
      ...factorsNow(row),
    }),
    given: (action, after) =>
      // The entry of a sign-in names its issuer, which may be that of an identity that nobody linked.
      action === "mail_preference.updated" ||
      /^portal_user\.(created|invited|role_changed|linked|unlinked|disabled|enabled|password_changed|link_made)$/.test(
        action,
      ) ||
      FACTOR_ACTIONS.test(action)
        ? { ...after, ...USER_VALUES[action] }
        : null,
  },
  {
    kind: "grant",
    table: "portal_user_grants",
    where: "(organization_id IS NOT NULL OR tag IS NOT NULL)",
    sql: `SELECT g.*, o.code FROM portal_user_grants g LEFT JOIN organizations o ON o.id = g.organization_id ORDER BY g.id`,
    start: { organization: null, tag: null },
    now: (row) => ({ role: row.role, organization: row.code, tag: row.tag }),
    names: { organization: { kind: "organization", id: "organization_id", field: "code" } },
  },
  {
    kind: "api_key",
    table: "api_keys",
    sql: `SELECT k.*, o.code FROM api_keys k LEFT JOIN organizations o ON o.id = k.organization_id ORDER BY k.id`,
    start: { status: "active" },
    now: (row) => ({
      name: row.name,
      keyPrefix: row.prefix,
      keyFingerprint: fingerprint(String(row.key_hash)),
      organization: row.code,
      expires: instant(row.expires_at),
      status: row.revoked_at === null ? "active" : "revoked",
    }),
    names: { organization: { kind: "organization", id: "organization_id", field: "code" } },
  },
  {
    kind: "alert_rule",
    table: "alert_rules",
    sql: `SELECT r.*, o.code FROM alert_rules r LEFT JOIN organizations o ON o.id = r.organization_id ORDER BY r.id`,
    now: (row) => ({
      watches: row.kind,
      threshold: isAlertKind(String(row.kind))
        ? thresholdText(row.kind as AlertKind, row.threshold as bigint)
        : String(row.kind),
      status: status(row.enabled),
      organization: row.code,
      tag: row.tag,
    }),
    given: (_action, after) => withKind(after),
    names: { organization: { kind: "organization", id: "organization_id", field: "code" } },
  },
  {
    kind: "webhook",
    table: "webhook_endpoints",
    sql: "SELECT * FROM webhook_endpoints ORDER BY id",
    now: (row) => ({
      name: row.name,
      kind: row.kind,
      webAddress: row.url_shown,
      eventNames: patternsText(JSON.parse(String(row.events))),
      status: row.state,
    }),
    // Other entries name an event that was sent.
    given: (action, after) =>
      /^webhook\.(created|updated|paused|resumed|rested)$/.test(action) ? after : null,
  },
];

/** Actions that delete the row that they are about. */
export const REMOVALS = [
  "member.removed",
  "member.deleted",
  "grant.removed",
  "alert_rule.removed",
  "webhook.removed",
];

/** Tables whose every row has an audit entry from its beginning. */
export const RECORDED = [
  "organization",
  "membership",
  "credit_type",
  "portal_user",
  "grant",
  "api_key",
  "webhook",
];
