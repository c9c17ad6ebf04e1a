import { eq, sql } from "drizzle-orm";
import { type Database, database, type Transaction } from "#db/client.ts";
import { ledgerEntries, members, memberships } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { monthOf } from "#lib/calendar.ts";
import { config } from "#lib/config.ts";
import { emailKey } from "#lib/email.ts";
import { PORTAL_SOURCE, requestHash } from "#lib/ledger/commands/requests.ts";
import { mergedMonthSpentThen } from "#lib/ledger/merged-months.ts";
import type { Posting } from "#lib/ledger/posting/posting.ts";
import { writePosting } from "#lib/ledger/posting/posting.ts";
import { ACCOUNTS } from "#lib/ledger/rules.ts";
import { insertMemberships } from "#lib/members/commands/insert.ts";
import { nameFromEmail, remainingAllowance } from "#lib/members/rules.ts";
import { done } from "#lib/result.ts";
import { foldForUniqueness } from "#lib/text.ts";
import { dayOf } from "#lib/time.ts";
import { allowanceOf } from "../queries/spendable.ts";
import {
  type Lookups,
  lookup,
  mergedSpentOf,
  noLookups,
  organizationFor,
  type Reporter,
  spenderIn,
  timeZoneOf,
} from "../queries/spenders.ts";
import { inactiveRefusal } from "../queries/status.ts";
import {
  type RecordedUsage,
  refused,
  timeFault,
  type UsageEvent,
  type UsageField,
  type UsageResult,
} from "../rules/event.ts";
import { allowanceExceeded, tooLittleCredits } from "../rules/refusals.ts";
import { applicationFor } from "./applications.ts";

const value = sql.placeholder;

const IS_THIS_EVENT = sql`${ledgerEntries.externalId} = ${value("externalId")} AND ${ledgerEntries.source} = ${value("source")}`;

const statements = {
  entryOfEvent: statement((db) =>
    db.select({ id: ledgerEntries.id }).from(ledgerEntries).where(IS_THIS_EVENT).limit(1),
  ),
  recorded: statement((db) =>
    db
      .select({
        id: ledgerEntries.id,
        organizationId: ledgerEntries.organizationId,
        membershipId: ledgerEntries.membershipId,
        requestHash: ledgerEntries.requestHash,
        occurredAt: ledgerEntries.occurredAt,
        metadata: ledgerEntries.metadata,
        amount: ledgerEntries.amount,
        balanceAfter: ledgerEntries.balanceAfter,
        monthSpentAfter: ledgerEntries.monthSpentAfter,
        allowanceThen: ledgerEntries.allowanceThen,
        enterpriseWide:
          sql<boolean>`coalesce((SELECT organization_id IS NULL FROM api_keys WHERE api_keys.id = ${ledgerEntries.apiKeyId}), 1)`.mapWith(
            Boolean,
          ),
      })
      .from(ledgerEntries)
      .where(IS_THIS_EVENT),
  ),
  emailOfMembership: statement((db) =>
    db
      .select({ email: members.email })
      .from(memberships)
      .innerJoin(members, eq(members.id, memberships.memberId))
      .where(eq(memberships.id, value("id"))),
  ),
};

/**
 * Records what members spent, in one transaction of its own: events in their order, each recorded, a duplicate or
 * refused by itself. Nobody else can spend between them, so no balance and no allowance is ever overspent.
 */
export function recordBatch(
  events: readonly UsageEvent[],
  reporter: Reporter,
  { now = new Date(), db = database() }: { now?: Date; db?: Database } = {},
): Promise<UsageResult<RecordedUsage>[]> {
  return writePosting((posting, tx) => recordInTransaction(events, reporter, { posting, tx, now, db }), db);
}

/**
 * {@link recordBatch} within a transaction of {@link writePosting} on `db`. With `lookups` several calls in a row share
 * what they have looked up: nothing but they may write in between.
 */
export function recordInTransaction(
  events: readonly UsageEvent[],
  reporter: Reporter,
  {
    posting,
    tx,
    now,
    db,
    lookups = noLookups(),
  }: { posting: Posting; tx: Transaction; now: Date; db: Database; lookups?: Lookups },
): UsageResult<RecordedUsage>[] {
  // The types do not exclude an actor of another kind.
  if (reporter.kind !== "api_key" && reporter.kind !== "operator") throw new ForbiddenError("admin");
  const timeZone = timeZoneOf(db);
  // The operator's import may bring any past month.
  const maxAgeDays = reporter.kind === "api_key" ? config().usageMaxAgeDays : null;
  return events.map((event) =>
    record(event, { posting, tx, db, reporter, timeZone, maxAgeDays, now, lookups }),
  );
}

type Recording = {
  posting: Posting;
  tx: Transaction;
  db: Database;
  reporter: Reporter;
  timeZone: string;
  maxAgeDays: number | null;
  now: Date;
  lookups: Lookups;
};

/** What the ledger keeps of an event to tell a repeat from another event under its id. */
function eventHash(
  event: UsageEvent,
  organizationId: number,
  occurredAt: Date | null,
  metadata: string | null,
): Buffer {
  return requestHash([
    organizationId,
    emailKey(event.member),
    foldForUniqueness(event.application),
    event.credits,
    occurredAt?.getTime() ?? null,
    metadata,
  ]);
}

/** The field that gave an event its time, as the sender calls it. */
function timeField({ source, occurredAt }: UsageEvent): UsageField {
  if (source === "") return "occurredAt";
  return occurredAt ? "data.occurredAt" : "time";
}

function record(event: UsageEvent, recording: Recording): UsageResult<RecordedUsage> {
  const { posting, tx, db, reporter, timeZone, maxAgeDays, now, lookups } = recording;
  // An application must not take the ids of the portal's own entries.
  if (event.source === PORTAL_SOURCE) {
    return refused("invalid_request", `The source “${PORTAL_SOURCE}” is the portal's own.`, "source");
  }
  const own = reporter.kind === "api_key" ? reporter.organizationId : null;
  const named = event.organization === null ? `${own}` : `${own} ${event.organization}`;
  const spending = lookup(lookups.organizations, named, () =>
    organizationFor(event.organization, reporter, db),
  );
  if (!spending.ok) return spending;
  const organization = spending.value;

  // This comes before the checks of the time and of statuses, because a repeat gets the same answer as the first time.
  const earlier = repeatOf(event, organization, recording);
  if (earlier) return earlier;

  const occurredAt = event.occurredAt ?? event.time ?? now;
  const late = timeFault(occurredAt, now, maxAgeDays);
  if (late) return refused("invalid_request", late, timeField(event));
  const spenderKey = `${organization.id} ${emailKey(event.member)}`;
  const spender = lookup(lookups.spenders, spenderKey, () => spenderIn(organization, event.member, db));
  const inactive = inactiveRefusal(organization, spender, { occurredAt, now, db });
  if (inactive) return inactive;
  if (!spender.ok) return spender;
  const member = spender.value;
  const balance = posting.balance(organization.id);
  if (event.credits > balance) return tooLittleCredits(organization.code, balance, event.credits);
  const day = dayOf(occurredAt, timeZone);
  const month = monthOf(day);
  const allowance = allowanceOf(member, organization);
  const ownSpent = member ? posting.monthSpent(member.id, month) : 0n;
  const mergedSpent = member ? mergedSpentOf(member, month, db) : 0n;
  const spentBefore = ownSpent + mergedSpent;
  const remaining = remainingAllowance(allowance, spentBefore);
  if (allowance !== null && remaining !== null && event.credits > remaining) {
    const figures = { allowance, spentThisMonth: spentBefore, remaining };
    return allowanceExceeded(event.member, figures, event.credits, month);
  }
  const application = applicationFor(event, organization, recording);
  if (!application.ok) return application;

  const membership = member ?? addUnknownMember(tx, event.member, organization.id, reporter, now);
  // A person may have been looked up by more than one address.
  if (!member) lookups.spenders.clear();
  const spentAfter = spentBefore + event.credits;
  const { balanceAfter } = posting.post({
    kind: "spend",
    ...ACCOUNTS.spend,
    amount: event.credits,
    creditTypeId: organization.creditTypeId,
    organizationId: organization.id,
    membershipId: membership.id,
    memberId: membership.memberId,
    applicationId: application.value,
    occurredAt,
    day,
    recordedAt: now,
    externalId: event.id,
    source: event.source,
    requestHash: eventHash(event, organization.id, event.occurredAt, event.metadata),
    monthSpentAfter: ownSpent + event.credits,
    mergedMonthSpent: mergedSpent,
    allowanceThen: allowance,
    apiKeyId: reporter.kind === "api_key" ? reporter.id : null,
    metadata: event.metadata,
  });
  return done({
    id: event.id,
    status: "recorded",
    credits: event.credits,
    organization: { code: organization.code, balance: balanceAfter },
    member: {
      email: membership.email,
      spentThisMonth: spentAfter,
      allowance,
      remaining: remainingAllowance(allowance, spentAfter),
    },
  });
}

/**
 * The answer to an event that was recorded before, or the refusal of another event under its id. An id is an
 * organization's own, so two organizations' applications cannot collide; but a sender for the whole enterprise uses
 * each id once. A repeat may differ in its metadata, and in a time that one of the two left out.
 */
function repeatOf(
  event: UsageEvent,
  organization: { id: number; code: string },
  { db, reporter }: Recording,
): UsageResult<RecordedUsage> | null {
  const named = { externalId: event.id, source: event.source };
  // Nearly every event is new.
  if (!statements.entryOfEvent.list(named, db)) return null;
  const entries = statements.recorded.all(named, db);
  const entry = entries.find((one) => one.organizationId === organization.id);
  const conflict = () =>
    refused("idempotency_conflict", `The id ${event.id} was used before for another event.`, "id");
  if (!entry) {
    const enterpriseWide = reporter.kind !== "api_key" || reporter.organizationId === null;
    return enterpriseWide && entries.some((one) => one.enterpriseWide) ? conflict() : null;
  }
  // The hash of the first event has its time, or null where it left that out.
  const times = [event.occurredAt, event.occurredAt === null ? entry.occurredAt : null];
  const isRepeat = times.some((time) =>
    entry.requestHash.equals(eventHash(event, organization.id, time, entry.metadata)),
  );
  if (!isRepeat) return conflict();
  const allowance = entry.allowanceThen;
  const spentThisMonth = (entry.monthSpentAfter ?? 0n) + mergedMonthSpentThen(entry.id, db);
  return done({
    id: event.id,
    status: "duplicate",
    credits: entry.amount,
    organization: { code: organization.code, balance: entry.balanceAfter },
    member: {
      email: statements.emailOfMembership.get({ id: entry.membershipId }, db)?.email ?? event.member,
      spentThisMonth,
      allowance,
      remaining: remainingAllowance(allowance, spentThisMonth),
    },
  });
}

function addUnknownMember(
  tx: Transaction,
  email: string,
  organizationId: number,
  reporter: Reporter,
  now: Date,
): { id: number; memberId: number; email: string } {
  const [added] = insertMemberships(
    tx,
    [
      {
        organizationId,
        // The event has no name; an admin can enter it.
        name: nameFromEmail(email),
        email,
        role: "creator",
        active: true,
        allowance: "organization",
        monthlyAllowance: null,
      },
    ],
    reporter,
    now,
  );
  if (!added) throw new Error("no membership was added");
  return added;
}
