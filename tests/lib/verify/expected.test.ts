import { expect, it, test } from "vitest";
import { database } from "#db/client.ts";
import { checkExpected, readExpectedHash } from "#lib/verify/expected.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

const AUDIT = "0123456789abcdef".repeat(4);
const LEDGER = "0123456789abcdef".repeat(2);

test.each([
  [`7:${AUDIT}`, { chain: "audit", id: 7, hash: AUDIT }],
  [`7:${LEDGER.toUpperCase()}`, { chain: "ledger", id: 7, hash: LEDGER }],
  [`123456789012345:${LEDGER}`, { chain: "ledger", id: 123_456_789_012_345, hash: LEDGER }],
  [`1234567890123456:${LEDGER}`, null],
  [`7:${LEDGER}0`, null],
  [`7:${LEDGER.slice(1)}`, null],
  [`7:${LEDGER.slice(1)}g`, null],
  [`x7:${LEDGER}`, null],
  [`7:${LEDGER}x`, null],
  [`:${LEDGER}`, null],
  [LEDGER, null],
  ["", null],
])("%j is read", (text, expected) => {
  expect(readExpectedHash(text)).toEqual(expected);
});

it("finds the entry, another hash, or no entry", async () => {
  await makeSmallEnterprise();
  const sqlite = database().$client;
  const text = (sql: string) => String(sqlite.prepare(sql).pluck().get());
  const audit = text("SELECT hash FROM audit_entries WHERE id = 2");
  const id = Number(text("SELECT max(last_id) FROM ledger_chain"));
  const ledger = text(`SELECT lower(hex(hash)) FROM ledger_chain WHERE last_id = ${id}`);
  const faults: string[] = [];
  const check = (...expected: Parameters<typeof checkExpected>[1]) => {
    faults.length = 0;
    checkExpected(sqlite, expected, (row, message) => faults.push(`${row} ${message}`));
    return faults;
  };
  expect(check({ chain: "audit", id: 2, hash: audit }, { chain: "ledger", id, hash: ledger })).toEqual([]);
  expect(check({ chain: "audit", id: 2, hash: AUDIT }, { chain: "ledger", id: 999, hash: LEDGER })).toEqual([
    `audit_entries 2 has the hash ${audit}, expected ${AUDIT}`,
    "ledger_chain 999 is missing, but its hash was expected",
  ]);
});
