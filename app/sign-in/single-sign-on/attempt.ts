import { cookies, headers } from "next/headers";
import { decode, encode } from "next-auth/jwt";
import { z } from "zod";
import { cookieName, isBehindTls } from "#lib/config.ts";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { authSecret } from "#lib/portal-users/secrets.ts";

/** What a sign-in that has gone to the provider must find again: kept by the browser, sealed, once and for a short time. */
const attempt = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  callbackUrl: z.string(),
  invitation: z.string().optional(),
});
export type Attempt = z.output<typeof attempt>;

const LASTS_SECONDS = 10 * 60;
const COOKIE = "bursar-single-sign-on";

export async function keepAttempt(kept: Attempt): Promise<void> {
  const name = cookieName(COOKIE);
  const value = await encode({ token: kept, secret: authSecret(), salt: name, maxAge: LASTS_SECONDS });
  (await cookies()).set(name, value, {
    path: "/",
    httpOnly: true,
    secure: isBehindTls(),
    // Lax, for the provider's site sends the browser back.
    sameSite: "lax",
    maxAge: LASTS_SECONDS,
  });
}

/** The attempt that this browser keeps, which it then keeps no longer; null without one or after its time. */
export async function takeAttempt(): Promise<Attempt | null> {
  const name = cookieName(COOKIE);
  const jar = await cookies();
  const token = jar.get(name)?.value;
  if (!token) return null;
  jar.set(name, "", { path: "/", httpOnly: true, secure: isBehindTls(), sameSite: "lax", maxAge: 0 });
  const kept = await decode({ token, secret: authSecret(), salt: name }).catch(() => null);
  return attempt.safeParse(kept).data ?? null;
}

/** Where the provider sends the browser back: the address to register there, and the only one of next-auth's that is served. */
export async function callbackAddress(search = ""): Promise<URL> {
  return new URL(`/api/auth/callback/oidc${search}`, ownOrigin(await headers()));
}
