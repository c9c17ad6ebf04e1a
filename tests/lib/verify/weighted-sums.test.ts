import path from "node:path";
import Sqlite from "better-sqlite3";
import { expect, it, test } from "vitest";
import { closeDatabase } from "#db/client.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits } from "#lib/ledger/commands/transfers.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import { checkLedger } from "#lib/verify/ledger/entries.ts";
import { EntryReferences } from "#lib/verify/references.ts";
import { prepareToVerify } from "#lib/verify/structures.ts";
import { WeightedSums } from "#lib/verify/weighted-sums.ts";
import {
  aCreditType,
  credits,
  operator,
  requestId,
  spent,
  usageEvent,
  value,
} from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { tamper } from "#tests/support/tampering.ts";

// The sums under random weights, and the references beside them: each wrong figure alone must send the check to its exact
// comparison, and figures that are right must not.

const file = () => path.join(process.env.DATA_DIR ?? "", "bursar.sqlite");
const OCTOBER = new Date("2026-10-20T12:00:00Z");
const NOVEMBER = new Date("2026-11-20T12:00:00Z");
const NOW = new Date("2026-11-26T10:00:00Z");

useCopyOfDatabase(async () => {
  await makeSmallEnterprise();
  await aCreditType({ name: "EUR Credits" });
  for (const organization of [1, 2]) {
    const allocation = { organization, amount: credits(4_000), note: null, requestId: requestId() };
    value(await allocateCredits(allocation, operator));
  }
  const aKey = async (name: string) => {
    const key = { name, organization: null, expires: null, requestId: undefined };
    const { id } = value(await createApiKey(key, operator));
    return { kind: "api_key", id, name, organizationId: null, address: null } as const;
  };
  const [tutor, coach] = [await aKey("Tutor"), await aKey("Coach")];
  const byKey = async (key: typeof tutor, ...changes: Parameters<typeof usageEvent>[0][]) => {
    for (const outcome of await recordBatch(changes.map(usageEvent), key, { now: NOW })) value(outcome);
  };
  // Entries 6 to 9 of October, and 10 to 14 of November; ana has two memberships.
  await spent({ credits: credits(40), occurredAt: OCTOBER }, OCTOBER);
  await spent({ credits: credits(3), organization: "ART", occurredAt: OCTOBER }, OCTOBER);
  await spent({ credits: credits(2), organization: "ART", occurredAt: OCTOBER }, OCTOBER);
  await spent({ credits: credits(7), member: "bo@example.edu", occurredAt: OCTOBER }, OCTOBER);
  await byKey(
    tutor,
    { credits: credits(5), occurredAt: NOVEMBER },
    { credits: credits(6), application: "tutor", occurredAt: NOVEMBER },
    { credits: 0n, occurredAt: NOW },
  );
  await byKey(coach, { credits: 1n, member: "bo@example.edu", occurredAt: NOVEMBER });
  await spent({ credits: credits(8), member: "bo@example.edu", application: "tutor", occurredAt: NOW }, NOW);
  // Entries 15 to 17: the reversals of 8, which no key reported, of 11, and of 13; and 18, an event after a reversal.
  for (const entry of [8, 11, 13]) {
    value(await reverseEntry({ entry, note: null, requestId: requestId() }, operator));
  }
  await byKey(coach, { credits: credits(9), occurredAt: NOVEMBER });
});

/** Whether the sums agree, and whether the references are right, without the exact comparisons. */
function quickly(): { agree: boolean; areRight: boolean } {
  closeDatabase();
  const sqlite = new Sqlite(file(), { readonly: true });
  try {
    prepareToVerify(sqlite);
    const sums = new WeightedSums(sqlite);
    const references = new EntryReferences(sqlite);
    checkLedger(sqlite, { fault: () => {}, chainFault: () => {}, sums, references, onShare: () => {} });
    return { agree: sums.agree(), areRight: references.areRight() };
  } finally {
    sqlite.close();
  }
}

it("agrees where only the commands have written", () => {
  expect(quickly()).toEqual({ agree: true, areRight: true });
});

test.each([
  // A row of 0 is as good as none.
  "INSERT INTO membership_months VALUES (3, 202609, 1, 0)",
  "INSERT INTO organization_days VALUES (1, 20260901, 1, 0)",
  // Of 4 memberships, ids up to 1,008 are few enough gaps; of 3 members, up to 1,006.
  `INSERT INTO memberships (id, member_id, organization_id, role, active, allowance, created_at, name_key)
   VALUES (1008, 2, 2, 'creator', 1, 'organization', 0, 'bo')`,
  `INSERT INTO members (id, name, email, email_key, created_at, name_key, search_text)
   VALUES (1006, 'Cy', 'cy@example.edu', 'cy@example.edu', 0, 'cy', 'cy')`,
])("agrees after %s", (sql) => {
  tamper(sql);
  expect(quickly().agree).toBe(true);
});

const MONTH = "membership_id = 2 AND month = 202610";
const DAY = "organization_id = 1 AND day = 20261120 AND application_id = 1";
const ORGANIZATION_MONTH = "application_id = 1 AND month = 202610 AND organization_id = 2";
const TYPE_DAY = "credit_type_id = 1 AND day = 20261120 AND application_id = 1";
const KEY_DAY = "api_key_id = 1 AND day = 20261120";

test.each([
  // Of a month without reversals, of one with, and of one that has no entries.
  "UPDATE membership_months SET spent = spent + 1 WHERE membership_id = 3 AND month = 202610",
  `UPDATE membership_months SET spent = spent - 1 WHERE ${MONTH}`,
  `DELETE FROM membership_months WHERE ${MONTH}`,
  "INSERT INTO membership_months VALUES (3, 202609, 1, 1)",
  `UPDATE membership_months SET month = 202609 WHERE ${MONTH}`,
  "UPDATE membership_months SET membership_id = 4 WHERE membership_id = 3 AND month = 202610",
  `UPDATE membership_months SET spent = 'x' WHERE ${MONTH}`,
  `UPDATE membership_months SET spent = 9007199254740993 WHERE ${MONTH}`,
  // What one month has too much, another has too little.
  `UPDATE membership_months SET spent = spent + 1 WHERE membership_id = 3 AND month = 202610;
   UPDATE membership_months SET spent = spent - 1 WHERE membership_id = 1 AND month = 202610`,
  `UPDATE organization_days SET spent = spent + 1 WHERE ${DAY}`,
  `UPDATE organization_days SET day = 20261119 WHERE ${DAY}`,
  `UPDATE organization_days SET application_id = 3 WHERE ${DAY}`,
  `UPDATE organization_days SET organization_id = 2 WHERE ${DAY}`,
  `UPDATE organization_months SET spent = spent + 1 WHERE ${ORGANIZATION_MONTH}`,
  `UPDATE organization_months SET month = 202609 WHERE ${ORGANIZATION_MONTH}`,
  `UPDATE organization_months SET application_id = 3 WHERE ${ORGANIZATION_MONTH}`,
  `UPDATE organization_months SET organization_id = 3 WHERE ${ORGANIZATION_MONTH}`,
  `UPDATE credit_type_days SET spent = spent + 1 WHERE ${TYPE_DAY}`,
  `UPDATE credit_type_days SET day = 20261119 WHERE ${TYPE_DAY}`,
  `UPDATE credit_type_days SET application_id = 3 WHERE ${TYPE_DAY}`,
  `UPDATE credit_type_days SET credit_type_id = 2 WHERE ${TYPE_DAY}`,
  `UPDATE api_key_days SET spent = spent + 1 WHERE ${KEY_DAY}`,
  `UPDATE api_key_days SET events = events + 1 WHERE ${KEY_DAY}`,
  `UPDATE api_key_days SET events = 'x' WHERE ${KEY_DAY}`,
  `UPDATE api_key_days SET day = 20261119 WHERE ${KEY_DAY}`,
  `UPDATE api_key_days SET api_key_id = 3 WHERE ${KEY_DAY}`,
  `UPDATE api_key_days SET credit_type_id = 2 WHERE ${KEY_DAY}`,
  "UPDATE memberships SET spent = spent + 1 WHERE id = 2",
  "UPDATE memberships SET spent = spent + 1 WHERE id = 2; UPDATE members SET spent = spent + 1 WHERE id = 1",
  "UPDATE memberships SET member_id = 2 WHERE id = 2",
  "UPDATE memberships SET member_id = 9 WHERE id = 2",
  "UPDATE memberships SET last_active_at = last_active_at - 1 WHERE id = 1",
  "UPDATE memberships SET last_active_at = NULL WHERE id = 2",
  "DELETE FROM memberships WHERE id = 3",
  "UPDATE members SET spent = spent + 1 WHERE id = 2",
  "UPDATE members SET last_active_at = last_active_at + 1 WHERE id = 2",
  "UPDATE members SET last_active_at = NULL WHERE id = 1",
  // Of an event in a month without reversals and in one with, and of an allowance that was exceeded.
  "UPDATE ledger_entries SET month_spent_after = month_spent_after + 1 WHERE id = 9",
  "UPDATE ledger_entries SET month_spent_after = month_spent_after + 1 WHERE id = 7",
  "UPDATE ledger_entries SET month_spent_after = NULL WHERE id = 9",
  "UPDATE ledger_entries SET month_spent_after = NULL WHERE id = 7",
  "UPDATE ledger_entries SET allowance_then = 39999999 WHERE id = 6",
  "UPDATE ledger_entries SET allowance_then = 2999999 WHERE id = 7",
  "UPDATE ledger_entries SET membership_id = 1008 WHERE id = 9",
  "UPDATE ledger_entries SET api_key_id = 1 WHERE id = 13",
  "UPDATE ledger_entries SET reverses_id = 14 WHERE id = 16",
  `INSERT INTO memberships (id, member_id, organization_id, role, active, allowance, created_at, name_key)
   VALUES (1009, 2, 2, 'creator', 1, 'organization', 0, 'bo')`,
  `INSERT INTO members (id, name, email, email_key, created_at, name_key, search_text)
   VALUES (1007, 'Cy', 'cy@example.edu', 'cy@example.edu', 0, 'cy', 'cy')`,
])("disagrees after %s", (sql) => {
  tamper(sql);
  expect(quickly().agree).toBe(false);
});

test.each([
  "UPDATE ledger_entries SET credit_type_id = 3 WHERE id = 2",
  "UPDATE ledger_entries SET organization_id = 3 WHERE id = 2",
  "UPDATE ledger_entries SET organization_id = 2 WHERE id = 6",
  "UPDATE ledger_entries SET organization_id = NULL WHERE id = 6",
  "UPDATE ledger_entries SET membership_id = 4 WHERE id = 6",
  "UPDATE ledger_entries SET application_id = 3 WHERE id = 6",
  "UPDATE ledger_entries SET api_key_id = 3 WHERE id = 6",
])("references are not right after %s", (sql) => {
  tamper(sql);
  expect(quickly().areRight).toBe(false);
});
