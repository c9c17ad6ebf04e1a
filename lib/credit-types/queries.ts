import { asc, eq, isNull } from "drizzle-orm";
import { database } from "#db/client.ts";
import { creditTypes } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { foldForUniqueness } from "#lib/text.ts";

/** A pool with its figures; credits and exchange rate in millionths. */
export type CreditType = Omit<typeof creditTypes.$inferSelect, "nameKey">;

const byName = statement((db) => db.select().from(creditTypes).orderBy(asc(creditTypes.nameKey)));

/** Every credit type, by name. */
export function listCreditTypes(): CreditType[] {
  return byName.all();
}

export function getCreditType(id: number): CreditType | null {
  return database().select().from(creditTypes).where(eq(creditTypes.id, id)).get() ?? null;
}

export function findCreditTypeByName(name: string): CreditType | null {
  return (
    database()
      .select()
      .from(creditTypes)
      .where(eq(creditTypes.nameKey, foldForUniqueness(name)))
      .get() ?? null
  );
}

/** What a select offers: those that are not archived, by name. */
export function creditTypeOptions(): { id: number; name: string; currency: string }[] {
  return database()
    .select({ id: creditTypes.id, name: creditTypes.name, currency: creditTypes.currency })
    .from(creditTypes)
    .where(isNull(creditTypes.archivedAt))
    .orderBy(asc(creditTypes.nameKey))
    .all();
}
