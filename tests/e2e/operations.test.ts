import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { eventually, startServer, type TestServer } from "#tests/support/server.ts";

// A person's password in an address, an invitation, a code: none of them may appear in the log.
const CANARIES = ["canary-query", "canary-invitation", "canary-cookie", "canary-key", "canary-password"];
const TOKEN = "token-of-prometheus";
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ environment: { METRICS_TOKEN: TOKEN, LOG_LEVEL: "debug" } });
});
afterAll(() => server?.stop());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { headers, redirect: "manual" });
const lines = () =>
  server
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test("live and ready answer, and their answers are not cached", async () => {
  for (const name of ["live", "ready"]) {
    const answer = await get(`/api/health/${name}`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: name }]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  }
});

test("the metrics need their token", async () => {
  expect((await get("/metrics")).status).toBe(401);
  expect((await get("/metrics", { Authorization: `Bearer ${TOKEN}x` })).status).toBe(401);
  await get("/setup");
  await get("/organizations/SOME");
  await (await get("/made/up/by/a/stranger")).text();
  const samples = [
    'method="GET",route="/setup",status="200"} 1',
    'method="GET",route="/organizations/[code]",status="307"} 1',
    'method="GET",route="(none)",status="404"} 1',
    'method="GET",route="/metrics",status="401"} 2',
  ].map((sample) => `\nbursar_http_request_duration_seconds_count{${sample}\n`);
  // A request is counted when its connection has finished it, which may be after its answer was read.
  const text = await eventually("each request in the metrics", async () => {
    const answer = await get("/metrics", { Authorization: `Bearer ${TOKEN}` });
    expect(answer.status).toBe(200);
    const told = await answer.text();
    return samples.every((sample) => told.includes(sample)) ? told : null;
  });
  expect(text).not.toContain("stranger");
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
});

test("each request has a line in the log by its id, and no secret is in any", async () => {
  const answer = await get(`/sign-in?callbackUrl=/${CANARIES[0]}`, {
    "X-Request-Id": "request-of-mine",
    Cookie: `bursar-session=${CANARIES[2]}`,
    Authorization: `Bearer bur_${CANARIES[3]}`,
  });
  expect(answer.headers.get("x-request-id")).toBe("request-of-mine");
  await get(`/invite/${CANARIES[1]}`, { "X-Request-Id": "forged\tid" });
  await fetch(`${server.url}/setup?code=${CANARIES[0]}`, {
    method: "POST",
    headers: { Origin: server.url },
    body: new URLSearchParams({ password: CANARIES[4] ?? "", code: CANARIES[1] ?? "" }),
  });
  const line = await eventually("the request in the log", () =>
    lines().find((one) => one.requestId === "request-of-mine" && one.message === "request"),
  );
  expect(line).toMatchObject({
    level: "info",
    method: "GET",
    path: "/sign-in",
    route: "/sign-in",
    // Redirects to /setup, because there is no owner yet.
    status: 307,
  });
  await eventually("the invitation in the log", () => lines().find((one) => one.path === "/invite/…"));
  await eventually("the form in the log", () =>
    lines().find((one) => one.path === "/setup" && one.method === "POST"),
  );
  for (const canary of CANARIES) expect(server.output()).not.toContain(canary);
});

test("the setup code is printed with the portal's public address, and not where there is an owner", async () => {
  const directory = makeTemporaryDirectory();
  const environment = { APP_URL: "https://portal.example.edu" };
  const first = await startServer({ directory, environment });
  try {
    await first.setupCode();
    expect(first.output()).toMatch(
      /"message":"No owner yet\. Open https:\/\/portal\.example\.edu\/setup and enter/,
    );
    // Every line, those of the start too, is one that a program can read.
    for (const line of first.output().trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("message");
    first.bursar("user", "create", "owner@example.edu", "--role", "owner");
  } finally {
    await first.stop();
  }
  const second = await startServer({ directory, environment });
  try {
    expect(second.output()).not.toMatch(/Setup code|No owner yet/);
  } finally {
    await second.stop();
    removeDirectory(directory);
  }
});
