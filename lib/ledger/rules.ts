import { z } from "zod";
import { parseIsoDay } from "#lib/calendar.ts";
import { creditsText, MAX_CREDITS, parseTypedCredits } from "#lib/credits.ts";
import { asTransform, optionalText, positiveDecimal, type ReadResult, rowId } from "#lib/fields.ts";
import { ENTRY_KINDS, type EntryKind, KIND_LABELS } from "./rules/kinds.ts";

export { ENTRY_KINDS, type EntryKind, KIND_LABELS };

/**
 * The accounts that an entry moves credits between. Each credit type has its own four; the organizations share the
 * third.
 */
export type Account = "outside" | "pool" | "organization" | "consumed";

/** An entry's two accounts: credits leave the first and enter the second. */
export type Accounts = { debitAccount: Account; creditAccount: Account };

/** The accounts of each kind; a reversal has those of the entry it corrects, the other way round. */
export const ACCOUNTS: Record<Exclude<EntryKind, "reversal">, Accounts> = {
  purchase: { debitAccount: "outside", creditAccount: "pool" },
  allocation: { debitAccount: "pool", creditAccount: "organization" },
  return: { debitAccount: "organization", creditAccount: "pool" },
  spend: { debitAccount: "organization", creditAccount: "consumed" },
};

export function oppositeAccounts({ debitAccount, creditAccount }: Accounts): Accounts {
  return { debitAccount: creditAccount, creditAccount: debitAccount };
}

/** What an entry changes, in micro-credits: the pool's and the organization's balance, and the lifetime totals. */
export type Effects = { available: bigint; balance: bigint; purchased: bigint; spent: bigint };

export function effectsOf({ debitAccount, creditAccount }: Accounts, amount: bigint): Effects {
  const change = (account: Account) =>
    (creditAccount === account ? amount : 0n) - (debitAccount === account ? amount : 0n);
  return {
    available: change("pool"),
    balance: change("organization"),
    // Credits from outside have left the account `outside`.
    purchased: 0n - change("outside"),
    spent: change("consumed"),
  };
}

/** What an entry changes in its pool, in micro-credits: negative where credits leave it. */
export function poolChange(entry: Accounts & { amount: bigint }): bigint {
  return effectsOf(entry, entry.amount).available;
}

/** The most that all pools together may ever buy, so that every sum fits SQLite's 64-bit integers: 9 × 10^12 credits. */
export const MAX_ENTERPRISE_CREDITS = 9n * MAX_CREDITS;

export const NOTE_MAX_CHARACTERS = 200;

/** More than zero, at most 10^12, up to six decimals. */
export const creditAmount = z
  .string()
  .refine((text) => text.trim() !== "", { error: "Enter an amount.", abort: true })
  .pipe(positiveDecimal);

/** The request id under which a new organization gets its initial credits. */
export const INITIAL_CREDITS_REQUEST = "initial-credits";

const requestIdWith = (malformed: string, reserved: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9._:-]{8,100}$/, { error: malformed, abort: true })
    .refine((id) => id !== INITIAL_CREDITS_REQUEST, reserved);

/** The sender's id of one request, made by its form. A second request with it changes nothing. */
export const requestId = requestIdWith("Reload the page and try again.", "Reload the page and try again.");

/** A {@link requestId} that a person chooses, as on the command line. */
export const chosenRequestId = requestIdWith(
  "Use 8 to 100 characters of A-Z a-z 0-9 . _ : and -.",
  `${INITIAL_CREDITS_REQUEST} is the portal's own id. Use another.`,
);

/** A person's note, or null for none. */
export const note = optionalText(NOTE_MAX_CHARACTERS).default(null);

const INVOICE_NUMBER_MAX_CHARACTERS = 100;

/** A text that is read further; null where nothing was typed. */
const typedText = z
  .string()
  .transform((text) => text.trim() || null)
  .nullable();

/** The day of a deal, "2026-11-23", as a number: 20261123. */
export const purchaseDay = typedText.transform(
  asTransform((text): ReadResult<number | null> => {
    if (text === null) return { ok: true, value: null };
    const day = parseIsoDay(text);
    return day === undefined
      ? { ok: false, message: "Enter a date, such as 2026-11-23." }
      : { ok: true, value: day };
  }),
);

/** What was paid, in millionths of a currency unit; 0 for a gift. The credit type's currency limits its decimals. */
export const purchasePaid = typedText.transform(
  asTransform(
    (text): ReadResult<bigint | null> =>
      text === null ? { ok: true, value: null } : parseTypedCredits(text),
  ),
);

export const invoiceNumber = optionalText(INVOICE_NUMBER_MAX_CHARACTERS);

/** What is known of the deal behind a purchase. */
export type PurchaseDetails = { day: number | null; paid: bigint | null; invoiceNumber: string | null };

/** Credits enter a pool. `creditType` is its row id. */
export const purchaseInput = z.object({
  creditType: rowId("Unknown credit type."),
  amount: creditAmount,
  purchaseDate: purchaseDay.optional(),
  paid: purchasePaid.optional(),
  invoiceNumber: invoiceNumber.optional(),
  note,
  requestId,
});
export type PurchaseInput = z.output<typeof purchaseInput>;

/** Credits move between an organization (its row id) and its pool: an allocation or a return. */
export const transferInput = z.object({
  organization: rowId("Unknown organization."),
  amount: creditAmount,
  note,
  requestId,
});
export type TransferInput = z.output<typeof transferInput>;

/** Corrects one entry, in full. */
export const reversalInput = z.object({ entry: rowId("Unknown entry."), note, requestId });
export type ReversalInput = z.output<typeof reversalInput>;

const MOVED = {
  purchase: ["purchased for", "which now has", "available"],
  allocation: ["added to", "whose balance is now", ""],
  return: ["returned from", "whose balance is now", ""],
} as const;

/** {@link movedText} with what the credits are worth: "… They are worth S$1.00." */
export function movedWorthText(...args: [...Parameters<typeof movedText>, worth: string]): string {
  const [kind, moved, worth] = args;
  const they = moved.amount === 1_000_000n ? "It is" : "They are";
  return `${movedText(kind, moved)} ${they} worth ${worth}.`;
}

/** "100 credits were added to Marketing, whose balance is now 250 credits." */
export function movedText(
  kind: keyof typeof MOVED,
  moved: { amount: bigint; balanceAfter: bigint; name: string; repeated: boolean },
): string {
  const [verb, now, where] = MOVED[kind];
  const what = `${creditsText(moved.amount)} ${moved.amount === 1_000_000n ? "was" : "were"} ${verb} ${moved.name}`;
  if (moved.repeated) return `This was already recorded, so no credits moved this time: ${what}.`;
  return `${what}, ${now} ${creditsText(moved.balanceAfter)}${where && ` ${where}`}.`;
}
