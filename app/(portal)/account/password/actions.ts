"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { formAction } from "#app/action.ts";
import { setFlash } from "#app/flash.ts";
import type { FormState } from "#lib/form-state.ts";
import { keepSession } from "#lib/portal-users/auth.ts";
import { changeOwnPassword } from "#lib/portal-users/commands/passwords.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { hasSecondFactor } from "#lib/portal-users/required-factor.ts";
import { newPassword, PASSWORD_TEXT_MAX_UNITS } from "#lib/portal-users/rules.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import { currentSessionId } from "#lib/portal-users/session.ts";
import { done, refused } from "#lib/result.ts";
import { confirmedAtOf } from "#lib/second-factor/queries.ts";

const changePasswordInput = z.object({
  currentPassword: z
    .string()
    .min(1, "Enter your current password.")
    .max(PASSWORD_TEXT_MAX_UNITS, "This is not your current password."),
  newPassword,
});

/**
 * When this session was last confirmed, if the password alone confirms nothing because the account has a second factor.
 */
async function confirmationToKeep(userId: number): Promise<Date | null> {
  const sessionId = await currentSessionId();
  return sessionId !== null && hasSecondFactor(userId) ? confirmedAtOf(tokenHash(sessionId)) : null;
}

export async function changePasswordAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "grant",
    input: changePasswordInput,
    data,
    run: async (input, actor) => {
      const confirmedAt = await confirmationToKeep(actor.id);
      const user = await changeOwnPassword(input, actor);
      if (!user.ok) return user;
      const sessionId = await startSession(user.value.id, actor.address, confirmedAt ? { confirmedAt } : {});
      return sessionId === null ? refused("account_disabled", "This account was disabled.") : done(sessionId);
    },
    done: async (sessionId) => {
      await keepSession(sessionId);
      await setFlash({ text: "Your password was changed. You were signed out on your other devices." });
      redirect("/account/password");
    },
  });
}
