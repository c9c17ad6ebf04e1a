import { subscribe } from "node:diagnostics_channel";
import { emailAddress } from "#lib/email.ts";
import { apiRateLimit, usageMaxAgeDays } from "#lib/environment.ts";
import { failInterruptedImports, startRemovingOldImports } from "#lib/imports/commands.ts";
import { errorFields, log, logSettings } from "#lib/log.ts";
import { createFirstOwner, issueSetupCode } from "#lib/portal-users/commands.ts";
import { hasOwner } from "#lib/portal-users/queries.ts";
import { newPassword } from "#lib/portal-users/rules.ts";
import { authSecret } from "#lib/portal-users/secrets.ts";
import { passwordsAllowed, singleSignOn } from "#lib/single-sign-on/settings.ts";
import { startCheckpoints } from "./checkpoints.ts";
import { guardRequests } from "./door.ts";
import { metricsToken, startMetrics } from "./metrics.ts";
import { openSound } from "./open.ts";
import { watchRequests } from "./requests.ts";
import { stopOnSignals } from "./shutdown.ts";

/**
 * Makes the portal ready to serve: refuses settings that cannot be meant, opens and migrates the database, and where there is no owner makes the first one
 * from `OWNER_EMAIL` and `OWNER_PASSWORD`, or prints the one-time code for `/setup`. Without passwords, `OWNER_EMAIL` alone or a
 * role from the provider makes the owner.
 */
export async function startPortal(): Promise<void> {
  try {
    logSettings();
    guardRequests();
    watchRequests();
    if (metricsToken() !== null) startMetrics();
    subscribe("bursar.storage-fault", (fault) =>
      log.error("a write was refused by the storage", errorFields(fault)),
    );
    authSecret();
    apiRateLimit();
    usageMaxAgeDays();
    const byPassword = passwordsAllowed();
    const provider = singleSignOn();
    openSound();
    startCheckpoints();
    stopOnSignals();
    await failInterruptedImports();
    await startRemovingOldImports();
    if (hasOwner()) return;
    const { OWNER_EMAIL, OWNER_PASSWORD } = process.env;
    if (OWNER_EMAIL || OWNER_PASSWORD) {
      const email = emailAddress.safeParse(OWNER_EMAIL ?? "");
      if (!email.success) throw new Error(`OWNER_EMAIL: ${email.error.issues[0]?.message}`);
      if (!byPassword) {
        await createFirstOwner(email.data, null);
        console.log(`The first owner is ${email.data}, by single sign-on.`);
        return;
      }
      const password = newPassword.safeParse(OWNER_PASSWORD ?? "");
      if (!password.success) throw new Error(`OWNER_PASSWORD: ${password.error.issues[0]?.message}`);
      await createFirstOwner(email.data, password.data);
      console.log(`The first owner is ${email.data}.`);
      return;
    }
    if (!byPassword) {
      if (provider?.roles?.values.owner.length) return;
      throw new Error(
        "PASSWORD_SIGN_IN is off and there is no owner: set OWNER_EMAIL, or OIDC_OWNER_VALUES so that single sign-on makes one.",
      );
    }
    const code = await issueSetupCode();
    const url = process.env.APP_URL || `http://localhost:${process.env.PORT || 3000}`;
    console.log(`No owner yet. Open ${url}/setup and enter the one-time code below.`);
    console.log(`Setup code: ${code}`);
  } catch (error) {
    // A portal without its database serves nothing but errors: say why in a line and stop.
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
