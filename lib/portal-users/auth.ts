import { cookies, headers } from "next/headers";
import NextAuth, { AuthError, CredentialsSignin, type NextAuthConfig, type User } from "next-auth";
import { decode } from "next-auth/jwt";
import Credentials from "next-auth/providers/credentials";
import { appUrl, cookieName, isBehindTls } from "#lib/config.ts";
import { errorFields, log } from "#lib/log.ts";
import { processWide } from "#lib/process-wide.ts";
import { clientAddress } from "#lib/request-context.ts";
import { endSession } from "./commands/sessions.ts";
import { safeReturnPath } from "./rules.ts";
import { authSecret } from "./secrets.ts";
import { sessionLimits } from "./session-queries.ts";

// next-auth signs the session's cookie, and does nothing else here. Passwords and single sign-on are checked before, by
// commands that start a session in the database; the cookie carries that session's id. See
// docs/decisions/0012-next-auth-for-the-cookie.md.

declare module "next-auth" {
  interface User {
    sessionId?: string;
  }
}

/** The portal's own origin: that of `APP_URL`, or without it this request's. */
export function ownOrigin(headers: Headers): string {
  const app = appUrl();
  if (app) return app.origin;
  const requested = `${headers.get("x-forwarded-proto") ?? "http"}://${headers.get("x-forwarded-host") ?? "localhost"}`;
  return URL.canParse(requested) ? new URL(requested).origin : "http://localhost";
}

const SESSION_COOKIE = "bursar-session";
const PROVIDER = "session";

const ownCookie = (name: string) => ({
  name: cookieName(name),
  options: { httpOnly: true, sameSite: "lax" as const, path: "/", secure: isBehindTls() },
});

/** Session ids that will be put into a cookie, by a ticket that only this process knows. */
const tickets = processWide("lib/portal-users/auth.tickets", () => new Map<string, string>());

function config(): NextAuthConfig {
  const app = appUrl();
  // next-auth then takes the address from here, whatever a proxy does to the Host header.
  if (app) process.env.AUTH_URL ??= app.origin;
  return {
    secret: authSecret(),
    trustHost: true,
    session: { strategy: "jwt", maxAge: sessionLimits().lifetimeMinutes * 60 },
    useSecureCookies: isBehindTls(),
    cookies: {
      sessionToken: ownCookie(SESSION_COOKIE),
      callbackUrl: ownCookie("bursar-callback-url"),
      csrfToken: ownCookie("bursar-csrf-token"),
    },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    logger: {
      error(error) {
        // A cookie that is forged or has expired. It is not logged, because anybody can send any number of them.
        const isEveryday =
          error instanceof CredentialsSignin ||
          (error instanceof AuthError && error.type === "JWTSessionError");
        if (!isEveryday) log.error("sign-in failed", errorFields(error));
      },
    },
    providers: [
      Credentials({
        id: PROVIDER,
        credentials: { ticket: {} },
        authorize({ ticket }): User | null {
          const sessionId = tickets.get(String(ticket));
          return sessionId === undefined ? null : { sessionId };
        },
      }),
    ],
    callbacks: {
      // The cookie holds the session's id alone. The database decides at each request whose session that is.
      jwt: ({ token, user }) => (user ? { sub: user.sessionId ?? "" } : token),
      redirect: ({ url, baseUrl }) =>
        new URL(safeReturnPath(url, new URL(baseUrl).origin), baseUrl).toString(),
    },
  };
}

const { signIn, signOut } = NextAuth(config);

/**
 * Gives this browser the cookie of a session that was just started, and ends the session that its cookie held before:
 * a copy of the old cookie must not stay valid. For actions and route handlers.
 */
export async function keepSession(sessionId: string): Promise<void> {
  const earlier = await sessionIdOf(await cookies());
  const ticket = crypto.randomUUID();
  tickets.set(ticket, sessionId);
  try {
    await signIn(PROVIDER, { ticket, redirect: false });
  } finally {
    tickets.delete(ticket);
  }
  if (earlier !== null) await endSession(earlier, clientAddress(await headers()));
}

/**
 * Ends this browser's session and clears its cookie. The session ends first: if the database refuses that, the browser
 * keeps the cookie, with which the person can sign out again.
 *
 * @throws DatabaseUnavailableError; the session goes on then.
 */
export async function dropSession(): Promise<void> {
  const sessionId = await sessionIdOf(await cookies());
  if (sessionId !== null) await endSession(sessionId, clientAddress(await headers()));
  await signOut({ redirect: false });
}

/** Session ids by cookie: a cookie's content never changes, and opening one costs as much as a page's queries. */
const opened = processWide(
  "lib/portal-users/auth.opened",
  () => new Map<string, { sessionId: string; until: number }>(),
);
const MOST_OPENED = 1_000;
let secret: string | undefined;

/**
 * The session id in a request's cookie; null when this portal did not sign it or it has expired. The database decides
 * at each request whether the session is valid.
 */
export async function sessionIdOf(
  cookies: { get: (name: string) => { value: string } | undefined },
  now = Date.now(),
): Promise<string | null> {
  const salt = cookieName(SESSION_COOKIE);
  const token = cookies.get(salt)?.value;
  if (!token) return null;
  const entry = opened.get(token);
  if (entry) return entry.until > now ? entry.sessionId : null;
  secret ??= authSecret();
  // Fails for a cookie that is forged or has expired.
  const payload = await decode({ token, secret, salt }).catch(() => null);
  if (!payload?.sub || payload.exp === undefined) return null;
  const oldest = opened.keys().next();
  if (opened.size >= MOST_OPENED && !oldest.done) opened.delete(oldest.value);
  opened.set(token, { sessionId: payload.sub, until: payload.exp * 1000 });
  return payload.sub;
}
