import { database, write } from "#db/client.ts";
import { settings } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { fingerprint, recordAudit } from "#lib/audit/commands.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { applySettings } from "#lib/settings/commands.ts";
import type { SettingsInput } from "#lib/settings/rules.ts";
import { passwordsAllowed } from "#lib/sign-in-settings.ts";
import { hasOwner } from "../queries.ts";
import { type SetupInput, tidyOneTimeCode } from "../rules.ts";
import { hashPassword, newOneTimeCode, sameHash, tokenHash } from "../secrets.ts";
import { insertUser, setEnterpriseRole, subjectOf } from "./records.ts";
import { passwordRefusal, passwordsOff } from "./refusals.ts";

/** A new one-time code for `/setup`; the one before it no longer works. */
export async function issueSetupCode(): Promise<string> {
  const code = newOneTimeCode();
  await write((tx) =>
    tx
      .update(settings)
      .set({ setupCodeHash: tokenHash(tidyOneTimeCode(code)) })
      .run(),
  );
  return code;
}

/** Creates the first owner, by the one-time code, and the settings. Of two requests at once, one wins. */
export async function setUpFirstOwner(
  input: SetupInput & SettingsInput,
  address: string | null,
): Promise<Result<{ id: number }, "oneTimeCode" | "password">> {
  if (!passwordsAllowed()) return passwordsOff();
  const wrong = () =>
    refused("code_wrong", "That code doesn't match the latest one in the terminal.", "oneTimeCode");
  const codeHash = tokenHash(tidyOneTimeCode(input.oneTimeCode));
  const matches = (expected: string | null | undefined) => Boolean(expected && sameHash(expected, codeHash));
  // Compared before the password is hashed, so that a wrong code costs no hash.
  if (!matches(database().select({ code: settings.setupCodeHash }).from(settings).get()?.code))
    return wrong();
  const refusal = await passwordRefusal(input.password, input.email, "password", input.enterpriseName);
  if (refusal) return refusal;
  const passwordHash = await hashPassword(input.password);
  return write((tx) => {
    const expected = tx.select({ code: settings.setupCodeHash }).from(settings).get()?.code;
    if (hasOwner(tx) || !matches(expected)) return wrong();
    tx.update(settings).set({ setupCodeHash: null }).run();
    const user = insertUser(tx, input.email, passwordHash);
    const owner: Actor = { kind: "portal_user", ...user, role: "owner", address };
    setEnterpriseRole(tx, user.id, "owner", owner);
    recordAudit(tx, owner, [
      {
        action: "portal_user.created",
        subject: subjectOf(user),
        after: { email: user.email, role: "owner", passwordFingerprint: fingerprint(passwordHash) },
      },
    ]);
    applySettings(tx, input, owner);
    return done({ id: user.id });
  });
}

/**
 * Creates the first owner from `OWNER_EMAIL` and `OWNER_PASSWORD`. One without a password signs in by single sign-on.
 * Does nothing when there is an owner.
 *
 * @throws Error with one line for the operator when the password is easy to guess.
 */
export async function createFirstOwner(email: string, password: string | null): Promise<void> {
  if (hasOwner()) return;
  const refusal = password === null ? null : await passwordRefusal(password, email, "password");
  if (refusal) throw new Error(`OWNER_PASSWORD: ${refusal.message}`);
  const passwordHash = password === null ? null : await hashPassword(password);
  await write((tx) => {
    if (hasOwner(tx)) return;
    const user = insertUser(tx, email, passwordHash);
    const portal: Actor = { kind: "system" };
    setEnterpriseRole(tx, user.id, "owner", portal);
    tx.update(settings).set({ setupCodeHash: null }).run();
    recordAudit(tx, portal, [
      {
        action: "portal_user.created",
        subject: subjectOf(user),
        after: { email: user.email, role: "owner", passwordFingerprint: fingerprint(passwordHash) },
      },
    ]);
  });
}
