import { DatabaseUnavailableError } from "#db/unavailable.ts";
import { type Refused, refused } from "#lib/result.ts";

/**
 * For `.catch` on a command outside of the form wrapper. A busy database or a full disk becomes a refusal; any other
 * error is thrown again.
 */
export function busyRefusal(error: unknown): Refused<never> {
  if (error instanceof DatabaseUnavailableError) return refused("busy", error.message);
  throw error;
}
