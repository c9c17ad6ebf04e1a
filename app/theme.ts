import { cookies } from "next/headers";
import { cookieName, isBehindTls } from "#lib/config.ts";

export type ChosenTheme = "light" | "dark";

const themeCookie = () => cookieName("bursar-theme");

/** The theme that this browser chose; undefined leaves it to its system. */
export async function readTheme(): Promise<ChosenTheme | undefined> {
  const value = (await cookies()).get(themeCookie())?.value;
  return value === "light" || value === "dark" ? value : undefined;
}

/** Stores the theme in this browser. For the system's choice it removes the cookie. */
export async function keepTheme(theme: unknown): Promise<void> {
  const chosen = theme === "light" || theme === "dark" ? theme : null;
  (await cookies()).set(themeCookie(), chosen ?? "", {
    path: "/",
    maxAge: chosen ? 400 * 24 * 3600 : 0,
    sameSite: "lax",
    httpOnly: true,
    secure: isBehindTls(),
  });
}
