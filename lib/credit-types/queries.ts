import { asc, desc, eq, isNull, sql } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { creditTypes, exchangeRates, ledgerEntries } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type Currency, moneyText } from "#lib/money.ts";
import { isWhole, organizationsIn, type Scope } from "#lib/scope/scope.ts";
import { foldForUniqueness } from "#lib/text.ts";
import type { MoneyByType } from "#lib/worth.ts";
import { type DatedRate, rateAt, ratesOfEdits } from "./rates.ts";
import { currencyOf } from "./rules.ts";

// Pools belong to the whole enterprise: a narrower scope has none.

/** A pool with its figures; credits and exchange rate in millionths. */
export type CreditType = Omit<typeof creditTypes.$inferSelect, "nameKey">;

const byName = statement((db) => db.select().from(creditTypes).orderBy(asc(creditTypes.nameKey)));

const notArchived = statement((db) =>
  db
    .select({ id: creditTypes.id, name: creditTypes.name, currency: creditTypes.currency })
    .from(creditTypes)
    .where(isNull(creditTypes.archivedAt))
    .orderBy(asc(creditTypes.nameKey)),
);

/** Every credit type, by name. */
export function listCreditTypes(scope: Scope): CreditType[] {
  return isWhole(scope) ? byName.all() : [];
}

export function getCreditType(scope: Scope, id: number): CreditType | null {
  if (!isWhole(scope)) return null;
  return database().select().from(creditTypes).where(eq(creditTypes.id, id)).get() ?? null;
}

export function findCreditTypeByName(scope: Scope, name: string): CreditType | null {
  if (!isWhole(scope)) return null;
  return (
    database()
      .select()
      .from(creditTypes)
      .where(eq(creditTypes.nameKey, foldForUniqueness(name)))
      .get() ?? null
  );
}

/** What the select of an organization's form offers: those that are not archived, by name. */
export function creditTypeOptions(scope: Scope): { id: number; name: string; currency: string }[] {
  return isWhole(scope) ? notArchived.all() : [];
}

const namesOf = (reader: Reader) =>
  reader
    .select({ id: creditTypes.id, name: creditTypes.name, currency: creditTypes.currency })
    .from(creditTypes)
    .orderBy(asc(creditTypes.nameKey))
    .$dynamic();

const names = statement(namesOf);

/** What a filter offers, by name: the names are no secret of the pools, so that a scope has those of its organizations. */
export function creditTypeNames(scope: Scope): { id: number; name: string; currency: string }[] {
  if (isWhole(scope)) return names.all();
  const ids = sql`SELECT credit_type_id FROM ${organizationsIn(scope)} CROSS JOIN organizations ON organizations.id = value`;
  return namesOf(database()).where(sql`${creditTypes.id} IN (${ids})`).all();
}

const rates = statement((db) =>
  db
    .select({
      creditTypeId: exchangeRates.creditTypeId,
      from: exchangeRates.fromAt,
      rate: exchangeRates.rate,
    })
    .from(exchangeRates)
    .orderBy(asc(exchangeRates.id)),
);

/**
 * The exchange rates of each credit type, oldest first, by its row id. For the money of entries that were read in a
 * scope: the rates themselves are no secret of the pools.
 */
export function datedRates(reader: Reader = database()): ReadonlyMap<number, DatedRate[]> {
  const byType = new Map<number, DatedRate[]>();
  for (const { creditTypeId, from, rate } of rates.all({}, reader)) {
    const ofType = byType.get(creditTypeId) ?? [];
    ofType.push({ from: from.getTime(), rate });
    byType.set(creditTypeId, ofType);
  }
  return new Map([...byType].map(([id, edits]) => [id, ratesOfEdits(edits)]));
}

/** How many changes of a rate a page names. */
const RATES_SHOWN = 20;

/** The newest rates of a credit type, newest first, from its last {@link RATES_SHOWN} edits. */
export function latestRates(scope: Scope, creditTypeId: number): DatedRate[] {
  if (!isWhole(scope)) return [];
  const edits = database()
    .select({ from: exchangeRates.fromAt, rate: exchangeRates.rate })
    .from(exchangeRates)
    .where(eq(exchangeRates.creditTypeId, creditTypeId))
    .orderBy(desc(exchangeRates.id))
    .limit(RATES_SHOWN)
    .all()
    .map(({ from, rate }) => ({ from: from.getTime(), rate }));
  return ratesOfEdits(edits.reverse()).reverse();
}

/** What the credits of an entry are worth by the rate of their time: "S$10,000.00". @throws if there is no such entry */
export function worthOfEntry(id: number): string {
  const entry = database()
    .select({
      amount: ledgerEntries.amount,
      at: ledgerEntries.occurredAt,
      creditTypeId: ledgerEntries.creditTypeId,
      currency: creditTypes.currency,
    })
    .from(ledgerEntries)
    .innerJoin(creditTypes, eq(creditTypes.id, ledgerEntries.creditTypeId))
    .where(eq(ledgerEntries.id, id))
    .get();
  if (!entry) throw new Error(`no entry ${id}`);
  const rate = rateAt(ratesOf(entry.creditTypeId), entry.at.getTime());
  return moneyText(entry.amount, rate, currencyOf(entry.currency));
}

const currencies = statement((db) =>
  db.select({ id: creditTypes.id, currency: creditTypes.currency }).from(creditTypes),
);

/** The currency and the rates of each credit type. For the money of what was read in a scope. */
export function moneyByType(reader: Reader = database()): MoneyByType {
  const ofTypes = datedRates(reader);
  return new Map(
    currencies
      .all({}, reader)
      .map(({ id, currency }) => [id, { currency: currencyOf(currency), rates: ofTypes.get(id) ?? [] }]),
  );
}

const currencyOfType = statement((db) =>
  db
    .select({ currency: creditTypes.currency })
    .from(creditTypes)
    .where(eq(creditTypes.id, sql.placeholder("id"))),
);

/** The currency and the rates of a credit type, oldest first. For the money of what was read in a scope. */
export function moneyOfType(id: number): { currency: Currency; rates: DatedRate[] } | null {
  const type = currencyOfType.get({ id });
  return type ? { currency: currencyOf(type.currency), rates: ratesOf(id) } : null;
}

const ratesOfType = statement((db) =>
  db
    .select({ from: exchangeRates.fromAt, rate: exchangeRates.rate })
    .from(exchangeRates)
    .where(eq(exchangeRates.creditTypeId, sql.placeholder("creditTypeId")))
    .orderBy(asc(exchangeRates.id)),
);

function ratesOf(id: number): DatedRate[] {
  const edits = ratesOfType.all({ creditTypeId: id });
  return ratesOfEdits(edits.map(({ from, rate }) => ({ from: from.getTime(), rate })));
}
