import { randomInt } from "node:crypto";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { database } from "#db/client.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { inDatabase, makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { expectSameFigures, ledgerCommands, seen, startWorld } from "./model-commands.ts";

/**
 * `npm test` runs the same sequences every time, in which each outcome is known to come. With MODEL_SEQUENCES they are
 * others each time; to repeat a failure, give MODEL_SEED and the path that fast-check prints.
 */
const SEQUENCES = Number(process.env.MODEL_SEQUENCES ?? 500);
const SEED = Number(process.env.MODEL_SEED ?? (process.env.MODEL_SEQUENCES ? randomInt(2 ** 31) : 1));
/** How many sequences share a database file. */
const BATCH = 250;

const EXPECTED = [
  "purchase ok",
  "purchase repeated",
  "purchase idempotency_conflict",
  "purchase pool_limit",
  "purchase enterprise_limit",
  "allocation ok",
  "allocation insufficient_credits",
  "allocation repeated",
  "return repeated",
  "reversal repeated",
  "return ok",
  "return insufficient_credits",
  "spend ok",
  "spend duplicate",
  "spend idempotency_conflict",
  "spend insufficient_credits",
  "spend allowance_exceeded",
  "spend organization_inactive",
  "spend member_inactive",
  "reversal of purchase ok",
  "reversal of allocation ok",
  "reversal of return ok",
  "reversal of spend ok",
  "reversal insufficient_credits",
  "reversal already_reversed",
  "reversal not_reversible",
  "reversal entry_not_found",
  "credit type fixed",
  "credit type changed",
];

test(
  `the ledger does what a simple model does, in ${SEQUENCES} sequences`,
  async () => {
    console.log(
      `seed ${SEED}: MODEL_SEED=${SEED} MODEL_SEQUENCES=${SEQUENCES} npm test -- tests/lib/ledger/model`,
    );
    for (let batch = 0; batch * BATCH < SEQUENCES; batch += 1) {
      const directory = makeTemporaryDirectory();
      await inDatabase(directory, async () => {
        // Of the disk alone: what is written and in which order stays the same.
        database().$client.pragma("synchronous = OFF");
        const enterprise = { purchased: 0n };
        let sequence = 0;
        const property = fc.asyncProperty(ledgerCommands, async (commands) => {
          sequence += 1;
          const world = await startWorld(`s${sequence}`, enterprise);
          await fc.asyncModelRun(() => world, commands);
          expectSameFigures(world);
        });
        await fc.assert(property, {
          numRuns: Math.min(BATCH, SEQUENCES - batch * BATCH),
          seed: SEED + batch,
        });
        const report = verifyDatabase(path.join(directory, "bursar.sqlite"));
        expect(report.checks.filter((check) => check.faults > 0)).toEqual([]);
      });
      removeDirectory(directory);
    }
    console.log(
      [...seen]
        .map(([what, times]) => `${what}: ${times}`)
        .sort()
        .join("\n"),
    );
    // 500 sequences never reach the limit of all pools together. A test of purchases does.
    const rare = SEQUENCES < 10_000 ? ["purchase enterprise_limit"] : [];
    if (SEQUENCES >= 500)
      expect(EXPECTED.filter((what) => !seen.has(what) && !rare.includes(what))).toEqual([]);
  },
  Math.max(60_000, SEQUENCES * 200),
);
