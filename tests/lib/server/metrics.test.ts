import { channel } from "node:diagnostics_channel";
import { utimesSync, writeFileSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { lastBackupFile } from "#lib/backup/queries.ts";
import { loadConfig } from "#lib/config.ts";
import { isMetricsBearer, metricsText, startMetrics } from "#lib/server/metrics.ts";
import type { RequestEnd } from "#lib/server/request-log.ts";
import { aCreditType, anOrganization, spend, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { application, body, newKey } from "#tests/support/usage-api.ts";

useFreshDatabase();
beforeEach(() => {
  startMetrics().resetMetrics();
});

/** Each sample by its name and labels. */
async function samples(): Promise<Map<string, number>> {
  const { text, contentType } = await metricsText();
  expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  return new Map(
    text
      .split("\n")
      .filter((line) => line && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

test("usage by outcome, the write lock, sizes, sessions and the process", async () => {
  await makeSmallEnterprise();
  const { usage, batch, check } = application(await newKey(null));
  const once = body();
  await usage(once);
  await usage(once);
  await usage(body({ member: "nobody@example.edu" }));
  await usage(body({ credits: "x" }));
  await usage("{");
  await batch({ events: [body(), body(), body({ credits: "x" }), body({ organization: "NOPE" })] });
  await application(null).usage(body());
  await check("organization=LAW&member=nobody@example.edu");
  const series = await samples();
  const outcomes = [...series].filter(([name]) => name.startsWith("bursar_usage_events_total"));
  expect(Object.fromEntries(outcomes)).toEqual({
    'bursar_usage_events_total{outcome="recorded"}': 3,
    'bursar_usage_events_total{outcome="duplicate"}': 1,
    'bursar_usage_events_total{outcome="member_not_found"}': 1,
    'bursar_usage_events_total{outcome="invalid_request"}': 3,
    'bursar_usage_events_total{outcome="organization_not_found"}': 1,
    'bursar_usage_events_total{outcome="unauthorized"}': 1,
  });
  const refused = [...series].filter(([name]) => name.startsWith("bursar_usage_refused_total"));
  expect(Object.fromEntries(refused)).toEqual({
    'bursar_usage_refused_total{code="insufficient_credits"}': 0,
    'bursar_usage_refused_total{code="allowance_exceeded"}': 0,
    'bursar_usage_refused_total{code="organization_inactive"}': 0,
    'bursar_usage_refused_total{code="member_inactive"}': 0,
    'bursar_usage_refused_total{code="member_not_found"}': 2,
    'bursar_usage_refused_total{code="organization_not_found"}': 1,
    'bursar_usage_refused_total{code="forbidden_organization"}': 0,
    'bursar_usage_refused_total{code="idempotency_conflict"}': 0,
    'bursar_usage_refused_total{code="too_many_applications"}': 0,
  });
  expect(series.get("bursar_write_wait_seconds_count")).toBeGreaterThan(5);
  expect(series.get("bursar_write_duration_seconds_count")).toBe(
    series.get("bursar_write_wait_seconds_count"),
  );
  expect(series.get("bursar_database_size_bytes")).toBeGreaterThanOrEqual(4096);
  expect(series.get("bursar_wal_size_bytes")).toBeGreaterThan(0);
  expect(series.get("bursar_sessions")).toBe(0);
  expect(series.get("bursar_last_backup_timestamp_seconds")).toBe(0);
  expect(series.get('bursar_webhook_endpoints{state="active"}')).toBe(0);
  expect(series.get("bursar_outbox_waiting")).toBe(0);
  for (const name of [
    "process_resident_memory_bytes",
    "nodejs_eventloop_lag_p99_seconds",
    "process_cpu_seconds_total",
  ]) {
    expect(series.has(name)).toBe(true);
  }
  writeFileSync(lastBackupFile(), "");
  utimesSync(lastBackupFile(), 1_700_000_000, 1_700_000_000);
  expect((await samples()).get("bursar_last_backup_timestamp_seconds")).toBe(1_700_000_000);
});

test("the credits of each pool and of each organization, and none with METRICS_BALANCES=off", async () => {
  await makeSmallEnterprise();
  value(await spend({ credits: 47_000n }));
  const balances = async () =>
    Object.fromEntries([...(await samples())].filter(([name]) => /_credits\{/.test(name)));
  expect(await balances()).toEqual({
    'bursar_credit_type_available_credits{credit_type="JPY Credits"}': 8_000,
    'bursar_organization_balance_credits{organization="LAW"}': 999.953,
    'bursar_organization_balance_credits{organization="ART"}': 1_000,
  });
  process.env.METRICS_BALANCES = "off";
  try {
    loadConfig();
    expect(await balances()).toEqual({});
  } finally {
    delete process.env.METRICS_BALANCES;
    loadConfig();
  }
});

test("no more than 1,000 organizations have a series", async () => {
  const creditType = await aCreditType({ name: "SGD Credits", currency: "SGD", available: 0n });
  for (let index = 0; index <= 1_000; index += 1) await anOrganization({ code: `ORG-${index}`, creditType });
  const names = [...(await samples()).keys()].filter((name) =>
    name.startsWith("bursar_organization_balance"),
  );
  expect([names.length, names.at(-1)]).toEqual([
    1_000,
    'bursar_organization_balance_credits{organization="ORG-999"}',
  ]);
});

test("storage faults have a series of each status before the first", async () => {
  const faults = async () =>
    Object.fromEntries([...(await samples())].filter(([name]) => name.startsWith("bursar_storage_faults")));
  expect(await faults()).toEqual({
    'bursar_storage_faults_total{status="503"}': 0,
    'bursar_storage_faults_total{status="507"}': 0,
  });
  channel("bursar.storage-fault").publish({ status: 507 });
  expect(await faults()).toEqual({
    'bursar_storage_faults_total{status="503"}': 0,
    'bursar_storage_faults_total{status="507"}': 1,
  });
});

test("only counters have names that end in _total, as promtool checks", async () => {
  const { text } = await metricsText();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type]) => ({ name, type }));
  expect(types.length).toBeGreaterThan(20);
  expect(types.filter(({ name, type }) => name.endsWith("_total") !== (type === "counter"))).toEqual([]);
});

test("requests by route, and no label that a stranger could invent", async () => {
  const end: RequestEnd = {
    method: "GET",
    route: "/organizations/[code]",
    status: 200,
    durationMs: 30,
    aborted: false,
  };
  channel("bursar.request").publish(end);
  channel("bursar.request").publish({ ...end, method: "MADEUP", aborted: true });
  const series = await samples();
  const name = "bursar_http_request_duration_seconds";
  const labels = 'method="GET",route="/organizations/[code]",status="200"';
  expect(series.get(`${name}_count{${labels}}`)).toBe(1);
  expect(series.get(`${name}_bucket{le="0.025",${labels}}`)).toBe(0);
  expect(series.get(`${name}_bucket{le="0.05",${labels}}`)).toBe(1);
  expect(series.get(`${name}_count{${labels.replace("GET", "other")}}`)).toBe(1);
  expect(series.get("bursar_http_requests_aborted_total")).toBe(1);
});

test.each([
  ["Bearer right", true],
  ["bearer right", true],
  ["Bearer wrong", false],
  ["Bearer right2", false],
  ["Bearer ", false],
  ["Basic right", false],
  ["right", false],
  [null, false],
])("%s opens the metrics: %s", (header, opens) => {
  expect(isMetricsBearer(header, "right")).toBe(opens);
});
