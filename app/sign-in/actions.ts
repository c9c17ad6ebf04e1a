"use server";

import { headers } from "next/headers";
import { redirect, unstable_rethrow } from "next/navigation";
import { AuthError } from "next-auth";
import { DatabaseBusyError } from "#db/client.ts";
import { type FormState, textFields } from "#lib/form-state.ts";
import { ownOrigin, signIn } from "#lib/portal-users/auth.ts";
import { SignInBusyError } from "#lib/portal-users/commands.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";

export async function signInAction(_state: FormState, data: FormData): Promise<FormState> {
  const { email = "", password = "", callbackUrl } = textFields(data);
  try {
    await signIn("credentials", { email: email.trim(), password, redirect: false });
  } catch (error) {
    unstable_rethrow(error);
    const cause = error instanceof AuthError ? error.cause?.err : undefined;
    if (cause instanceof DatabaseBusyError || cause instanceof SignInBusyError) {
      return { message: cause.message, values: { email } };
    }
    if (error instanceof AuthError && error.type === "CredentialsSignin") {
      return { message: "Email or password is wrong.", values: { email } };
    }
    throw error;
  }
  redirect(safeReturnPath(callbackUrl, ownOrigin(await headers())));
}
