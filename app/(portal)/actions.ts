"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { hideFirstRun } from "#app/first-run.ts";
import { isSameOrigin } from "#app/same-origin.ts";
import { keepSingleKeys } from "#app/single-keys.ts";
import { keepTheme } from "#app/theme.ts";
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
  await dropSession();
  redirect(byProvider ? "/sign-in/signed-out" : "/sign-in");
}
