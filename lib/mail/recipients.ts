import { and, asc, count, eq, isNotNull, isNull, or, type SQL } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import {
  alertMutes,
  mailRecipients,
  portalUserGrants,
  portalUsers,
  webhookEndpoints,
} from "#db/schema/index.ts";
import type { Role } from "#lib/actor.ts";
import { type NumberedPage, numberedPage } from "#lib/lists/numbered-pages.ts";
import {
  alertData,
  type EventType,
  isAlert,
  isEventType,
  matchesEvent,
  readerOf,
} from "#lib/outbox/rules/events.ts";
import { isWhole, onEnterprise, reads, readsAny, type Scope, scopeOfUser } from "#lib/scope/scope.ts";
import { defaultPreference, type MailPreference } from "./rules/preferences.ts";

/** An account that is not disabled, with what it gets by mail. */
export type Recipient = {
  id: number;
  email: string;
  role: Role | null;
  preference: MailPreference;
  /** Whether an owner has set it; else it is the default of the role. */
  isSet: boolean;
};

/** How many people a page of the list has, as on the list of portal users. */
export const RECIPIENTS_PAGE_SIZE = 50;

/** One page of everybody who can get mails, by email. */
export function listRecipients(page: number): NumberedPage<Recipient> {
  const row = database()
    .select({ total: count() })
    .from(portalUsers)
    .where(isNull(portalUsers.disabledAt))
    .get();
  return numberedPage({ total: row?.total ?? 0, page, size: RECIPIENTS_PAGE_SIZE }, (place) =>
    recipientsWhere(database(), undefined, place),
  );
}

/** One of them; undefined for nobody. */
export const recipientById = (id: number): Recipient | undefined =>
  recipientsWhere(database(), eq(portalUsers.id, id), { take: 1 })[0];

/** More than an enterprise has. */
const MAIL_READERS_MAX = 10_000;

/** Everybody who gets mails by now: the owners, who do by default, and those whose preference somebody has set. */
export const mailReaders = (reader: Reader = database()): Recipient[] =>
  recipientsWhere(reader, or(eq(portalUserGrants.role, "owner"), isNotNull(mailRecipients.portalUserId)), {
    take: MAIL_READERS_MAX,
  });

function recipientsWhere(
  reader: Reader,
  condition: SQL | undefined,
  { skip = 0, take }: { skip?: number; take: number },
): Recipient[] {
  return reader
    .select({
      id: portalUsers.id,
      email: portalUsers.email,
      role: portalUserGrants.role,
      events: mailRecipients.events,
      frequency: mailRecipients.frequency,
    })
    .from(portalUsers)
    .leftJoin(portalUserGrants, and(eq(portalUserGrants.portalUserId, portalUsers.id), onEnterprise))
    .leftJoin(mailRecipients, eq(mailRecipients.portalUserId, portalUsers.id))
    .where(and(isNull(portalUsers.disabledAt), condition))
    .orderBy(asc(portalUsers.emailKey))
    .limit(take)
    .offset(skip)
    .all()
    .map(({ id, email, role, events, frequency }) => ({
      id,
      email,
      role,
      preference:
        events === null || frequency === null
          ? defaultPreference(role)
          : { events: JSON.parse(events), frequency },
      isSet: events !== null,
    }));
}

/** What is stored of an event. */
type StoredEvent = { type: string; subject: string; organizationId: number | null; data: string };

/** Whether an event may be told to somebody with this scope: its organization is in it, or it is the whole enterprise. */
export function mayBeTold(scope: Scope, { organizationId }: Pick<StoredEvent, "organizationId">): boolean {
  return organizationId === null ? isWhole(scope) : reads(scope, organizationId);
}

/** Somebody who gets mails about a part of the enterprise alone. */
export type ScopedReader = {
  id: number;
  scope: Scope;
  /** Whether the reader has chosen events of this type. */
  isTold: (type: EventType) => boolean;
};

/** Everybody who gets mails, has no role on the enterprise, and may read some organizations. */
export const scopedReaders = (reader: Reader): ScopedReader[] =>
  mailReaders(reader)
    .filter(({ role }) => role === null)
    .map(({ id, preference }) => ({
      id,
      scope: scopeOfUser(id, null, reader),
      isTold: (type: EventType) => matchesEvent(preference.events, type),
    }))
    .filter(({ scope }) => readsAny(scope));

/** The portal users who are told that an endpoint is suspended: the one who added it, or else every owner. */
function ownersOfEndpoint(reader: Reader, subject: string, everybody: readonly Recipient[]): Recipient[] {
  const owners = everybody.filter(({ role }) => role === "owner");
  const id = Number(/^webhook:(\d{1,15})$/.exec(subject)?.[1] ?? 0);
  const endpoint = reader
    .select({ ownerId: webhookEndpoints.ownerId })
    .from(webhookEndpoints)
    .where(eq(webhookEndpoints.id, id))
    .get();
  const own = owners.filter(({ id }) => id === endpoint?.ownerId);
  return own.length > 0 ? own : owners;
}

/** A function that tells whether a portal user has muted every rule of an alert. */
function mutes(reader: Reader): (portalUserId: number, data: string) => boolean {
  const rows = reader.select().from(alertMutes).all();
  if (rows.length === 0) return () => false;
  const muted = new Set(rows.map(({ portalUserId, ruleId }) => `${portalUserId} ${ruleId}`));
  return (portalUserId, data) => {
    const { rules = [] } = alertData.safeParse(JSON.parse(data)).data ?? {};
    return rules.length > 0 && rules.every((rule) => muted.has(`${portalUserId} ${rule}`));
  };
}

/** A function that gives the portal users who get an event by mail. It is made once for several events. */
export function audience(reader: Reader = database()): (event: StoredEvent) => number[] {
  const everybody = mailReaders(reader);
  const isMuted = mutes(reader);
  const scopes = new Map<number, Scope>();
  const scopeOf = ({ id, role }: Recipient): Scope => {
    const scope = scopes.get(id) ?? scopeOfUser(id, role, reader);
    scopes.set(id, scope);
    return scope;
  };
  return (event) => {
    const { type } = event;
    if (!isEventType(type)) return [];
    const only = readerOf(event);
    const told =
      type === "webhook.resting"
        ? ownersOfEndpoint(reader, event.subject, everybody)
        : everybody.filter(
            (recipient) =>
              matchesEvent(recipient.preference.events, type) &&
              (only === null ? mayBeTold(scopeOf(recipient), event) : only === recipient.id) &&
              !(isAlert(type) && isMuted(recipient.id, event.data)),
          );
    return told.map(({ id }) => id);
  };
}
