/** Every action that an audit entry may have, with its label. `recordAudit` accepts no other. */
export const AUDIT_ACTIONS = {
  "organization.created": "Organization created",
  "organization.updated": "Organization changed",
  "organization.activated": "Organization activated",
  "organization.deactivated": "Organization deactivated",
  "tag.renamed": "Tag renamed",
  "tag.removed": "Tag removed",
  "credit_type.created": "Credit type created",
  "credit_type.updated": "Credit type changed",
  "credit_type.archived": "Credit type archived",
  "credit_type.restored": "Credit type restored",
  "credits.purchased": "Purchase recorded",
  "credits.allocated": "Credits added",
  "credits.returned": "Credits returned",
  "entry.reversed": "Transaction reversed",
  "batch.recorded": "Batch recorded",
  "member.added": "Member added",
  "member.updated": "Member changed",
  "member.removed": "Member removed from an organization",
  "member.deleted": "Member deleted",
  "member.merged": "Member merged with another",
  "member.alias_added": "Former email added",
  "member.alias_removed": "Former email removed",
  "membership.updated": "Membership changed",
  "membership.activated": "Membership activated",
  "membership.deactivated": "Membership deactivated",
  "membership.merged": "Membership merged into another",
  "import.uploaded": "File uploaded to import",
  "usage.imported": "Usage imported from a file",
  "application.updated": "Application changed",
  "application.merged": "Application merged into another",
  "settings.updated": "Settings changed",
  "demo.filled": "Filled with demo data",
  "alert.acknowledged": "Alert acknowledged",
  "alert_rule.created": "Alert rule added",
  "alert_rule.updated": "Alert rule changed",
  "alert_rule.removed": "Alert rule removed",
  "view.shared": "View shared",
  "view.renamed": "Shared view renamed",
  "view.removed": "Shared view removed",
  "api_key.created": "API key created",
  "api_key.revoked": "API key revoked",
  "portal_user.created": "Portal user created",
  "portal_user.invited": "Portal user invited",
  "portal_user.linked": "Linked to single sign-on",
  "portal_user.unlinked": "Unlinked from single sign-on",
  "portal_user.link_made": "Password link created",
  "portal_user.password_changed": "Password changed",
  "portal_user.role_changed": "Role changed",
  "grant.added": "Access given",
  "grant.updated": "Access changed",
  "grant.removed": "Access removed",
  "portal_user.disabled": "Portal user disabled",
  "portal_user.enabled": "Portal user enabled",
  "portal_user.sign_in_delayed": "Sign-in delayed after failures",
  "portal_user.passkey_added": "Passkey added",
  "portal_user.passkey_renamed": "Passkey renamed",
  "portal_user.passkey_removed": "Passkey removed",
  "portal_user.passkey_refused": "Passkey refused because its count went back",
  "portal_user.authenticator_added": "Authenticator app added",
  "portal_user.authenticator_removed": "Authenticator app removed",
  "portal_user.recovery_codes_made": "Recovery codes created",
  "portal_user.recovery_code_used": "Recovery code used",
  "portal_user.second_factor_delayed": "Second factor delayed after failures",
  "portal_user.second_factor_reset": "Second factor reset",
  "portal_user.second_factor_withdrawn": "Second factor withdrawn again after a restore",
  "session.started": "Signed in",
  "session.ended": "Signed out",
  "session.revoked": "Session ended",
  "sessions.revoked": "Sessions ended",
  "webhook.created": "Webhook endpoint added",
  "webhook.updated": "Webhook endpoint changed",
  "webhook.secret_rotated": "Webhook secret rotated",
  "webhook.paused": "Webhook endpoint paused",
  "webhook.resumed": "Webhook endpoint resumed",
  "webhook.rested": "Webhook endpoint suspended",
  "webhook.tested": "Test sent to a webhook endpoint",
  "webhook.sent_again": "Webhook sent again",
  "webhook.removed": "Webhook endpoint removed",
  "mail_preference.updated": "Notifications by email changed",
  "portal.restored": "Restored from a backup",
} as const satisfies Record<string, string>;
export type AuditAction = keyof typeof AUDIT_ACTIONS;

/** The kinds of things that change. */
export const AUDIT_SUBJECTS = {
  organization: "Organization",
  tag: "Tag",
  credit_type: "Credit type",
  batch: "Batch",
  membership: "Membership",
  member: "Member",
  import: "Import",
  api_key: "API key",
  application: "Application",
  settings: "Settings",
  alert: "Alert",
  alert_rule: "Alert rule",
  saved_view: "Saved view",
  webhook: "Webhook endpoint",
  portal_user: "Portal user",
  grant: "Access of a portal user",
  portal: "Portal",
} as const satisfies Record<string, string>;
export type AuditSubjectKind = keyof typeof AUDIT_SUBJECTS;

/** Every field that an entry may show before and after. None of them holds a secret, and none may. */
export const AUDIT_FIELDS = {
  name: "Name",
  code: "Code",
  creditType: "Credit type",
  monthlyAllowance: "Monthly allowance per member",
  status: "Status",
  approvedDomains: "Approved email domains",
  tags: "Tags",
  tag: "Tag",
  view: "View",
  organizations: "Organizations",
  organization: "Organization",
  email: "Email",
  formerEmail: "Former email",
  merged: "Merged person",
  mergedInto: "Merged into membership",
  role: "Role",
  currency: "Currency",
  exchangeRate: "Credits per currency unit",
  available: "Available in the pool",
  balance: "Balance",
  entry: "Transaction",
  reverses: "Reverses transaction",
  changes: "Changes",
  reversesBatch: "Reverses batch",
  purchaseDate: "Purchase date",
  paid: "Total paid",
  invoiceNumber: "Invoice number",
  note: "Note",
  keyPrefix: "Key begins with",
  keyFingerprint: "Fingerprint of the key",
  passwordFingerprint: "Fingerprint of the password",
  expires: "Expires",
  enterpriseName: "Enterprise",
  timeZone: "Time zone",
  dateFormat: "Date format",
  kind: "Kind",
  fileName: "File",
  byteLength: "Bytes",
  events: "Events",
  credits: "Credits",
  failures: "Failures",
  device: "Device",
  sessions: "Sessions",
  sessionLifetime: "Sessions last at most",
  sessionIdle: "Sessions end without use after",
  address: "Address",
  issuer: "Single sign-on by",
  subject: "Known there as",
  passkey: "Passkey",
  passkeys: "Passkeys",
  authenticatorApp: "Authenticator app",
  recoveryCodes: "Recovery codes left",
  factorsFingerprint: "Fingerprint of the second factors",
  secondFactor: "Second factor",
  requireSecondFactor: "Require a second factor",
  askAgainAbove: "Ask again above",
  refusalDays: "Days that refusals are kept",
  webAddress: "Web address",
  eventNames: "Events",
  eventId: "Event",
  mailFrequency: "Emails",
  watches: "Watches",
  threshold: "Threshold",
} as const satisfies Record<string, string>;
export type AuditField = keyof typeof AUDIT_FIELDS;

/** Fields of one thing, JSON as a person would read it: credits as decimal strings, instants in ISO 8601. */
export type AuditValues = Partial<Record<AuditField, string | number | null | undefined>>;

/** The subjects that belong to an organization. */
type BelongingKind = "membership" | "api_key" | "alert";

/** What changed. Null is the organization of an API key or an alert of the whole enterprise. */
export type ChangedSubject =
  | { kind: BelongingKind; id: number; label: string; organizationId: number | null }
  | { kind: Exclude<AuditSubjectKind, BelongingKind>; id: number | null; label: string };

/** The organization that a subject is or belongs to; null for none. */
export function organizationOfSubject(subject: ChangedSubject): number | null {
  if (subject.kind === "membership" || subject.kind === "api_key" || subject.kind === "alert") {
    return subject.organizationId;
  }
  return subject.kind === "organization" ? subject.id : null;
}

/** A change to one thing. */
export type AuditChange = {
  action: AuditAction;
  subject: ChangedSubject;
  before?: AuditValues;
  after?: AuditValues;
};

/** The fields in which `now` differs from `old`, as an entry stores them; null if there are none. */
export function changesBetween(
  old: AuditValues,
  now: AuditValues,
): { before: AuditValues; after: AuditValues } | null {
  const changed = (Object.keys(now) as AuditField[]).filter((field) => old[field] !== now[field]);
  if (changed.length === 0) return null;
  const pick = (from: AuditValues): AuditValues =>
    Object.fromEntries(changed.map((field) => [field, from[field]]));
  return { before: pick(old), after: pick(now) };
}
