"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { formAction } from "#app/action.ts";
import { setFlash } from "#app/flash.ts";
import { sessionFor } from "#app/start-session.ts";
import type { FormState } from "#lib/form-state.ts";
import { keepSession } from "#lib/portal-users/auth.ts";
import { changeOwnPassword } from "#lib/portal-users/commands/passwords.ts";
import { newPassword, PASSWORD_TEXT_MAX_UNITS } from "#lib/portal-users/rules.ts";
import { refused } from "#lib/result.ts";

const changePasswordInput = z.object({
  currentPassword: z
    .string()
    .min(1, "Enter your current password.")
    .max(PASSWORD_TEXT_MAX_UNITS, "This is not your current password."),
  newPassword,
});

export async function changePasswordAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "viewer",
    input: changePasswordInput,
    data,
    run: async (input, actor) => {
      if (actor.kind !== "portal_user") return refused("signed_out", "You are signed out.");
      const user = await changeOwnPassword(input, actor);
      return user.ok ? sessionFor(user.value.id, actor.address) : user;
    },
    done: async (sessionId) => {
      await keepSession(sessionId);
      await setFlash({ text: "Your password was changed. You were signed out on your other devices." });
      redirect("/account/password");
    },
  });
}
