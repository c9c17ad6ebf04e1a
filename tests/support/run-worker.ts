// Runs the jobs of the server without the server, until it is killed: the worker that sends webhooks starts in a third of
// the time.
import { flushCompileCache } from "node:module";
import { database } from "#db/client.ts";
import { loadConfig } from "#lib/config.ts";
import { startScheduler, stopScheduler } from "#lib/scheduler/jobs.ts";
import { registerJobs } from "#lib/server/jobs.ts";

loadConfig();
database();
registerJobs();
startScheduler();
process.stdout.write("ready\n");
// A process that is killed does not write it by itself.
flushCompileCache();
// The scheduler alone keeps no process alive.
setInterval(() => {}, 1_000);
process.once("SIGTERM", () => {
  void stopScheduler(10_000).then(() => process.exit(0));
});
