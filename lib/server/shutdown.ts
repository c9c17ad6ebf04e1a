import { setTimeout as sleep } from "node:timers/promises";
import { stopCheckpoints } from "#db/checkpoints.ts";
import { closeDatabase, database } from "#db/client.ts";
import { stopBatches } from "#lib/batches/thread.ts";
import { stopImportJobs } from "#lib/imports/jobs.ts";
import { saveUses } from "#lib/last-uses/queue.ts";
import { errorFields, log } from "#lib/log.ts";
import { savePendingRefusals } from "#lib/refusals/queue.ts";
import { stopScheduler } from "#lib/scheduler/jobs.ts";
import { serving } from "./request-log.ts";

/** How long requests that are being answered may take to end by themselves. */
const FINISH_MS = 6_000;
/** How long connections that were cut off may take to close: exports to slow readers, downloads. */
const CUT_MS = 500;
/** How long the refusals and last uses that wait to be written may wait for the database. */
const SAVE_MS = 1_000;
/** After this time the process ends, whatever is still running. What was acknowledged is in the write-ahead log. */
const LAST_MS = 9_500;

/** Waits until `isDone`, at most for `longestMs`. */
async function until(isDone: () => boolean, longestMs: number): Promise<void> {
  const deadline = performance.now() + longestMs;
  while (!isDone() && performance.now() < deadline) {
    // Closes each keep-alive connection as soon as its last answer has been sent.
    serving.server?.closeIdleConnections();
    await sleep(25);
  }
}

/**
 * Ends the server within ten seconds: no new connections, requests in flight are answered, then everything else is
 * cut off, the write-ahead log is brought into the database, and the process ends with 0.
 */
async function stop(signal: string): Promise<never> {
  setTimeout(() => process.exit(1), LAST_MS).unref();
  log.info("stopping", { signal, inFlight: serving.responses.size });
  serving.stopping = true;
  const { server, responses } = serving;
  // Each answer from here on is the last on its connection.
  for (const response of responses) response.shouldKeepAlive = false;
  server?.close();
  const importsStopped = stopImportJobs(FINISH_MS);
  const jobsStopped = stopScheduler(FINISH_MS);
  await until(() => responses.size === 0, FINISH_MS);
  for (const response of responses) response.destroy();
  server?.closeAllConnections();
  await importsStopped;
  await stopBatches();
  await jobsStopped;
  await until(() => responses.size === 0, CUT_MS);
  let code = 0;
  await Promise.all([
    savePendingRefusals({ waitMs: SAVE_MS }),
    // The log of writes has the reason.
    saveUses({ waitMs: SAVE_MS }).catch(() => {}),
  ]);
  try {
    await stopCheckpoints();
    database().$client.pragma("wal_checkpoint(TRUNCATE)");
    closeDatabase();
  } catch (error) {
    // What was acknowledged is in the write-ahead log, from which the next start reads it.
    log.error("the database did not close well", errorFields(error));
    code = 1;
  }
  log.info("stopped");
  process.exit(code);
}

/** Makes SIGTERM and SIGINT end the server in order. */
export function stopOnSignals(): void {
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      // Ctrl-C in a terminal comes twice: from the terminal and from npm.
      if (stopping) return;
      stopping = true;
      void stop(signal);
    });
  }
}
