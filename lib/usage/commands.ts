import { channel } from "node:diagnostics_channel";
import { eq, sql } from "drizzle-orm";
import { type Database, database, type Transaction } from "#db/client.ts";
import { preparedOnce } from "#db/prepared.ts";
import {
  applications,
  approvedDomains,
  ledgerEntries,
  members,
  memberships,
  organizations,
  settings,
} from "#db/schema/index.ts";
import { type Actor, ForbiddenError } from "#lib/actor.ts";
import { plainCredits } from "#lib/credits.ts";
import { emailKey } from "#lib/email.ts";
import { PORTAL_SOURCE, requestHash, writePosting } from "#lib/ledger/commands.ts";
import type { Posting } from "#lib/ledger/posting.ts";
import { ACCOUNTS } from "#lib/ledger/rules.ts";
import { insertMemberships } from "#lib/members/commands.ts";
import { effectiveAllowance, remainingAllowance } from "#lib/members/rules.ts";
import { codeKey } from "#lib/organizations/rules.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { foldForUniqueness } from "#lib/text.ts";
import { dayOf } from "#lib/time.ts";
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

/** Applications and the operator report usage; nobody else. */
export type Reporter = Extract<Actor, { kind: "api_key" | "operator" }>;

const value = sql.placeholder;

const ORGANIZATION = {
  id: organizations.id,
  code: organizations.code,
  name: organizations.name,
  active: organizations.active,
  creditTypeId: organizations.creditTypeId,
  monthlyAllowance: organizations.monthlyAllowance,
};

function prepareStatements(db: Database) {
  return {
    settings: db.select({ timeZone: settings.timeZone }).from(settings).prepare(),
    organizationByKey: db
      .select(ORGANIZATION)
      .from(organizations)
      .where(eq(organizations.codeKey, value("codeKey")))
      .prepare(),
    organizationById: db
      .select(ORGANIZATION)
      .from(organizations)
      .where(eq(organizations.id, value("id")))
      .prepare(),
    membership: db
      .select({
        id: memberships.id,
        memberId: memberships.memberId,
        email: members.email,
        active: memberships.active,
        allowance: memberships.allowance,
        monthlyAllowance: memberships.monthlyAllowance,
      })
      .from(members)
      .innerJoin(memberships, eq(memberships.memberId, members.id))
      .where(
        sql`${members.emailKey} = ${value("emailKey")} AND ${memberships.organizationId} = ${value("organizationId")}`,
      )
      .prepare(),
    application: db
      .select({ id: applications.id })
      .from(applications)
      .where(eq(applications.nameKey, value("nameKey")))
      .prepare(),
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
      .where(
        sql`${ledgerEntries.externalId} = ${value("externalId")} AND ${ledgerEntries.source} = ${value("source")}`,
      )
      .prepare(),
    emailOfMembership: db
      .select({ email: members.email })
      .from(memberships)
      .innerJoin(members, eq(members.id, memberships.memberId))
      .where(eq(memberships.id, value("id")))
      .prepare(),
    approvedDomain: db
      .select({ id: approvedDomains.id })
      .from(approvedDomains)
      .where(
        sql`${approvedDomains.organizationId} = ${value("organizationId")} AND ${approvedDomains.domain} = ${value("domain")}`,
      )
      .prepare(),
  };
}

const statementsOf = preparedOnce(prepareStatements);

const refusal = (code: UsageRefusal, message: string, field?: string) => refused(code, message, field);

/**
 * Records what members spent, in one transaction: events in their order, each recorded, a duplicate or refused on its
 * own. Nobody else can spend between them, so no balance and no allowance is ever overspent.
 */
export async function recordUsage(
  events: readonly UsageEvent[],
  reporter: Reporter,
  { now = new Date(), db = database() }: { now?: Date; db?: Database } = {},
): Promise<Result<RecordedUsage>[]> {
  const results = await writePosting(
    (posting, tx) => recordEvents(events, reporter, { posting, tx, now, db }),
    db,
  );
  if (OUTCOMES.hasSubscribers) OUTCOMES.publish(results.map(outcomeOf));
  return results;
}

/** What is told on the channel `bursar.usage` of each event, once it is committed. */
export type UsageOutcome = RecordedUsage["status"] | UsageRefusal;

const OUTCOMES = channel("bursar.usage");

function outcomeOf(result: Result<RecordedUsage>): UsageOutcome {
  return result.ok ? result.value.status : (result.code as UsageRefusal);
}

/** {@link recordUsage} within a transaction of {@link writePosting} on `db`. */
export function recordEvents(
  events: readonly UsageEvent[],
  reporter: Reporter,
  { posting, tx, now, db }: { posting: Posting; tx: Transaction; now: Date; db: Database },
): Result<RecordedUsage>[] {
  // Types are no lock: whatever else asks is refused here too.
  if (reporter.kind !== "api_key" && reporter.kind !== "operator") throw new ForbiddenError("admin");
  const statements = statementsOf(db);
  const timeZone = statements.settings.get()?.timeZone ?? "UTC";
  return events.map((event) => record(event, { posting, tx, db, statements, reporter, timeZone, now }));
}

type Recording = {
  posting: Posting;
  tx: Transaction;
  db: Database;
  statements: ReturnType<typeof prepareStatements>;
  reporter: Reporter;
  timeZone: string;
  now: Date;
};

/** The reporter's organization, or the one that the event names and the reporter may speak for. */
export function organizationFor(
  named: string | null,
  reporter: Reporter,
  db: Database = database(),
): Result<NonNullable<ReturnType<ReturnType<typeof prepareStatements>["organizationById"]["get"]>>> {
  const statements = statementsOf(db);
  const own = reporter.kind === "api_key" ? reporter.organizationId : null;
  if (own !== null) {
    const organization = statements.organizationById.get({ id: own });
    if (!organization) throw new Error(`no organization ${own}`);
    if (named !== null && codeKey(named) !== codeKey(organization.code)) {
      return refusal(
        "forbidden_organization",
        `This key belongs to ${organization.code} and may not report for another organization.`,
        "organization",
      );
    }
    return done(organization);
  }
  if (named === null) {
    return refusal(
      "invalid_request",
      "Name the organization: this key belongs to the enterprise.",
      "organization",
    );
  }
  const organization = statements.organizationByKey.get({ codeKey: codeKey(named) });
  return organization
    ? done(organization)
    : refusal("organization_not_found", `There is no organization with the code ${named}.`, "organization");
}

function record(event: UsageEvent, recording: Recording): Result<RecordedUsage> {
  const { posting, tx, statements, reporter, timeZone, now } = recording;
  // Or an application could take the ids of the portal's own entries.
  if (event.source === PORTAL_SOURCE) {
    return refusal("invalid_request", `The source “${PORTAL_SOURCE}” is the portal's own.`, "source");
  }
  const found = organizationFor(event.organization, reporter, recording.db);
  if (!found.ok) return found;
  const organization = found.value;

  const hash = requestHash([
    organization.id,
    emailKey(event.member),
    foldForUniqueness(event.application),
    event.credits,
    event.occurredAt?.getTime() ?? null,
    event.metadata,
  ]);
  const before = repeatOf(event, organization, hash, recording);
  if (before) return before;

  if (!organization.active) {
    return refusal("organization_inactive", `${organization.code} is inactive: nothing may be spent.`);
  }
  const member = statements.membership.get({
    emailKey: emailKey(event.member),
    organizationId: organization.id,
  });
  const domain = emailKey(event.member).split("@").at(-1) ?? "";
  if (!member && !statements.approvedDomain.get({ organizationId: organization.id, domain })) {
    return refusal("member_not_found", `${event.member} is not a member of ${organization.code}.`, "member");
  }
  if (member && !member.active) {
    return refusal("member_inactive", `${member.email} is inactive in ${organization.code}.`, "member");
  }

  const balance = posting.balance(organization.id);
  if (event.credits > balance) {
    return refusal(
      "insufficient_credits",
      `${organization.code} has ${plainCredits(balance)} credits left; ${plainCredits(event.credits)} were asked for.`,
    );
  }
  const occurredAt = event.occurredAt ?? now;
  const day = dayOf(occurredAt, timeZone);
  const month = Math.floor(day / 100);
  const allowance = effectiveAllowance(
    member ?? { allowance: "organization", monthlyAllowance: null },
    organization.monthlyAllowance,
  );
  const spentBefore = member ? posting.monthSpent(member.id, month) : 0n;
  const left = remainingAllowance(allowance, spentBefore);
  if (left !== null && event.credits > left) {
    return refusal(
      "allowance_exceeded",
      `${event.member} has ${plainCredits(left)} of ${plainCredits(allowance ?? 0n)} credits left in ${Math.floor(month / 100)}-${String(month % 100).padStart(2, "0")}; ${plainCredits(event.credits)} were asked for.`,
    );
  }

  const membership = member ?? addUnknownMember(tx, event.member, organization.id, reporter, now);
  const spentAfter = spentBefore + event.credits;
  const { balanceAfter } = posting.post({
    kind: "spend",
    ...ACCOUNTS.spend,
    amount: event.credits,
    creditTypeId: organization.creditTypeId,
    organizationId: organization.id,
    membershipId: membership.id,
    memberId: membership.memberId,
    applicationId: applicationId(event.application, recording),
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
): Result<RecordedUsage> | null {
  const entries = statements.recorded.all({ externalId: event.id, source: event.source });
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

function applicationId(name: string, { statements, tx, now }: Recording): number {
  const nameKey = foldForUniqueness(name);
  const known = statements.application.get({ nameKey });
  if (known) return known.id;
  return tx
    .insert(applications)
    .values({ name, nameKey, createdAt: now })
    .returning({ id: applications.id })
    .get().id;
}
