import { cookies } from "next/headers";
import { cookieName, isBehindTls } from "#lib/environment.ts";

/** The cookie that carries one message to the next page; the page's script removes it once shown. */
export const flashCookie = () => cookieName("bursar-flash");

/** Shows `text` as a toast on the page that comes next. */
export async function setFlash(text: string): Promise<void> {
  // Short-lived for browsers without JavaScript, which cannot remove it themselves.
  (await cookies()).set(flashCookie(), `${Date.now()}:${text}`, {
    path: "/",
    maxAge: 10,
    sameSite: "lax",
    secure: isBehindTls(),
  });
}

/** The message to show now, with a key that tells two alike apart. */
export async function readFlash(): Promise<{ id: string; text: string } | null> {
  const value = (await cookies()).get(flashCookie())?.value;
  const match = value && /^(\d+):(.{1,300})$/s.exec(value);
  return match ? { id: match[1] ?? "", text: match[2] ?? "" } : null;
}
