import { cookies } from "next/headers";
import { cookieName, isBehindTls } from "#lib/config.ts";

const firstRunCookie = () => cookieName("bursar-first-run");

/** Whether somebody has hidden the list of first steps in this browser. */
export async function isFirstRunHidden(): Promise<boolean> {
  return (await cookies()).get(firstRunCookie())?.value === "off";
}

/** Hides the list of first steps in this browser. */
export async function hideFirstRun(): Promise<void> {
  (await cookies()).set(firstRunCookie(), "off", {
    path: "/",
    maxAge: 400 * 24 * 3600,
    sameSite: "lax",
    httpOnly: true,
    secure: isBehindTls(),
  });
}
