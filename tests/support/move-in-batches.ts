import { database } from "#db/client.ts";
import { moveCredits } from "#lib/batches/commands/credits.ts";
import { reverseBatch } from "#lib/batches/commands/reversals.ts";

// A process that adds a credit to each organization and reverses it, over and over, and prints the number of each batch
// that was committed.
const ids: number[] = JSON.parse(process.argv[2] ?? "[]");
const operator = { kind: "operator" } as const;
// Opened before it is ready, because a slow machine takes longer for that than a kill waits.
database();
process.stdout.write("ready\n");
for (let round = 0; ; round += 1) {
  const request = { ids, selection: "all", requestId: `move-${process.pid}-${round}`, expected: null };
  const moved = await moveCredits(
    { move: "allocation", split: "each", amount: 1_000_000n, note: null, ...request },
    operator,
  );
  if (!moved.ok || moved.value.batch === null) throw new Error("nothing was moved");
  process.stdout.write(`${moved.value.batch}\n`);
  const requestId = `reverse-${process.pid}-${round}`;
  const reversed = await reverseBatch(
    { batch: moved.value.batch, note: null, requestId, expected: null },
    operator,
  );
  if (!reversed.ok) throw new Error(reversed.message);
  process.stdout.write(`${reversed.value.batch}\n`);
}
