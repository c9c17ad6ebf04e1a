import { setImmediate as nextTurn } from "node:timers/promises";
import { database, WRITE_WAIT_MS } from "#db/client.ts";
import { DatabaseBusyError, DatabaseUnavailableError } from "#db/unavailable.ts";
import { writePosting } from "#lib/ledger/posting/posting.ts";
import { processWide } from "#lib/process-wide.ts";
import { recordInTransaction } from "./commands/record.ts";
import { noLookups, type Reporter } from "./queries/spenders.ts";
import type { RecordedUsage, UsageEvent, UsageResult } from "./rules/event.ts";

type Waiting = {
  event: UsageEvent;
  reporter: Reporter;
  /** Until when it waits for the database's write lock, by `performance.now()`. */
  deadline: number;
  resolve: (result: UsageResult<RecordedUsage>) => void;
  reject: (error: unknown) => void;
};

/** A group of this size takes some milliseconds, in which other requests wait. */
const GROUP_MAX = 250;

type Recorder = { waiting: Waiting[]; isRecording: boolean };

/** The process's one queue: the events that arrive at the same time share transactions whichever route takes them. */
const recorder = () =>
  processWide("lib/usage/recorder", (): Recorder => ({ waiting: [], isRecording: false }));

/**
 * Records one event. Events that arrive at the same time share a transaction, because most of its cost is that the disk
 * confirms it. Each is answered by itself, and only after the commit.
 *
 * @param waitMs how long the event waits for the database's write lock, the groups before it included
 * @throws DatabaseBusyError after that time
 */
export function recordInNextGroup(
  event: UsageEvent,
  reporter: Reporter,
  waitMs = WRITE_WAIT_MS,
): Promise<UsageResult<RecordedUsage>> {
  return new Promise((resolve, reject) => {
    const queue = recorder();
    queue.waiting.push({ event, reporter, deadline: performance.now() + waitMs, resolve, reject });
    if (!queue.isRecording) {
      queue.isRecording = true;
      void recordWaiting(queue);
    }
  });
}

async function recordWaiting(queue: Recorder): Promise<void> {
  while (queue.waiting.length > 0) {
    // The requests that have arrived by now are read before the group is taken.
    await nextTurn();
    const group = queue.waiting.slice(0, GROUP_MAX);
    queue.waiting = queue.waiting.slice(GROUP_MAX);
    const unsettled = await settle(group);
    queue.waiting = [...unsettled, ...queue.waiting];
  }
  queue.isRecording = false;
}

/** Records a group and answers its events. @returns those that may still wait, where the database was busy */
async function settle(group: readonly Waiting[]): Promise<readonly Waiting[]> {
  try {
    // The group waits no longer than its first event may: a whole wait for each group would add up.
    const waitMs = Math.min(...group.map(({ deadline }) => deadline)) - performance.now();
    const db = database();
    const now = new Date();
    const results = await writePosting(
      (posting, tx) => {
        const transaction = { posting, tx, now, db, lookups: noLookups() };
        return group.flatMap(({ event, reporter }) => recordInTransaction([event], reporter, transaction));
      },
      db,
      waitMs,
    );
    for (const [index, result] of results.entries()) group[index]?.resolve(result);
    return [];
  } catch (error) {
    if (error instanceof DatabaseBusyError) {
      const now = performance.now();
      for (const { deadline, reject } of group) if (deadline <= now) reject(error);
      return group.filter(({ deadline }) => deadline > now);
    }
    // An event that cannot be recorded must not fail the others. If the database cannot write, all of them fail.
    if (group.length > 1 && !(error instanceof DatabaseUnavailableError)) {
      const unsettled: Waiting[] = [];
      for (const one of group) unsettled.push(...(await settle([one])));
      return unsettled;
    }
    for (const { reject } of group) reject(error);
    return [];
  }
}
