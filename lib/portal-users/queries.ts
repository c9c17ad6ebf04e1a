import { domainToUnicode } from "node:url";
import { and, asc, count, eq, gt, inArray, isNull, ne, sql } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import {
  authenticatorApps,
  passkeys,
  portalSessions,
  portalUserGrants,
  portalUserIdentities,
  portalUserLinks,
  portalUsers,
} from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import type { Role } from "#lib/actor.ts";
import { emailKey } from "#lib/email.ts";
import { notedUse } from "#lib/last-uses/queue.ts";
import {
  countAlongIndex,
  filteredPage,
  idsOfUnfilteredPage,
  type NumberedPage,
  numberedPage,
  type OrderedList,
} from "#lib/lists/numbered-pages.ts";
import { enterpriseRoleOf, onEnterprise, type Scope, scopeOfUser } from "#lib/scope/scope.ts";
import { isSameIssuer, passwordsAllowed, singleSignOn } from "#lib/sign-in-settings.ts";
import { foldForSearch } from "#lib/text.ts";
import type { PortalUsersView } from "./search-params.ts";
import { tokenHash } from "./secrets.ts";
import { isLive, isLiveAfter, liveAfter, sessionLimits } from "./session-queries.ts";

/** An account, with its role on the whole enterprise; null for one with grants on organizations or tags alone. */
export type PortalUser = { id: number; email: string; role: Role | null };

/** Who is signed in, and what they may read and manage. */
export type SessionUser = PortalUser & { scope: Scope };

/** One row of the list of portal users. */
export type PortalUserItem = PortalUser & {
  disabledAt: Date | null;
  lastSignInAt: Date | null;
  /** Both are false until an invitation is accepted. */
  hasPassword: boolean;
  hasIdentity: boolean;
  hasSecondFactor: boolean;
};

/** Did single sign-on start this session? */
export function isSessionOfProvider(sessionId: string): boolean {
  const row = database()
    .select({ identityId: portalSessions.identityId })
    .from(portalSessions)
    .where(eq(portalSessions.idHash, tokenHash(sessionId)))
    .get();
  return row !== undefined && row.identityId !== null;
}

const value = sql.placeholder;
/** Owners are few: more than these are not read to find one who can sign in. */
const OWNERS_MAX = 10_000;

/** Every request of a signed-in user reads this. */
const sessionUser = statement((db) =>
  db
    .select({
      id: portalUsers.id,
      email: portalUsers.email,
      identityId: portalSessions.identityId,
      role: portalUserGrants.role,
    })
    .from(portalSessions)
    .innerJoin(portalUsers, eq(portalUsers.id, portalSessions.portalUserId))
    .leftJoin(portalUserGrants, and(eq(portalUserGrants.portalUserId, portalUsers.id), onEnterprise))
    .where(
      and(
        eq(portalSessions.idHash, value("idHash")),
        isLiveAfter({
          now: value("now"),
          createdAfter: value("createdAfter"),
          createdUntil: value("createdUntil"),
          usedAfter: value("usedAfter"),
        }),
        isNull(portalUsers.disabledAt),
      ),
    ),
);

/**
 * The user of a valid session: it exists, is within the limits of sessions, belongs to an account that is not disabled,
 * and started in a way that is still allowed.
 */
export function userOfSession(sessionId: string, now = new Date()): SessionUser | null {
  const idHash = tokenHash(sessionId);
  const after = liveAfter(sessionLimits(), now, notedUse(idHash));
  const row = sessionUser.get({
    idHash,
    now: now.getTime(),
    createdAfter: after.createdAfter.getTime(),
    createdUntil: after.createdUntil.getTime(),
    usedAfter: after.usedAfter.getTime(),
  });
  if (!row) return null;
  const { identityId, ...user } = row;
  const isAllowed = identityId === null ? passwordsAllowed() : singleSignOn() !== null;
  return isAllowed ? { ...user, scope: scopeOfUser(user.id, user.role) } : null;
}

/** The account that sign-in checks. */
export function findForSignIn(email: string, reader: Reader = database()) {
  return reader
    .select({
      id: portalUsers.id,
      email: portalUsers.email,
      passwordHash: portalUsers.passwordHash,
      disabledAt: portalUsers.disabledAt,
    })
    .from(portalUsers)
    .where(eq(portalUsers.emailKey, emailKey(email)))
    .get();
}

export function passwordHashOf(id: number, reader: Reader = database()): string | null {
  return (
    reader.select({ hash: portalUsers.passwordHash }).from(portalUsers).where(eq(portalUsers.id, id)).get()
      ?.hash ?? null
  );
}

export function hasOwner(reader: Reader = database()): boolean {
  return (
    reader
      .select({ id: portalUserGrants.id })
      .from(portalUserGrants)
      .where(eq(portalUserGrants.role, "owner"))
      .limit(1)
      .get() !== undefined
  );
}

/** Owners who can sign in, besides one. A link to a former provider lets nobody in. */
export function otherActiveOwners(reader: Reader, id: number): number {
  const provider = singleSignOn();
  const signsInByProvider = (issuer: string | null) =>
    provider !== null && issuer !== null && isSameIssuer(issuer, provider.issuer.href);
  return reader
    .select({ passwordHash: portalUsers.passwordHash, issuer: portalUserIdentities.issuer })
    .from(portalUsers)
    .innerJoin(portalUserGrants, eq(portalUserGrants.portalUserId, portalUsers.id))
    .leftJoin(portalUserIdentities, eq(portalUserIdentities.portalUserId, portalUsers.id))
    .where(and(eq(portalUserGrants.role, "owner"), isNull(portalUsers.disabledAt), ne(portalUsers.id, id)))
    .limit(OWNERS_MAX)
    .all()
    .filter(
      ({ passwordHash, issuer }) =>
        (passwordsAllowed() && passwordHash !== null) || signsInByProvider(issuer),
    ).length;
}

/** How many portal users a page of the list has. */
export const PORTAL_USERS_PAGE_SIZE = 50;

/** Portal users are few: of those whose emails have letters beyond ASCII, more than these are searched by key alone. */
const FOLDED_MAX = 10_000;

/**
 * The portal users whose email contains the text as it is shown, folded as in other searches, where that differs from its
 * key: the key has accents, and a domain such as `bücher.de` as `xn--bcher-kva.de`, of which `bücher` is no part.
 */
function idsByShownEmail(q: string): number[] {
  const text = foldForSearch(q);
  if (text === "") return [];
  const withLetters = sql`instr(email_key, 'xn--') > 0 OR email_key GLOB '*[^ -~]*'`;
  return statement(sql`SELECT id, email_key FROM portal_users INDEXED BY portal_users_email_key
    WHERE ${withLetters} LIMIT ${FOLDED_MAX}`)
    .lists<[id: bigint, key: string]>()
    .filter(([, key]) => {
      const shown = key.replace(/xn--[a-z0-9-]+/g, (label) => domainToUnicode(label) || label);
      return foldForSearch(shown).includes(text);
    })
    .map(([id]) => Number(id));
}

/** One page of the portal users whose email contains the text, by email; none unless the reader is an owner. */
export function listPortalUsers(
  { role }: { role: Role | null },
  { q, page }: PortalUsersView,
): NumberedPage<PortalUserItem> {
  if (role !== "owner") return { items: [], total: 0, more: false, page: 1, pages: 1 };
  const shownIds = JSON.stringify(q === "" ? [] : idsByShownEmail(q));
  const containsText = sql`(instr(email_key, ${emailKey(q)}) > 0
    OR id IN (SELECT value FROM json_each(${shownIds})))`;
  const ids = sql`SELECT id FROM portal_users INDEXED BY portal_users_email_key WHERE ${containsText}`;
  const list: OrderedList = {
    table: "portal_users",
    index: "portal_users_email_key",
    order: "email_key ASC, id ASC",
    backwards: "email_key DESC, id DESC",
    conditions: [],
    filters: q === "" ? [] : [{ condition: containsText, ids }],
  };
  const place = { page, size: PORTAL_USERS_PAGE_SIZE };
  if (q !== "") {
    const part = filteredPage(list, place);
    return { ...part, items: portalUsersByIds(part.items) };
  }
  const total = countAlongIndex(list);
  return numberedPage({ total, ...place }, (part) =>
    portalUsersByIds(idsOfUnfilteredPage(list, total, part)),
  );
}

/** These portal users, by email. */
function portalUsersByIds(ids: readonly number[]): PortalUserItem[] {
  return database()
    .select({
      id: portalUsers.id,
      email: portalUsers.email,
      role: portalUserGrants.role,
      disabledAt: portalUsers.disabledAt,
      lastSignInAt: portalUsers.lastSignInAt,
      passwordHash: portalUsers.passwordHash,
      identityId: portalUserIdentities.id,
      hasSecondFactor: sql<bigint>`EXISTS (SELECT 1 FROM ${passkeys} WHERE ${passkeys.portalUserId} = ${portalUsers.id})
        OR EXISTS (SELECT 1 FROM ${authenticatorApps} WHERE ${authenticatorApps.portalUserId} = ${portalUsers.id}
          AND ${authenticatorApps.confirmedAt} IS NOT NULL)`,
    })
    .from(portalUsers)
    .leftJoin(portalUserGrants, and(eq(portalUserGrants.portalUserId, portalUsers.id), onEnterprise))
    .leftJoin(portalUserIdentities, eq(portalUserIdentities.portalUserId, portalUsers.id))
    .where(inArray(portalUsers.id, [...ids]))
    .orderBy(asc(portalUsers.emailKey))
    .all()
    .map(({ passwordHash, identityId, hasSecondFactor, ...user }) => ({
      ...user,
      hasSecondFactor: hasSecondFactor === 1n,
      hasPassword: passwordHash !== null,
      hasIdentity: identityId !== null,
    }));
}

/** The account of a one-time link; null if the link was used, has expired or never existed. */
export function userOfLink(token: string, reader: Reader = database()): PortalUser | null {
  const user = reader
    .select({ id: portalUsers.id, email: portalUsers.email })
    .from(portalUserLinks)
    .innerJoin(portalUsers, eq(portalUsers.id, portalUserLinks.portalUserId))
    .where(
      and(
        eq(portalUserLinks.tokenHash, tokenHash(token)),
        gt(portalUserLinks.expiresAt, new Date()),
        isNull(portalUsers.disabledAt),
      ),
    )
    .get();
  return user ? { ...user, role: enterpriseRoleOf(user.id, reader) } : null;
}

/** Sessions that go on. */
export function countSessions(now: Date): number {
  const row = database()
    .select({ sessions: count() })
    .from(portalSessions)
    .where(isLive(sessionLimits(), now))
    .get();
  return row?.sessions ?? 0;
}
