import { headers } from "next/headers";
import NextAuth, { AuthError, CredentialsSignin, type NextAuthConfig, type User } from "next-auth";
import { decode } from "next-auth/jwt";
import Credentials from "next-auth/providers/credentials";
import { appUrl, cookieName, isBehindTls } from "#lib/config.ts";
import { errorFields, log } from "#lib/log.ts";
import { processWide } from "#lib/process-wide.ts";
import { clientAddress } from "#lib/request-context.ts";
import {
  endSession,
  PasswordsOffError,
  SESSION_MS,
  SignInBusyError,
  SignInDelayedError,
  signInWithPassword,
  startSession,
} from "./commands.ts";
import { safeReturnPath } from "./rules.ts";
import { authSecret } from "./secrets.ts";

declare module "next-auth" {
  interface User {
    sessionId?: string;
  }
}

/** Our own origin: `APP_URL` says it, or else this request. */
export function ownOrigin(headers: Headers): string {
  const app = appUrl();
  if (app) return app.origin;
  const asked = `${headers.get("x-forwarded-proto") ?? "http"}://${headers.get("x-forwarded-host") ?? "localhost"}`;
  return URL.canParse(asked) ? new URL(asked).origin : "http://localhost";
}

/** Signed in once already, by setting a password or by single sign-on: a ticket that only our own code can hold. */
type Ticket = { userId: number; identityId: number | null; until: number };
const tickets = processWide("lib/portal-users/auth.tickets", () => new Map<string, Ticket>());

/** Lets one following `signIn("ticket", { ticket })` of this process through, within half a minute. */
export function issueTicket(userId: number, identityId: number | null = null): string {
  const ticket = crypto.randomUUID();
  tickets.set(ticket, { userId, identityId, until: Date.now() + 30_000 });
  return ticket;
}

/** What strangers can cause as often as they like. The build shortens names: the class tells it apart. */
function isEveryday(error: Error): boolean {
  const cause = error instanceof AuthError ? error.cause?.err : undefined;
  return (
    error instanceof CredentialsSignin ||
    // A cookie that is not ours, or no longer.
    (error instanceof AuthError && error.type === "JWTSessionError") ||
    cause instanceof PasswordsOffError ||
    cause instanceof SignInBusyError ||
    cause instanceof SignInDelayedError
  );
}

const SESSION_COOKIE = "bursar-session";
const ownCookie = (name: string) => ({
  name: cookieName(name),
  options: { httpOnly: true, sameSite: "lax" as const, path: "/", secure: isBehindTls() },
});

let secret: string | undefined;

/** Cookies that were opened of late. What is in one never changes, and opening it costs as much as a page's queries. */
const opened = processWide(
  "lib/portal-users/auth.opened",
  () => new Map<string, { sessionId: string; until: number }>(),
);
const MOST_OPENED = 1_000;

/**
 * The session id in a request's cookie, or null when there is none that we made and that still holds. Whether the
 * session itself does, the database says.
 */
export async function sessionIdOf(
  cookies: { get: (name: string) => { value: string } | undefined },
  now = Date.now(),
): Promise<string | null> {
  const salt = cookieName(SESSION_COOKIE);
  const token = cookies.get(salt)?.value;
  if (!token) return null;
  const known = opened.get(token);
  if (known) return known.until > now ? known.sessionId : null;
  secret ??= authSecret();
  // A cookie that somebody else made, or that has expired, does not open.
  const payload = await decode({ token, secret, salt }).catch(() => null);
  if (!payload?.sub || payload.exp === undefined) return null;
  const oldest = opened.keys().next();
  if (opened.size >= MOST_OPENED && !oldest.done) opened.delete(oldest.value);
  opened.set(token, { sessionId: payload.sub, until: payload.exp * 1000 });
  return payload.sub;
}

function config(): NextAuthConfig {
  secret ??= authSecret();
  const app = appUrl();
  // What a proxy makes of the Host header is then no matter.
  if (app) process.env.AUTH_URL ??= app.origin;
  return {
    secret,
    trustHost: true,
    session: { strategy: "jwt", maxAge: SESSION_MS / 1000 },
    useSecureCookies: isBehindTls(),
    cookies: {
      sessionToken: ownCookie(SESSION_COOKIE),
      callbackUrl: ownCookie("bursar-callback-url"),
      csrfToken: ownCookie("bursar-csrf-token"),
    },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    logger: {
      error: (error) => isEveryday(error) || log.error("sign-in failed", errorFields(error)),
    },
    providers: [
      Credentials({
        credentials: { email: {}, password: {} },
        async authorize(given, request): Promise<User | null> {
          const { email, password } = given;
          if (typeof email !== "string" || typeof password !== "string") return null;
          const sessionId = await signInWithPassword(email, password, clientAddress(request.headers));
          return sessionId === null ? null : { sessionId };
        },
      }),
      Credentials({
        id: "ticket",
        credentials: { ticket: {} },
        async authorize({ ticket }, request): Promise<User | null> {
          const known = tickets.get(String(ticket));
          tickets.delete(String(ticket));
          if (!known || known.until < Date.now()) return null;
          const { userId, identityId } = known;
          const sessionId = await startSession(userId, clientAddress(request.headers), { identityId });
          return sessionId === null ? null : { sessionId };
        },
      }),
    ],
    callbacks: {
      // The cookie carries nothing but the session's id: who that is, and whether still, the database says each time.
      jwt: ({ token, user }) => (user ? { sub: user.sessionId ?? "" } : token),
      redirect: ({ url, baseUrl }) =>
        new URL(safeReturnPath(url, new URL(baseUrl).origin), baseUrl).toString(),
    },
    events: {
      async signOut(message) {
        if (!("token" in message) || !message.token?.sub) return;
        await endSession(message.token.sub, clientAddress(await headers()));
      },
    },
  };
}

export const { signIn, signOut } = NextAuth(config);
