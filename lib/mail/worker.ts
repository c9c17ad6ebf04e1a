import { randomBytes } from "node:crypto";
import { and, asc, desc, eq, inArray, isNotNull, isNull, lte, sql } from "drizzle-orm";
import { database, type Reader, write } from "#db/client.ts";
import { mailItems, mails, outboxEvents } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { config } from "#lib/config.ts";
import { formatCount } from "#lib/credits.ts";
import { digestOfParts, readerDigestData } from "#lib/outbox/rules/digests.ts";
import { isEventType, readerOf } from "#lib/outbox/rules/events.ts";
import { enterpriseRoleOf, reads, type Scope, scopeOfUser } from "#lib/scope/scope.ts";
import { getSettings, readSettings } from "#lib/settings/queries.ts";
import { dayOf, formatDateTime, localDateTime } from "#lib/time.ts";
import { wordsOf } from "#lib/webhooks/rules/bodies.ts";
import { pauseAfter, pauseDuringTry } from "#lib/webhooks/rules/retries.ts";
import { mailReaders, mayBeTold, type Recipient } from "./recipients.ts";
import { DIGEST_HOUR, MAIL_PAUSE_MS } from "./rules/preferences.ts";
import { type MailContent, type RenderedMail, renderMail } from "./rules/render.ts";
import { type MailOutcome, mailConfigured, sendMail } from "./smtp.ts";

// Mails about events. Only the process that holds the worker's lock calls this: see lib/scheduler.

/** How many events a mail shows; the rest is counted. */
const ITEMS_MAX = 30;
/** How many mails one run sends, so that a stop does not wait long. */
const MAILS_AT_ONCE = 20;

/** When the last mail of a kind to a user was made. */
function lastMailAt(reader: Reader, portalUserId: number, kind: "events" | "digest"): Date | null {
  const last = reader
    .select({ createdAt: mails.createdAt })
    .from(mails)
    .where(and(eq(mails.portalUserId, portalUserId), eq(mails.kind, kind)))
    .orderBy(desc(mails.createdAt))
    .limit(1)
    .get();
  return last?.createdAt ?? null;
}

/** The kind of mail that is due for a user who has events waiting; null for none now. */
function kindDue(reader: Reader, { id, preference }: Recipient, now: Date): "events" | "digest" | null {
  if (preference.frequency === "at_once") {
    const last = lastMailAt(reader, id, "events");
    // A time in the future was before the clock was set back.
    const waits = last !== null && last <= now && now.getTime() - last.getTime() < MAIL_PAUSE_MS;
    return waits ? null : "events";
  }
  const { timeZone } = readSettings(reader);
  if (Number(localDateTime(now, timeZone).time.slice(0, 2)) < DIGEST_HOUR) return null;
  const last = lastMailAt(reader, id, "digest");
  return last !== null && dayOf(last, timeZone) === dayOf(now, timeZone) ? null : "digest";
}

/** The domain of a Message-ID: that of the portal's address, or of the sender. */
function messageDomain(): string {
  const { appUrl, mail } = config();
  return appUrl?.hostname ?? mail?.from.address.split("@")[1] ?? "localhost";
}

/** The users who have events waiting and a mail due; `kind` is null where the account was disabled in the meantime. */
function mailsDue(reader: Reader, now: Date): { portalUserId: number; kind: "events" | "digest" | null }[] {
  const waiting = reader
    .selectDistinct({ portalUserId: mailItems.portalUserId })
    .from(mailItems)
    .where(isNull(mailItems.mailId))
    .all();
  if (waiting.length === 0) return [];
  const recipients = new Map(mailReaders(reader).map((recipient) => [recipient.id, recipient]));
  return waiting.flatMap(({ portalUserId }) => {
    const recipient = recipients.get(portalUserId);
    if (!recipient) return { portalUserId, kind: null };
    const kind = kindDue(reader, recipient, now);
    return kind === null ? [] : { portalUserId, kind };
  });
}

/** Makes a mail for each user whose mail is due, from all events that wait for that user. */
export async function composeMails(now: Date = new Date()): Promise<void> {
  // Without the write lock, because events may wait for a day until a mail is due.
  if (mailsDue(database(), now).length === 0) return;
  await write((tx) => {
    for (const { portalUserId, kind } of mailsDue(tx, now)) {
      const ofUser = and(eq(mailItems.portalUserId, portalUserId), isNull(mailItems.mailId));
      if (kind === null) {
        tx.delete(mailItems).where(ofUser).run();
        continue;
      }
      const { id } = tx
        .insert(mails)
        .values({
          messageId: `${randomBytes(16).toString("hex")}@${messageDomain()}`,
          portalUserId,
          kind,
          state: "waiting",
          nextTryAt: now,
          createdAt: now,
        })
        .returning({ id: mails.id })
        .get();
      tx.update(mailItems).set({ mailId: id }).where(ofUser).run();
    }
  });
}

/** What a mail is about: how many events, and those that it shows, newest first. */
type ToldEvents = {
  count: number;
  shown: Pick<typeof outboxEvents.$inferSelect, "type" | "data" | "createdAt">[];
};

/** A mail's events that its reader may see now. There may be 100,000, so that only those that it shows are read whole. */
function eventsOf(mailId: number, { id, role }: Recipient): ToldEvents {
  const scope = scopeOfUser(id, role);
  const ids = statement(
    sql`SELECT e.id, e.type, e.organization_id, e.subject FROM mail_items i CROSS JOIN outbox_events e ON e.id = i.event_id
      WHERE i.mail_id = ${mailId} ORDER BY i.id DESC`,
  )
    .lists<[bigint, string, bigint | null, string]>()
    .filter(([, type, organization, subject]) => {
      const organizationId = organization === null ? null : Number(organization);
      const isOwn = organizationId === null && readerOf({ subject }) === id;
      return type === "webhook.resting" || isOwn || mayBeTold(scope, { organizationId });
    })
    .flatMap(([event, , , subject]) =>
      readerOf({ subject }) !== null && isDigestEmpty(Number(event), scope) ? [] : Number(event),
    );
  const rows = database()
    .select()
    .from(outboxEvents)
    .where(inArray(outboxEvents.id, ids.slice(0, ITEMS_MAX)))
    .all();
  const byId = new Map(rows.map((row) => [row.id, row]));
  const shown = ids.slice(0, ITEMS_MAX).flatMap((one) => byId.get(one) ?? []);
  return { count: ids.length, shown: shown.map((event) => withinScope(event, scope)) };
}

/** Whether the reader of a digest may not see any of its organizations any more. */
function isDigestEmpty(id: number, scope: Scope): boolean {
  const event = database().select().from(outboxEvents).where(eq(outboxEvents.id, id)).get();
  if (!event) return true;
  const { parts } = readerDigestData.parse(JSON.parse(event.data));
  return parts?.every(({ organization }) => !reads(scope, organization)) ?? false;
}

/** A digest of what its reader may still see. One without parts, of an earlier version, loses its text. */
function withinScope<Event extends { subject: string; type: string; data: string }>(
  event: Event,
  scope: Scope,
): Event {
  if (readerOf(event) === null || !isEventType(event.type)) return event;
  const { parts, ...data } = readerDigestData.parse(JSON.parse(event.data));
  const ids = parts?.map(({ organization }) => organization) ?? data.organizations ?? [];
  if (ids.every((organization) => reads(scope, organization))) return event;
  const left = parts?.filter(({ organization }) => reads(scope, organization));
  const words = (left && digestOfParts(event.type, left)) ?? { text: "" };
  return { ...event, data: JSON.stringify({ ...data, ...words, path: "/alerts" }) };
}

/** A mail about events in both forms. */
function mailAbout({ count, shown }: ToldEvents, kind: "events" | "digest"): RenderedMail {
  const settings = getSettings();
  const origin = config().appUrl?.origin ?? null;
  const items = shown.map((event) => {
    const { title, text, path } = wordsOf(event);
    const at = formatDateTime(event.createdAt, settings);
    return { title, text, url: origin === null ? null : origin + path, at };
  });
  const [first] = items;
  // The button of a single event leads where its title leads.
  const url = count === 1 && first?.url ? first.url : origin;
  const counted = count === 1 ? "1 notification" : `${formatCount(count)} notifications`;
  const heading = kind === "digest" ? `Your day: ${counted}` : counted;
  const content: MailContent = {
    subject:
      kind === "events" && count === 1 && first ? first.title : `${heading} from ${settings.enterpriseName}`,
    heading: count === 1 && kind === "events" ? `A notification from ${settings.enterpriseName}` : heading,
    paragraphs: [],
    items,
    more: count - items.length,
    button: url === null ? null : { label: "Open Bursar", url },
    footer: `Bursar of ${settings.enterpriseName} sends you this. An owner can change what you get in Settings → Notifications. Times are those of ${settings.timeZone}.`,
  };
  return renderMail(content);
}

export type MailOptions = {
  now?: () => Date;
  /** From 0 to 1: where in its range the jitter is. */
  random?: () => number;
  /** @returns what came of the mail */
  send?: (to: string, mail: RenderedMail, messageId: string) => Promise<MailOutcome>;
};

/** The mail as it was read, and not another one to which a restore has given the id. */
const sameMail = (mail: typeof mails.$inferSelect) =>
  and(eq(mails.id, mail.id), eq(mails.messageId, mail.messageId));

/**
 * Puts a mail's next try off before it is sent, as after a failure: otherwise a database that cannot store results would let
 * the same mail be sent every second. @returns whether the mail is still there
 */
function takeMail(mail: typeof mails.$inferSelect, now: Date, random: () => number): Promise<boolean> {
  return write((tx) => {
    const nextTryAt = new Date(now.getTime() + pauseDuringTry(mail.tries, random));
    return tx.update(mails).set({ nextTryAt }).where(sameMail(mail)).run().changes === 1;
  });
}

function finishMail(
  mail: typeof mails.$inferSelect,
  outcome: MailOutcome,
  now: Date,
  random: () => number,
): Promise<unknown> {
  return write((tx) => {
    const tries = mail.tries + 1;
    const pause = outcome.ok || outcome.isPermanent ? null : pauseAfter(tries, random);
    const ended =
      pause === null ? { nextTryAt: null, endedAt: now } : { nextTryAt: new Date(now.getTime() + pause) };
    const state = outcome.ok ? "sent" : pause === null ? "failed" : "waiting";
    return tx
      .update(mails)
      .set({ tries, state, error: outcome.ok ? null : outcome.message, ...ended })
      .where(sameMail(mail))
      .run();
  });
}

/** Sends the mails that are due, one after the other. After a failure of the server, the others wait for the next run. */
export async function sendDueMails({
  now = () => new Date(),
  random = Math.random,
  send = sendMail,
}: MailOptions = {}): Promise<void> {
  const due = database()
    .select()
    .from(mails)
    .where(and(isNotNull(mails.nextTryAt), lte(mails.nextTryAt, now())))
    .orderBy(asc(mails.nextTryAt))
    .limit(MAILS_AT_ONCE)
    .all();
  if (due.length === 0) return;
  const recipients = new Map(mailReaders().map((recipient) => [recipient.id, recipient]));
  for (const mail of due) {
    const recipient = recipients.get(mail.portalUserId);
    const events = recipient && eventsOf(mail.id, { ...recipient, role: enterpriseRoleOf(recipient.id) });
    if (!recipient || !events?.count) {
      await write((tx) => tx.delete(mails).where(eq(mails.id, mail.id)).run());
      continue;
    }
    if (!(await takeMail(mail, now(), random))) continue;
    const outcome = await send(recipient.email, mailAbout(events, mail.kind), mail.messageId);
    await finishMail(mail, outcome, now(), random);
    if (!outcome.ok && !outcome.isPermanent) return;
  }
}

/** Makes the mails that are due and sends them. */
export async function runMails(now: Date = new Date()): Promise<void> {
  if (!mailConfigured()) return;
  await composeMails(now);
  await sendDueMails();
}
