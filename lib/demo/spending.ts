import { addDays, addMonths, daysInRange, firstDay, monthOf, utcMidnight } from "#lib/calendar.ts";
import { effectiveAllowance } from "#lib/members/rules.ts";
import { randomFrom } from "#lib/random.ts";
import {
  DEMO_APPLICATIONS,
  DEMO_ORGANIZATIONS,
  DEMO_TIME_ZONE,
  DEMO_UNLIMITED,
  type DemoMember,
  type DemoOrganization,
} from "./enterprise.ts";

/** A spend of the demo, in micro-credits. */
export type DemoSpend = {
  organization: DemoOrganization;
  member: DemoMember;
  application: string;
  at: Date;
  credits: bigint;
};

const MINUTE = 60_000;
const MONTHS = 24;

/** The day in the demo's time zone, e.g. 20261124, and how much of it has passed. */
export function demoDay(now: Date): { day: number; passedMs: number } {
  const local = new Date(now.getTime() + DEMO_TIME_ZONE.hoursAhead * 60 * MINUTE);
  const day = local.getUTCFullYear() * 10_000 + (local.getUTCMonth() + 1) * 100 + local.getUTCDate();
  return { day, passedMs: local.getTime() - utcMidnight(day) };
}

/** The instant on a day of the demo's time zone, from the minutes since midnight. */
export function demoInstant(day: number, minutes: number): Date {
  return new Date(utcMidnight(day) + (minutes - DEMO_TIME_ZONE.hoursAhead * 60) * MINUTE);
}

export function daysAgo(now: Date, days: number): Date {
  return new Date(now.getTime() - days * 24 * 60 * MINUTE);
}

/** The days on which an organization spends: from its creation, but at most two years. */
export function demoDays(
  { createdAt, closedAt }: DemoOrganization,
  now: Date,
): { first: number; last: number } {
  const earliest = firstDay(addMonths(monthOf(demoDay(now).day), -MONTHS));
  const last = closedAt === null ? demoDay(now).day : addDays(demoDay(closedAt).day, -1);
  const first = addDays(demoDay(createdAt).day, 2);
  return { first: closedAt === null ? Math.max(first, earliest) : first, last };
}

/** How busy a university is, by weekday (from Sunday) and by month, with holidays in summer and in December. */
const WEEKDAYS = [0.15, 1, 1.1, 1.1, 1, 0.85, 0.25];
const TERM = [0.8, 1.05, 1.1, 1.15, 0.75, 0.5, 0.45, 0.9, 1.05, 1.15, 1.2, 0.5];

function rhythm(day: number): number {
  const date = new Date(utcMidnight(day));
  return (WEEKDAYS[date.getUTCDay()] ?? 1) * (TERM[date.getUTCMonth()] ?? 1);
}

/** A spend whose amount is not computed yet: it has a share of the organization's spending. */
type Draft = Omit<DemoSpend, "credits"> & { month: number; share: bigint };

/** An organization's spends, day by day. Their number grows with time. */
function drafts(organization: DemoOrganization, index: number, now: Date): Draft[] {
  const random = randomFrom(index + 1);
  const { first, last } = demoDays(organization, now);
  const today = demoDay(now);
  const span = daysInRange(first, last);
  const drafts: Draft[] = [];
  const draft = (member: DemoMember, at: Date, month: number) => {
    // Many cheap uses and a few expensive ones.
    const share = BigInt(Math.ceil(Math.exp(2.4 * (random() + random() + random() - 1.5)) * 1000));
    const application =
      DEMO_APPLICATIONS[(index + Math.floor(random() ** 2 * 6)) % 6] ?? DEMO_APPLICATIONS[0];
    drafts.push({ organization, member, application, at, month, share });
  };
  for (let day = first, passed = 0; day <= last; day = addDays(day, 1), passed += 1) {
    const busy = rhythm(day) * (0.35 + (0.35 * passed) / span);
    for (const member of organization.members) {
      const present = member.leftDaysAgo === undefined || day < demoDay(daysAgo(now, member.leftDaysAgo)).day;
      let times = member.pace === 0 || !present ? 0 : Math.floor(member.pace * busy + random());
      for (; times > 0; times -= 1) {
        const at = demoInstant(day, 8 * 60 + (random() + random()) * 7 * 60);
        if (at < now) draft(member, at, monthOf(day));
      }
    }
  }
  const [someone] = organization.members;
  if (organization.closedAt === null && someone) {
    // Make sure of one spend today; otherwise the charts would end before today on a Sunday morning.
    const passed = random() * today.passedMs;
    if (someone.pace >= 0.5) draft(someone, new Date(now.getTime() - passed), monthOf(today.day));
    else if (drafts.length === 0) draft(someone, demoInstant(first, 10 * 60), monthOf(first));
  }
  return drafts.sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** Amounts are in thousandths of a credit. */
const THOUSANDTH = 1_000n;
/** How much of an allowance is used at most, in percent. The rest is for spends that are charged twice by mistake. */
const FILLED = 95n;

type Cell = { drafts: Draft[]; share: bigint; cap: bigint | null; amount: bigint };

/** Splits an amount by shares, exactly. The last share gets the rest that rounding leaves. */
function split(amount: bigint, shares: readonly bigint[]): bigint[] {
  let left = amount;
  let shareLeft = shares.reduce((sum, share) => sum + share, 0n);
  return shares.map((share) => {
    const part = shareLeft === 0n ? 0n : (left * share) / shareLeft;
    left -= part;
    shareLeft -= share;
    return part;
  });
}

/**
 * Spreads an organization's spending over its members' months, within their allowances. @returns the amount that does
 * not fit
 */
function fill(cells: readonly Cell[], spent: bigint): bigint {
  let left = spent;
  for (;;) {
    const open = cells.filter(({ cap, amount }) => cap === null || amount < cap);
    const parts = split(
      left,
      open.map(({ share }) => share),
    );
    for (const [index, cell] of open.entries()) {
      const room = cell.cap === null ? left : cell.cap - cell.amount;
      const part = parts[index] ?? 0n;
      const share = part < room ? part : room;
      cell.amount += share;
      left -= share;
    }
    if (left === 0n || open.length === 0) return left;
  }
}

/**
 * All spends of the demo up to `now`, oldest first. Each organization spends exactly its total, and nobody exceeds an
 * allowance. The same `now` gives the same spends.
 */
export function demoSpends(now: Date): DemoSpend[] {
  const spends: DemoSpend[] = [];
  let noRoom = 0n;
  const inOrder = DEMO_ORGANIZATIONS.map((organization, index) => ({ organization, index })).sort(
    (a, b) => Number(a.organization.code === DEMO_UNLIMITED) - Number(b.organization.code === DEMO_UNLIMITED),
  );
  for (const { organization, index } of inOrder) {
    const cells = new Map<string, Cell>();
    for (const draft of drafts(organization, index, now)) {
      const key = `${draft.member.email} ${draft.month}`;
      const allowance = effectiveAllowance(draft.member, organization.monthlyAllowance);
      const cap = allowance === null ? null : (allowance * FILLED) / 100n / THOUSANDTH;
      const cell = cells.get(key) ?? { drafts: [], share: 0n, cap, amount: 0n };
      cell.drafts.push(draft);
      cell.share += draft.share;
      cells.set(key, cell);
    }
    // The last organization has no limit and also spends what did not fit elsewhere.
    const others = organization.code === DEMO_UNLIMITED ? noRoom : 0n;
    noRoom += fill([...cells.values()], organization.spent / THOUSANDTH + others) - others;
    for (const cell of cells.values()) {
      const amounts = split(
        cell.amount,
        cell.drafts.map(({ share }) => share),
      );
      for (const [place, { month: _month, share: _share, ...draft }] of cell.drafts.entries()) {
        const credits = (amounts[place] ?? 0n) * THOUSANDTH;
        if (credits > 0n) spends.push({ ...draft, credits });
      }
    }
  }
  if (noRoom > 0n) throw new Error("the demo's allowances are smaller than what it spends");
  return spends.sort((a, b) => a.at.getTime() - b.at.getTime());
}
