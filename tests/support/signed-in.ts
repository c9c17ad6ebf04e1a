import { encode } from "next-auth/jwt";
import type { Role } from "#lib/actor.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { authSecret } from "#lib/portal-users/secrets.ts";
import { operator, value } from "./builders.ts";

const COOKIE = "bursar-session";

/** The cookie of a new account that has just signed in. */
export async function signedInAs(role: Role): Promise<{ name: string; value: string }> {
  const email = `${role}-${crypto.randomUUID()}@example.edu`;
  const { id } = value(await createPortalUser({ email, role }, operator));
  const sessionId = await startSession(id, null);
  if (!sessionId) throw new Error("no session was started");
  const token = await encode({ token: { sub: sessionId }, secret: authSecret(), salt: COOKIE });
  return { name: COOKIE, value: token };
}
