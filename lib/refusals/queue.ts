import { channel } from "node:diagnostics_channel";
import { setImmediate as nextTurn } from "node:timers/promises";
import { DatabaseUnavailableError } from "#db/client.ts";
import { errorFields, log } from "#lib/log.ts";
import { processWide } from "#lib/process-wide.ts";
import type { Reporter } from "#lib/usage/queries/spenders.ts";
import type { UsageRefused } from "#lib/usage/rules/event.ts";
import { saveRefusals } from "./commands/save.ts";
import {
  addRefusal,
  isRefusalCode,
  mergeGroup,
  noRefusals,
  type PendingRefusals,
  type Refusal,
} from "./rules.ts";

/** How long refusals are collected. A process that dies loses those of this time. */
const COLLECT_MS = 1_000;
/** The longest pause between two tries while the database cannot be written to. */
const RETRY_MAX_MS = 60_000;

/** A write of this size takes some milliseconds, in which other requests wait. */
const GROUPS_A_WRITE = 100;

type Queue = {
  pending: PendingRefusals;
  /** Whether this process writes by itself what waits. */
  isStarted: boolean;
  timer: NodeJS.Timeout | null;
  pauseMs: number;
};

/** The process's one queue: whichever module graph answers a request adds to it. */
const queue = processWide<Queue>("lib/refusals/queue", () => ({
  pending: noRefusals(),
  isStarted: false,
  timer: null,
  pauseMs: COLLECT_MS,
}));

const REFUSALS = channel("bursar.refusal");

/** What a refused request asked for. */
export type RefusedRequest = Pick<Refusal, "organization" | "member" | "request" | "amount"> & {
  application?: string;
};

/**
 * Notes that a request of an application was refused, if the reason is money or rights. Nothing is written now: the
 * answer does not wait for it.
 */
export function noteRefusal(
  { application = "", ...request }: RefusedRequest,
  { code, remaining }: UsageRefused,
  reporter: Reporter,
  now = Date.now(),
): void {
  if (reporter.kind !== "api_key" || !isRefusalCode(code)) return;
  const { id: apiKeyId, organizationId: keyOrganizationId } = reporter;
  const refusal: Refusal = {
    ...request,
    application,
    at: now,
    apiKeyId,
    keyOrganizationId,
    code,
    remaining: remaining ?? null,
  };
  addRefusal(queue.pending, refusal);
  if (REFUSALS.hasSubscribers) REFUSALS.publish(refusal);
  if (queue.isStarted) queue.timer ??= setTimeout(() => void savePendingRefusals(), queue.pauseMs).unref();
}

/** From now on refusals are written a second after they were noted. The server calls this. */
export function startSavingRefusals(): void {
  queue.isStarted = true;
}

/**
 * Writes the refusals that wait. Where the database cannot be written to, they wait for the next refusal, in the same
 * bounded groups.
 *
 * @param waitMs how long it waits for the database's write lock
 */
export async function savePendingRefusals({ waitMs = 0 }: { waitMs?: number } = {}): Promise<void> {
  if (queue.timer) clearTimeout(queue.timer);
  queue.timer = null;
  const groups = [...queue.pending.groups.values()];
  queue.pending = noRefusals();
  let written = 0;
  try {
    for (; written < groups.length; written += GROUPS_A_WRITE) {
      await saveRefusals(groups.slice(written, written + GROUPS_A_WRITE), { waitMs });
      // Other requests are answered between two writes.
      await nextTurn();
    }
    queue.pauseMs = COLLECT_MS;
  } catch (error) {
    if (!(error instanceof DatabaseUnavailableError)) {
      log.error("refusals were not saved", errorFields(error));
      return;
    }
    // Busy, or the disk is full. The log of writes has the reason.
    queue.pauseMs = Math.min(2 * queue.pauseMs, RETRY_MAX_MS);
    for (const group of groups.slice(written)) mergeGroup(queue.pending, group);
  }
}
