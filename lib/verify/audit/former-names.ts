import type Sqlite from "better-sqlite3";
import { emailKey } from "#lib/email.ts";
import type { Fault } from "../report.ts";

/**
 * Compares former codes, former emails and merges with the audit trail. Each of them leads what names one
 * thing to another, so a row that the portal did not write could send a person's usage to somebody else.
 */
export function checkFormerNames(sqlite: Sqlite.Database, fault: Fault): void {
  checkFormerCodes(sqlite, fault);
  checkFormerEmails(sqlite, fault);
  checkKeptEmails(sqlite, fault);
  checkMergedApplications(sqlite, fault);
  checkMergedMemberships(sqlite, fault);
}

function checkFormerCodes(sqlite: Sqlite.Database, fault: Fault): void {
  const rows = sqlite
    .prepare(
      `SELECT f.id, f.code FROM organization_former_codes f WHERE NOT EXISTS
         (SELECT 1 FROM audit_entries a WHERE a.subject_kind = 'organization' AND a.subject_id = f.organization_id
           AND json_valid(a.before) AND a.before ->> '$.code' = f.code) ORDER BY f.id`,
    )
    .iterate() as IterableIterator<{ id: bigint; code: string }>;
  for (const { id, code } of rows) {
    fault(
      `organization_former_codes ${id}`,
      `no audit entry shows that the organization had the code ${code}`,
    );
  }
}

/** Whether an audit entry gives a person this former email, or gave it to a person who was merged into this one. */
const HAD_EMAIL = `WITH RECURSIVE person (id) AS (
    SELECT :member
    UNION SELECT d.subject_id FROM person
      JOIN audit_entries m ON m.subject_kind = 'member' AND m.subject_id = person.id AND m.action = 'member.merged'
      -- A merge records the person who is deleted in its next entry.
      JOIN audit_entries d ON d.id = m.id + 1 AND d.action = 'member.deleted')
  SELECT 1 FROM person JOIN audit_entries a ON a.subject_kind = 'member' AND a.subject_id = person.id
  WHERE (json_valid(a.before) AND a.before ->> '$.email' = :email)
    OR (json_valid(a.after) AND a.after ->> '$.formerEmail' = :email) LIMIT 1`;

function checkFormerEmails(sqlite: Sqlite.Database, fault: Fault): void {
  const hadEmail = sqlite.prepare(HAD_EMAIL);
  const rows = sqlite
    .prepare("SELECT id, member_id AS member, email FROM member_aliases ORDER BY id")
    .all() as { id: bigint; member: bigint; email: string }[];
  for (const { id, member, email } of rows) {
    if (hadEmail.get({ member, email })) continue;
    fault(`member_aliases ${id}`, `no audit entry shows that the member had the email ${email}`);
  }
}

type Entry = { id: bigint; action: string; member: bigint; before: string | null; after: string | null };

function textIn(json: string | null, field: string): string | null {
  try {
    const value = json === null ? undefined : Object(JSON.parse(json))[field];
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}

/**
 * Former emails that an admin added are there until an entry removes them, makes them somebody's present email, or
 * deletes the person. After a merge they are those of the person who stays.
 */
function checkKeptEmails(sqlite: Sqlite.Database, fault: Fault): void {
  const added = new Map<string, { entry: bigint; email: string; member: bigint }>();
  let merge: { id: bigint; member: bigint } | null = null;
  const entries = sqlite
    .prepare(
      `SELECT id, action, subject_id AS member, before, after FROM audit_entries WHERE action IN
         ('member.alias_added', 'member.alias_removed', 'member.updated', 'member.merged', 'member.deleted')
       ORDER BY id`,
    )
    .iterate() as IterableIterator<Entry>;
  for (const { id, action, member, before, after } of entries) {
    if (action === "member.merged") merge = { id, member };
    if (action === "member.deleted") {
      for (const [key, one] of added) {
        if (one.member !== member) continue;
        if (merge?.id === id - 1n) one.member = merge.member;
        else added.delete(key);
      }
      continue;
    }
    const email = textIn(action === "member.alias_removed" ? before : after, "formerEmail");
    const present = textIn(after, "email");
    if (present !== null) added.delete(emailKey(present));
    if (email === null) continue;
    if (action === "member.alias_removed") added.delete(emailKey(email));
    else added.set(emailKey(email), { entry: id, email, member });
  }
  const isThere = sqlite.prepare("SELECT 1 FROM member_aliases WHERE email_key = ?");
  for (const [key, { entry, email }] of added) {
    if (!isThere.get(key)) fault(`former email ${email}`, `is missing, but audit entry ${entry} added it`);
  }
}

/** A merge is recorded by the name that the application had, and never undone. */
function checkMergedApplications(sqlite: Sqlite.Database, fault: Fault): void {
  const rows = sqlite
    .prepare(
      `SELECT p.id, p.name FROM applications p WHERE p.merged_into_id IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM audit_entries m WHERE m.action = 'application.merged' AND json_valid(m.after)
           AND (m.after ->> '$.merged' = p.name OR m.after ->> '$.merged' IN
             (SELECT u.before ->> '$.name' FROM audit_entries u
               WHERE u.subject_kind = 'application' AND u.subject_id = p.id AND json_valid(u.before))))
       ORDER BY p.id`,
    )
    .all() as { id: bigint; name: string }[];
  for (const { id, name } of rows)
    fault(`applications ${id}`, `no audit entry shows that ${name} was merged into another`);
  const { merged, recorded } = sqlite
    .prepare(
      `SELECT (SELECT count(*) FROM applications WHERE merged_into_id IS NOT NULL) AS merged,
        (SELECT count(*) FROM audit_entries WHERE action = 'application.merged') AS recorded`,
    )
    .get() as { merged: bigint; recorded: bigint };
  if (merged < recorded) {
    fault("applications", `${merged} are merged into others, but ${recorded} audit entries merge one`);
  }
}

type Merge = { membership: bigint; into: bigint; entry: bigint };

/** Each merge of a membership is recorded once, after the membership's last spend. */
function checkMergedMemberships(sqlite: Sqlite.Database, fault: Fault): void {
  const merges = (query: string) => sqlite.prepare(query).all() as Merge[];
  const recorded = merges(
    `SELECT subject_id AS membership, CAST(after ->> '$.mergedInto' AS INTEGER) AS "into", id AS entry FROM audit_entries
     WHERE action = 'membership.merged' AND json_valid(after) ORDER BY id`,
  );
  const kept = merges(
    `SELECT membership_id AS membership, into_id AS "into", after_entry_id AS entry FROM membership_merges
     ORDER BY membership_id, into_id`,
  );
  const name = ({ membership, into }: Merge) => `${membership}/${into}`;
  const inTrail = new Set(recorded.map(name));
  const inTable = new Set(kept.map(name));
  const spendAfter = sqlite
    .prepare("SELECT id FROM ledger_entries WHERE membership_id = ? AND kind = 'spend' AND id > ? LIMIT 1")
    .pluck();
  for (const merge of recorded) {
    if (!inTable.has(name(merge)))
      fault(`membership_merges ${name(merge)}`, `is missing, but audit entry ${merge.entry} recorded it`);
  }
  for (const merge of kept) {
    if (!inTrail.has(name(merge)))
      fault(`membership_merges ${name(merge)}`, "no audit entry shows this merge");
    const spend = spendAfter.get(merge.membership, merge.entry);
    if (spend !== undefined)
      fault(`membership_merges ${name(merge)}`, `is before entry ${spend}, which the membership spent`);
  }
}
