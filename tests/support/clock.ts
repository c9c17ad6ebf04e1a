import { setTimeout as sleep } from "node:timers/promises";
import { dayOf } from "#lib/time.ts";

/**
 * Waits for the next day of `timeZone` if the present one ends within three minutes. A file whose tests share "today" or
 * "this month" begins with it, because it would fail if a day ended between two of them.
 */
export async function leaveTimeInDay(timeZone = "UTC"): Promise<void> {
  await leaveTime(180_000, (at) => dayOf(at, timeZone));
}

/** Waits for the next minute if the present one ends within five seconds. */
export async function leaveTimeInMinute(): Promise<void> {
  await leaveTime(5_000, (at) => Math.floor(at.getTime() / 60_000));
}

async function leaveTime(ms: number, periodOf: (at: Date) => number): Promise<void> {
  while (periodOf(new Date(Date.now() + ms)) !== periodOf(new Date())) await sleep(100);
}
