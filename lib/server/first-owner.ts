import { ConfigError, config } from "#lib/config.ts";
import { log } from "#lib/log.ts";
import { endPasswordSessions } from "#lib/portal-users/commands/sessions.ts";
import { createFirstOwner, issueSetupCode } from "#lib/portal-users/commands/setup.ts";
import { hasOwner } from "#lib/portal-users/queries.ts";
import { newPassword } from "#lib/portal-users/rules.ts";

/**
 * Makes sure that somebody can sign in, and ends sessions that are no longer allowed. A portal without an owner gets
 * its first one from `OWNER_EMAIL` and `OWNER_PASSWORD`, or prints the one-time code for `/setup`. With passwords
 * switched off, `OWNER_EMAIL` alone or a role from the provider makes the owner.
 *
 * @param url the portal's address as the operator can open it
 * @throws Error with one line for the operator
 */
export async function ensureFirstOwner(url: string): Promise<void> {
  if (!config().passwordsAllowed) await endPasswordSessions();
  if (hasOwner()) return;
  const { ownerEmail, ownerPassword, passwordsAllowed, singleSignOn } = config();
  if (ownerEmail !== null || ownerPassword !== null) {
    if (ownerEmail === null) throw new ConfigError("OWNER_EMAIL must be set together with OWNER_PASSWORD.");
    if (!passwordsAllowed) {
      await createFirstOwner(ownerEmail, null);
      log.announce(`The first owner is ${ownerEmail}, by single sign-on.`);
      return;
    }
    const password = newPassword.safeParse(ownerPassword ?? "");
    if (!password.success) throw new ConfigError(`OWNER_PASSWORD: ${password.error.issues[0]?.message}`);
    const { keepsPassword } = await createFirstOwner(ownerEmail, password.data);
    log.announce(
      keepsPassword
        ? `The first owner is ${ownerEmail}. This account existed and keeps its password.`
        : `The first owner is ${ownerEmail}.`,
    );
    return;
  }
  if (!passwordsAllowed) {
    if (singleSignOn?.roles?.values.owner.length) return;
    throw new ConfigError(
      "PASSWORD_SIGN_IN is off and there is no owner: set OWNER_EMAIL, or OIDC_OWNER_VALUES so that single sign-on makes one.",
    );
  }
  const code = await issueSetupCode();
  log.announce(`No owner yet. Open ${url}/setup and enter the one-time code below.`);
  log.announce(`Setup code: ${code}`);
}
