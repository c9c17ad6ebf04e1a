import { type Database, database } from "#db/client.ts";
import { monthOf } from "#lib/calendar.ts";
import { monthSpentOf } from "#lib/ledger/posting/posting.ts";
import { effectiveAllowance, remainingAllowance } from "#lib/members/rules.ts";
import { done } from "#lib/result.ts";
import { dayOf } from "#lib/time.ts";
import type { Spendable, UsageResult } from "../rules/event.ts";
import {
  mergedSpentOf,
  organizationFor,
  type Reporter,
  type SpendingMember,
  type SpendingOrganization,
  spenderIn,
  timeZoneOf,
} from "./spenders.ts";
import { inactiveRefusal } from "./status.ts";

/** What one member may spend in a month there; null is no limit. */
export function allowanceOf(
  member: SpendingMember | null,
  organization: SpendingOrganization,
): bigint | null {
  return effectiveAllowance(
    member ?? { allowance: "organization", monthlyAllowance: null },
    organization.monthlyAllowance,
  );
}

/** What a member may still spend now, or the refusal that a spend would get. Reads one snapshot and writes nothing. */
export function spendableBy(
  question: { organization: string | null; member: string; credits: bigint | null },
  reporter: Reporter,
  { now = new Date(), db = database() }: { now?: Date; db?: Database } = {},
): UsageResult<Spendable> {
  return db.transaction(() => {
    const named = organizationFor(question.organization, reporter, db);
    if (!named.ok) return named;
    const organization = named.value;
    const spender = spenderIn(organization, question.member, db);
    const inactive = inactiveRefusal(organization, spender, { occurredAt: now, now, db });
    if (inactive) return inactive;
    if (!spender.ok) return spender;
    const member = spender.value;
    const month = monthOf(dayOf(now, timeZoneOf(db)));
    const spent = member ? monthSpentOf(db, member.id, month) + mergedSpentOf(member, month, db) : 0n;
    const allowance = allowanceOf(member, organization);
    const remaining = remainingAllowance(allowance, spent);
    const { code, balance } = organization;
    const spendable = remaining !== null && remaining < balance ? remaining : balance;
    return done({
      allowed: question.credits === null ? spendable > 0n : question.credits <= spendable,
      spendable,
      organization: { code, balance },
      member: { email: member?.email ?? question.member, spentThisMonth: spent, allowance, remaining },
    });
  });
}
