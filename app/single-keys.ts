import { cookies } from "next/headers";
import { cookieName, isBehindTls } from "#lib/config.ts";

const singleKeysCookie = () => cookieName("bursar-single-keys");

/** Whether single keys, such as `/` and `j`, do something in this browser (WCAG 2.1.4). They do by default. */
export async function readSingleKeys(): Promise<boolean> {
  return (await cookies()).get(singleKeysCookie())?.value !== "off";
}

/** Turns single keys on or off in this browser. */
export async function keepSingleKeys(on: boolean): Promise<void> {
  (await cookies()).set(singleKeysCookie(), on ? "" : "off", {
    path: "/",
    maxAge: on ? 0 : 400 * 24 * 3600,
    sameSite: "lax",
    httpOnly: true,
    secure: isBehindTls(),
  });
}
