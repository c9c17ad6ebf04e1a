import { processorMilliseconds } from "#tests/support/processor-time.ts";
import { type Call, type Client, load } from "./client.ts";
import { median, quantile } from "./statistics.ts";

/** Of one round: requests per second, and the server's processor time per request in milliseconds. */
export type Rates = { perSecond: number[]; processor: number[] };

/** Measures in alternating rounds, so that a busy moment of the machine affects all alike. */
export async function requestRates<Name extends string>(
  calls: Record<Name, { client: Client; call: Call; pid: number }>,
  { rounds, seconds, atATime }: { rounds: number; seconds: number; atATime: number },
): Promise<Record<Name, Rates>> {
  const names = Object.keys(calls) as Name[];
  const rates = Object.fromEntries(
    names.map((name): [Name, Rates] => [name, { perSecond: [], processor: [] }]),
  ) as Record<Name, Rates>;
  // The first round is for warming up.
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const { client, call, pid } = calls[name];
      const before = processorMilliseconds(pid);
      const { answers, seconds: took } = await load(client, () => call, { seconds, atATime });
      if (round === 0) continue;
      rates[name].perSecond.push(answers / took);
      rates[name].processor.push((processorMilliseconds(pid) - before) / answers);
    }
  }
  return rates;
}

/** The median of the ratios of the rounds. */
export function ratio(of: readonly number[], to: readonly number[]): number {
  return median(of.map((value, round) => value / (to[round] ?? Number.NaN)));
}

export type Latency = { p50: number; p95: number; count: number };

/** The latencies of each path in milliseconds, with one request at a time and the paths in turn. */
export async function latencies(
  client: Client,
  paths: readonly string[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Map<string, Latency>> {
  const taken = new Map(paths.map((path) => [path, [] as number[]]));
  const until = performance.now() + seconds * 1000;
  for (let round = -2; round < rounds; round++) {
    // Measure each path a few times even if the time is up.
    if (round >= 5 && performance.now() > until) break;
    for (const path of paths) {
      const before = performance.now();
      const answer = await client.send({ path });
      const took = performance.now() - before;
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
      if (round >= 0) taken.get(path)?.push(took);
    }
  }
  return new Map(
    [...taken].map(([path, times]) => [
      path,
      { p50: median(times), p95: quantile(times, 0.95), count: times.length },
    ]),
  );
}

/** Views of the list. The search words are from the names in the data. */
export const LIST_VIEWS: Record<string, string> = {
  "active only": "?status=active",
  "inactive only": "?status=inactive",
  "one credit type": "?type=2",
  "rare credit type, inactive": "?type=2&status=inactive",
  "a rare word": "?q=regensburg",
  "a common word": "?q=university",
  "two words": "?q=physics+university",
  "two letters": "?q=qu",
  "no hit": "?q=zzzzzz",
  "no hit, two letters": "?q=%C3%BF%C3%BF",
  "oldest first": "?sort=created",
  "by name": "?sort=name",
  "by name, descending": "?sort=-name",
  "by members": "?sort=-members",
  "by balance": "?sort=-balance",
  "by spent": "?sort=-spent",
  "page 2": "?page=2",
  "page 4,000": "?page=4000",
  "the table": "?view=table",
};
