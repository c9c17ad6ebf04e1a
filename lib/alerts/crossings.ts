import type { Database, Transaction } from "#db/client.ts";
import { monthOf } from "#lib/calendar.ts";
import type { EntryKind } from "#lib/ledger/rules.ts";
import { announce } from "./announce.ts";
import {
  checkContext,
  checkMembership,
  checkOrganization,
  checkPool,
  countingMembership,
  hasAlerts,
  markStale,
} from "./checks.ts";
import type { OpenedAlert } from "./reconcile.ts";
import { sharesCrossed } from "./rules/conditions.ts";
import type { Resolution } from "./rules/kinds.ts";
import { type RulesSummary, rulesSummary } from "./rules-of.ts";

// What a posting does for alerts. It compares the figures that it has anyway with limits that are in the row of the
// organization, and with the percentages of all rules about allowances. Only where one of them is crossed does it read
// the rules, in the same transaction: there is no commit without its alert and no alert without its commit.

/** What an organization had spent in its life before the posting, and its limits, as columns of its row. */
export type OrganizationLimits = {
  spent: bigint;
  version: bigint;
  below: bigint | null;
  /** Lifetime spending from which on a rule about months may be crossed in `month`. */
  spentFrom: bigint | null;
  month: bigint | null;
};

/** The parts of an entry that decide about alerts. */
type PostedEntry = {
  kind: EntryKind;
  amount: bigint;
  creditTypeId: number;
  organizationId?: number | null | undefined;
  membershipId?: number | null | undefined;
  day: number;
  recordedAt: Date;
  monthSpentAfter?: bigint | null | undefined;
  mergedMonthSpent?: bigint;
  allowanceThen?: bigint | null | undefined;
};

type Moved = {
  limits: OrganizationLimits;
  balance: bigint;
  spent: bigint;
  /** Whether something was spent in another month than that of the limits. */
  isOtherMonth: boolean;
  /** The last kind of entry that was not a spend. */
  kind: EntryKind | null;
};

/**
 * A posting checks the alerts of at most this number of organizations itself. A larger one only marks them, in its
 * transaction, and they are checked after it: the check takes as long as the posting, and other writes would wait.
 */
const ORGANIZATIONS_CHECKED = 1_000;

/** Why figures became clear of their limits. */
function causeOf(kind: EntryKind | null): Resolution {
  if (kind === "allocation" || kind === "purchase" || kind === "return") return "credits_added";
  return kind === "reversal" ? "entry_reversed" : "condition_ended";
}

/** Collects what the entries of one posting cross; `finish` opens and resolves alerts once the counters are written. */
export function startCrossings(db: Database, tx: Transaction) {
  const moved = new Map<number, Moved>();
  const pools = new Map<number, EntryKind>();
  /** Memberships that may have crossed a share of their allowance, or gone back below one, by month. */
  const members = new Map<string, { id: number; month: number; kind: EntryKind }>();
  let summary: RulesSummary | undefined;
  let now = 0;

  function noteMember(id: number, month: number, kind: EntryKind): void {
    members.set(`${id} ${month}`, { id, month, kind });
  }

  /** Notes an entry. `limits` are the organization's before the posting; `available` is what the pool gains. */
  function note(
    entry: PostedEntry,
    effects: { available: bigint; spent: bigint },
    limits: OrganizationLimits | null,
    balanceAfter: bigint,
  ): void {
    summary ??= rulesSummary(db);
    const { kind } = entry;
    now = Math.max(now, entry.recordedAt.getTime());
    if (effects.available !== 0n) pools.set(entry.creditTypeId, kind);
    const month = monthOf(entry.day);
    if (entry.organizationId != null && limits) {
      const before = moved.get(entry.organizationId);
      moved.set(entry.organizationId, {
        limits,
        balance: balanceAfter,
        spent: (before?.spent ?? limits.spent) + effects.spent,
        isOtherMonth:
          (before?.isOtherMonth ?? false) || (limits.month !== null && BigInt(month) !== limits.month),
        kind: kind === "spend" ? (before?.kind ?? null) : kind,
      });
    }
    if (entry.membershipId == null) return;
    if (kind === "reversal") noteMember(entry.membershipId, month, kind);
    const { allowanceThen: allowance, monthSpentAfter, mergedMonthSpent = 0n, amount } = entry;
    if (allowance == null || allowance === 0n || monthSpentAfter == null || amount === 0n) return;
    const after = monthSpentAfter + mergedMonthSpent;
    const [lowest] = summary.allowanceShares;
    if (lowest === undefined || after * 100n < allowance * lowest) return;
    if (sharesCrossed(summary.allowanceShares, after - amount, after, allowance).length > 0) {
      noteMember(entry.membershipId, month, kind);
    }
  }

  function mayCross({ limits, balance, spent, isOtherMonth, kind }: Moved, version: number): boolean {
    return (
      kind !== null ||
      limits.version !== BigInt(version) ||
      (limits.below !== null && balance < limits.below) ||
      (limits.spentFrom !== null && spent >= limits.spentFrom) ||
      isOtherMonth
    );
  }

  function finish(): void {
    if (!summary) return;
    const { version } = summary;
    const organizations = [...moved].filter(([, one]) => mayCross(one, version));
    if (organizations.length === 0 && pools.size === 0 && members.size === 0) return;
    const at = new Date(now);
    const context = checkContext(db, at, summary);
    const opened: OpenedAlert[] = [];
    if (organizations.length > ORGANIZATIONS_CHECKED) {
      markStale(
        organizations.map(([id]) => id),
        db,
      );
    } else {
      for (const [id, { kind }] of organizations) {
        opened.push(...checkOrganization(id, causeOf(kind), context));
      }
    }
    for (const [id, kind] of pools) opened.push(...checkPool(id, causeOf(kind), context));
    for (const { id, month, kind } of members.values()) {
      // A month that is over needs no attention.
      if (month !== context.month) continue;
      // A reversal names the membership that has spent, also where it was merged since.
      const counting = kind === "reversal" ? countingMembership(id, db) : id;
      if (kind === "reversal" && !hasAlerts(counting, db)) continue;
      opened.push(...checkMembership(counting, causeOf(kind), context));
    }
    announce(tx, opened, at);
  }

  return { note, finish };
}
