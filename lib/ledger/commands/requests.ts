import { hash } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import type { Reader } from "#db/client.ts";
import { ledgerEntries, settings } from "#db/schema/index.ts";
import { creditsText } from "#lib/credits.ts";
import { done, type Refused, type Result, refused } from "#lib/result.ts";
import { dayOf } from "#lib/time.ts";

// What the commands of the ledger have in common: each request has an id, so that sending it twice does it once.

/** The answer of a command of the ledger. `repeated` if the same request was already done. */
export type Receipt = {
  entryId: number;
  amount: bigint;
  /** The balance right after the entry: of the organization, or for a purchase of the pool. */
  balanceAfter: bigint;
  /** The organization's or the credit type's. */
  name: string;
  repeated: boolean;
};

/** The source of entries that people and the command line make. */
export const PORTAL_SOURCE = "portal";

/** A hash of what was requested. It tells a repeat from another request with the same id. */
export function requestHash(fields: readonly (string | number | bigint | null)[]): Buffer {
  const text = JSON.stringify(fields.map((field) => (typeof field === "bigint" ? `${field}` : field)));
  return hash("sha256", text, "buffer").subarray(0, 16);
}

/** The day of an instant, e.g. 20261125, in the enterprise's time zone as it is now. */
export function dayInEnterprise(reader: Reader, at: Date): number {
  return dayOf(at, reader.select({ timeZone: settings.timeZone }).from(settings).get()?.timeZone ?? "UTC");
}

/** The entry that this request created before, or a refusal when a request with its id asked for something else. */
export function repeatOf<Field extends string>(
  tx: Reader,
  request: { id: string; hash: Buffer; organizationId: number | null },
  name: string,
): Result<Receipt, Field> | null {
  const match = tx
    .select()
    .from(ledgerEntries)
    .where(
      and(
        eq(ledgerEntries.externalId, request.id),
        eq(ledgerEntries.source, PORTAL_SOURCE),
        sql`coalesce(organization_id, 0) = ${request.organizationId ?? 0}`,
      ),
    )
    .get();
  if (!match) return null;
  if (!match.requestHash.equals(request.hash)) {
    return refused(
      "idempotency_conflict",
      "This form was already sent with different figures, which were recorded. Reload the page before you send another.",
    );
  }
  return done({
    entryId: match.id,
    amount: match.amount,
    balanceAfter: match.balanceAfter,
    name,
    repeated: true,
  });
}

/** The columns of an entry about the request that created it. */
export function requestColumns(input: { requestId: string; note: string | null }, hash: Buffer, now: Date) {
  return {
    recordedAt: now,
    externalId: input.requestId,
    source: PORTAL_SOURCE,
    requestHash: hash,
    note: input.note,
  };
}

/** A refusal at `field` when `amount` is more than `available` in the account `name`. */
export function insufficientCredits<Field extends string>(
  available: bigint,
  amount: bigint,
  name: string,
  field: Field,
): Refused<Field> | null {
  if (amount <= available) return null;
  return refused(
    "insufficient_credits",
    available === 0n ? `${name} has no credits.` : `${name} has ${creditsText(available)}.`,
    field,
  );
}
