import { addDays } from "#lib/calendar.ts";
import type { RefusalGroup } from "#lib/refusals/rules.ts";
import { demoDay, demoInstant } from "./spending.ts";

type DemoRefusal = Pick<RefusalGroup, "organization" | "member" | "application" | "code" | "requests"> & {
  daysAgo: number;
  /** In credits, of all requests together. */
  amount: number;
  remaining?: number;
};

/** What a portal refuses in ordinary weeks, from the oldest on. */
const REFUSALS: readonly DemoRefusal[] = [
  refusal(23, "PILOT", "farah.aziz@example.edu", "essay-coach", "organization_inactive", 1, 12),
  refusal(19, "BUS", "guest.lecturer@example.edu", "essay-coach", "member_not_found", 2, 16),
  refusal(15, "ENG", "chloe.lim@example.edu", "code-tutor", "allowance_exceeded", 4, 640, 85.5),
  refusal(11, "LAWW", "wei.ling.tan@example.edu", "research-assistant", "organization_not_found", 1, 40),
  refusal(8, "ENG", "daniel.ong@example.edu", "code-tutor", "allowance_exceeded", 2, 300, 120),
  refusal(5, "ENT-TEST", "test.admin@example.edu", "data-analyst", "insufficient_credits", 2, 24_000, 9_953),
  refusal(3, "BUS", "guest.lecturer@example.edu", "research-assistant", "member_not_found", 1, 8),
  refusal(2, "ENG", "arjun.nair@example.edu", "code-tutor", "allowance_exceeded", 3, 900, 210.25),
  refusal(1, "ENG", "chloe.lim@example.edu", "code-tutor", "allowance_exceeded", 2, 260, 30),
  refusal(0, "PILOT", "farah.aziz@example.edu", "essay-coach", "organization_inactive", 6, 72),
];

/** How long ago the latest ones are: less than the 24 hours that the overview counts, at each time of the day. */
const TODAY_MS = 2 * 3_600_000;

function refusal(
  daysAgo: number,
  organization: string,
  member: string,
  application: string,
  code: RefusalGroup["code"],
  requests: number,
  amount: number,
  remaining?: number,
): DemoRefusal {
  return {
    daysAgo,
    organization,
    member,
    application,
    code,
    requests,
    amount,
    ...(remaining !== undefined && { remaining }),
  };
}

const microCredits = (amount: number) => BigInt(Math.round(amount * 1_000_000));

/** Usage of the last weeks that was refused, in the hours of a working day, and a short time ago. */
export function demoRefusals(now: Date): RefusalGroup[] {
  const today = demoDay(now).day;
  return REFUSALS.map(({ daysAgo, amount, remaining, ...request }, index) => {
    const at =
      daysAgo === 0
        ? now.getTime() - TODAY_MS
        : demoInstant(addDays(today, -daysAgo), 9 * 60 + index * 41).getTime();
    return {
      ...request,
      at,
      lastAt: at + (request.requests - 1) * 5_000,
      apiKeyId: null,
      keyOrganizationId: null,
      request: "event",
      amount: microCredits(amount),
      remaining: remaining === undefined ? null : microCredits(remaining),
    };
  });
}
