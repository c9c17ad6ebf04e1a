"use server";

import { cookies, headers } from "next/headers";
import { isSameOrigin } from "#app/same-origin.ts";
import { isBehindTls } from "#lib/environment.ts";
import { textFields } from "#lib/form-state.ts";
import { signOut } from "#lib/portal-users/auth.ts";

/** Remembers the theme in this browser; the system's choice is no cookie at all. */
export async function setThemeAction(data: FormData): Promise<void> {
  if (!isSameOrigin(await headers())) return;
  const { theme } = textFields(data);
  const jar = await cookies();
  if (theme === "light" || theme === "dark") {
    jar.set("theme", theme, {
      path: "/",
      maxAge: 400 * 24 * 3600,
      sameSite: "lax",
      httpOnly: true,
      secure: isBehindTls(),
    });
  } else {
    jar.delete("theme");
  }
}

export async function signOutAction(): Promise<void> {
  if (!isSameOrigin(await headers())) return;
  await signOut({ redirectTo: "/sign-in" });
}
