import { eq } from "drizzle-orm";
import { database, type Reader, type Transaction, write } from "#db/client.ts";
import { creditTypes, exchangeRates, ledgerEntries } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { type AuditChange, changesBetween } from "#lib/audit/rules.ts";
import { formatCount, formatCredits, plainCredits } from "#lib/credits.ts";
import { done, type Refused, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { foldForUniqueness } from "#lib/text.ts";
import { type CreateCreditTypeInput, creditTypeFormValues, type UpdateCreditTypeInput } from "./rules.ts";

type Field = "name" | "currency";
type Row = typeof creditTypes.$inferSelect;

const subject = (type: { id: number; name: string }): AuditChange["subject"] => ({
  kind: "credit_type",
  id: type.id,
  label: type.name,
});

function nameTaken(tx: Transaction, name: string, exceptId = 0): Refused<Field> | null {
  const other = tx
    .select({ id: creditTypes.id, name: creditTypes.name })
    .from(creditTypes)
    .where(eq(creditTypes.nameKey, foldForUniqueness(name)))
    .get();
  if (!other || other.id === exceptId) return null;
  return refused("name_taken", `There is a credit type named ${other.name} already.`, "name");
}

/**
 * Whether the type's currency must stay, because an organization draws from it or the ledger has an entry of it. Its
 * sums do not tell: a purchase that was reversed leaves them at 0, and both entries keep their currency.
 */
export function isUsed(type: Pick<Row, "id" | "organizations">, db: Reader = database()): boolean {
  if (type.organizations > 0) return true;
  const entry = db
    .select({ id: ledgerEntries.id })
    .from(ledgerEntries)
    .where(eq(ledgerEntries.creditTypeId, type.id))
    .limit(1)
    .get();
  return entry !== undefined;
}

/**
 * Inserts a credit type with an empty pool and its audit entry. The caller's transaction has checked the name; the
 * unique index still refuses one that is taken.
 */
export function insertCreditType(
  tx: Transaction,
  input: CreateCreditTypeInput,
  actor: Actor,
  at: Date = new Date(),
): { id: number; name: string } {
  const type = tx
    .insert(creditTypes)
    .values({ ...input, nameKey: foldForUniqueness(input.name), createdAt: at })
    .returning({ id: creditTypes.id, name: creditTypes.name })
    .get();
  tx.insert(exchangeRates).values({ creditTypeId: type.id, fromAt: at, rate: input.exchangeRate }).run();
  recordAudit(
    tx,
    actor,
    [
      {
        action: "credit_type.created",
        subject: subject(type),
        after: { name: input.name, currency: input.currency, exchangeRate: plainCredits(input.exchangeRate) },
      },
    ],
    at,
  );
  return type;
}

/** Makes a credit type with an empty pool. */
export async function createCreditType(
  input: CreateCreditTypeInput,
  actor: Actor,
): Promise<Result<{ id: number; name: string }, Field>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    return nameTaken(tx, input.name) ?? done(insertCreditType(tx, input, actor));
  });
}

/**
 * Changes name and exchange rate; the currency only while nothing uses the type. With the `original` values of a form
 * it refuses to overwrite a change made since. A new rate is in force from `at` on; entries before keep theirs.
 *
 * @returns `changed`: false where everything was so already.
 */
export async function updateCreditType(
  input: UpdateCreditTypeInput,
  actor: Actor,
  original?: OriginalValues,
  at: Date = new Date(),
): Promise<Result<{ name: string; changed: boolean }, Field>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const old = tx.select().from(creditTypes).where(eq(creditTypes.id, input.id)).get();
    if (!old) return refused("credit_type_not_found", "This credit type does not exist.");
    const currency = input.currency ?? old.currency;
    if (currency !== old.currency && isUsed(old, tx)) {
      return refused(
        "currency_fixed",
        "The currency cannot change once the credit type is used.",
        "currency",
      );
    }
    const refusal = nameTaken(tx, input.name, old.id);
    if (refusal) return refusal;
    const values = creditTypeFormValues(old);
    const changes = changesBetween(values, creditTypeFormValues({ ...input, currency }));
    if (!changes) return done({ name: input.name, changed: false });
    const stale = staleEdit(original, values);
    if (stale) return stale;
    tx.update(creditTypes)
      .set({
        name: input.name,
        nameKey: foldForUniqueness(input.name),
        currency,
        exchangeRate: input.exchangeRate,
      })
      .where(eq(creditTypes.id, old.id))
      .run();
    if (input.exchangeRate !== old.exchangeRate) {
      tx.insert(exchangeRates).values({ creditTypeId: old.id, fromAt: at, rate: input.exchangeRate }).run();
    }
    recordAudit(
      tx,
      actor,
      [
        {
          action: "credit_type.updated",
          subject: subject({ id: old.id, name: input.name }),
          ...changes,
        },
      ],
      at,
    );
    return done({ name: input.name, changed: true });
  });
}

/**
 * Takes a type out of use; refused while organizations draw from it or its pool holds credits.
 *
 * @returns `changed`: false where it was archived already.
 */
export async function archiveCreditType(
  input: { id: number },
  actor: Actor,
): Promise<Result<{ name: string; changed: boolean }>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const type = tx.select().from(creditTypes).where(eq(creditTypes.id, input.id)).get();
    if (!type) return refused("credit_type_not_found", "This credit type does not exist.");
    if (type.archivedAt) return done({ name: type.name, changed: false });
    if (type.organizations > 0) {
      const count = `${formatCount(type.organizations)} ${type.organizations === 1 ? "organization draws" : "organizations draw"}`;
      return refused("credit_type_used", `${type.name} cannot be archived: ${count} from it.`);
    }
    if (type.available > 0n) {
      return refused(
        "credit_type_used",
        `${type.name} cannot be archived: its pool holds ${formatCredits(type.available)} credits.`,
      );
    }
    tx.update(creditTypes).set({ archivedAt: new Date() }).where(eq(creditTypes.id, type.id)).run();
    recordAudit(tx, actor, [{ action: "credit_type.archived", subject: subject(type) }]);
    return done({ name: type.name, changed: true });
  });
}

/**
 * Puts an archived type back into use.
 *
 * @returns `changed`: false where it was in use already.
 */
export async function restoreCreditType(
  input: { id: number },
  actor: Actor,
): Promise<Result<{ name: string; changed: boolean }>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const type = tx.select().from(creditTypes).where(eq(creditTypes.id, input.id)).get();
    if (!type) return refused("credit_type_not_found", "This credit type does not exist.");
    if (!type.archivedAt) return done({ name: type.name, changed: false });
    tx.update(creditTypes).set({ archivedAt: null }).where(eq(creditTypes.id, type.id)).run();
    recordAudit(tx, actor, [{ action: "credit_type.restored", subject: subject(type) }]);
    return done({ name: type.name, changed: true });
  });
}
