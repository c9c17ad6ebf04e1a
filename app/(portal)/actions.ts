"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { hideFirstRun } from "#app/first-run.ts";
import { setFlash } from "#app/flash.ts";
import { isSameOrigin } from "#app/same-origin.ts";
import { keepSingleKeys } from "#app/single-keys.ts";
import { keepTheme } from "#app/theme.ts";
import { DatabaseUnavailableError } from "#db/unavailable.ts";
import { textFields } from "#lib/form-state.ts";
import { dropSession } from "#lib/portal-users/auth.ts";
import { isSessionOfProvider } from "#lib/portal-users/queries.ts";
import { currentSessionId } from "#lib/portal-users/session.ts";

export async function setThemeAction(data: FormData): Promise<void> {
  if (!isSameOrigin(await headers())) return;
  await keepTheme(textFields(data).theme);
}

export async function setSingleKeysAction(data: FormData): Promise<void> {
  if (!isSameOrigin(await headers())) return;
  await keepSingleKeys(textFields(data).singleKeys !== "off");
}

export async function hideFirstRunAction(): Promise<void> {
  if (!isSameOrigin(await headers())) return;
  await hideFirstRun();
}

export async function signOutAction(): Promise<void> {
  if (!isSameOrigin(await headers())) return;
  const sessionId = await currentSessionId();
  const byProvider = sessionId !== null && isSessionOfProvider(sessionId);
  try {
    await dropSession();
  } catch (error) {
    if (!(error instanceof DatabaseUnavailableError)) throw error;
    await setFlash({ text: `You are still signed in. ${error.message}`, isFailure: true });
    return;
  }
  redirect(byProvider ? "/sign-in/signed-out" : "/sign-in");
}
