import { deleteOldAlerts } from "#lib/alerts/jobs/ends.ts";
import { runHourlyChecks, runMinuteChecks } from "#lib/alerts/jobs/runs.ts";
import { checkStaleOrganizations } from "#lib/alerts/jobs/stale.ts";
import { runMails } from "#lib/mail/worker.ts";
import { deleteOldEvents, dispatchEvents } from "#lib/notifications/dispatch.ts";
import { deleteOldRefusals } from "#lib/refusals/commands/retention.ts";
import { moveSpendingDaysToToday } from "#lib/runway/commands.ts";
import { registerJob } from "#lib/scheduler/jobs.ts";
import { startDelivering, stopDelivering } from "#lib/webhooks/worker.ts";

const SECOND_MS = 1_000;
const DAY_MS = 24 * 3_600_000;
const HALF_MINUTE_MS = 30_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Every job of the server. */
export function registerJobs(): void {
  registerJob("webhooks.deliver", {
    everyMs: SECOND_MS,
    run: async (now) => {
      await dispatchEvents(now);
      startDelivering();
    },
    stop: stopDelivering,
  });
  // Apart from the webhooks, because a mail server may take long to answer.
  registerJob("mail.send", { everyMs: SECOND_MS, run: runMails });
  registerJob("outbox.delete-old", { everyMs: DAY_MS, run: deleteOldEvents });
  registerJob("refusals.delete-old", {
    everyMs: DAY_MS,
    run: async (now) => {
      await deleteOldRefusals(now);
    },
  });
  // Often, because each time zone has another midnight, and a restore or the clock can bring another day. Nearly always
  // it finds by two small reads that there is nothing to do.
  registerJob("runway.move-days", {
    everyMs: HALF_MINUTE_MS,
    run: async (now) => {
      await moveSpendingDaysToToday(now);
    },
  });
  // Nearly always it finds by one small read that there is nothing to do.
  registerJob("alerts.stale", {
    everyMs: SECOND_MS,
    run: async (now) => {
      await checkStaleOrganizations(now);
    },
  });
  registerJob("alerts.minute", { everyMs: MINUTE_MS, run: (now) => runMinuteChecks(now) });
  registerJob("alerts.hour", { everyMs: HOUR_MS, run: (now) => runHourlyChecks(now) });
  registerJob("alerts.delete-old", {
    everyMs: DAY_MS,
    run: async (now) => {
      await deleteOldAlerts(now);
    },
  });
}
