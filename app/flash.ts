import { randomBytes } from "node:crypto";
import { cookies } from "next/headers";
import { z } from "zod";
import { cookieName, isBehindTls } from "#lib/config.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { processWide } from "#lib/process-wide.ts";

/**
 * A message about what was just done, the page where the next step can be taken, and the batch that "Undo" reverses, which
 * then leads back.
 */
export type Flash = {
  text: string;
  /** The text tells what could not be done. */
  isFailure?: boolean | undefined;
  link?: { href: string; label: string } | undefined;
  undo?: { batch: number; back: string } | undefined;
};

const SECONDS = 10;

const flashInput = z.object({
  id: z.string().min(1).max(40),
  text: z.string().min(1).max(600),
  isFailure: z.boolean().optional(),
  link: z
    .object({ href: z.string().transform((href) => safeReturnPath(href)), label: z.string().min(1).max(100) })
    .optional(),
  undo: z
    .object({ batch: z.int().min(1), back: z.string().transform((back) => safeReturnPath(back)) })
    .optional(),
});

/** The cookie that carries one message to the next page; the page's script removes it. */
export const flashCookie = () => cookieName("bursar-flash");

/** Shows `flash` as a toast on the next page. */
export async function setFlash(flash: Flash): Promise<void> {
  const id = randomBytes(6).toString("base64url");
  // Next decodes the cookie twice where an action renders the next page itself, which would turn a %2F into a slash.
  const value = Buffer.from(JSON.stringify({ id, ...flash })).toString("base64url");
  (await cookies()).set(flashCookie(), value, {
    path: "/",
    maxAge: SECONDS,
    sameSite: "lax",
    secure: isBehindTls(),
  });
}

// A page cannot remove a cookie while it is rendered, and without JavaScript nothing else does. So each message that
// was rendered is remembered until its cookie has expired.
const rendered = () => processWide("rendered-flashes", () => new Map<string, number>());

/** The message to show now, once; `id` tells two messages with the same text apart. */
export async function readFlash(now = performance.now()): Promise<(Flash & { id: string }) | null> {
  const value = (await cookies()).get(flashCookie())?.value;
  if (!value) return null;
  const flash = parseFlash(value);
  for (const [id, at] of rendered()) if (now - at > 1_000 * SECONDS) rendered().delete(id);
  if (!flash || rendered().has(flash.id)) return null;
  rendered().set(flash.id, now);
  return flash;
}

function parseFlash(value: string): (Flash & { id: string }) | null {
  try {
    return flashInput.parse(JSON.parse(Buffer.from(value, "base64url").toString("utf8")));
  } catch {
    return null;
  }
}
