import { expect, it } from "vitest";
import { database } from "#db/client.ts";
import { batches } from "#db/schema/index.ts";
import type { CreditsMove } from "#lib/batches/commands/credits.ts";
import { ROWS_FOR_THREAD, runBatch, stopBatches } from "#lib/batches/thread.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { anOrganization, credits, everything, operator, requestId } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

it("a stop leaves nothing of the large batch that runs, and of the one that waits", async () => {
  const law = await anOrganization({ balance: credits(30) });
  const aMove = (): CreditsMove => ({
    move: "return",
    split: "each",
    amount: credits(10),
    note: null,
    requestId: requestId(),
    ids: [law],
    selection: String(law),
    expected: null,
  });
  const running = runBatch("moveCredits", ROWS_FOR_THREAD, aMove(), operator);
  const waiting = runBatch("moveCredits", ROWS_FOR_THREAD, aMove(), operator);
  const ends = Promise.allSettled([running, waiting]);
  // By now the thread is starting.
  await Promise.resolve();
  await stopBatches();
  expect((await ends).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(getOrganization(everything, "LAW")?.balance).toBe(credits(30));
  expect(database().select().from(batches).all()).toEqual([]);
});
