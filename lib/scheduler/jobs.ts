import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { database, write } from "#db/client.ts";
import { dataDirectory } from "#db/data-directory.ts";
import { DataDirectoryInUseError, holdMark, type Release } from "#db/in-use.ts";
import { scheduledJobs } from "#db/schema/index.ts";
import { errorFields, log } from "#lib/log.ts";
import { processWide } from "#lib/process-wide.ts";

// What the portal does by itself. Of several servers on one data folder, one works: the one that holds a lock of the
// operating system, which also ends with a process that is killed.

/** Work that is done again and again. */
export type Job = {
  /** The time between the beginnings of two runs, in milliseconds. */
  everyMs: number;
  /** It may be killed at any moment and then run again, so it must be safe to repeat. */
  run: (now: Date) => void | Promise<void>;
  /**
   * Ends what runs have left under way, also the run that is under way when the scheduler stops, which it waits for. Until it
   * has ended, no other process works.
   */
  stop?: (run: Promise<void> | null) => Promise<void>;
};

/** The runs of more frequent jobs are not written to the database. */
const WRITTEN_FROM_MS = 60_000;
/** The longest time until a failed job is tried again. */
const RETRY_MAX_MS = 5 * 60_000;
/** How often due jobs are looked for. */
const TICK_MS = 1_000;

type JobState = Job & {
  running: Promise<void> | null;
  /** When the last run of this process began, whether it succeeded or not. */
  triedAt: number | null;
  hasFailed: boolean;
};

const scheduler = processWide("lib/scheduler/jobs", () => ({
  jobs: new Map<string, JobState>(),
  timer: null as NodeJS.Timeout | null,
  lock: null as Release | null,
}));

/** Adds a job under a name that no other has. `startScheduler` and {@link runDueJobs} run it. */
export function registerJob(name: string, job: Job): void {
  scheduler.jobs.set(name, { ...job, running: null, triedAt: null, hasFailed: false });
}

/** When the last successful run of each job began. */
export function lastRuns(): Map<string, Date> {
  const rows = database().select().from(scheduledJobs).all();
  return new Map(rows.flatMap(({ name, lastRunAt }) => (lastRunAt ? [[name, lastRunAt]] : [])));
}

function isDue(job: JobState, lastRunAt: number | null, now: number): boolean {
  if (job.running) return false;
  const waitMs = job.hasFailed ? Math.min(job.everyMs, RETRY_MAX_MS) : job.everyMs;
  const latest = job.hasFailed || job.everyMs < WRITTEN_FROM_MS ? job.triedAt : lastRunAt;
  // A run in the future was before the clock was set back.
  return latest === null || latest > now || now - latest >= waitMs;
}

async function runJob(name: string, job: JobState, now: Date): Promise<void> {
  job.triedAt = now.getTime();
  let error: unknown = null;
  try {
    await job.run(now);
  } catch (thrown) {
    error = thrown ?? new Error("a job failed without an error");
    log.error("a job failed", { job: name, ...errorFields(error) });
  }
  job.hasFailed = error !== null;
  if (job.everyMs < WRITTEN_FROM_MS) return;
  const lastError = error === null ? null : error instanceof Error ? error.message : String(error);
  const changes = { lastError, ...(error === null && { lastRunAt: now }) };
  try {
    await write((tx) =>
      tx
        .insert(scheduledJobs)
        .values({ name, ...changes })
        .onConflictDoUpdate({ target: scheduledJobs.name, set: changes })
        .run(),
    );
  } catch (thrown) {
    // The job runs again, which is safe.
    log.error("the run of a job was not stored", { job: name, ...errorFields(thrown) });
  }
}

/** Starts every due job and waits for those that it has started. The server calls this once a second; tests call it. */
export async function runDueJobs(now: Date = new Date()): Promise<void> {
  const runs = lastRuns();
  const due = [...scheduler.jobs].filter(([name, job]) =>
    isDue(job, runs.get(name)?.getTime() ?? null, now.getTime()),
  );
  await Promise.all(
    due.map(([name, job]) => {
      job.running = runJob(name, job, now).finally(() => {
        job.running = null;
      });
      return job.running;
    }),
  );
}

/** Takes the lock of the data folder's one worker, if no other process has it. */
function holdLock(): boolean {
  try {
    scheduler.lock ??= holdMark(path.join(dataDirectory(), "worker.lock"));
    return true;
  } catch (error) {
    if (error instanceof DataDirectoryInUseError) return false;
    throw error;
  }
}

function tick(): void {
  try {
    // Not awaited: a long job must not delay the others.
    if (holdLock()) void runDueJobs().catch(report);
  } catch (error) {
    report(error);
  }
}

const report = (error: unknown) => log.error("the scheduler failed", errorFields(error));

/** From now on, this process runs due jobs while no other process on this data folder does. */
export function startScheduler(): void {
  scheduler.timer ??= setInterval(tick, TICK_MS).unref();
  tick();
}

/** Starts no more jobs, waits for those that run, and lets another process work. */
export async function stopScheduler(longestMs: number): Promise<void> {
  if (scheduler.timer) clearInterval(scheduler.timer);
  scheduler.timer = null;
  const ends = [...scheduler.jobs.values()].flatMap((job) => [job.running, job.stop?.(job.running)]);
  const ended = Promise.all(ends).catch(report);
  await Promise.race([ended, sleep(longestMs, null, { ref: false })]);
  scheduler.lock?.();
  scheduler.lock = null;
}

/** Forgets every job. For tests. */
export function forgetJobs(): void {
  scheduler.jobs.clear();
}
