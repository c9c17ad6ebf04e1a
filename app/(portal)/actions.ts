"use server";

import { headers } from "next/headers";
import { isSameOrigin } from "#app/same-origin.ts";
import { keepTheme } from "#app/theme.ts";
import { textFields } from "#lib/form-state.ts";
import { signOut } from "#lib/portal-users/auth.ts";

export async function setThemeAction(data: FormData): Promise<void> {
  if (!isSameOrigin(await headers())) return;
  await keepTheme(textFields(data).theme);
}

export async function signOutAction(): Promise<void> {
  if (!isSameOrigin(await headers())) return;
  await signOut({ redirectTo: "/sign-in" });
}
