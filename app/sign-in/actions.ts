"use server";

import { headers } from "next/headers";
import { redirect, unstable_rethrow } from "next/navigation";
import { AuthError } from "next-auth";
import { isSameOrigin, SENT_FROM_ELSEWHERE } from "#app/same-origin.ts";
import { DatabaseUnavailableError } from "#db/unavailable.ts";
import { type FormState, textFields } from "#lib/form-state.ts";
import { ownOrigin, signIn } from "#lib/portal-users/auth.ts";
import { PasswordsOffError, SignInBusyError, SignInDelayedError } from "#lib/portal-users/commands.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";

export async function signInAction(_state: FormState, data: FormData): Promise<FormState> {
  const { email = "", password = "", callbackUrl } = textFields(data);
  // Or another site could sign somebody in to an account of its own.
  if (!isSameOrigin(await headers())) return { message: SENT_FROM_ELSEWHERE, values: { email } };
  try {
    await signIn("credentials", { email: email.trim(), password, redirect: false });
  } catch (error) {
    unstable_rethrow(error);
    const cause = error instanceof AuthError ? error.cause?.err : undefined;
    if (
      cause instanceof DatabaseUnavailableError ||
      cause instanceof PasswordsOffError ||
      cause instanceof SignInBusyError ||
      cause instanceof SignInDelayedError
    ) {
      return { message: cause.message, values: { email } };
    }
    if (error instanceof AuthError && error.type === "CredentialsSignin") {
      return { message: "Email or password is wrong.", values: { email } };
    }
    throw error;
  }
  redirect(safeReturnPath(callbackUrl, ownOrigin(await headers())));
}
