import { createHash, timingSafeEqual } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import { statSync } from "node:fs";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { database, databaseFile, type WriteTiming } from "#db/client.ts";
import type { StorageError } from "#db/unavailable.ts";
import { lastBackupAt } from "#lib/backup/queries.ts";
import { config } from "#lib/config.ts";
import { listCreditTypes } from "#lib/credit-types/queries.ts";
import { MICRO_PER_CREDIT } from "#lib/credits.ts";
import { organizationBalances } from "#lib/organizations/queries/organizations.ts";
import { countSessions } from "#lib/portal-users/queries.ts";
import { processWide } from "#lib/process-wide.ts";
import { REFUSAL_CODES, type Refusal } from "#lib/refusals/rules.ts";
import { wholeScope } from "#lib/scope/scope.ts";
import type { UsageOutcome } from "#lib/usage/outcomes.ts";
import { countEndpoints, countWaiting } from "#lib/webhooks/queries.ts";
import type { RequestEnd } from "./request-log.ts";

const DURATIONS_S = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const WRITE_DURATIONS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10];
/** Other methods are counted as "other", because anybody can invent one. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Gauges of prom-client whose names end as those of counters do. `nodejs_active_resources` and others by type remain. */
const MISNAMED_GAUGES = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

/** The statuses of a StorageError. */
const STORAGE_FAULT_STATUSES = [503, 507];

/** A scrape gives the balances of at most this number of organizations: the oldest, so that the same series come each time. */
const ORGANIZATION_BALANCES_MAX = 1_000;

/** Credits as a floating-point number, which is all that Prometheus stores. */
const creditsOf = (micro: bigint) => Number(micro) / Number(MICRO_PER_CREDIT);

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Metrics named as Prometheus advises: base units, `_total` for what only grows, few values for each label. */
function makeRegistry(): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED_GAUGES) registry.removeSingleMetric(name);

  const requests = new Histogram({
    name: "bursar_http_request_duration_seconds",
    help: "Answered HTTP requests, by the route's pattern",
    labelNames: ["method", "route", "status"] as const,
    buckets: DURATIONS_S,
    registers,
  });
  const aborted = new Counter({
    name: "bursar_http_requests_aborted_total",
    help: "Requests whose client went away before the answer was whole",
    registers,
  });
  subscribe("bursar.request", (message) => {
    const { method, route, status, durationMs, aborted: gone } = message as RequestEnd;
    if (gone) aborted.inc();
    requests.observe(
      { method: METHODS.includes(method) ? method : "other", route, status },
      durationMs / 1000,
    );
  });

  const usage = new Counter({
    name: "bursar_usage_events_total",
    help: "Usage events, by what came of them: recorded, duplicate, or the code of the refusal",
    labelNames: ["outcome"] as const,
    registers,
  });
  subscribe("bursar.usage", (message) => {
    for (const outcome of message as UsageOutcome[]) usage.inc({ outcome });
  });

  const refused = new Counter({
    name: "bursar_usage_refused_total",
    help: "Usage events and checks refused for reasons of money or rights, by the code of the refusal",
    labelNames: ["code"] as const,
    registers,
    collect() {
      for (const code of REFUSAL_CODES) this.inc({ code }, 0);
    },
  });
  subscribe("bursar.refusal", (message) => refused.inc({ code: (message as Refusal).code }));

  const waits = new Histogram({
    name: "bursar_write_wait_seconds",
    help: "How long writes waited for the database's write lock",
    buckets: WRITE_DURATIONS_S,
    registers,
  });
  const writes = new Histogram({
    name: "bursar_write_duration_seconds",
    help: "How long writes held the database's write lock, until they were on the disk",
    buckets: WRITE_DURATIONS_S,
    registers,
  });
  subscribe("bursar.write", (message) => {
    const { waitedMs, heldMs } = message as WriteTiming;
    waits.observe(waitedMs / 1000);
    writes.observe(heldMs / 1000);
  });
  const faults = new Counter({
    name: "bursar_storage_faults_total",
    help: "Writes that the storage refused: status 507 for a full disk, 503 for a failing or read-only one",
    labelNames: ["status"] as const,
    registers,
    // Each status has a series from the start, because a series that begins with 1 shows no increase.
    collect() {
      for (const status of STORAGE_FAULT_STATUSES) this.inc({ status }, 0);
    },
  });
  subscribe("bursar.storage-fault", (message) => faults.inc({ status: (message as StorageError).status }));

  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge("bursar_database_size_bytes", "The database file", () => sizeOf(databaseFile()));
  gauge("bursar_wal_size_bytes", "The write-ahead log beside it", () => sizeOf(`${databaseFile()}-wal`));
  gauge("bursar_sessions", "Portal sessions that have not expired", () => countSessions(new Date()));
  gauge(
    "bursar_last_backup_timestamp_seconds",
    "When the command backup last made one, in seconds since 1970; 0 for never",
    () => (lastBackupAt()?.getTime() ?? 0) / 1000,
  );
  new Gauge({
    name: "bursar_webhook_endpoints",
    help: "Webhook endpoints, by their state: active, paused or resting (suspended)",
    labelNames: ["state"] as const,
    registers,
    collect() {
      for (const [state, endpoints] of countEndpoints()) this.set({ state }, endpoints);
    },
  });
  gauge("bursar_outbox_waiting", "Deliveries and mails that wait for a first or another try", countWaiting);
  addBalances(registers);
  return registry;
}

/** Metrics have a token of their own, and are about the whole enterprise. */
const EVERYTHING = wholeScope({ kind: "system" });

function addBalances(registers: Registry[]): void {
  new Gauge({
    name: "bursar_credit_type_available_credits",
    help: "Credits in the pool of each credit type that no organization has yet",
    labelNames: ["credit_type"] as const,
    registers,
    collect() {
      this.reset();
      if (!config().metricsBalances) return;
      for (const { name, available } of listCreditTypes(EVERYTHING)) {
        this.set({ credit_type: name }, creditsOf(available));
      }
    },
  });
  new Gauge({
    name: "bursar_organization_balance_credits",
    help: `Credits of each organization, by its code; of the oldest ${ORGANIZATION_BALANCES_MAX} organizations`,
    labelNames: ["organization"] as const,
    registers,
    collect() {
      this.reset();
      if (!config().metricsBalances) return;
      for (const { code, balance } of organizationBalances(EVERYTHING, ORGANIZATION_BALANCES_MAX)) {
        this.set({ organization: code }, creditsOf(balance));
      }
    },
  });
}

/** Begins to measure at the first call. */
export function startMetrics(): Registry {
  return processWide("lib/server/metrics", makeRegistry);
}

/** Everything measured, in Prometheus' text format. */
export async function metricsText(): Promise<{ text: string; contentType: string }> {
  const registry = startMetrics();
  database();
  return { text: await registry.metrics(), contentType: registry.contentType };
}

/** Whether an `Authorization` header holds the token. Takes the same time whatever is wrong with it. */
export function isMetricsBearer(authorization: string | null, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const bearer = /^Bearer +([^ ].*)$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(bearer), digest(token));
}
