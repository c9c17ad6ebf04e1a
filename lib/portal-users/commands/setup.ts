import { database, type Transaction, write } from "#db/client.ts";
import { settings } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { fingerprint, recordAudit } from "#lib/audit/commands.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { enterpriseRoleOf } from "#lib/scope/scope.ts";
import { applySettings } from "#lib/settings/commands.ts";
import type { SettingsInput } from "#lib/settings/rules.ts";
import { passwordsAllowed } from "#lib/sign-in-settings.ts";
import { findForSignIn, hasOwner } from "../queries.ts";
import { type SetupInput, tidyOneTimeCode } from "../rules.ts";
import { hashPassword, newOneTimeCode, sameHash, tokenHash } from "../secrets.ts";
import { changeRole } from "./accounts.ts";
import { replacePassword } from "./passwords.ts";
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

type Account = { id: number; email: string };

/** A new account as the owner. */
function insertOwner(tx: Transaction, user: Account, passwordHash: string | null, actor: Actor): void {
  setEnterpriseRole(tx, user.id, "owner", actor);
  recordAudit(tx, actor, [
    {
      action: "portal_user.created",
      subject: subjectOf(user),
      after: { email: user.email, role: "owner", passwordFingerprint: fingerprint(passwordHash) },
    },
  ]);
}

/** Makes an account that exists the owner, and gives it this password unless that is null. */
function promote(tx: Transaction, user: Account, passwordHash: string | null, actor: Actor): void {
  changeRole(tx, { ...user, role: enterpriseRoleOf(user.id, tx) }, "owner", actor);
  if (passwordHash === null) return;
  replacePassword(tx, user, passwordHash);
  recordAudit(tx, actor, [
    {
      action: "portal_user.password_changed",
      subject: subjectOf(user),
      after: { passwordFingerprint: fingerprint(passwordHash) },
    },
  ]);
}

/**
 * Makes the first owner, by the one-time code, and the settings. Of two requests at once, one wins. An account that has
 * the email already becomes the owner, with the new password: only an operator sees the code, and operators may reset any
 * password.
 */
export async function setUpFirstOwner(
  input: SetupInput & SettingsInput,
  address: string | null,
): Promise<Result<{ id: number }, "oneTimeCode" | "email" | "password">> {
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
    const account = findForSignIn(input.email, tx);
    if (account?.disabledAt) {
      return refused(
        "portal_user_disabled",
        `${account.email} is disabled. Enter another email. The owner can then enable this account.`,
        "email",
      );
    }
    tx.update(settings).set({ setupCodeHash: null }).run();
    const { id, email } = account ?? insertUser(tx, input.email, passwordHash);
    const user = { id, email };
    const owner: Actor = { kind: "portal_user", ...user, role: "owner", address };
    if (account) promote(tx, user, passwordHash, owner);
    else insertOwner(tx, user, passwordHash, owner);
    applySettings(tx, input, owner);
    return done({ id: user.id });
  });
}

/**
 * Makes the first owner from `OWNER_EMAIL` and `OWNER_PASSWORD`. One without a password signs in by single sign-on. An
 * account that has the email already becomes the owner and keeps a password that it has, because its person may have
 * chosen it after `OWNER_PASSWORD` was set. Does nothing when there is an owner.
 *
 * @returns whether the owner keeps the password of an account that existed
 * @throws Error with one line for the operator when the password is easy to guess or the account is disabled.
 */
export async function createFirstOwner(
  email: string,
  password: string | null,
): Promise<{ keepsPassword: boolean }> {
  if (hasOwner()) return { keepsPassword: false };
  const refusal = password === null ? null : await passwordRefusal(password, email, "password");
  if (refusal) throw new Error(`OWNER_PASSWORD: ${refusal.message}`);
  const passwordHash = password === null ? null : await hashPassword(password);
  return write((tx) => {
    if (hasOwner(tx)) return { keepsPassword: false };
    const account = findForSignIn(email, tx);
    if (account?.disabledAt) {
      throw new Error(
        `OWNER_EMAIL: ${account.email} is disabled. Set another email. That owner can then enable this account.`,
      );
    }
    const portal: Actor = { kind: "system" };
    tx.update(settings).set({ setupCodeHash: null }).run();
    if (!account) {
      insertOwner(tx, insertUser(tx, email, passwordHash), passwordHash, portal);
      return { keepsPassword: false };
    }
    const keepsPassword = password !== null && account.passwordHash !== null;
    promote(tx, { id: account.id, email: account.email }, keepsPassword ? null : passwordHash, portal);
    return { keepsPassword };
  });
}
