import { beforeEach, expect, test } from "vitest";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { admit } from "#lib/api-keys/throttle.ts";
import { newToken } from "#lib/portal-users/secrets.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

let minute = 0;
let key = "";
beforeEach(async () => {
  const [law = 0] = (await makeSmallEnterprise()).organizations;
  key = value(await createApiKey({ organization: law, name: "essay-coach", expires: null }, operator)).key;
  // The counts live as long as the process, so each test has minutes of its own.
  minute += 10;
});

const at = (second = 0) => new Date(Date.UTC(2026, 10, 25, 10, minute, second));
const ask = (header: string, address: string, second = 0) => {
  const admission = admit(`Bearer ${header}`, address, at(second));
  return admission.ok ? "in" : admission.code;
};
const wrongKey = () => `bur_${newToken()}`;

/** Sends wrong keys until the address is told to slow down. @returns how many were answered 401. */
function exhaust(address: string): number {
  let count = 0;
  while (ask(wrongKey(), address) === "unauthorized") count += 1;
  return count;
}

test("an address may send 300 wrong keys in a minute", () => {
  expect(exhaust("192.0.2.7")).toBe(300);
  expect(ask(wrongKey(), "192.0.2.8")).toBe("unauthorized");
  expect(ask(wrongKey(), "192.0.2.7", 59)).toBe("rate_limited");
  expect(ask(wrongKey(), "192.0.2.7", 60)).toBe("unauthorized");
});

test("the refusal names the address, and no limit of a key", () => {
  exhaust("192.0.2.9");
  expect(admit(`Bearer ${wrongKey()}`, "192.0.2.9", at())).toMatchObject({
    ok: false,
    message: "Too many wrong keys from this address.",
    limit: { quota: 300, windowSeconds: 60, allowed: false },
  });
  expect(admit(`Bearer ${key}`, "192.0.2.9", at())).toMatchObject({
    ok: true,
    application: { address: "192.0.2.9" },
  });
});

test("a right key that this process has not seen yet is let in from an address that sends wrong ones", () => {
  exhaust("192.0.2.7");
  expect(ask(key, "192.0.2.7")).toBe("in");
  expect(ask("no key at all", "192.0.2.7")).toBe("rate_limited");
});

test("two addresses of one IPv6 /64 share the limit", () => {
  expect(exhaust("2001:db8:1:2::1")).toBe(300);
  expect(ask(wrongKey(), "2001:db8:1:2:aaaa::2")).toBe("rate_limited");
  expect(ask(wrongKey(), "2001:db8:1:3::1")).toBe("unauthorized");
});
