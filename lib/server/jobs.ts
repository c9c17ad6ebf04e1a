import { deleteOldRefusals } from "#lib/refusals/commands/retention.ts";
import { registerJob } from "#lib/scheduler/jobs.ts";

const DAY_MS = 24 * 3_600_000;

/** Every job of the server. */
export function registerJobs(): void {
  registerJob("refusals.delete-old", {
    everyMs: DAY_MS,
    run: async (now) => {
      await deleteOldRefusals(now);
    },
  });
}
