import { setTimeout as sleep } from "node:timers/promises";
import { closeDatabase, database } from "#db/client.ts";
import { stopImportJobs } from "#lib/imports/jobs.ts";
import { errorFields, log } from "#lib/log.ts";
import { stopCheckpoints } from "./checkpoints.ts";
import { serving } from "./requests.ts";

/** How long requests that are being answered may take to end by themselves. */
const FINISH_MS = 6_000;
/** After which whatever is left is cut off: exports to slow readers, downloads, idle connections. */
const CUT_MS = 500;

/** After which the process ends whatever still runs: what was acknowledged is safe in the log. */
const LAST_MS = 9_500;

/** Waits until `isDone`, at most for so long. */
async function until(isDone: () => boolean, longestMs: number): Promise<void> {
  const deadline = performance.now() + longestMs;
  while (!isDone() && performance.now() < deadline) {
    // A connection that was kept alive for a next request is closed as soon as its last answer is out.
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
  await until(() => responses.size === 0, FINISH_MS);
  for (const response of responses) response.destroy();
  server?.closeAllConnections();
  await importsStopped;
  await until(() => responses.size === 0, CUT_MS);
  let code = 0;
  try {
    await stopCheckpoints();
    database().$client.pragma("wal_checkpoint(TRUNCATE)");
    closeDatabase();
  } catch (error) {
    // What was acknowledged is in the log all the same, and read from there at the next start.
    log.error("the database did not close well", errorFields(error));
    code = 1;
  }
  log.info("stopped");
  process.exit(code);
}

const LISTENING = Symbol.for("bursar.shutdown");

/** Makes SIGTERM and SIGINT end the server well; Next's own handling is off by NEXT_MANUAL_SIG_HANDLE. */
export function stopOnSignals(): void {
  const holder = globalThis as { [LISTENING]?: true };
  if (holder[LISTENING]) return;
  holder[LISTENING] = true;
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
