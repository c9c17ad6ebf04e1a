import { and, eq, ne, sql } from "drizzle-orm";
import { type Reader, type Transaction, write } from "#db/client.ts";
import { creditTypes, organizationFormerCodes, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recheckMembersOf } from "#lib/alerts/allowances.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { changesBetween } from "#lib/audit/rules.ts";
import { insufficientCredits } from "#lib/ledger/commands/requests.ts";
import { transfer } from "#lib/ledger/commands/transfers.ts";
import { writePosting } from "#lib/ledger/posting/posting.ts";
import { INITIAL_CREDITS_REQUEST } from "#lib/ledger/rules.ts";
import { codeKey } from "#lib/organization-codes/rules.ts";
import { done, type Refused, type Result, refused } from "#lib/result.ts";
import { actsAs, assertManages, assertRole } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import {
  type CreateOrganizationInput,
  organizationFormValues,
  searchColumns,
  type UpdateOrganizationInput,
} from "../rules.ts";
import { tagsOf } from "../tag-queries.ts";
import { addToCounters, auditedAllowance, auditedTags, insertOrganizations, writeTags } from "./insert.ts";

type Field = "name" | "code" | "creditType" | "monthlyAllowance" | "tags";

type CreateField = Field | "initialCredits";

function codeTaken(reader: Reader, code: string, exceptId = 0): Refused<Field> | null {
  const other = reader
    .select({ id: organizations.id, name: organizations.name, code: organizations.code })
    .from(organizations)
    .where(eq(organizations.codeKey, codeKey(code)))
    .get();
  if (other && other.id !== exceptId) {
    return refused("code_taken", `The code ${other.code} is taken by ${other.name}.`, "code");
  }
  const former = reader
    .select({ id: organizations.id, name: organizations.name, code: organizationFormerCodes.code })
    .from(organizationFormerCodes)
    .innerJoin(organizations, eq(organizations.id, organizationFormerCodes.organizationId))
    .where(eq(organizationFormerCodes.codeKey, codeKey(code)))
    .get();
  if (!former || former.id === exceptId) return null;
  return refused("code_taken", `The code ${former.code} is a former code of ${former.name}.`, "code");
}

/** Adds the old code to the organization's former codes, and removes the new code from them if it was one. */
function moveCode(tx: Transaction, organizationId: number, old: string, now: string, at: Date): void {
  if (codeKey(old) === codeKey(now)) return;
  tx.delete(organizationFormerCodes)
    .where(eq(organizationFormerCodes.codeKey, codeKey(now)))
    .run();
  tx.insert(organizationFormerCodes)
    .values({ code: old, codeKey: codeKey(old), organizationId, createdAt: at })
    .run();
}

function creditTypeName(reader: Reader, id: number): string {
  return (
    reader.select({ name: creditTypes.name }).from(creditTypes).where(eq(creditTypes.id, id)).get()?.name ??
    ""
  );
}

function creditTypeRefused(reader: Reader, id: number): Refused<Field> | null {
  const type = reader
    .select({ archivedAt: creditTypes.archivedAt })
    .from(creditTypes)
    .where(eq(creditTypes.id, id))
    .get();
  if (!type)
    return refused("credit_type_not_found", "This credit type does not exist. Choose another.", "creditType");
  if (type.archivedAt) {
    return refused("credit_type_archived", "This credit type is archived. Choose another.", "creditType");
  }
  return null;
}

export type CreatedOrganization = {
  id: number;
  code: string;
  name: string;
  initialCredits: bigint;
  /** The code of another organization with the same name; null for none. Names may repeat, but seldom on purpose. */
  sameName: string | null;
};

/** The code of an organization with the same name in whatever case and accents; null for none. */
function codeOfName(reader: Reader, name: string, exceptId: number): string | null {
  const { nameKey } = searchColumns(name, "");
  const other = reader
    .select({ code: organizations.code })
    .from(organizations)
    .where(and(eq(organizations.nameKey, nameKey), ne(organizations.id, exceptId)))
    .limit(1)
    .get();
  return other?.code ?? null;
}

/**
 * Creates an active organization, with its initial credits where it is given some. Refuses a code that is taken, a
 * credit type that is unknown or archived, and more credits than its pool has.
 */
export async function createOrganization(
  input: CreateOrganizationInput,
  actor: Actor,
  at: Date = new Date(),
): Promise<Result<CreatedOrganization, CreateField>> {
  const amount = input.initialCredits ?? 0n;
  return writePosting((posting, tx) => {
    assertRole(tx, actor, "admin");
    const refusal =
      codeTaken(tx, input.code) ??
      creditTypeRefused(tx, input.creditType) ??
      insufficientCredits(
        posting.pool(input.creditType).available,
        amount,
        creditTypeName(tx, input.creditType),
        "initialCredits",
      );
    if (refusal) return refusal;
    const [id = 0] = insertOrganizations(
      tx,
      [
        {
          name: input.name,
          code: input.code,
          creditTypeId: input.creditType,
          active: true,
          monthlyAllowance: input.monthlyAllowance,
          tags: input.tags,
        },
      ],
      actor,
      at,
    );
    if (amount > 0n) {
      const moved = transfer(
        "allocation",
        posting,
        tx,
        { organization: id, amount, note: null, requestId: INITIAL_CREDITS_REQUEST },
        actor,
        at,
      );
      if (!moved.ok) return refused(moved.code, moved.message, "initialCredits");
    }
    return done({
      id,
      code: input.code,
      name: input.name,
      initialCredits: amount,
      sameName: codeOfName(tx, input.name, id),
    });
  });
}

/**
 * Changes name and allowance of an organization that the actor manages. An admin of the enterprise also changes its tags,
 * which decide who may do what, and until the first credits move its code and credit type. After that only an owner may
 * correct the code, and the code before stays the organization's. With the `original` values of a form it refuses to overwrite
 * a change made since.
 *
 * @returns `changed`: false where everything was so already.
 */
export async function updateOrganization(
  input: UpdateOrganizationInput,
  actor: Actor,
  original?: OriginalValues,
  at: Date = new Date(),
): Promise<Result<{ code: string; name: string; changed: boolean }, Field>> {
  return write((tx) => {
    const old = tx.select().from(organizations).where(eq(organizations.id, input.id)).get();
    if (!old) return refused("organization_not_found", "This organization does not exist.");
    assertManages(tx, actor, [old.id]);
    const oldTags = tagsOf(tx, old.id);
    const tags = input.tags ?? oldTags;
    const code = input.code ?? old.code;
    const creditTypeId = input.creditType ?? old.creditTypeId;
    const changedOfEnterprise = (["code", "creditType", "tags"] as const).find((field) => {
      if (field === "tags") return auditedTags(tags) !== auditedTags(oldTags);
      return field === "code" ? code !== old.code : creditTypeId !== old.creditTypeId;
    });
    if (changedOfEnterprise && !actsAs(tx, actor, "admin")) {
      return refused(
        "enterprise_field",
        "Only an admin of the whole enterprise can change this.",
        changedOfEnterprise,
      );
    }
    if (old.creditsMoved && code !== old.code && !actsAs(tx, actor, "owner")) {
      return refused("code_fixed", "Credits have moved, so only an owner can correct the code.", "code");
    }
    if (old.creditsMoved && creditTypeId !== old.creditTypeId) {
      return refused(
        "credit_type_fixed",
        "The credit type cannot change once credits have moved.",
        "creditType",
      );
    }
    const refusal =
      codeTaken(tx, code, old.id) ??
      (creditTypeId === old.creditTypeId ? null : creditTypeRefused(tx, creditTypeId));
    if (refusal) return refusal;

    const text = (
      organization: Pick<typeof old, "name" | "code" | "monthlyAllowance" | "creditTypeId"> & {
        tags: readonly string[];
      },
    ) => ({
      name: organization.name,
      code: organization.code,
      monthlyAllowance: auditedAllowance(organization.monthlyAllowance),
      creditType: creditTypeName(tx, organization.creditTypeId),
      tags: auditedTags(organization.tags),
    });
    const changes = changesBetween(
      text({ ...old, tags: oldTags }),
      text({ ...input, code, creditTypeId, tags }),
    );
    if (!changes) return done({ code, name: input.name, changed: false });
    const stale = staleEdit(original, organizationFormValues({ ...old, tags: oldTags }));
    if (stale) return stale;

    tx.update(organizations)
      .set({
        name: input.name,
        code,
        codeKey: codeKey(code),
        creditTypeId,
        monthlyAllowance: input.monthlyAllowance,
        ...searchColumns(input.name, code),
      })
      .where(eq(organizations.id, old.id))
      .run();
    if (changes.after.tags !== undefined) writeTags(tx, old.id, { before: oldTags, after: tags });
    if (old.creditsMoved) moveCode(tx, old.id, old.code, code, at);
    if (creditTypeId !== old.creditTypeId) {
      const active = old.active ? 1 : 0;
      addToCounters(tx, old.creditTypeId, { all: -1, active: -active });
      addToCounters(tx, creditTypeId, { all: 1, active });
      moveMembers(tx, old.creditTypeId, creditTypeId, old.members);
    }
    recordAudit(
      tx,
      actor,
      [
        {
          action: "organization.updated",
          subject: { kind: "organization", id: old.id, label: code },
          ...changes,
        },
      ],
      at,
    );
    if (changes.after.monthlyAllowance !== undefined) recheckMembersOf(tx, old.id, at);
    return done({ code, name: input.name, changed: true });
  });
}

function moveMembers(tx: Transaction, from: number, to: number, members: number): void {
  for (const [id, change] of [
    [from, -members],
    [to, members],
  ] as const) {
    tx.update(creditTypes)
      .set({ members: sql`${creditTypes.members} + ${change}` })
      .where(eq(creditTypes.id, id))
      .run();
  }
}
