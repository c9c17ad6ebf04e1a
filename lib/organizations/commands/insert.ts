import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { alertState, creditTypes, organizations, organizationTags } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import type { AuditChange } from "#lib/audit/rules.ts";
import { plainCredits } from "#lib/credits.ts";
import { codeKey } from "#lib/organization-codes/rules.ts";
import { tagsText } from "#lib/tags.ts";
import { searchColumns } from "../rules.ts";

/** An organization about to be inserted: checked, with its credit type known. */
export type NewOrganization = {
  name: string;
  code: string;
  creditTypeId: number;
  active: boolean;
  /** Micro-credits; null is no limit. */
  monthlyAllowance: bigint | null;
  tags?: readonly string[] | undefined;
};

/** The tags of an organization as an audit entry has them; null for none. */
export const auditedTags = (tags: readonly string[]) => tagsText(tags) || null;

export const auditedAllowance = (allowance: bigint | null) =>
  allowance === null ? null : plainCredits(allowance);

/** An import inserts 100,000 rows. */
const insertOrganization = statement((db) =>
  db.insert(organizations).values({
    name: sql.placeholder("name"),
    code: sql.placeholder("code"),
    codeKey: sql.placeholder("codeKey"),
    creditTypeId: sql.placeholder("creditTypeId"),
    active: sql.placeholder("active"),
    createdAt: sql.placeholder("createdAt"),
    monthlyAllowance: sql.placeholder("monthlyAllowance"),
    nameKey: sql.placeholder("nameKey"),
    searchText: sql.placeholder("searchText"),
    // It has no members yet whose alerts must be checked.
    alertVersion: sql`-(SELECT ${alertState.version} FROM ${alertState})`,
  }),
);

/** A change of tags may concern 100,000 organizations. */
const insertTag = statement((db) =>
  db
    .insert(organizationTags)
    .values({ organizationId: sql.placeholder("organizationId"), tag: sql.placeholder("tag") }),
);
const deleteTag = statement((db) =>
  db
    .delete(organizationTags)
    .where(
      and(
        eq(organizationTags.organizationId, sql.placeholder("organizationId")),
        eq(organizationTags.tag, sql.placeholder("tag")),
      ),
    ),
);

const typeNamesById = statement((db) =>
  db.select({ id: creditTypes.id, name: creditTypes.name }).from(creditTypes),
);

/**
 * Inserts organizations with their counters and audit entries, in the given order, all created at `at`. The caller's
 * transaction has checked codes and credit types; the unique index still refuses a code that is taken.
 *
 * @returns the new ids, in the same order.
 */
export function insertOrganizations(
  tx: Transaction,
  rows: readonly NewOrganization[],
  actor: Actor,
  at: Date = new Date(),
): number[] {
  const typeNames = new Map(typeNamesById.all({}, tx).map((type) => [type.id, type.name]));
  const counts = new Map<number, { all: number; active: number }>();
  const changes: AuditChange[] = [];
  const ids = rows.map(({ tags = [], ...row }) => {
    // RETURNING would triple the cost of an insert, because SQLite collects what it returns in a table of its own.
    const { lastInsertRowid } = insertOrganization.run(
      { ...row, codeKey: codeKey(row.code), createdAt: at, ...searchColumns(row.name, row.code) },
      tx,
    );
    const id = Number(lastInsertRowid);
    const count = counts.get(row.creditTypeId) ?? { all: 0, active: 0 };
    insertTags(tx, id, tags);
    counts.set(row.creditTypeId, { all: count.all + 1, active: count.active + (row.active ? 1 : 0) });
    changes.push({
      action: "organization.created",
      subject: { kind: "organization", id, label: row.code },
      after: {
        name: row.name,
        code: row.code,
        creditType: typeNames.get(row.creditTypeId),
        status: row.active ? "active" : "inactive",
        monthlyAllowance: auditedAllowance(row.monthlyAllowance),
        ...(tags.length > 0 && { tags: auditedTags(tags) }),
      },
    });
    return id;
  });
  for (const [creditTypeId, count] of counts) addToCounters(tx, creditTypeId, count);
  recordAudit(tx, actor, changes, at);
  return ids;
}

function insertTags(tx: Transaction, organizationId: number, tags: readonly string[]): void {
  for (const tag of tags) insertTag.run({ organizationId, tag }, tx);
}

/**
 * Gives an organization other tags, in the transaction of the caller, which records it. It writes only the rows that
 * differ, because a tag of 100,000 organizations can be renamed.
 */
export function writeTags(
  tx: Transaction,
  organizationId: number,
  { before, after }: { before: readonly string[]; after: readonly string[] },
): void {
  for (const tag of before) if (!after.includes(tag)) deleteTag.run({ organizationId, tag }, tx);
  insertTags(
    tx,
    organizationId,
    after.filter((tag) => !before.includes(tag)),
  );
}

export function addToCounters(
  tx: Transaction,
  creditTypeId: number,
  count: { all: number; active: number },
): void {
  tx.update(creditTypes)
    .set({
      organizations: sql`${creditTypes.organizations} + ${count.all}`,
      activeOrganizations: sql`${creditTypes.activeOrganizations} + ${count.active}`,
    })
    .where(eq(creditTypes.id, creditTypeId))
    .run();
}
