import { and, count, eq, ne } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { portalSessions, portalUsers } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { isLive, readSessionLimits } from "../session-queries.ts";
import { deviceName } from "../session-rules.ts";
import { endSessionsOf, subjectOf } from "./records.ts";

type Ended = { ended: number };

/** Ends a session, if it is this portal user's and goes on. */
function endOne(tx: Transaction, user: { id: number; email: string }, idHash: string, actor: Actor): Ended {
  const now = new Date();
  const isMine = and(eq(portalSessions.idHash, idHash), eq(portalSessions.portalUserId, user.id));
  const session = tx
    .select({ userAgent: portalSessions.userAgent, address: portalSessions.address })
    .from(portalSessions)
    .where(and(isMine, isLive(readSessionLimits(tx), now)))
    .get();
  tx.delete(portalSessions).where(isMine).run();
  if (!session) return { ended: 0 };
  recordAudit(tx, actor, [
    {
      action: "session.revoked",
      subject: subjectOf(user),
      before: { device: deviceName(session.userAgent), address: session.address },
    },
  ]);
  return { ended: 1 };
}

/** Ends the sessions of a portal user, except one, and the sign-ins that wait for a second factor. */
function endAll(
  tx: Transaction,
  user: { id: number; email: string },
  except: string | null,
  actor: Actor,
): Ended {
  const isOther = and(
    eq(portalSessions.portalUserId, user.id),
    except === null ? undefined : ne(portalSessions.idHash, except),
  );
  const ended =
    tx
      .select({ sessions: count() })
      .from(portalSessions)
      .where(and(isOther, isLive(readSessionLimits(tx), new Date())))
      .get()?.sessions ?? 0;
  endSessionsOf(tx, user.id, except);
  if (ended > 0) {
    recordAudit(tx, actor, [
      { action: "sessions.revoked", subject: subjectOf(user), after: { sessions: ended } },
    ]);
  }
  return { ended };
}

/**
 * Ends one of one's own sessions, or all others than `present`, which is the hash of the one that asks.
 *
 * @returns how many went on until now
 */
export async function endOwnSessions(
  { session }: { session: string },
  actor: Actor & { kind: "portal_user" },
  present: string,
): Promise<Result<Ended>> {
  return write((tx) =>
    done(session === "others" ? endAll(tx, actor, present, actor) : endOne(tx, actor, session, actor)),
  );
}

/**
 * Ends one session of any portal user, or all of them. Owners may.
 *
 * @returns the user's email, and how many sessions went on until now
 */
export async function endSessionsOfUser(
  { user: id, session }: { user: number; session: string },
  actor: Actor,
): Promise<Result<Ended & { email: string }>> {
  return write((tx) => {
    assertRole(tx, actor, "owner");
    const user = tx
      .select({ id: portalUsers.id, email: portalUsers.email })
      .from(portalUsers)
      .where(eq(portalUsers.id, id))
      .get();
    if (!user) return refused("portal_user_not_found", "This portal user does not exist.");
    const { ended } = session === "all" ? endAll(tx, user, null, actor) : endOne(tx, user, session, actor);
    return done({ email: user.email, ended });
  });
}
