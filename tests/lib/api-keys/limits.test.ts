import { beforeEach, expect, test } from "vitest";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { admit } from "#lib/api-keys/throttle.ts";
import { loadConfig } from "#lib/config.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

// The limit is read once in a process, so this file has one of its own.

useFreshDatabase();

let keys: string[] = [];
beforeEach(async () => {
  process.env.API_RATE_LIMIT = "2";
  loadConfig();
  const [law = 0] = (await makeSmallEnterprise()).organizations;
  const create = async (name: string) =>
    value(await createApiKey({ organization: law, name, expires: null }, operator)).key;
  keys = [await create("one"), await create("two")];
});

const at = (second: number) => new Date(Date.UTC(2026, 10, 25, 10, 0, second));
const ask = (key: string | undefined, second: number) => admit(`Bearer ${key}`, "192.0.2.7", at(second));

test("a key has a number of requests a minute, which no other key uses up", () => {
  expect(ask(keys[0], 0)).toMatchObject({ ok: true, limit: { quota: 2, windowSeconds: 60, allowed: true } });
  expect(ask(keys[0], 1)).toMatchObject({ ok: true });
  expect(ask(keys[0], 2)).toMatchObject({
    ok: false,
    code: "rate_limited",
    message: "Too many requests with this key.",
    limit: { quota: 2, allowed: false },
  });
  expect(ask(keys[1], 2)).toMatchObject({ ok: true });
  expect(ask(keys[0], 60)).toMatchObject({ ok: true });
});

test("a wrong key is refused without a limit of its own", () => {
  expect(admit(null, null, at(0))).toEqual({
    ok: false,
    code: "unauthorized",
    message: expect.stringContaining("Authorization"),
    limit: null,
  });
});
