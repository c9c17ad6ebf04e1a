import type Sqlite from "better-sqlite3";
import { fingerprint } from "#lib/audit/commands.ts";
import { parseCredits, plainCredits } from "#lib/credits.ts";
import { type AllowanceChoice, allowanceText } from "#lib/members/rules.ts";
import { sessionLimitsFormValues } from "#lib/portal-users/session-rules.ts";
import { retentionFormValues } from "#lib/refusals/rules.ts";
import { auditedFactorValues, type StoredFactors } from "#lib/second-factor/fingerprint.ts";
import { secondFactorPolicyFormValues } from "#lib/second-factor/rules.ts";
import { tagsText } from "#lib/tags.ts";
import { patternsText } from "#lib/webhooks/rules/endpoints.ts";
import { checkFormerNames } from "./former-names.ts";
import type { Fault } from "./report.ts";

type Row = Record<string, unknown>;
type Values = Record<string, unknown>;

type Subject = {
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
  /** The values that an entry sets beside its `after`; null for an entry that sets none. */
  given?: (action: string, after: Values) => Values | null;
  /** Fields that name another row by what it was called at that time, with the kind and the id column of that row. */
  names?: Record<string, { kind: string; id: string; field: string }>;
};

const credits = (value: unknown) => (typeof value === "bigint" ? plainCredits(value) : null);
const status = (value: unknown) => (value === 1n ? "active" : "inactive");
const instant = (value: unknown) =>
  typeof value === "bigint" ? new Date(Number(value)).toISOString() : null;

const USER_STATUS: Record<string, string> = {
  "portal_user.disabled": "disabled",
  "portal_user.enabled": "active",
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

const SUBJECTS: Subject[] = [
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
    start: {
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
    sql: `SELECT u.*, g.role, i.issuer, i.subject,
        (SELECT json_group_array(json_object('credentialId', credential_id, 'publicKey', public_key))
          FROM passkeys WHERE portal_user_id = u.id) AS passkeys,
        (SELECT secret FROM authenticator_apps
          WHERE portal_user_id = u.id AND confirmed_at IS NOT NULL) AS authenticator_app,
        (SELECT json_group_array(code_hash) FROM recovery_codes
          WHERE portal_user_id = u.id AND used_at IS NULL) AS recovery_codes
      FROM portal_users u
      LEFT JOIN portal_user_grants g ON g.portal_user_id = u.id AND g.organization_id IS NULL AND g.tag IS NULL
      LEFT JOIN portal_user_identities i ON i.portal_user_id = u.id ORDER BY u.id`,
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
      passwordFingerprint: row.password_hash === null ? null : fingerprint(String(row.password_hash)),
      ...factorsNow(row),
    }),
    given: (action, after) =>
      // A sign-in names the issuer too, and a delayed one an address.
      /^portal_user\.(created|invited|role_changed|linked|disabled|enabled|password_changed|link_made)$/.test(
        action,
      ) || FACTOR_ACTIONS.test(action)
        ? { ...after, ...(USER_STATUS[action] && { status: USER_STATUS[action] }) }
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
const REMOVALS = ["member.removed", "member.deleted", "grant.removed", "webhook.removed"];

/** Tables whose every row has an audit entry from its beginning. */
const RECORDED = ["organization", "membership", "credit_type", "portal_user", "grant", "api_key", "webhook"];

/**
 * Compares each value with the last audit entry about it. This finds a name, a role, a status, an allowance, a rate, a
 * key's organization or an approved domain that was changed in the database without the portal, a row that no audit
 * entry created, and an entry that another organization would see.
 */
export function checkAuditTrail(sqlite: Sqlite.Database, fault: Fault): void {
  for (const subject of SUBJECTS) checkSubjects(sqlite, subject, fault);
  for (const { kind, table, where = "1" } of SUBJECTS) {
    if (!RECORDED.includes(kind)) continue;
    const rows = sqlite
      .prepare(
        `SELECT id FROM ${table} t WHERE ${where} AND NOT EXISTS
           (SELECT 1 FROM audit_entries a WHERE a.subject_kind = ? AND a.subject_id = t.id)`,
      )
      .pluck()
      .iterate(kind) as IterableIterator<bigint>;
    for (const id of rows)
      fault(`${kind} ${id}`, "was not added by the portal: there is no audit entry about it");
  }
  checkMoney(sqlite, fault);
  checkRates(sqlite, fault);
  checkOrganizations(sqlite, fault);
  checkFormerNames(sqlite, fault);
}

type Entry = { id: bigint; action: string; subject_id: bigint; after: string | null };

function checkSubjects(sqlite: Sqlite.Database, subject: Subject, fault: Fault): void {
  const { kind, start = {}, given = (_action: string, after: Values) => after } = subject;
  // Both statements read in the order of ids, which takes a quarter of the time of one lookup per row.
  const rows = sqlite.prepare(subject.sql).iterate() as IterableIterator<Row & { id: bigint }>;
  let row = rows.next();
  const rowOf = (id: bigint): Row | undefined => {
    while (!row.done && row.value.id < id) row = rows.next();
    return !row.done && row.value.id === id ? row.value : undefined;
  };
  const begin = () =>
    new Map(Object.entries(start).map(([field, value]) => [field, { value, entry: null as bigint | null }]));
  const compare = (id: bigint, trail: ReturnType<typeof begin>, isRemoved: boolean) => {
    const row = rowOf(id);
    const name = `${kind} ${id}`;
    if (isRemoved) {
      if (row) fault(name, "exists, but an audit entry removed it");
      return;
    }
    if (!row) {
      fault(name, "is missing, but there are audit entries about it");
      return;
    }
    for (const [field, value] of Object.entries(subject.now(row))) {
      const last = trail.get(field);
      if (!last || last.value === value) continue;
      const reference = subject.names?.[field];
      const referred = reference && row[reference.id];
      if (reference && referred && wasCalled(sqlite, reference, referred, last.value)) continue;
      const source =
        last.entry === null
          ? "no audit entry sets it"
          : `but audit entry ${last.entry} has ${JSON.stringify(last.value)}`;
      fault(name, `${field} is ${JSON.stringify(value)}, ${source}`);
    }
  };
  let current: bigint | null = null;
  let trail = begin();
  let isRemoved = false;
  const entries = sqlite
    .prepare(
      `SELECT id, action, subject_id, after FROM audit_entries
       WHERE subject_kind = ? AND subject_id IS NOT NULL ORDER BY subject_id, id`,
    )
    .iterate(kind) as IterableIterator<Entry>;
  try {
    for (const { id, action, subject_id, after } of entries) {
      if (current !== null && current !== subject_id) {
        compare(current, trail, isRemoved);
        trail = begin();
        isRemoved = false;
      }
      current = subject_id;
      // SQLite gives the id of the last row again after that row was deleted.
      if (isRemoved && !REMOVALS.includes(action)) trail = begin();
      isRemoved = REMOVALS.includes(action);
      const values = given(action, parsed(after));
      for (const [field, value] of Object.entries(values ?? {})) trail.set(field, { value, entry: id });
    }
    if (current !== null) compare(current, trail, isRemoved);
  } finally {
    rows.return?.();
  }
}

/** Whether the other row ever had this name. An entry has the name of its time, and names change. */
function wasCalled(
  sqlite: Sqlite.Database,
  { kind, field }: { kind: string; field: string },
  id: unknown,
  name: unknown,
): boolean {
  const texts = sqlite
    .prepare("SELECT before, after FROM audit_entries WHERE subject_kind = ? AND subject_id = ?")
    .raw()
    .all(kind, id) as (string | null)[][];
  return texts.flat().some((text) => parsed(text)[field] === name);
}

const MONEY = ["credits.purchased", "credits.allocated", "credits.returned", "entry.reversed"];

type MoneyEntry = { id: bigint; subject_id: bigint; before: string | null; after: string | null };
type Moved = {
  kind: string;
  amount: bigint;
  subject: bigint;
  note: string | null;
  day: bigint | null;
  paid: bigint | null;
  invoice_number: string | null;
};

/** The details of a purchase under the names that audit entries use; null where there are none. */
function detailsNow({ day, paid, invoice_number }: Moved): Values {
  return {
    purchaseDate: day === null ? null : String(day).replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3"),
    paid: credits(paid),
    invoiceNumber: invoice_number,
  };
}

type AuditedRate = { id: bigint; subject_id: bigint; at: bigint; rate: string };
type Rate = { id: bigint; credit_type_id: bigint; from_at: bigint; rate: bigint };

/** Each exchange rate is the one that an audit entry sets at its instant, and each audit entry about a rate has its row. */
function checkRates(sqlite: Sqlite.Database, fault: Fault): void {
  const audited = sqlite
    .prepare(
      `SELECT id, subject_id, at, after ->> '$.exchangeRate' AS rate FROM audit_entries
       WHERE subject_kind = 'credit_type' AND json_valid(after) AND after ->> '$.exchangeRate' IS NOT NULL ORDER BY id`,
    )
    .all() as AuditedRate[];
  const stored = sqlite
    .prepare("SELECT id, credit_type_id, from_at, rate FROM exchange_rates ORDER BY id")
    .all() as Rate[];
  const key = (type: unknown, at: unknown, rate: unknown) => `${type} ${at} ${rate}`;
  const left = new Map<string, number>();
  for (const { subject_id, at, rate } of audited) {
    const one = key(subject_id, at, rate);
    left.set(one, (left.get(one) ?? 0) + 1);
  }
  for (const { id, credit_type_id, from_at, rate } of stored) {
    const one = key(credit_type_id, from_at, credits(rate));
    const count = left.get(one) ?? 0;
    if (count === 0) fault(`exchange_rates ${id}`, "no audit entry sets this rate at this instant");
    else left.set(one, count - 1);
  }
  for (const { id, subject_id, at, rate } of audited) {
    const one = key(subject_id, at, rate);
    const count = left.get(one) ?? 0;
    if (count === 0) continue;
    left.set(one, count - 1);
    fault(`credit_type ${subject_id}`, `has no exchange rate of ${rate} from audit entry ${id} on`);
  }
}

/** Each purchase, allocation, return and reversal has its audit entry, with the same amount, note and details. */
function checkMoney(sqlite: Sqlite.Database, fault: Fault): void {
  const find = sqlite.prepare(
    `SELECT kind, amount, coalesce(organization_id, credit_type_id) AS subject, note, d.day, d.paid, d.invoice_number
     FROM ledger_entries LEFT JOIN purchase_details d ON d.entry_id = id WHERE id = ?`,
  );
  const audited = new Set<number>();
  const entries = sqlite
    .prepare(
      `SELECT id, subject_id, before, after FROM audit_entries WHERE action IN (${MONEY.map(() => "?").join(", ")})
       ORDER BY id`,
    )
    .iterate(...MONEY) as IterableIterator<MoneyEntry>;
  for (const { id, subject_id, before, after } of entries) {
    const values = parsed(after);
    const entry = typeof values.entry === "number" ? values.entry : 0;
    audited.add(entry);
    const name = `ledger_entries ${entry}`;
    const row = find.get(entry) as Moved | undefined;
    if (!row) {
      fault(name, `is missing, but audit entry ${id} refers to it`);
      continue;
    }
    const figure = "balance" in values ? "balance" : "available";
    const difference = amount(values[figure]) - amount(parsed(before)[figure]);
    const moved = difference < 0n ? -difference : difference;
    if (row.amount !== moved) {
      fault(name, `amount is ${credits(row.amount)}, but audit entry ${id} has ${plainCredits(moved)}`);
    }
    if (row.subject !== subject_id)
      fault(name, `belongs to ${row.subject}, but audit entry ${id} has ${subject_id}`);
    for (const [field, value] of Object.entries(detailsNow(row))) {
      const audited = values[field] ?? null;
      if (value === audited) continue;
      const text = `${field} is ${JSON.stringify(value)}, but audit entry ${id} has ${JSON.stringify(audited)}`;
      fault(`purchase_details ${entry}`, text);
    }
    if (row.note !== (values.note ?? null)) {
      fault(
        name,
        `note is ${JSON.stringify(row.note)}, but audit entry ${id} has ${JSON.stringify(values.note ?? null)}`,
      );
    }
  }
  const strays = sqlite
    .prepare(
      `SELECT entry_id FROM purchase_details WHERE coalesce(day, paid, invoice_number) IS NULL
         OR entry_id NOT IN (SELECT id FROM ledger_entries WHERE kind = 'purchase') ORDER BY entry_id`,
    )
    .pluck()
    .iterate() as IterableIterator<bigint>;
  for (const id of strays) fault(`purchase_details ${id}`, "are not the details of a purchase");
  const moved = sqlite
    .prepare("SELECT id FROM ledger_entries WHERE kind <> 'spend' ORDER BY id")
    .pluck()
    .iterate() as IterableIterator<bigint>;
  for (const id of moved) {
    if (!audited.has(Number(id))) fault(`ledger_entries ${id}`, "there is no audit entry about it");
  }
}

/**
 * Computes the organization of each entry again. A membership that was removed belonged to the organization that took
 * the code of its entry last before.
 */
function checkOrganizations(sqlite: Sqlite.Database, fault: Fault): void {
  sqlite.exec(`
    CREATE TEMP TABLE codes_taken (code TEXT, entry_id INTEGER, organization_id INTEGER,
      PRIMARY KEY (code, entry_id)) WITHOUT ROWID;
    INSERT INTO codes_taken SELECT after ->> '$.code', id, subject_id FROM main.audit_entries
      WHERE subject_kind = 'organization' AND json_valid(after) AND after ->> '$.code' IS NOT NULL;
    CREATE TEMP TABLE removed_memberships (id INTEGER PRIMARY KEY, organization_id INTEGER);
    INSERT OR IGNORE INTO removed_memberships SELECT subject_id,
        (SELECT c.organization_id FROM codes_taken c
          WHERE c.code = a.before ->> '$.organization' AND c.entry_id < a.id ORDER BY c.entry_id DESC LIMIT 1)
      FROM main.audit_entries a WHERE action = 'member.removed' AND json_valid(before);
  `);
  const rows = sqlite
    .prepare(
      `SELECT id, organization_id AS stored, truth FROM (
         SELECT id, organization_id, CASE subject_kind
           WHEN 'organization' THEN subject_id
           WHEN 'api_key' THEN (SELECT k.organization_id FROM api_keys k WHERE k.id = subject_id)
           -- Old alerts are deleted.
           WHEN 'alert' THEN CASE WHEN EXISTS (SELECT 1 FROM alerts l WHERE l.id = audit_entries.subject_id)
             THEN (SELECT l.organization_id FROM alerts l WHERE l.id = audit_entries.subject_id) ELSE organization_id END
           WHEN 'membership' THEN coalesce(
             (SELECT m.organization_id FROM memberships m WHERE m.id = subject_id),
             (SELECT r.organization_id FROM removed_memberships r WHERE r.id = subject_id)) END AS truth
         FROM audit_entries) WHERE stored IS NOT truth ORDER BY id`,
    )
    .iterate() as IterableIterator<{ id: bigint; stored: bigint | null; truth: bigint | null }>;
  for (const { id, stored, truth } of rows) {
    fault(`audit_entries ${id}`, `organization_id is ${stored ?? "empty"}, it should be ${truth ?? "empty"}`);
  }
}

function amount(text: unknown): bigint {
  const credits = parseCredits(String(text));
  return credits.ok ? credits.value : 0n;
}

/** The check of the chain reports a text that is not a JSON object. */
function parsed(text: string | null): Values {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Values) : {};
  } catch {
    return {};
  }
}
