import { channel } from "node:diagnostics_channel";
import { utimesSync, writeFileSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { lastBackupFile } from "#lib/backup/queries.ts";
import { isMetricsBearer, metricsText, startMetrics } from "#lib/server/metrics.ts";
import type { RequestEnd } from "#lib/server/request-log.ts";
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
  const { usage, batch } = application(await newKey(null));
  const once = body();
  await usage(once);
  await usage(once);
  await usage(body({ member: "nobody@example.edu" }));
  await usage(body({ credits: "x" }));
  await usage("{");
  await batch({ events: [body(), body(), body({ credits: "x" }), body({ organization: "NOPE" })] });
  await application(null).usage(body());
  const found = await samples();
  const outcomes = [...found].filter(([name]) => name.startsWith("bursar_usage_events_total"));
  expect(Object.fromEntries(outcomes)).toEqual({
    'bursar_usage_events_total{outcome="recorded"}': 3,
    'bursar_usage_events_total{outcome="duplicate"}': 1,
    'bursar_usage_events_total{outcome="member_not_found"}': 1,
    'bursar_usage_events_total{outcome="invalid_request"}': 3,
    'bursar_usage_events_total{outcome="organization_not_found"}': 1,
    'bursar_usage_events_total{outcome="unauthorized"}': 1,
  });
  expect(found.get("bursar_write_wait_seconds_count")).toBeGreaterThan(5);
  expect(found.get("bursar_write_duration_seconds_count")).toBe(found.get("bursar_write_wait_seconds_count"));
  expect(found.get("bursar_database_size_bytes")).toBeGreaterThanOrEqual(4096);
  expect(found.get("bursar_wal_size_bytes")).toBeGreaterThan(0);
  expect(found.get("bursar_sessions")).toBe(0);
  expect(found.get("bursar_last_backup_timestamp_seconds")).toBe(0);
  for (const name of [
    "process_resident_memory_bytes",
    "nodejs_eventloop_lag_p99_seconds",
    "process_cpu_seconds_total",
  ]) {
    expect(found.has(name)).toBe(true);
  }
  writeFileSync(lastBackupFile(), "");
  utimesSync(lastBackupFile(), 1_700_000_000, 1_700_000_000);
  expect((await samples()).get("bursar_last_backup_timestamp_seconds")).toBe(1_700_000_000);
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
  const found = await samples();
  const name = "bursar_http_request_duration_seconds";
  const labels = 'method="GET",route="/organizations/[code]",status="200"';
  expect(found.get(`${name}_count{${labels}}`)).toBe(1);
  expect(found.get(`${name}_bucket{le="0.025",${labels}}`)).toBe(0);
  expect(found.get(`${name}_bucket{le="0.05",${labels}}`)).toBe(1);
  expect(found.get(`${name}_count{${labels.replace("GET", "other")}}`)).toBe(1);
  expect(found.get("bursar_http_requests_aborted_total")).toBe(1);
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
