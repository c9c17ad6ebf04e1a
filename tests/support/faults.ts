import { randomInt } from "node:crypto";
import { randomFrom } from "#lib/random.ts";

/** How much of the long form is asked for: 1 is all of it; null within `npm test`, where each test is short. */
const scale = process.env.FAULTS_SCALE ? Number(process.env.FAULTS_SCALE) : null;
if (scale !== null && !(scale > 0)) throw new Error("FAULTS_SCALE must be a number above 0");

/** How often a fault test does what it does: `short` within `npm test`, `long` with `npm run test:faults`. */
export function times({ short, long }: { short: number; long: number }): number {
  return scale === null ? short : Math.max(short, Math.round(long * scale));
}

/** Prints what a test found; vitest does not capture it. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export type Random = {
  /** At least 0, below `limit`. */
  below: (limit: number) => number;
  chance: (probability: number) => boolean;
  pick: <T>(list: readonly T[]) => T;
};

/** Random numbers that a seed repeats: `FAULTS_SEED`, where it is set. */
export function seededRandom(name: string): Random {
  const seed = process.env.FAULTS_SEED ? Number(process.env.FAULTS_SEED) : randomInt(2 ** 31);
  say(`${name}: FAULTS_SEED=${seed}`);
  const next = randomFrom(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (list) => {
      const [first, ...others] = list;
      if (first === undefined && others.length === 0) throw new Error("nothing to pick from");
      return list[below(list.length)] as (typeof list)[number];
    },
  };
}
