import { channel } from "node:diagnostics_channel";
import { eq, sql } from "drizzle-orm";
import { type Database, database, type Transaction } from "#db/client.ts";
import { driverStatement, preparedOnce } from "#db/prepared.ts";
import { applications, ledgerEntries, members, memberships } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { emailKey } from "#lib/email.ts";
import { PORTAL_SOURCE, requestHash, writePosting } from "#lib/ledger/commands.ts";
import type { Posting } from "#lib/ledger/posting.ts";
import { ACCOUNTS } from "#lib/ledger/rules.ts";
import { insertMemberships } from "#lib/members/commands.ts";
import { remainingAllowance } from "#lib/members/rules.ts";
import { done } from "#lib/result.ts";
import { foldForUniqueness } from "#lib/text.ts";
import { dayOf } from "#lib/time.ts";
import {
  allowanceExceeded,
  allowanceOf,
  type Lookups,
  noLookups,
  organizationFor,
  type Reporter,
  refusal,
  remembered,
  spenderIn,
  timeZoneOf,
  tooLittleCredits,
  type UsageResult,
} from "./queries.ts";
import type { UsageEvent, UsageRefusal } from "./rules.ts";

/** What was recorded; amounts in micro-credits. A repeat of the same event is answered as the first time. */
export type RecordedUsage = {
  id: string;
  status: "recorded" | "duplicate";
  credits: bigint;
  organization: { code: string; balance: bigint };
  /** Of the month in which the event occurred; null is no limit. */
  member: { email: string; spentThisMonth: bigint; allowance: bigint | null; remaining: bigint | null };
};

const value = sql.placeholder;

const IS_THIS_EVENT = sql`${ledgerEntries.externalId} = ${value("externalId")} AND ${ledgerEntries.source} = ${value("source")}`;

function prepareStatements(db: Database) {
  return {
    application: db
      .select({ id: applications.id })
      .from(applications)
      .where(eq(applications.nameKey, value("nameKey")))
      .prepare(),
    known: driverStatement<[bigint]>(
      db,
      db.select({ id: ledgerEntries.id }).from(ledgerEntries).where(IS_THIS_EVENT).limit(1),
    ),
    recorded: db
      .select({
        organizationId: ledgerEntries.organizationId,
        membershipId: ledgerEntries.membershipId,
        requestHash: ledgerEntries.requestHash,
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
      .where(IS_THIS_EVENT)
      .prepare(),
    emailOfMembership: db
      .select({ email: members.email })
      .from(memberships)
      .innerJoin(members, eq(members.id, memberships.memberId))
      .where(eq(memberships.id, value("id")))
      .prepare(),
  };
}

const statementsOf = preparedOnce(prepareStatements);

/**
 * Records what members spent, in one transaction: events in their order, each recorded, a duplicate or refused on its
 * own. Nobody else can spend between them, so no balance and no allowance is ever overspent.
 */
export async function recordUsage(
  events: readonly UsageEvent[],
  reporter: Reporter,
  { now = new Date(), db = database() }: { now?: Date; db?: Database } = {},
): Promise<UsageResult<RecordedUsage>[]> {
  const results = await writePosting(
    (posting, tx) => recordEvents(events, reporter, { posting, tx, now, db }),
    db,
  );
  publishOutcomes(results);
  return results;
}

/** What is told on the channel `bursar.usage` of each event, once it is committed. */
export type UsageOutcome = RecordedUsage["status"] | UsageRefusal;

const OUTCOMES = channel("bursar.usage");

/** For who records by {@link recordEvents}, after the commit. */
export function publishOutcomes(results: readonly UsageResult<RecordedUsage>[]): void {
  if (!OUTCOMES.hasSubscribers) return;
  const outcomes: UsageOutcome[] = results.map((one) => (one.ok ? one.value.status : one.code));
  OUTCOMES.publish(outcomes);
}

/**
 * {@link recordUsage} within a transaction of {@link writePosting} on `db`. With `lookups` several calls in a row share
 * what they have looked up: nothing but they may write in between.
 */
export function recordEvents(
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
  // Types are no lock: whatever else asks is refused here too.
  if (reporter.kind !== "api_key" && reporter.kind !== "operator") throw new ForbiddenError("admin");
  const statements = statementsOf(db);
  const timeZone = timeZoneOf(db);
  return events.map((event) =>
    record(event, { posting, tx, db, statements, reporter, timeZone, now, lookups }),
  );
}

type Recording = {
  posting: Posting;
  tx: Transaction;
  db: Database;
  statements: ReturnType<typeof prepareStatements>;
  reporter: Reporter;
  timeZone: string;
  now: Date;
  lookups: Lookups;
};

function record(event: UsageEvent, recording: Recording): UsageResult<RecordedUsage> {
  const { posting, tx, db, reporter, timeZone, now, lookups } = recording;
  // Or an application could take the ids of the portal's own entries.
  if (event.source === PORTAL_SOURCE) {
    return refusal("invalid_request", `The source “${PORTAL_SOURCE}” is the portal's own.`, "source");
  }
  const own = reporter.kind === "api_key" ? reporter.organizationId : null;
  const named = event.organization === null ? `${own}` : `${own} ${event.organization}`;
  const found = remembered(lookups.organizations, named, () =>
    organizationFor(event.organization, reporter, db),
  );
  if (!found.ok) return found;
  const organization = found.value;

  const memberKey = emailKey(event.member);
  const applicationKey = foldForUniqueness(event.application);
  const hash = requestHash([
    organization.id,
    memberKey,
    applicationKey,
    event.credits,
    event.occurredAt?.getTime() ?? null,
    event.metadata,
  ]);
  const before = repeatOf(event, organization, hash, recording);
  if (before) return before;

  const spenderKey = `${organization.id} ${memberKey}`;
  const spender = remembered(lookups.spenders, spenderKey, () => spenderIn(organization, event.member, db));
  if (!spender.ok) return spender;
  const member = spender.value;
  const balance = posting.balance(organization.id);
  if (event.credits > balance) return tooLittleCredits(organization.code, balance, event.credits);
  const occurredAt = event.occurredAt ?? event.time ?? now;
  const day = dayOf(occurredAt, timeZone);
  const month = Math.floor(day / 100);
  const allowance = allowanceOf(member, organization);
  const spentBefore = member ? posting.monthSpent(member.id, month) : 0n;
  const remaining = remainingAllowance(allowance, spentBefore);
  if (allowance !== null && remaining !== null && event.credits > remaining) {
    const figures = { allowance, spentThisMonth: spentBefore, remaining };
    return allowanceExceeded(event.member, figures, event.credits, month);
  }

  const membership = member ?? addUnknownMember(tx, event.member, organization.id, reporter, now);
  if (!member) lookups.spenders.delete(spenderKey);
  const spentAfter = spentBefore + event.credits;
  const { balanceAfter } = posting.post({
    kind: "spend",
    ...ACCOUNTS.spend,
    amount: event.credits,
    creditTypeId: organization.creditTypeId,
    organizationId: organization.id,
    membershipId: membership.id,
    memberId: membership.memberId,
    applicationId: remembered(lookups.applications, applicationKey, () =>
      applicationId(event.application, applicationKey, recording),
    ),
    occurredAt,
    day,
    recordedAt: now,
    externalId: event.id,
    source: event.source,
    requestHash: hash,
    monthSpentAfter: spentAfter,
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
 * each id once.
 */
function repeatOf(
  event: UsageEvent,
  organization: { id: number; code: string },
  hash: Buffer,
  { statements, reporter }: Recording,
): UsageResult<RecordedUsage> | null {
  const named = { externalId: event.id, source: event.source };
  // Nearly every event is new.
  if (!statements.known.get(named)) return null;
  const entries = statements.recorded.all(named);
  const entry = entries.find((one) => one.organizationId === organization.id);
  const conflict = () =>
    refusal("idempotency_conflict", `The id ${event.id} was used before for another event.`, "id");
  if (!entry) {
    const enterpriseWide = reporter.kind !== "api_key" || reporter.organizationId === null;
    return enterpriseWide && entries.some((one) => one.enterpriseWide) ? conflict() : null;
  }
  if (!entry.requestHash.equals(hash)) return conflict();
  const allowance = entry.allowanceThen;
  const spentThisMonth = entry.monthSpentAfter ?? 0n;
  return done({
    id: event.id,
    status: "duplicate",
    credits: entry.amount,
    organization: { code: organization.code, balance: entry.balanceAfter },
    member: {
      email: statements.emailOfMembership.get({ id: entry.membershipId })?.email ?? event.member,
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
        // Nobody has told us the name; an admin can.
        name: email.split("@")[0] ?? email,
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
  return { ...added, email };
}

function applicationId(name: string, nameKey: string, { statements, tx, now }: Recording): number {
  const known = statements.application.get({ nameKey });
  if (known) return known.id;
  return tx
    .insert(applications)
    .values({ name, nameKey, createdAt: now })
    .returning({ id: applications.id })
    .get().id;
}
