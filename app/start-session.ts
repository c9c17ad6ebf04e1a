import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { done, type Result, refused } from "#lib/result.ts";

/** Starts a session for a person who has just authenticated. @returns its id for `keepSession`. */
export async function sessionFor(userId: number, address: string | null): Promise<Result<string>> {
  const sessionId = await startSession(userId, address);
  return sessionId === null
    ? refused("account_disabled", "This account was disabled. Ask an owner of the portal.")
    : done(sessionId);
}
