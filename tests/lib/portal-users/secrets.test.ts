import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadConfig } from "#lib/config.ts";
import {
  authSecret,
  hashPassword,
  newOneTimeCode,
  newToken,
  sameHash,
  tokenHash,
  verifyPassword,
} from "#lib/portal-users/secrets.ts";
import { processWide } from "#lib/process-wide.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

let setting: string | undefined;
beforeEach(() => {
  setting = process.env.AUTH_SECRET;
  delete process.env.AUTH_SECRET;
  loadConfig();
});
afterEach(() => {
  if (setting === undefined) delete process.env.AUTH_SECRET;
  else process.env.AUTH_SECRET = setting;
  loadConfig();
});

const directory = () => process.env.DATA_DIR ?? "";

it("makes the sessions' key once and keeps it from other accounts of the machine", () => {
  const secret = authSecret();
  const file = path.join(directory(), "auth-secret");
  expect(Buffer.from(secret, "base64url")).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(authSecret()).toBe(secret);
  expect(readFileSync(file, "utf8").trim()).toBe(secret);
  expect(readdirSync(directory()).filter((name) => name.startsWith("auth-secret"))).toEqual(["auth-secret"]);
});

it("takes AUTH_SECRET where it is given, and makes no file", () => {
  process.env.AUTH_SECRET = "given by the environment, long enough";
  loadConfig();
  expect(authSecret()).toBe("given by the environment, long enough");
  expect(existsSync(path.join(directory(), "auth-secret"))).toBe(false);
});

it("refuses a file without a secret, and names the file", () => {
  const file = path.join(directory(), "auth-secret");
  writeFileSync(file, "\n");
  expect(() => authSecret()).toThrow(`${file} holds no secret`);
});

it("hashes with salt, and finds the password again", async () => {
  const [one, other] = await Promise.all([hashPassword("some long words"), hashPassword("some long words")]);
  expect(one).not.toBe(other);
  expect(await verifyPassword(one, "some long words")).toBe(true);
  expect(await verifyPassword(one, "Some long words")).toBe(false);
  expect(await verifyPassword(null, "some long words")).toBe(false);
});

it("makes tokens and codes that differ", () => {
  const manySecrets = Array.from({ length: 500 }, () => [newToken(), newOneTimeCode()]).flat();
  expect(new Set(manySecrets).size).toBe(1_000);
});

it("writes a code in groups of four, without letters that are easily confused", () => {
  expect(newOneTimeCode()).toMatch(/^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/);
  expect(newOneTimeCode(16)).toMatch(/^([A-HJ-NP-Z2-9]{4}-){3}[A-HJ-NP-Z2-9]{4}$/);
  expect(newOneTimeCode(4)).toMatch(/^[A-HJ-NP-Z2-9]{4}$/);
});

it("stores a token as SHA-256, and compares hashes", () => {
  const hash = tokenHash("abc");
  expect(hash).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(sameHash(hash, tokenHash("abc"))).toBe(true);
  expect(sameHash(hash, tokenHash("abd"))).toBe(false);
  expect(sameHash(hash, hash.slice(1))).toBe(false);
  expect(sameHash("", hash)).toBe(false);
});

it("takes a file with 32 characters and none with fewer", () => {
  const file = path.join(directory(), "auth-secret");
  writeFileSync(file, `${"x".repeat(32)}\n`);
  expect(authSecret()).toBe("x".repeat(32));
  writeFileSync(file, `${"x".repeat(31)}\n`);
  expect(() => authSecret()).toThrow("holds no secret");
});

it("finds a password that another keyboard writes in another form", async () => {
  expect(await verifyPassword(await hashPassword("ﬁne  wörds"), "fine  wo\u0308rds")).toBe(true);
});

it("computes two hashes at a time, so that a flood cannot take all memory", async () => {
  type Hashing = { running: number; waiting: unknown[] };
  const hashing = processWide<Hashing>("lib/portal-users/secrets", () => ({ running: -1, waiting: [] }));
  const hashes = Promise.all(Array.from({ length: 6 }, (_, index) => hashPassword(`words ${index}`)));
  expect([hashing.running, hashing.waiting.length]).toEqual([2, 4]);
  expect(new Set(await hashes).size).toBe(6);
  expect([hashing.running, hashing.waiting.length]).toEqual([0, 0]);
});
