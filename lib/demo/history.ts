import { addDays, addMonths, firstDay, monthOf } from "#lib/calendar.ts";
import { effectiveAllowance } from "#lib/members/rules.ts";
import {
  DEMO_CREDIT_TYPES,
  DEMO_ENDPOINT_DAYS,
  DEMO_ORGANIZATIONS,
  DEMO_START,
  type DemoMember,
  type DemoOrganization,
} from "./enterprise.ts";
import { type DemoSpend, daysAgo, demoDay, demoDays, demoInstant, demoSpends } from "./spending.ts";

/**
 * One event of the history, which a command of the product carries out. Organizations are named by code, credit types
 * by name.
 */
export type DemoEvent = { at: Date } & (
  | { kind: "credit type"; creditType: (typeof DEMO_CREDIT_TYPES)[number] }
  | { kind: "organization"; organization: DemoOrganization }
  | { kind: "members"; organization: string; members: readonly DemoMember[] }
  | { kind: "purchase"; creditType: string; amount: bigint; id: string; note: string | null }
  | { kind: "allocation"; organization: string; amount: bigint; id: string; note: string | null }
  | { kind: "return"; organization: string; amount: bigint; id: string; note: string | null }
  | { kind: "spend"; id: string; spend: DemoSpend; metadata: string }
  /** Reverses the entry with the external id `of`. */
  | { kind: "reversal"; of: string; id: string; note: string }
  | { kind: "member left"; organization: string; email: string }
  | { kind: "endpoint" }
  | { kind: "organization closed"; organization: string }
);

type Move = Extract<DemoEvent, { kind: "allocation" }>;

const credits = (whole: number) => BigInt(whole) * 1_000_000n;
const later = (at: Date, days: number) => daysAgo(at, -days);

/** Allocates two fifths at the start, and the rest in equal parts on the first day of each month. */
function allocations(organization: DemoOrganization, now: Date): Move[] {
  const { code, received, members } = organization;
  const { first, last } = demoDays(organization, now);
  const move = (at: Date, amount: bigint): Move => {
    const { day } = demoDay(at);
    return { kind: "allocation", at, organization: code, amount, id: `demo-${code}-${day}`, note: null };
  };
  const start = demoInstant(addDays(first, -1), 9 * 60);
  const busy = members.some(({ pace }) => pace >= 0.1);
  const firsts: Date[] = [];
  for (
    let month = addMonths(monthOf(first), 1);
    busy && month <= monthOf(last);
    month = addMonths(month, 1)
  ) {
    const at = demoInstant(firstDay(month), 9 * 60);
    if (at < now) firsts.push(at);
  }
  const each =
    firsts.length === 0 ? 0n : ((received * 3n) / 5n / BigInt(firsts.length) / credits(10)) * credits(10);
  return [
    move(start, received - each * BigInt(firsts.length)),
    ...(each > 0n ? firsts.map((at) => move(at, each)) : []),
  ];
}

/** A purchase of a round amount for each quarter in which credits leave a pool, one hour before the first of them. */
function purchases(moves: readonly Move[]): DemoEvent[] {
  const quarters = new Map<string, { creditType: string; at: Date; amount: bigint }>();
  const typeOf = new Map(DEMO_ORGANIZATIONS.map(({ code, creditType }) => [code, creditType]));
  for (const { organization, at, amount } of [...moves].sort((a, b) => a.at.getTime() - b.at.getTime())) {
    const month = monthOf(demoDay(at).day);
    const quarter = `${Math.floor(month / 100)} Q${Math.ceil((month % 100) / 3)}`;
    const creditType = typeOf.get(organization) ?? "";
    const bought = quarters.get(`${creditType} ${quarter}`) ?? { creditType, at, amount: 0n };
    bought.amount += amount;
    quarters.set(`${creditType} ${quarter}`, bought);
  }
  return [...quarters].map(([name, { creditType, at, amount }]) => ({
    kind: "purchase",
    creditType,
    at: new Date(at.getTime() - 3_600_000),
    amount: (amount / credits(10_000) + 2n) * credits(10_000),
    id: `demo-purchase-${name.replaceAll(" ", "-")}`,
    note: `Invoice for ${name.slice(creditType.length + 1)}`,
  }));
}

const MODELS = ['{"model":"gpt-4o"}', '{"model":"gpt-4o-mini"}', '{"model":"claude-sonnet"}'];

/**
 * Every spend as an event. In most organizations, one spend was sent twice under two ids, and the second was reversed.
 */
function spending(now: Date): DemoEvent[] {
  const events: DemoEvent[] = [];
  const corrected = new Set<string>();
  for (const [index, spend] of demoSpends(now).entries()) {
    const { organization, member, at } = spend;
    const id = `demo-${String(index + 1).padStart(6, "0")}`;
    const metadata = MODELS[(index * 7) % 3] ?? "{}";
    events.push({ kind: "spend", at, id, spend, metadata });
    const allowance = effectiveAllowance(member, organization.monthlyAllowance);
    const small = allowance === null || spend.credits * 25n < allowance;
    // Each duplicate is in a month of its own.
    const turn = at.getUTCMonth() === (corrected.size * 5) % 12 && spend.credits > credits(10);
    if (small && turn && !corrected.has(organization.code) && later(at, 10) < now) {
      corrected.add(organization.code);
      const again = new Date(at.getTime() + 40_000);
      events.push(
        { kind: "spend", at: again, id: `${id}-again`, spend: { ...spend, at: again }, metadata },
        {
          kind: "reversal",
          at: later(at, 1),
          of: `${id}-again`,
          id: `demo-reversal-${id}`,
          note: "Sent twice",
        },
      );
    }
  }
  return events;
}

/** Mistakes of people, and their reversals. */
function mistakes(now: Date): DemoEvent[] {
  const bought = daysAgo(now, 200);
  const moved = daysAgo(now, 100);
  return [
    {
      kind: "purchase",
      at: bought,
      creditType: "SGD Credits",
      amount: credits(50_000),
      id: "demo-typed-twice",
      note: "Invoice 2025-117",
    },
    {
      kind: "reversal",
      at: later(bought, 0.1),
      of: "demo-typed-twice",
      id: "demo-reversal-purchase",
      note: "Typed twice",
    },
    {
      kind: "allocation",
      at: moved,
      organization: "BUS",
      amount: credits(5_000),
      id: "demo-wrong-school",
      note: "Workshop",
    },
    {
      kind: "reversal",
      at: later(moved, 2),
      of: "demo-wrong-school",
      id: "demo-reversal-allocation",
      note: "Meant for another school",
    },
  ];
}

/**
 * The whole history of the demo enterprise up to `now`, in order. The same `now` gives the same history. Another `now`
 * gives other days and the same totals.
 */
export function demoHistory(now: Date): DemoEvent[] {
  const events: DemoEvent[] = DEMO_CREDIT_TYPES.map((creditType) => ({
    kind: "credit type",
    at: DEMO_START,
    creditType,
  }));
  events.push({ kind: "endpoint", at: daysAgo(now, DEMO_ENDPOINT_DAYS) });
  const moves: Move[] = [];
  for (const organization of DEMO_ORGANIZATIONS) {
    const { code, createdAt, closedAt, members, returned } = organization;
    events.push({ kind: "organization", at: createdAt, organization });
    // Not later than the day of the first credits.
    events.push({ kind: "members", at: later(createdAt, 0.01), organization: code, members });
    moves.push(...allocations(organization, now));
    for (const { email, leftDaysAgo } of members) {
      if (leftDaysAgo === undefined) continue;
      events.push({ kind: "member left", at: daysAgo(now, leftDaysAgo), organization: code, email });
    }
    if (returned > 0n) {
      events.push({
        kind: "return",
        at: closedAt ?? daysAgo(now, 30),
        organization: code,
        amount: returned,
        id: `demo-return-${code}`,
        note: closedAt === null ? "Not needed this year" : "Left at the end",
      });
    }
    if (closedAt !== null) {
      events.push({ kind: "organization closed", at: later(closedAt, 0.01), organization: code });
    }
  }
  events.push(...moves, ...purchases(moves), ...spending(now), ...mistakes(now));
  // The sort is stable: events at the same instant stay in the order above.
  return events.sort((a, b) => a.at.getTime() - b.at.getTime());
}
