// A process that spends one credit after the other until it is told to end, and then reports what was acknowledged, and
// when.
import { subscribe } from "node:diagnostics_channel";
import { closeDatabase, type WriteTiming } from "#db/client.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import { usageEvent } from "#tests/support/builders.ts";

/** Each acknowledged event, with when it was asked for and acknowledged, in milliseconds since 1970. */
export type Spent = { id: string; asked: number; acknowledged: number };
export type Spending = { spent: Spent[]; longestWaitMs: number; longestWriteMs: number };

const [name = ""] = process.argv.slice(2);
const now = () => performance.timeOrigin + performance.now();
const spending: Spending = { spent: [], longestWaitMs: 0, longestWriteMs: 0 };
subscribe("bursar.write", (message) => {
  const { waitedMs, heldMs } = message as WriteTiming;
  spending.longestWaitMs = Math.max(spending.longestWaitMs, waitedMs);
  spending.longestWriteMs = Math.max(spending.longestWriteMs, waitedMs + heldMs);
});

let ending = false;
process.on("message", () => {
  ending = true;
});
process.send?.("ready");
for (let number = 0; !ending; number += 1) {
  const event = usageEvent({ id: `${name}-${number}`, credits: 1n });
  const startedAt = now();
  const [outcome] = await recordBatch([event], { kind: "operator" });
  if (!outcome?.ok) throw new Error(outcome?.message ?? "no outcome");
  spending.spent.push({ id: event.id, asked: startedAt, acknowledged: now() });
  // Lets the process do other work in between, as a server does.
  await new Promise((resolve) => setImmediate(resolve));
}
closeDatabase();
// Disconnects only after the message is sent, because a pipe may not take all of it at once.
process.send?.(spending, () => process.disconnect?.());
