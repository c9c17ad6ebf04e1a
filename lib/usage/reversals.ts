import { and, eq, ne, sql } from "drizzle-orm";
import { type Database, database, type Transaction } from "#db/client.ts";
import { apiKeys, ledgerEntries, organizations } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { reverse } from "#lib/ledger/commands/reversals.ts";
import type { Posting } from "#lib/ledger/posting/posting.ts";
import { writePosting } from "#lib/ledger/posting/posting.ts";
import { organizationIdOf } from "#lib/organization-codes/queries.ts";
import { done } from "#lib/result.ts";
import type { Reporter } from "./queries/spenders.ts";
import {
  REVERSAL_MAX_AGE_DAYS,
  type ReversalRefused,
  type ReversedUsage,
  type UsageReversal,
} from "./rules/reversal.ts";

const value = sql.placeholder;

const statements = {
  eventsOfId: statement((db) =>
    db
      .select({
        entryId: ledgerEntries.id,
        amount: ledgerEntries.amount,
        recordedAt: ledgerEntries.recordedAt,
        organization: { id: organizations.id, code: organizations.code },
        apiKey: { id: apiKeys.id, organizationId: apiKeys.organizationId },
      })
      .from(ledgerEntries)
      .innerJoin(organizations, eq(organizations.id, ledgerEntries.organizationId))
      .leftJoin(apiKeys, eq(apiKeys.id, ledgerEntries.apiKeyId))
      .where(
        and(
          eq(ledgerEntries.externalId, value("id")),
          eq(ledgerEntries.source, value("source")),
          // The index of external ids finds them.
          ne(sql`+${ledgerEntries.kind}`, "reversal"),
          sql`${ledgerEntries.membershipId} IS NOT NULL`,
        ),
      ),
  ),
  reversalOf: statement((db) =>
    db
      .select({
        externalId: ledgerEntries.externalId,
        amount: ledgerEntries.amount,
        balanceAfter: ledgerEntries.balanceAfter,
      })
      .from(ledgerEntries)
      .where(and(eq(ledgerEntries.reversesId, value("entryId")), sql`reverses_id IS NOT NULL`)),
  ),
};

type Event = ReturnType<typeof statements.eventsOfId.all>[number];

/** A person's request id has no space, so that nobody can use these ids before. */
const requestIdOf = (entryId: number) => `usage reversal ${entryId}`;

const refused = (code: ReversalRefused["code"], message: string, field?: "id" | "organization") =>
  ({ ok: false, code, message, ...(field && { field }) }) satisfies ReversalRefused;

/** Whether this reporter's application reported the event, with any of its keys. */
function isOwn({ apiKey, organization }: Event, reporter: Reporter): boolean {
  if (reporter.kind === "operator") return true;
  if (apiKey === null) return false;
  return reporter.organizationId === null
    ? apiKey.organizationId === null
    : apiKey.organizationId === reporter.organizationId && organization.id === reporter.organizationId;
}

/**
 * Takes back one usage event by a linked reversal, once. A key takes back what a key of the same organization, or of
 * the enterprise, reported in the last 30 days; the operator any event. Asked again, it is answered as the first time.
 */
export async function reverseUsage(
  request: UsageReversal,
  reporter: Reporter,
  { now = new Date(), db = database() }: { now?: Date; db?: Database } = {},
): Promise<{ ok: true; value: ReversedUsage } | ReversalRefused> {
  if (reporter.kind !== "api_key" && reporter.kind !== "operator") throw new ForbiddenError("admin");
  return writePosting((posting, tx) => reverseWithin(request, reporter, { posting, tx, db, now }), db);
}

function reverseWithin(
  { id, source, organization, note }: UsageReversal,
  reporter: Reporter,
  { posting, tx, db, now }: { posting: Posting; tx: Transaction; db: Database; now: Date },
): { ok: true; value: ReversedUsage } | ReversalRefused {
  // No organization has the id 0.
  const organizationId = organization === null ? null : (organizationIdOf(db, organization) ?? 0);
  const events = statements.eventsOfId
    .all({ id, source }, db)
    .filter((event) => isOwn(event, reporter))
    .filter((event) => organizationId === null || event.organization.id === organizationId);
  const [event, another] = events;
  if (!event) return refused("event_not_found", `There is no usage event with the id ${id}.`, "id");
  if (another) {
    const codes = events.map((one) => one.organization.code).join(", ");
    return refused("invalid_request", `Name the organization: ${codes} have this id.`, "organization");
  }
  const { entryId } = event;
  const answer = (status: ReversedUsage["status"], credits: bigint, balance: bigint) =>
    done({ id, status, credits, organization: { code: event.organization.code, balance } });

  const earlier = statements.reversalOf.get({ entryId }, db);
  if (earlier?.externalId === requestIdOf(entryId)) {
    return answer("duplicate", earlier.amount, earlier.balanceAfter);
  }
  if (earlier) return refused("already_reversed", `The event ${id} was reversed in the portal.`, "id");
  const age = now.getTime() - event.recordedAt.getTime();
  if (reporter.kind === "api_key" && age > REVERSAL_MAX_AGE_DAYS * 24 * 3_600_000) {
    const message = `The event ${id} was recorded more than ${REVERSAL_MAX_AGE_DAYS} days ago.`;
    return refused("reversal_expired", message, "id");
  }
  const reversed = reverse(
    posting,
    tx,
    { entry: entryId, note, requestId: requestIdOf(entryId) },
    reporter,
    now,
  );
  // The reversal of a spend gives credits back, so that only a second reversal could be refused.
  if (!reversed.ok) throw new Error(reversed.message);
  return answer("reversed", reversed.value.amount, reversed.value.balanceAfter);
}
