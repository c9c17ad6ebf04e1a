import { afterAll, beforeEach, expect, it } from "vitest";
import { revokeApiKey } from "#lib/api-keys/commands.ts";
import { everyApiKey } from "#lib/api-keys/queries.ts";
import { everything, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { application, body, newKey } from "#tests/support/usage-api.ts";

// The settings are read once in a process, before they are used.
process.env.API_RATE_LIMIT = "5";
afterAll(() => {
  delete process.env.API_RATE_LIMIT;
});

useFreshDatabase();
beforeEach(makeSmallEnterprise);

it("counts by key, reports what is left, and answers 429 beyond the limit; guessing is limited by address", async () => {
  const [one, other] = [application(await newKey(null)), application(await newKey(null))];
  for (let left = 4; left >= 0; left -= 1) {
    const { status, headers } = await one.usage(left === 2 ? "not JSON" : body());
    expect(status).toBe(left === 2 ? 400 : 201);
    expect(headers.get("ratelimit")).toMatch(new RegExp(`^"requests";r=${left};t=([1-9]|[1-5]\\d|60)$`));
    expect(headers.get("ratelimit-policy")).toBe('"requests";q=5;w=60');
  }
  const refused = await one.usage(body());
  expect(refused).toMatchObject({ status: 429, json: { code: "rate_limited" } });
  expect(refused.headers.get("retry-after")).toMatch(/^([1-9]|[1-5]\d|60)$/);
  expect(refused.headers.get("ratelimit")).toMatch(/r=0/);
  expect((await one.check("organization=LAW&member=ana@example.edu")).status).toBe(429);
  expect((await other.usage(body())).status).toBe(201);

  // 300 wrong keys from the address of all of these.
  const late = application(await newKey(null));
  const wrong = application(`bur_${"A".repeat(43)}`);
  const statuses = new Map<number, number>();
  for (let tries = 0; tries < 305; tries += 1) {
    const { status } = await (tries % 2 ? wrong : application("nonsense")).usage(body());
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  expect([...statuses]).toEqual([
    [401, 300],
    [429, 5],
  ]);
  expect((await other.usage(body())).status).toBe(201);
  // A valid key is accepted from this address, also at its first use.
  expect((await late.usage(body())).status).toBe(201);
  for (const { id } of everyApiKey(everything, "all")) value(await revokeApiKey({ id }, operator));
  expect((await other.usage(body())).status).toBe(429);
  expect((await other.usage(body(), { "x-forwarded-for": "10.0.0.8" })).status).toBe(401);
});
