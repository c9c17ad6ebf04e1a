import { z } from "zod";
import { parseIsoDay } from "#lib/calendar.ts";
import { nameField, rowId } from "#lib/fields.ts";
import { requestId } from "#lib/ledger/rules.ts";

/** The start of every key, by which people and secret scanners recognise one. */
export const KEY_PREFIX = "bur_";
/** How many characters of a key are stored as text, to tell it from others; more than 200 random bits stay unknown. */
export const SHOWN_CHARACTERS = 12;

/** A key's form: 256 random bits in base64url after the prefix. */
const KEY = /^bur_[A-Za-z0-9_-]{43}$/;

/**
 * Reads an `Authorization` header (RFC 6750; the scheme's case does not matter).
 * @returns null if it does not contain anything with the form of a key.
 */
export function bearerKey(header: string | null): string | null {
  const [, key = ""] = /^Bearer +(\S+) *$/i.exec(header ?? "") ?? [];
  return KEY.test(key) ? key : null;
}

const API_KEY_STATUSES = ["active", "expired", "revoked"] as const;
export type ApiKeyStatus = (typeof API_KEY_STATUSES)[number];

/** A key is refused from the instant at which it expires. */
export function statusOf(key: { expiresAt: Date | null; revokedAt: Date | null }, now: Date): ApiKeyStatus {
  if (key.revokedAt) return "revoked";
  return key.expiresAt && key.expiresAt <= now ? "expired" : "active";
}

const API_KEY_NAME_MAX_CHARACTERS = 100;

/** The last day on which a key works, as a date field gives it; empty for no end. In the ledger's days: 20261231. */
export const expiryDay = z.string().transform((text, context): number | null => {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const day = parseIsoDay(trimmed);
  if (day !== undefined) return day;
  context.addIssue({ code: "custom", message: "Enter a date such as 2027-01-31." });
  return z.NEVER;
});

export const createApiKeyInput = z.object({
  /** An organization's row id; empty for the whole enterprise. */
  organization: z.union([z.literal("").transform(() => null), rowId("Unknown organization.")]),
  name: nameField(API_KEY_NAME_MAX_CHARACTERS),
  expires: expiryDay.default(null),
  /** The form's own id, so that a form that is sent twice creates one key. */
  requestId: requestId.optional(),
});
export type CreateApiKeyInput = z.output<typeof createApiKeyInput>;

export const revokeApiKeyInput = z.object({ id: rowId("Unknown key.") });
