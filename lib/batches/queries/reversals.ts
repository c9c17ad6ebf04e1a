import { sql } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { statement } from "#db/statement.ts";
import type { AuditValues } from "#lib/audit/rules.ts";
import type { BatchKind } from "#lib/bulk/rules/batches.ts";
import type { Account } from "#lib/ledger/rules.ts";
import { membershipLines } from "#lib/members/bulk-queries.ts";
import { allowanceLines } from "#lib/organizations/bulk-queries.ts";
import { tagsOfText } from "#lib/organizations/tag-queries.ts";
import { tagsText } from "#lib/tags.ts";
import {
  type BatchEntry,
  type CreditsReversal,
  type ReversalLine,
  reversalOfEntries,
  reversalOfValue,
  type SetValue,
} from "../rules/reversals.ts";
import { type BatchRow, batchRow } from "./batches.ts";
import { movePools } from "./moves.ts";

/** What reversing a batch would do. */
export type ReversalPlan = {
  batch: BatchRow;
  lines: ReversalLine[];
  /** Of a batch of credits. */
  credits: CreditsReversal | null;
  /** The organizations that the rows belong to. */
  organizationIds: number[];
};

type Audited = {
  id: number;
  organizationId: number;
  label: string;
  before: AuditValues;
  after: AuditValues;
};

/** What a batch changed, as its audit entries have it. */
function auditedChanges({ firstAuditId, lastAuditId }: BatchRow): Audited[] {
  return statement(
    sql`SELECT subject_id, organization_id, subject_label, before, after FROM audit_entries
      WHERE id BETWEEN ${firstAuditId} AND ${lastAuditId - 1} ORDER BY id`,
  )
    .lists<[bigint, bigint, string, string | null, string | null]>()
    .map(([id, organizationId, label, before, after]) => ({
      id: Number(id),
      organizationId: Number(organizationId),
      label,
      before: JSON.parse(before ?? "{}"),
      after: JSON.parse(after ?? "{}"),
    }));
}

type Now = { name: string; code: string; value: string | null };

const FIELDS = {
  allowance: "monthlyAllowance",
  tags: "tags",
  status: "status",
  member_allowance: "monthlyAllowance",
  member_role: "role",
  member_status: "status",
} as const satisfies Partial<Record<BatchKind, keyof AuditValues>>;

export type ValueKind = keyof typeof FIELDS;

const statusText = (isActive: boolean) => (isActive ? "active" : "inactive");

/** The present values of what a batch set, by the ids of its rows. */
function valuesNow(kind: ValueKind, ids: readonly number[]): Map<number, Now> {
  switch (kind) {
    case "allowance":
    case "status":
      return new Map(
        allowanceLines(ids, null).map(({ id, name, code, isActive, before }) => [
          id,
          { name, code, value: kind === "status" ? statusText(isActive) : before },
        ]),
      );
    case "tags":
      return new Map(
        statement(
          sql`SELECT o.id, o.name, o.code, (SELECT group_concat(tag, ' ') FROM organization_tags WHERE organization_id = o.id)
            FROM json_each(${JSON.stringify(ids)}) CROSS JOIN organizations o ON o.id = value`,
        )
          .lists<[bigint, string, string, string | null]>()
          .map(([id, name, code, tags]) => [
            Number(id),
            { name, code, value: tagsText(tagsOfText(tags)) || null },
          ]),
      );
    default:
      return new Map(
        membershipLines(ids).map(({ id, name, email, code, role, allowance, isActive }) => [
          id,
          {
            name: `${name} (${email})`,
            code,
            value: { member_allowance: allowance, member_role: role, member_status: statusText(isActive) }[
              kind
            ],
          },
        ]),
      );
  }
}

function planOfValues(kind: ValueKind, changes: readonly Audited[]): ReversalLine[] {
  const now = valuesNow(
    kind,
    changes.map(({ id }) => id),
  );
  const text = (values: AuditValues) => {
    const value = values[FIELDS[kind]];
    return value === null || value === undefined ? null : String(value);
  };
  return changes.map(({ id, label, before, after }) => {
    const present = now.get(id);
    const set: SetValue = {
      id,
      name: present?.name ?? label,
      code: present?.code ?? "",
      was: text(before),
      set: text(after),
      now: present ? { value: present.value } : null,
    };
    return reversalOfValue(set);
  });
}

type EntryColumns = [bigint, bigint, string, string, bigint, Account, Account, bigint, bigint, bigint];

function entriesOf({ firstEntryId, lastEntryId }: BatchRow): BatchEntry[] {
  return statement(
    sql`SELECT e.id, o.id, o.name, o.code, e.credit_type_id, e.debit_account, e.credit_account, e.amount, o.balance,
        EXISTS (SELECT 1 FROM ledger_entries r WHERE r.reverses_id = e.id AND r.reverses_id IS NOT NULL)
      FROM ledger_entries e CROSS JOIN organizations o ON o.id = e.organization_id
      WHERE e.id BETWEEN ${firstEntryId} AND ${lastEntryId} ORDER BY e.id`,
  )
    .lists<EntryColumns>()
    .map(
      ([
        id,
        organizationId,
        name,
        code,
        creditTypeId,
        debitAccount,
        creditAccount,
        amount,
        balance,
        reversed,
      ]) => ({
        id: Number(id),
        organizationId: Number(organizationId),
        name,
        code,
        creditTypeId: Number(creditTypeId),
        debitAccount,
        creditAccount,
        amount,
        balance,
        isReversed: reversed === 1n,
      }),
    );
}

/** What reversing a batch would do now; null where there is no such batch, or where it is a reversal itself. */
export function planReversal(
  id: number,
  leavesShort: boolean,
  reader: Reader = database(),
): ReversalPlan | null {
  const batch = batchRow(reader, id);
  if (!batch || batch.kind === "reversal") return null;
  if (batch.kind === "allocation" || batch.kind === "return") {
    const credits = reversalOfEntries(entriesOf(batch), movePools(), leavesShort);
    return { batch, lines: credits.lines, credits, organizationIds: credits.lines.map((line) => line.id) };
  }
  const changes = auditedChanges(batch);
  return {
    batch,
    lines: planOfValues(batch.kind, changes),
    credits: null,
    organizationIds: [...new Set(changes.map(({ organizationId }) => organizationId))],
  };
}

/** When entries occurred, and the day that each counts for, by their ids. */
export function entryTimes(ids: readonly number[]): Map<number, { occurredAt: Date; day: number }> {
  return new Map(
    statement(
      sql`SELECT e.id, e.occurred_at, e.day FROM json_each(${JSON.stringify(ids)}) CROSS JOIN ledger_entries e ON e.id = value`,
    )
      .lists<[bigint, bigint, bigint]>()
      .map(([id, at, day]) => [Number(id), { occurredAt: new Date(Number(at)), day: Number(day) }]),
  );
}
