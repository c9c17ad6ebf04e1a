import { z } from "zod";
import { parseTypedCredits, plainCredits } from "#lib/credits.ts";
import { asTransform, nameField, type ReadResult, rowId } from "#lib/fields.ts";
import { tidyOneTimeCode } from "#lib/portal-users/rules.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

/** For how long nothing asks again after a person has proved who they are. */
export const CONFIRMATION_MS = 5 * 60_000;

/** For how long the secret of a new authenticator app can be confirmed. */
export const UNCONFIRMED_APP_MS = 15 * 60_000;

/** How many recovery codes one person has after they are made. */
export const RECOVERY_CODES = 10;

export const MAX_PASSKEYS = 20;

/** UTF-16 units of the longest text that is read as a code. */
const CODE_MAX_UNITS = 100;

/** Longer than any answer of a browser about a passkey, in UTF-16 units. */
const PASSKEY_ANSWER_MAX_UNITS = 20_000;

/** A code as a person types it: from an authenticator app, or a recovery code. */
export type TypedCode = { kind: "authenticator" | "recovery"; code: string };

/**
 * Reads a typed code. Case, width, spaces and hyphens do not matter. Six digits are a code of an authenticator app;
 * everything else is compared with the recovery codes, which have 16 characters.
 */
export function readCode(text: string): TypedCode {
  const code = tidyOneTimeCode(text.slice(0, CODE_MAX_UNITS));
  return { kind: /^\d{6}$/.test(code) ? "authenticator" : "recovery", code };
}

/** The answer to a question for the second factor: what was typed, or the browser's answer about a passkey. */
export const factorAnswerFields = {
  code: z.string().default(""),
  passkey: z
    .string()
    .max(PASSKEY_ANSWER_MAX_UNITS, "The answer of this browser could not be read. Try again.")
    .default(""),
};

/** Refuses an answer with neither of {@link factorAnswerFields}, at the field of the code. */
export function requireAnswer(
  { code, passkey }: { code: string; passkey: string },
  context: z.core.$RefinementCtx,
): void {
  if (passkey !== "" || readCode(code).code !== "") return;
  context.addIssue({ code: "custom", message: "Enter a code.", path: ["code"] });
}

export const passkeyName = nameField(60);

export const renamePasskeyInput = z.object({ id: rowId("Unknown passkey."), name: passkeyName });

/**
 * Whether an action that needs it asks for a confirmation. A confirmation in the future was made before the clock was
 * set back, and does not count.
 */
export function asksAgain(confirmedAt: Date, now: Date): boolean {
  const age = now.getTime() - confirmedAt.getTime();
  return age < 0 || age > CONFIRMATION_MS;
}

/** Whether moving `amount` micro-credits at once asks for a confirmation. `askAgainAbove` null never asks. */
export function isLargeMove(amount: bigint, askAgainAbove: bigint | null): boolean {
  return askAgainAbove !== null && amount > askAgainAbove;
}

/** What the enterprise asks of people who sign in. */
export type SecondFactorPolicy = {
  /** Whether people who sign in with a password must have a second factor. */
  requireSecondFactor: boolean;
  /** Moving more micro-credits than this at once asks for a confirmation; null never asks. */
  askAgainAbove: bigint | null;
};

export const secondFactorPolicyInput = z.object({
  requireSecondFactor: z.enum(["on", "off"], "Choose one.").transform((choice) => choice === "on"),
  /** Empty never asks; 0 always asks. */
  askAgainAbove: z
    .string()
    .transform(
      asTransform(
        (text: string): ReadResult<bigint | null> =>
          text.trim() === "" ? { ok: true, value: null } : parseTypedCredits(text),
      ),
    ),
});

/** The policy as its form shows it, and as the audit records it. */
export function secondFactorPolicyFormValues({ requireSecondFactor, askAgainAbove }: SecondFactorPolicy) {
  return {
    requireSecondFactor: requireSecondFactor ? "on" : "off",
    askAgainAbove: askAgainAbove === null ? "" : plainCredits(askAgainAbove),
  } satisfies OriginalValues;
}

/** Whether a change of the policy asks for less than before, and so asks for a confirmation itself. */
export function isLooserPolicy(before: SecondFactorPolicy, after: SecondFactorPolicy): boolean {
  const losesRequirement = before.requireSecondFactor && !after.requireSecondFactor;
  const asksLess =
    before.askAgainAbove !== null &&
    (after.askAgainAbove === null || after.askAgainAbove > before.askAgainAbove);
  return losesRequirement || asksLess;
}

/** By what a person confirms who they are. */
export type ConfirmationKind = "second_factor" | "password" | "single_sign_on";

/**
 * By what an account confirms: by its second factor; without one by its password; without both by a new sign-in at the
 * provider of single sign-on.
 */
export function confirmationKind(account: {
  hasSecondFactor: boolean;
  hasPassword: boolean;
}): ConfirmationKind {
  if (account.hasSecondFactor) return "second_factor";
  return account.hasPassword ? "password" : "single_sign_on";
}

/** The wording of each second factor in a message and in the audit. */
export const FACTOR_NAMES = {
  passkey: "passkey",
  authenticator: "authenticator app",
  recovery: "recovery code",
} as const;
export type FactorKind = keyof typeof FACTOR_NAMES;

/** "3 recovery codes are left." */
export function recoveryCodesLeftText(left: number): string {
  if (left === 0) return "No recovery code is left. Make new ones.";
  return left === 1 ? "1 recovery code is left. Make new ones soon." : `${left} recovery codes are left.`;
}

/** What a passkey's challenge is bound to, by what it is for. `hash` is the hash of a secret that one browser has. */
export const secondStepBinding = (hash: string) => `second step ${hash}`;
export const confirmationBinding = (sessionHash: string) => `confirm ${sessionHash}`;
export const newPasskeyBinding = (sessionHash: string) => `new passkey ${sessionHash}`;
export const passkeySignInBinding = (hash: string) => `sign-in ${hash}`;
