import { cookies, headers } from "next/headers";
import { decode, encode } from "next-auth/jwt";
import { z } from "zod";
import { cookieName, isBehindTls } from "#lib/config.ts";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { authSecret } from "#lib/portal-users/secrets.ts";

/**
 * A sign-in, or a sign-out, that has gone to the provider. The browser has it in an encrypted cookie, which works once and for a short
 * time.
 */
const attempt = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  callbackUrl: z.string(),
  invitation: z.string().optional(),
  /** It asks the provider to check the person again, because an action asks who the person is. */
  isCheck: z.boolean().optional(),
  /** It asks for the ID token that a sign-out at the provider needs. */
  endsSession: z.boolean().optional(),
});
export type Attempt = z.output<typeof attempt>;

const LASTS_SECONDS = 10 * 60;
const COOKIE = "bursar-single-sign-on";

async function setCookie(value: string, maxAge: number): Promise<void> {
  (await cookies()).set(cookieName(COOKIE), value, {
    path: "/",
    httpOnly: true,
    secure: isBehindTls(),
    // Not strict, because the provider's site sends the browser back.
    sameSite: "lax",
    maxAge,
  });
}

export async function keepAttempt(attempt: Attempt): Promise<void> {
  const salt = cookieName(COOKIE);
  const value = await encode({ token: attempt, secret: authSecret(), salt, maxAge: LASTS_SECONDS });
  await setCookie(value, LASTS_SECONDS);
}

/**
 * Takes the attempt that this answer of the provider belongs to, by its `state`, out of the browser's cookie. An
 * address with another state is no answer to it, such as another site's link to the callback: the attempt stays.
 * @returns null when there is none, or when it has expired.
 */
export async function takeAttempt(state: string | null): Promise<Attempt | null> {
  const salt = cookieName(COOKIE);
  const token = (await cookies()).get(salt)?.value;
  if (!token) return null;
  const content = await decode({ token, secret: authSecret(), salt }).catch(() => null);
  const match = attempt.safeParse(content).data;
  if (match?.state !== state) return null;
  await setCookie("", 0);
  return match ?? null;
}

/** Where the provider sends the browser back: the address to register there. */
export async function callbackAddress(search = ""): Promise<URL> {
  return new URL(`/api/auth/callback/oidc${search}`, ownOrigin(await headers()));
}

/** Where the provider sends the browser after a sign-out there. */
export async function signedOutAddress(): Promise<string> {
  return new URL("/sign-in/signed-out", ownOrigin(await headers())).href;
}
