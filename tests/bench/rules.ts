import { closeDatabase, database } from "#db/client.ts";
import { createRule } from "#lib/alerts/commands/rules.ts";
import { checkStaleOrganizations } from "#lib/alerts/jobs/stale.ts";
import { type Client, load } from "./client.ts";
import { accepted, operator } from "./enterprise.ts";
import { ratio } from "./pages.ts";
import { median } from "./statistics.ts";
import { type Spender, singleEvents } from "./usage.ts";

/** The kinds that each usage event is compared with. */
const KINDS = ["balance_amount", "balance_share", "month_growth", "allowance_share"] as const;

/**
 * A threshold that differs from rule to rule: rules that are alike are refused. Few organizations cross one of these, as
 * in a portal in use.
 */
function thresholdOf(kind: (typeof KINDS)[number], number: number): bigint {
  if (kind === "balance_amount") return BigInt(number + 1);
  if (kind === "balance_share") return 1n + BigInt(number % 5);
  return kind === "allowance_share" ? BigInt(6 + (number % 95)) : BigInt(10_000 - number);
}

/**
 * Adds alert rules to a copy of the data, a quarter of each kind, half of them for everything, and checks every
 * organization by them, as the server's job does.
 *
 * @returns how many rules there are more, and how long the check took
 */
export async function addRules(
  directory: string,
  count: number,
): Promise<{ rules: number; secondsToCheck: number }> {
  process.env.DATA_DIR = directory;
  const codes = database()
    .$client.prepare("SELECT code FROM organizations ORDER BY id LIMIT 500")
    .pluck()
    .all() as string[];
  let rules = 0;
  for (let number = 0; rules < count && number < 4 * count; number += 1) {
    const kind = KINDS[number % KINDS.length] ?? "balance_amount";
    const organization = number % 8 < 4 ? null : (codes[number % codes.length] ?? null);
    const rule = await createRule(
      { kind, threshold: thresholdOf(kind, number), organization, tag: null },
      operator,
    );
    // Some are alike, or like one that every portal has.
    if (rule.ok) rules += 1;
    else if (rule.code !== "rule_exists") accepted(rule);
  }
  const began = performance.now();
  while (!(await checkStaleOrganizations()));
  const secondsToCheck = (performance.now() - began) / 1_000;
  closeDatabase();
  return { rules, secondsToCheck };
}

/** A portal as an administrator and as an application reach it. */
export type ServedPortal = { client: Client; gateway: Client };

type Times = { ratio: number; without: number; with: number };

/** Requests per second of one event and of the list without and with many alert rules, in turns. `ratio` is of the times. */
export async function timesWithRules(
  portals: Record<"without" | "with", ServedPortal>,
  members: readonly Spender[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Record<"event" | "list", Times>> {
  const events = singleEvents(members);
  const loads = {
    event: ({ gateway }: ServedPortal) => load(gateway, events, { seconds, atATime: 32, status: 201 }),
    list: ({ client }: ServedPortal) =>
      load(client, () => ({ path: "/organizations" }), { seconds, atATime: 4 }),
  };
  const measure = async (one: (portal: ServedPortal) => ReturnType<typeof load>): Promise<Times> => {
    const without: number[] = [];
    const withRules: number[] = [];
    // The first round is for warming up.
    for (let round = 0; round <= rounds; round++) {
      const before = await one(portals.without);
      const after = await one(portals.with);
      if (round === 0) continue;
      without.push(before.answers / before.seconds);
      withRules.push(after.answers / after.seconds);
    }
    return { ratio: ratio(without, withRules), without: median(without), with: median(withRules) };
  };
  return { event: await measure(loads.event), list: await measure(loads.list) };
}
