import { setImmediate as nextTurn } from "node:timers/promises";
import { database } from "#db/client.ts";
import { DatabaseUnavailableError } from "#db/unavailable.ts";
import { writePosting } from "#lib/ledger/commands.ts";
import { processWide } from "#lib/process-wide.ts";
import { publishOutcomes, type RecordedUsage, recordEvents } from "./commands.ts";
import { noLookups, type Reporter, type UsageResult } from "./queries.ts";
import type { UsageEvent } from "./rules.ts";

type Waiting = {
  event: UsageEvent;
  reporter: Reporter;
  resolve: (result: UsageResult<RecordedUsage>) => void;
  reject: (error: unknown) => void;
};

/** So many events keep other requests waiting for some milliseconds. */
const GROUP_MAX = 250;

type Queue = { waiting: Waiting[]; recording: boolean };
const queue = processWide<Queue>("lib/usage/recorder", () => ({ waiting: [], recording: false }));

/**
 * Records one event. Events that arrive at the same time share a transaction, for most of its cost is that the disk
 * confirms it; each is answered for itself, and only after that.
 */
export function recordEvent(event: UsageEvent, reporter: Reporter): Promise<UsageResult<RecordedUsage>> {
  return new Promise((resolve, reject) => {
    queue.waiting.push({ event, reporter, resolve, reject });
    if (!queue.recording) {
      queue.recording = true;
      void recordWaiting();
    }
  });
}

async function recordWaiting(): Promise<void> {
  while (queue.waiting.length > 0) {
    // Whatever has arrived by now is read first.
    await nextTurn();
    const group = queue.waiting.slice(0, GROUP_MAX);
    queue.waiting = queue.waiting.slice(GROUP_MAX);
    await settle(group);
  }
  queue.recording = false;
}

async function settle(group: readonly Waiting[]): Promise<void> {
  try {
    const db = database();
    const now = new Date();
    const results = await writePosting((posting, tx) => {
      const transaction = { posting, tx, now, db, lookups: noLookups() };
      return group.flatMap(({ event, reporter }) => recordEvents([event], reporter, transaction));
    }, db);
    publishOutcomes(results);
    for (const [index, result] of results.entries()) group[index]?.resolve(result);
  } catch (error) {
    // What stops one event must not stop the ones beside it; what stops the database stops them all.
    if (group.length > 1 && !(error instanceof DatabaseUnavailableError)) {
      for (const one of group) await settle([one]);
    } else {
      for (const { reject } of group) reject(error);
    }
  }
}
