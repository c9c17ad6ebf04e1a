import { DatabaseUnavailableError } from "#db/unavailable.ts";
import { type Refused, refused } from "#lib/result.ts";

/** For `.catch` on a command outside of the form wrapper: a busy database or a full disk is a refusal, anything else goes on. */
export function busyRefusal(error: unknown): Refused<never> {
  if (error instanceof DatabaseUnavailableError) return refused("busy", error.message);
  throw error;
}
