import { hash } from "node:crypto";
import { desc, sql } from "drizzle-orm";
import type { Reader, Transaction } from "#db/client.ts";
import { auditEnd, auditEntries } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import type { Actor } from "#lib/actor.ts";
import { noteAccessChanges } from "#lib/alerts/access.ts";
import { appendChanges } from "#lib/outbox/changes.ts";
import { type AuditChange, organizationOfSubject } from "./rules.ts";

/** The hash before the first entry. */
export const GENESIS_HASH = "0".repeat(64);

export type AuditRow = typeof auditEntries.$inferSelect;

/** SHA-256 over the hash before and every field of the entry except its organization, in a fixed order. */
export function auditHash(row: Omit<AuditRow, "hash" | "organizationId">): string {
  const fields = [
    row.previousHash,
    row.id,
    row.at.getTime(),
    row.actorKind,
    row.actorId,
    row.actorLabel,
    row.address,
    row.action,
    row.subjectKind,
    row.subjectId,
    row.subjectLabel,
    row.before,
    row.after,
  ];
  return hash("sha256", JSON.stringify(fields));
}

/**
 * What an audit entry has of a password or a key, so that `verify` notices one that was replaced in the database: 16
 * digits of the SHA-256 of its stored hash. A password's hash has a random salt and a key is random, so nobody can find
 * either by their fingerprint. Null for an account without a password.
 */
export function fingerprint(storedHash: string): string;
export function fingerprint(storedHash: string | null): string | null;
export function fingerprint(storedHash: string | null): string | null {
  return storedHash === null ? null : hash("sha256", storedHash).slice(0, 16);
}

const newest = statement((db) =>
  db
    .select({ id: auditEntries.id, hash: auditEntries.hash })
    .from(auditEntries)
    .orderBy(desc(auditEntries.id))
    .limit(1),
);

const setEnd = statement((db) =>
  db.update(auditEnd).set({
    lastId: sql`${sql.placeholder("lastId")}`,
    lastHash: sql`${sql.placeholder("lastHash")}`,
  }),
);

const lastEntry = (db: Reader): { id: number; hash: string } =>
  newest.get({}, db) ?? { id: 0, hash: GENESIS_HASH };

/** The actor's email or name, as the audit trail and grants record it. */
export const actorLabel = (actor: Actor): string => identityOf(actor).actorLabel;

function identityOf(actor: Actor): Pick<AuditRow, "actorId" | "actorLabel" | "address"> {
  switch (actor.kind) {
    case "portal_user":
      return { actorId: actor.id, actorLabel: actor.email, address: actor.address };
    case "api_key":
      return { actorId: actor.id, actorLabel: actor.name, address: actor.address };
    default:
      return { actorId: null, actorLabel: actor.kind, address: null };
  }
}

/** An import writes 100,000 entries while it holds the write lock. */
const insertEntry = statement((db) =>
  db.insert(auditEntries).values({
    id: sql.placeholder("id"),
    at: sql.placeholder("at"),
    actorKind: sql.placeholder("actorKind"),
    actorId: sql.placeholder("actorId"),
    actorLabel: sql.placeholder("actorLabel"),
    address: sql.placeholder("address"),
    action: sql.placeholder("action"),
    subjectKind: sql.placeholder("subjectKind"),
    subjectId: sql.placeholder("subjectId"),
    subjectLabel: sql.placeholder("subjectLabel"),
    before: sql.placeholder("before"),
    after: sql.placeholder("after"),
    previousHash: sql.placeholder("previousHash"),
    hash: sql.placeholder("hash"),
    organizationId: sql.placeholder("organizationId"),
  }),
);

/**
 * Writes the entries for changes made in the same transaction, in their order, and the events by which webhooks and mails
 * tell of them. A change of access opens an alert.
 */
export function recordAudit(
  tx: Transaction,
  actor: Actor,
  changes: Iterable<AuditChange>,
  at = new Date(),
): void {
  let { id, hash: previousHash } = lastEntry(tx);
  const identity = identityOf(actor);
  const recorded: (AuditChange & { id: number })[] = [];
  for (const change of changes) {
    id += 1;
    recorded.push({ ...change, id });
    const row: AuditRow = {
      id,
      at,
      actorKind: actor.kind,
      ...identity,
      action: change.action,
      subjectKind: change.subject.kind,
      subjectId: change.subject.id,
      subjectLabel: change.subject.label,
      before: change.before ? JSON.stringify(change.before) : null,
      after: change.after ? JSON.stringify(change.after) : null,
      previousHash,
      hash: "",
      organizationId: organizationOfSubject(change.subject),
    };
    row.hash = auditHash(row);
    previousHash = row.hash;
    insertEntry.run(row, tx);
  }
  if (recorded.length > 0) setEnd.run({ lastId: id, lastHash: previousHash }, tx);
  appendChanges(tx, { kind: actor.kind, label: actorLabel(actor) }, recorded, at);
  noteAccessChanges(
    tx,
    recorded.map(({ id, action, subject }) => ({ id, action, actorKind: actor.kind, label: subject.label })),
    at,
  );
}
