import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createRule, removeRule, updateRule } from "#lib/alerts/commands/rules.ts";
import { checkStaleOrganizations } from "#lib/alerts/jobs/stale.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { mergeApplications } from "#lib/applications/merge.ts";
import { moveCredits } from "#lib/batches/commands/credits.ts";
import { archiveCreditType, createCreditType, restoreCreditType } from "#lib/credit-types/commands.ts";
import { addGrants } from "#lib/grants/commands.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits } from "#lib/ledger/commands/transfers.ts";
import { addAlias } from "#lib/members/aliases.ts";
import { removeMembership } from "#lib/members/removal.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { createPortalUser, setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { linkAccount, relink } from "#lib/single-sign-on/relink.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { createEndpoint } from "#lib/webhooks/commands/endpoints.ts";
import {
  aMember,
  anOrganization,
  credits,
  operator,
  requestId,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { tamper } from "#tests/support/tampering.ts";

// What the operator reads about each kind of fault, word for word.

const OCTOBER = new Date("2026-10-20T12:00:00Z");
const NOW = new Date("2026-11-26T10:00:00Z");

/** Sets the clock, because entries of the audit trail have its time. */
const setClock = () => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
};
afterEach(() => {
  vi.useRealTimers();
});

useCopyOfDatabase(async () => {
  setClock();
  // Entries 1 to 3.
  await makeSmallEnterprise();
  value(await createCreditType({ name: "EUR Credits", currency: "EUR", exchangeRate: 2_000_000n }, operator));
  // No credits of MED have moved.
  await anOrganization({ code: "MED", creditType: 2 });
  value(
    await createApiKey({ name: "Tutor", organization: 1, expires: null, requestId: undefined }, operator),
  );
  // Entries 4 to 6, and 7, the reversal of 5.
  await spent({ id: "four", credits: credits(40), occurredAt: OCTOBER });
  await spent({ id: "five", credits: credits(3), organization: "ART", occurredAt: OCTOBER });
  await spent({ id: "six", credits: credits(10), member: "bo@example.edu", application: "tutor" }, NOW);
  value(await reverseEntry({ entry: 5, note: "charged twice", requestId: requestId() }, operator));
  // Entry 8.
  const deal = { purchaseDate: 20_261_120, paid: 950_000_000n, invoiceNumber: "INV-7" };
  value(
    await purchaseCredits(
      { creditType: 2, amount: credits(10), note: "autumn", requestId: requestId(), ...deal },
      operator,
    ),
  );
  // Entries 9 and 10.
  const move = { move: "allocation", split: "each", amount: credits(1), note: null } as const;
  const batch = { ids: [1, 2], selection: "1,2", expected: null, requestId: "a batch of two" };
  value(await moveCredits({ ...move, ...batch }, operator));
  const art = { id: 2, name: "École des Beaux-Arts", monthlyAllowance: credits(1000) };
  value(await updateOrganization({ ...art, code: "ARTS" }, operator));
  value(await addAlias({ member: 1, email: "ana.old@example.edu" }, operator));
  const cy = await aMember(2, { email: "cy@example.edu" });
  value(await removeMembership({ id: cy.membership }, operator));
  value(await mergeApplications({ id: 2, into: 1 }, operator));
});

const file = () => path.join(process.env.DATA_DIR ?? "", "bursar.sqlite");

/** "row: message" of every fault that a check has found. */
const reported = (check: string) =>
  verifyDatabase(file())
    .checks.find(({ name }) => name === check)
    ?.mismatches.map(({ row, message }) => `${row}: ${message}`);

test.each<[check: string, sql: string, lines: string[]]>([
  [
    "ledger",
    "UPDATE credit_types SET available = 1, total_purchased = 2, total_spent = 3, balance = 4, last_entry_id = 9 WHERE id = 2",
    [
      "credit_types 2 (EUR Credits): available is 0.000001, but 10 in the ledger",
      "credit_types 2 (EUR Credits): total_purchased is 0.000002, but 10 in the ledger",
      "credit_types 2 (EUR Credits): total_spent is 0.000003, but 0 in the ledger",
      "credit_types 2 (EUR Credits): balance is 0.000004, but 0 in the ledger",
      "credit_types 2 (EUR Credits): its newest entry is 9, but 8 in the ledger",
      "credit_types 2 (EUR Credits): its accounts sum to 0.000006 instead of 0",
    ],
  ],
  [
    "ledger",
    `UPDATE organizations SET balance = 5, spent = 6, credits_moved = 0 WHERE id = 1;
     UPDATE organizations SET credit_type_id = 2 WHERE id = 2;
     UPDATE organizations SET credits_moved = 1 WHERE id = 3`,
    [
      "organizations 1 (LAW): balance is 0.000005, but 951 in the ledger",
      "organizations 1 (LAW): spent is 0.000006, but 50 in the ledger",
      "organizations 1 (LAW): credits_moved is 0, but the ledger has entries",
      "organizations 2 (ARTS): draws from credit type 2, its entries are in 1",
      "organizations 3 (MED): credits_moved is 1, but the ledger has no entries",
    ],
  ],
  [
    "ledger",
    `UPDATE ledger_entries SET kind = 'gift' WHERE id = 3;
     UPDATE ledger_entries SET day = 20261018 WHERE id = 4;
     UPDATE ledger_entries SET day = 20261399 WHERE id = 5;
     UPDATE ledger_entries SET amount = 'much' WHERE id = 6;
     UPDATE ledger_entries SET amount = 0 WHERE id = 10`,
    [
      "ledger_entries 3: kind gift does not go from pool to organization",
      "ledger_entries 4: counts in the day 20261018 but occurred at 2026-10-20T12:00:00.000Z",
      "ledger_entries 5: counts in the day 20261399 but occurred at 2026-10-20T12:00:00.000Z",
      "ledger_entries 6: holds no amount: much, balance 950000000",
      "ledger_entries 9: has a balance of 951 after it, but the sum is 961",
      "ledger_entries 10: holds no amount: 0, balance 1001000000",
      "credit_types 1 (JPY Credits): available is 7998, but 7999 in the ledger",
      "credit_types 1 (JPY Credits): total_spent is 50, but 40 in the ledger",
      "credit_types 1 (JPY Credits): balance is 1952, but 1961 in the ledger",
      "credit_types 1 (JPY Credits): its newest entry is 10, but 9 in the ledger",
      "organizations 1 (LAW): balance is 951, but 961 in the ledger",
      "organizations 1 (LAW): spent is 50, but 40 in the ledger",
      "organizations 2 (ARTS): balance is 1001, but 1000 in the ledger",
    ],
  ],
  [
    "ledger",
    "UPDATE ledger_entries SET amount = 9500000000 WHERE id = 3; UPDATE ledger_entries SET amount = 995000000 WHERE id = 4",
    [
      "ledger_entries 3: leaves the pool of credit type 1 with -500",
      "ledger_entries 3: has a balance of 1000 after it, but the sum is 9500",
      "ledger_entries 4: leaves the pool of credit type 1 with -500",
      "ledger_entries 4: has a balance of 960 after it, but the sum is 5",
      "ledger_entries 5: leaves the pool of credit type 1 with -500",
      "ledger_entries 5: has a balance of 997 after it, but the sum is 9497",
      "ledger_entries 6: leaves the pool of credit type 1 with -500",
      "ledger_entries 6: leaves organization 1 with -5",
      "ledger_entries 6: has a balance of 950 after it, but the sum is -5",
      "ledger_entries 7: leaves the pool of credit type 1 with -500",
      "ledger_entries 7: has a balance of 1000 after it, but the sum is 9500",
      "ledger_entries 9: leaves the pool of credit type 1 with -501",
      "ledger_entries 9: leaves organization 1 with -4",
      "ledger_entries 9: has a balance of 951 after it, but the sum is -4",
      "ledger_entries 10: leaves the pool of credit type 1 with -502",
      "ledger_entries 10: has a balance of 1001 after it, but the sum is 9501",
      "credit_types 1 (JPY Credits): available is 7998, but -502 in the ledger",
      "credit_types 1 (JPY Credits): total_spent is 50, but 1005 in the ledger",
      "credit_types 1 (JPY Credits): balance is 1952, but 9497 in the ledger",
      "organizations 1 (LAW): balance is 951, but -4 in the ledger",
    ],
  ],
  [
    "ledger",
    "DELETE FROM ledger_entries WHERE id IN (4, 5)",
    [
      "ledger_entries 6: before it, 4 to 5 are missing",
      "ledger_entries 6: has a balance of 950 after it, but the sum is 990",
      "ledger_entries 7: has a balance of 1000 after it, but the sum is 1003",
      "ledger_entries 9: has a balance of 951 after it, but the sum is 991",
      "ledger_entries 10: has a balance of 1001 after it, but the sum is 1004",
      "credit_types 1 (JPY Credits): total_spent is 50, but 7 in the ledger",
      "credit_types 1 (JPY Credits): balance is 1952, but 1995 in the ledger",
      "organizations 1 (LAW): balance is 951, but 991 in the ledger",
      "organizations 1 (LAW): spent is 50, but 10 in the ledger",
      "organizations 2 (ARTS): balance is 1001, but 1004 in the ledger",
      "organizations 2 (ARTS): spent is 0, but -3 in the ledger",
    ],
  ],
  [
    "ledger",
    "DELETE FROM ledger_entries WHERE id = 5; UPDATE ledger_entries SET credit_type_id = 2 WHERE id = 6",
    [
      "ledger_entries 6: before it, 5 is missing",
      "ledger_entries 6: is in credit type 2, organization 1's are in 1",
      "ledger_entries 7: has a balance of 1000 after it, but the sum is 1003",
      "ledger_entries 10: has a balance of 1001 after it, but the sum is 1004",
      "credit_types 1 (JPY Credits): total_spent is 50, but 37 in the ledger",
      "credit_types 1 (JPY Credits): balance is 1952, but 1965 in the ledger",
      "credit_types 2 (EUR Credits): total_spent is 0, but 10 in the ledger",
      "credit_types 2 (EUR Credits): balance is 0, but -10 in the ledger",
      "organizations 2 (ARTS): balance is 1001, but 1004 in the ledger",
      "organizations 2 (ARTS): spent is 0, but -3 in the ledger",
    ],
  ],
  [
    "ledger",
    `UPDATE ledger_entries SET debit_account = 'organization' WHERE id = 1;
     UPDATE ledger_entries SET credit_account = 'consumed' WHERE id = 2;
     UPDATE ledger_entries SET debit_account = 'pool' WHERE id = 4;
     UPDATE ledger_entries SET credit_account = 'pool' WHERE id = 6`,
    [
      "ledger_entries 1: kind purchase does not go from organization to pool",
      "ledger_entries 2: kind allocation does not go from pool to consumed",
      "ledger_entries 2: has a balance of 1000 after it, but the sum is 0",
      "ledger_entries 4: kind spend does not go from pool to consumed",
      "ledger_entries 4: has a balance of 960 after it, but the sum is 0",
      "ledger_entries 6: kind spend does not go from organization to pool",
      "ledger_entries 6: leaves organization 1 with -10",
      "ledger_entries 6: has a balance of 950 after it, but the sum is -10",
      "ledger_entries 9: leaves organization 1 with -9",
      "ledger_entries 9: has a balance of 951 after it, but the sum is -9",
      "credit_types 1 (JPY Credits): available is 7998, but 7968 in the ledger",
      "credit_types 1 (JPY Credits): total_purchased is 10000, but 0 in the ledger",
      "credit_types 1 (JPY Credits): total_spent is 50, but 1040 in the ledger",
      "credit_types 1 (JPY Credits): balance is 1952, but -9008 in the ledger",
      "organizations 1 (LAW): balance is 951, but -9 in the ledger",
      "organizations 1 (LAW): spent is 50, but 1040 in the ledger",
    ],
  ],
  // Of the last day, the instants at which it begins in UTC+14 and ends in UTC-12, and one millisecond beyond each.
  [
    "ledger",
    `UPDATE ledger_entries SET occurred_at = 1795600800000 WHERE id = 1;
     UPDATE ledger_entries SET occurred_at = 1795600799999 WHERE id = 2;
     UPDATE ledger_entries SET occurred_at = 1795780799999 WHERE id = 3;
     UPDATE ledger_entries SET occurred_at = 1795780800000 WHERE id = 6;
     UPDATE ledger_entries SET day = 20261057 WHERE id = 8`,
    [
      "ledger_entries 2: counts in the day 20261126 but occurred at 2026-11-25T09:59:59.999Z",
      "ledger_entries 6: counts in the day 20261126 but occurred at 2026-11-27T12:00:00.000Z",
      "ledger_entries 8: counts in the day 20261057 but occurred at 2026-11-26T10:00:00.000Z",
    ],
  ],
  [
    "ledger",
    "UPDATE ledger_entries SET id = 9007199254740993 WHERE id = 10",
    ["the database: cannot be read further: the id 9007199254740992 is too large"],
  ],
  [
    "ledger",
    "UPDATE organizations SET balance = 'x' WHERE id = 2",
    ["organizations 2 (ARTS): balance is x, but 1001 in the ledger"],
  ],
  [
    "ledger chain",
    "DELETE FROM ledger_entries WHERE id = 4",
    ["ledger_entries 4: altered since it was recorded: the hash does not match the content"],
  ],
  [
    "ledger chain",
    "DELETE FROM ledger_chain WHERE last_id IN (3, 4) OR last_id > 8; UPDATE ledger_entries SET note = 'x' WHERE id = 6",
    [
      "ledger_entries 3 to 5: altered since it was recorded: the hash does not match the content",
      "ledger_entries 6: altered since it was recorded: the hash does not match the content",
      "ledger_entries 9: was not added by the portal: the chain ends before it",
      "ledger_entries 10: was not added by the portal: the chain ends before it",
    ],
  ],
  [
    "choices",
    `UPDATE memberships SET allowance = 'organiz' || char(10) || 'ation' WHERE id = 1;
     UPDATE memberships SET active = 2, role = 'owner' WHERE id = 2;
     INSERT INTO health_checks (kind, at, faults) VALUES ('disk', 0, 0)`,
    [
      `health_checks disk: kind is "disk", which is no value of it`,
      // The triggers that count put the role and the status into this table too.
      `credit_type_members 1/owner/2: role is "owner", which is no value of it`,
      `credit_type_members 1/owner/2: active is "2", which is no value of it`,
      `memberships 1: allowance is "organiz\\nation", which is no value of it`,
      `memberships 2: role is "owner", which is no value of it`,
      `memberships 2: active is "2", which is no value of it`,
    ],
  ],
  [
    "reversals",
    "UPDATE ledger_entries SET reverses_id = 8 WHERE id = 7",
    ["ledger_entries 7: reverses 8, which is no earlier entry"],
  ],
  [
    "reversals",
    "UPDATE ledger_entries SET debit_account = 'pool' WHERE id = 7",
    ["ledger_entries 7: is not the opposite of 5, which it reverses"],
  ],
  [
    "reversals",
    "UPDATE ledger_entries SET credit_account = 'pool' WHERE id = 7",
    ["ledger_entries 7: is not the opposite of 5, which it reverses"],
  ],
  [
    "references",
    `UPDATE ledger_entries SET application_id = 9, membership_id = 2 WHERE id = 4;
     UPDATE memberships SET merged_into_id = 2 WHERE id = 1;
     UPDATE applications SET merged_into_id = 2 WHERE id = 1;
     INSERT INTO organization_days VALUES (1, 20261120, 9, 0)`,
    [
      "organization_days 1/20261120/9: refers to a row of applications that is not there",
      "applications 2: is merged into an application that is merged itself",
      "applications 1: is merged into an application that is merged itself",
      "memberships 1: is merged, so it should be inactive and name the membership that counts, of the same person and organization",
      "ledger_entries 4: refers to a row of applications that is not there",
      "ledger_entries 4: names a membership of another organization",
    ],
  ],
  [
    "references",
    "UPDATE membership_months SET membership_id = 9 WHERE membership_id = 3",
    ["membership_months: refers to a row of memberships that is not there"],
  ],
  [
    "keys",
    `INSERT INTO organization_former_codes (code, code_key, organization_id, created_at) VALUES ('LAW', 'law', 2, 0);
     INSERT INTO member_aliases (member_id, email, email_key, created_at) VALUES (1, 'bo@example.edu', 'bo@example.edu', 0);
     UPDATE memberships SET name_key = 'x' WHERE id = 2;
     UPDATE organization_former_codes SET code_key = 'x' WHERE id = 1;
     UPDATE member_aliases SET email_key = 'x' WHERE id = 1;
     UPDATE organizations SET code_key = 'y' WHERE id = 2;
     UPDATE credit_types SET name_key = 'x' WHERE id = 1;
     UPDATE applications SET name_key = 'x' WHERE id = 1`,
    [
      "organizations 2 (ARTS): code_key does not belong to its name",
      "organization_former_codes 1 (ART): code_key does not belong to its name",
      "members 1 (ana@example.edu): search_text does not belong to its name",
      "member_aliases 1 (ana.old@example.edu): email_key does not belong to its name",
      "credit_types 1 (JPY Credits): name_key does not belong to its name",
      "applications 1 (essay-coach): name_key does not belong to its name",
      "organization_former_codes 2: LAW is also the code of an organization",
      "member_aliases 2: bo@example.edu is also the email of a member",
      "memberships 2: name_key is not its member's",
    ],
  ],
  [
    "batches",
    "UPDATE batches SET kind = 'return', created_at = 5, reverses_id = 9, first_audit_id = first_audit_id + 1",
    [
      "batches 1: kind is return, it should be allocation",
      "batches 1: created_at is 5, it should be 1795687200000",
      "batches 1: reverses_id is 9, it should be empty",
      "batches 1: the number of its changes is 1, it should be 2",
      "batches 1: names 2 ledger entries, of which 2 are its own and 1 in its changes",
    ],
  ],
  [
    "batches",
    "UPDATE batches SET first_entry_id = 8",
    ["batches 1: names 3 ledger entries, of which 2 are its own and 2 in its changes"],
  ],
  ["batches", "UPDATE batches SET last_entry_id = NULL", ["batches 1: has no ledger entries"]],
  ["batches", "UPDATE batches SET first_entry_id = NULL", ["batches 1: has no ledger entries"]],
  [
    "batches",
    "UPDATE batches SET kind = 'return', first_entry_id = NULL, last_entry_id = NULL",
    ["batches 1: kind is return, it should be allocation", "batches 1: has no ledger entries"],
  ],
  [
    "batches",
    "UPDATE batches SET request_id = 'another request'",
    ["batches 1: names 2 ledger entries, of which 0 are its own and 2 in its changes"],
  ],
  [
    "batches",
    "UPDATE batches SET last_audit_id = 2",
    ["batches 1: audit entry 2 is not about it", "batches 1: is missing, but audit entry 17 refers to it"],
  ],
  [
    "audit",
    "DELETE FROM audit_entries WHERE id IN (3, 4, 6)",
    [
      "audit_entries 5: before it, 3 to 4 are missing",
      "audit_entries 5: does not follow on the entry before it",
      "audit_entries 7: before it, 6 is missing",
      "audit_entries 7: does not follow on the entry before it",
    ],
  ],
  ["audit", "UPDATE audit_end SET last_id = 24", ["audit_entries 24: is missing: the entries end at 23"]],
  ["audit", "UPDATE audit_end SET last_id = 22", ["audit_entries 23: was added after the last entry, 22"]],
  [
    "audit",
    "UPDATE audit_end SET last_hash = 'x'",
    ["audit_entries 23: is not the last entry that was written"],
  ],
  ["audit", "DELETE FROM audit_end", ["audit_end: is missing, so the last entry is unknown"]],
  [
    "audit",
    "UPDATE audit_entries SET id = 0 WHERE id = 1",
    [
      "audit_entries 0: was inserted before the first",
      "audit_entries 0: was altered: its hash does not match its content",
      "audit_entries 2: before it, 1 is missing",
    ],
  ],
  [
    "audit trail",
    `UPDATE settings SET enterprise_name = 'Uni', time_zone = 'Asia/Tokyo', session_minutes = 60, refusal_days = 1,
       require_second_factor = 1`,
    [
      'settings 1: enterpriseName is "Uni", no audit entry sets it',
      'settings 1: timeZone is "Asia/Tokyo", no audit entry sets it',
      'settings 1: sessionLifetime is "1 hour", no audit entry sets it',
      'settings 1: requireSecondFactor is "on", no audit entry sets it',
      'settings 1: refusalDays is "1", no audit entry sets it',
    ],
  ],
  [
    "audit trail",
    `UPDATE alert_rules SET kind = 'verify_age', threshold = 7 WHERE id = 13;
     UPDATE alert_rules SET tag = 'faculty:arts' WHERE id = 14;
     UPDATE alert_rules SET threshold = 27 WHERE id = 15;
     DELETE FROM alert_rules WHERE id = 12`,
    [
      "alert_rule 12: is missing, but no audit entry removed it",
      "alert_rule 13: its kind is verify_age, it should be key_expiring",
      "alert_rule 14: concerns a part of the enterprise, but no audit entry sets that",
      "alert_rule 15: its threshold is 27, it should be 26",
    ],
  ],
  [
    "audit trail",
    `UPDATE audit_entries SET organization_id = NULL WHERE id = 3;
     UPDATE organizations SET monthly_allowance = 'x' WHERE id = 3;
     UPDATE memberships SET merged_into_id = 1 WHERE id = 3`,
    [
      'organization 3: monthlyAllowance is "string x", but audit entry 11 has null',
      'membership 3: mergedInto is "1", no audit entry sets it',
      "audit_entries 3: organization_id is empty, it should be 1",
    ],
  ],
  // What is no object has no values.
  [
    "audit trail",
    "UPDATE audit_entries SET before = 'null', after = 'null' WHERE id = 14",
    [
      "ledger_entries 0: is missing, but audit entry 14 refers to it",
      "ledger_entries 8: there is no audit entry about it",
    ],
  ],
  [
    "audit trail",
    `UPDATE organizations SET monthly_allowance = NULL WHERE id = 1;
     UPDATE credit_types SET archived_at = 1 WHERE id = 2;
     INSERT INTO organization_tags VALUES (1, 'faculty:evil');
     UPDATE alert_rules SET enabled = 0 WHERE id = 11;
     INSERT INTO mail_recipients VALUES (1, '[]', 'at_once')`,
    [
      'organization 1: monthlyAllowance is null, but audit entry 3 has "1000"',
      'organization 1: tags is "faculty:evil", no audit entry sets it',
      'credit_type 2: status is "archived", no audit entry sets it',
      "alert_rule 11: is inactive, but no audit entry sets that",
      "portal_user 1: gets mails by a choice that no audit entry sets",
    ],
  ],
  [
    "audit trail",
    `INSERT INTO memberships (id, member_id, organization_id, role, active, allowance, name_key, created_at)
       SELECT o.id + 2, member_id, o.id, role, m.active, allowance, m.name_key, m.created_at
       FROM memberships m JOIN organizations o ON o.id > 1 WHERE m.id = 3;
     DELETE FROM api_keys`,
    [
      "membership 4: exists, but an audit entry removed it",
      "api_key 1: is missing, but there are audit entries about it",
      "membership 5: was not added by the portal: there is no audit entry about it",
      "audit_entries 12: organization_id is 1, it should be empty",
    ],
  ],
  [
    "audit trail",
    `UPDATE ledger_entries SET amount = 5, note = 'x' WHERE id = 8;
     UPDATE purchase_details SET paid = NULL, day = NULL WHERE entry_id = 8;
     INSERT INTO purchase_details (entry_id, paid) VALUES (2, 6)`,
    [
      'purchase_details 2: paid is "0.000006", but audit entry 4 has null',
      "ledger_entries 8: amount is 0.000005, but audit entry 14 has 10",
      'purchase_details 8: purchaseDate is null, but audit entry 14 has "2026-11-20"',
      'purchase_details 8: paid is null, but audit entry 14 has "950"',
      'ledger_entries 8: note is "x", but audit entry 14 has "autumn"',
      "purchase_details 2: are not the details of a purchase",
    ],
  ],
  [
    "audit trail",
    `DELETE FROM ledger_entries WHERE id = 10; UPDATE ledger_entries SET organization_id = 2 WHERE id = 9;
     UPDATE ledger_entries SET kind = 'return' WHERE id = 4`,
    [
      "ledger_entries 9: belongs to 2, but audit entry 15 has 1",
      "ledger_entries 10: is missing, but audit entry 16 refers to it",
      "ledger_entries 4: there is no audit entry about it",
    ],
  ],
  [
    "audit trail",
    "UPDATE exchange_rates SET rate = 3 WHERE id = 2",
    [
      "exchange_rates 2: no audit entry sets this rate at this instant",
      "credit_type 2: has no exchange rate of 2 from audit entry 10 on",
    ],
  ],
  [
    "audit trail",
    `UPDATE organization_former_codes SET organization_id = 1;
     UPDATE member_aliases SET email = 'other@example.edu', email_key = 'other@example.edu';
     INSERT INTO applications (name, name_key, created_at, merged_into_id) VALUES ('x', 'x', 0, 1)`,
    [
      "organization_former_codes 1: no audit entry shows that the organization had the code ART",
      "member_aliases 1: no audit entry shows that the member had the email other@example.edu",
      "former email ana.old@example.edu: is missing, but audit entry 19 added it",
      "applications 3: no audit entry shows that x was merged into another",
    ],
  ],
  [
    "audit trail",
    "UPDATE applications SET merged_into_id = NULL",
    ["applications: 0 are merged into others, but 1 audit entries merge one"],
  ],
  [
    "memberships",
    "UPDATE memberships SET spent = 1, last_active_at = NULL WHERE id = 3",
    [
      "memberships 3 (member 2): spent is 0.000001, it should be 10",
      "memberships 3 (member 2): last_active_at is empty, it should be 1795687200000",
    ],
  ],
  [
    "memberships",
    "UPDATE memberships SET spent = 'x' WHERE id = 3",
    ["memberships 3 (member 2): spent is x, it should be 10"],
  ],
  [
    "organizations",
    "UPDATE organization_days SET spent = 7 WHERE organization_id = 1 AND day = 20261126",
    ["organizations 1 (LAW): spent_last_30_days is 10, it should be 0.000007"],
  ],
  [
    "api_key_days",
    "INSERT INTO api_key_days VALUES (1, 20261126, 1, 2, 3)",
    [
      "api_key_days 1/20261126/1: spent is 0.000002, it should be 0",
      "api_key_days 1/20261126/1: events is 3, it should be 0",
    ],
  ],
  [
    "credit_type_members",
    "DELETE FROM credit_type_members; INSERT INTO credit_type_members VALUES (2, 'viewer', 1, 4)",
    [
      "credit_type_members 2/viewer/1: members is 4, it should be 0",
      "credit_type_members 1/creator/1: members is empty, it should be 3",
    ],
  ],
  [
    "membership_months",
    "DELETE FROM membership_months WHERE membership_id = 1; UPDATE membership_months SET organization_id = 2 WHERE membership_id = 3",
    [
      "membership_months 1/202610: spent is empty, it should be 40",
      "membership_months 3/202611: organization_id is 2, it should be 1",
    ],
  ],
  [
    "allowances",
    "UPDATE ledger_entries SET month_spent_after = 1 WHERE id = 6; UPDATE ledger_entries SET allowance_then = 1 WHERE id = 4",
    [
      "ledger_entries 6: month_spent_after is 0.000001, it should be 10",
      "ledger_entries 4: month_spent_after, over the allowance then, is 40, it should be 0.000001",
    ],
  ],
])("%s: %s", (check, sql, lines) => {
  expect(reported(check)).toEqual([]);
  tamper(sql);
  expect(reported(check)).toEqual(lines);
});

test("default rules that an admin changed or removed", async () => {
  value(await updateRule({ id: 11, threshold: "30", enabled: "on" }, operator));
  value(await removeRule({ id: 18 }, operator));
  expect(reported("audit trail")).toEqual([]);
  // SQLite gives the id of the last row again.
  const rule = { kind: "refusals", threshold: 7n, organization: "LAW", tag: null } as const;
  expect(value(await createRule(rule, operator)).id).toBe(18);
  expect(reported("audit trail")).toEqual([]);
  tamper("UPDATE alert_rules SET tag = 'faculty:arts' WHERE id = 11; DELETE FROM alert_rules WHERE id = 18");
  expect(reported("audit trail")).toEqual([
    "alert_rule 18: is missing, but there are audit entries about it",
    "alert_rule 11: concerns a part of the enterprise, but no audit entry sets that",
  ]);
  tamper("DELETE FROM alert_rules WHERE id = 11");
  expect(reported("audit trail")).toEqual([
    "alert_rule 11: is missing, but there are audit entries about it",
    "alert_rule 18: is missing, but there are audit entries about it",
  ]);
});

test("a credit type that was archived and restored", async () => {
  const { id } = value(await createCreditType({ name: "Old", currency: "EUR", exchangeRate: 1n }, operator));
  value(await archiveCreditType({ id }, operator));
  expect(reported("audit trail")).toEqual([]);
  tamper(`UPDATE credit_types SET archived_at = NULL WHERE id = ${id}`);
  expect(reported("audit trail")).toEqual([
    `credit_type 3: status is "active", but audit entry 25 has "archived"`,
  ]);
  tamper(`UPDATE credit_types SET archived_at = 1 WHERE id = ${id}`);
  value(await restoreCreditType({ id }, operator));
  expect(reported("audit trail")).toEqual([]);
  tamper(`UPDATE credit_types SET archived_at = 1 WHERE id = ${id}`);
  expect(reported("audit trail")).toEqual([
    `credit_type 3: status is "archived", but audit entry 26 has "active"`,
  ]);
});

test("an account that was disabled and enabled", async () => {
  const account = { email: "viewer@example.edu", role: "viewer" } as const;
  const { id } = value(await createPortalUser(account, operator));
  const setDisabled = async (disabled: boolean) =>
    value(await setPortalUserDisabled({ id, disabled }, operator));
  await setDisabled(true);
  expect(reported("audit trail")).toEqual([]);
  tamper("UPDATE portal_users SET disabled_at = NULL");
  expect(reported("audit trail")).toEqual([
    'portal_user 1: status is "active", but audit entry 25 has "disabled"',
  ]);
  tamper("UPDATE portal_users SET disabled_at = 1");
  await setDisabled(false);
  expect(reported("audit trail")).toEqual([]);
  tamper("UPDATE portal_users SET disabled_at = 1");
  expect(reported("audit trail")).toEqual([
    'portal_user 1: status is "disabled", but audit entry 26 has "active"',
  ]);
});

test("an account that was linked to single sign-on and unlinked", async () => {
  value(await createPortalUser({ email: "viewer@example.edu", role: "viewer" }, operator));
  const issuer = "https://id.example.edu";
  value(await linkAccount({ email: "viewer@example.edu", issuer, subject: "v-1" }, operator));
  expect(reported("audit trail")).toEqual([]);
  value(await relink({ from: issuer }, operator));
  expect(reported("audit trail")).toEqual([]);
  tamper(`INSERT INTO portal_user_identities (portal_user_id, issuer, subject, created_at)
    VALUES (1, '${issuer}', 'evil', 0)`);
  expect(reported("audit trail")).toEqual([
    'portal_user 1: issuer is "https://id.example.edu", but audit entry 26 has null',
    'portal_user 1: subject is "evil", but audit entry 26 has null',
  ]);
});

test("a sign-in with an identity that nobody linked", async () => {
  value(await createPortalUser({ email: "viewer@example.edu", role: "viewer" }, operator));
  tamper(`INSERT INTO portal_user_identities (id, portal_user_id, issuer, subject, created_at)
    VALUES (1, 1, 'https://evil.example', 'v-1', 0)`);
  // Its entry names the issuer.
  expect(await startSession(1, "203.0.113.9", { identityId: 1 })).not.toBeNull();
  expect(reported("audit trail")).toEqual([
    'portal_user 1: issuer is "https://evil.example", no audit entry sets it',
    'portal_user 1: subject is "v-1", no audit entry sets it',
  ]);
});

describe("which entries set values of an account and of an endpoint", () => {
  beforeEach(async () => {
    value(await createPortalUser({ email: "viewer@example.edu", role: "viewer" }, operator));
    const endpoint = {
      kind: "webhook",
      name: "Finance",
      url: "https://example.edu/",
      events: ["*"],
    } as const;
    value(await createEndpoint(endpoint, operator));
    expect(reported("audit trail")).toEqual([]);
  });

  /** What an entry of this action changes, as a person with the file could add it. */
  const withEntry = (action: string, kind: string, after: string) => {
    tamper(`INSERT INTO audit_entries SELECT 26, at, actor_kind, actor_id, actor_label, address, '${action}', '${kind}',
      1, subject_label, NULL, '${after}', previous_hash, hash, NULL FROM audit_entries WHERE id = 25`);
    return reported("audit trail");
  };

  test.each([
    "portal_user.created",
    "portal_user.invited",
    "portal_user.role_changed",
    "portal_user.linked",
    "portal_user.disabled",
    "portal_user.password_changed",
    "portal_user.link_made",
    "portal_user.passkey_added",
    "portal_user.authenticator_removed",
    "portal_user.recovery_code_used",
    "portal_user.recovery_codes_made",
    "portal_user.second_factor_reset",
    "portal_user.second_factor_withdrawn",
    "mail_preference.updated",
  ])("%s sets a role", (action) => {
    expect(withEntry(action, "portal_user", '{"role":"owner"}')).toContain(
      'portal_user 1: role is "viewer", but audit entry 26 has "owner"',
    );
  });

  test.each([
    "session.started",
    "session.ended",
    "portal_user.sign_in_delayed",
    "portal_user.second_factor_delayed",
    "old.portal_user.role_changed",
    "portal_user.role_changed.twice",
    "old.portal_user.passkey_added",
    "portal_user.passkeys_counted",
    "mail_preference.updated.twice",
  ])("%s sets none", (action) => {
    expect(withEntry(action, "portal_user", '{"role":"owner"}')).toEqual([]);
  });

  test.each(["webhook.created", "webhook.updated", "webhook.paused", "webhook.resumed", "webhook.rested"])(
    "%s sets a name",
    (action) => {
      expect(withEntry(action, "webhook", '{"name":"Other"}')).toEqual([
        'webhook 1: name is "Finance", but audit entry 26 has "Other"',
      ]);
    },
  );

  test.each([
    "webhook.secret_rotated",
    "webhook.tested",
    "webhook.sent_again",
    "old.webhook.updated",
    "webhook.updated.twice",
  ])("%s sets none", (action) => {
    expect(withEntry(action, "webhook", '{"name":"Other"}')).toEqual([]);
  });
});

test.each<[kind: string, id: number, lines: string[]]>([
  ["organization", 3, []],
  [
    "credit_type",
    2,
    [
      // The entry of a purchase is about its credit type.
      "ledger_entries 8: there is no audit entry about it",
      "exchange_rates 2: no audit entry sets this rate at this instant",
    ],
  ],
  ["membership", 2, []],
  ["api_key", 1, []],
])("a row without any audit entry: %s %i", (kind, id, lines) => {
  tamper(`DELETE FROM audit_entries WHERE subject_kind = '${kind}' AND subject_id = ${id}`);
  expect(reported("audit trail")).toEqual([
    `${kind} ${id}: was not added by the portal: there is no audit entry about it`,
    ...lines,
  ]);
});

test("a grant and an alert rule of an organization that has another code by now", async () => {
  value(await createPortalUser({ email: "viewer@example.edu", role: "viewer" }, operator));
  const grant = { id: 1, email: "viewer@example.edu", role: "admin" } as const;
  value(await addGrants({ ...grant, scopes: [{ code: "MED", tag: null }] }, operator));
  value(await addGrants({ ...grant, scopes: [{ code: null, tag: "faculty:law" }] }, operator));
  const rule = { kind: "refusals", threshold: 7n, organization: "MED", tag: null } as const;
  expect(value(await createRule(rule, operator)).id).toBe(19);
  value(await updateOrganization({ id: 3, name: "MED", code: "CLINIC", monthlyAllowance: null }, operator));
  expect(reported("audit trail")).toEqual([]);
  tamper(`UPDATE portal_user_grants SET organization_id = 1 WHERE id IN (2, 3);
    UPDATE alert_rules SET organization_id = 1 WHERE id = 19`);
  expect(reported("audit trail")).toEqual([
    'grant 2: organization is "LAW", but audit entry 25 has "MED"',
    'grant 3: organization is "LAW", no audit entry sets it',
    'alert_rule 19: organization is "LAW", but audit entry 27 has "MED"',
  ]);
});

test("deliveries that wait for their turn, and their tries", () => {
  const deliveries = (values: string) =>
    `INSERT INTO deliveries (id, event_id, endpoint_id, subject, state, tries, next_try_at, created_at) VALUES ${values}`;
  // Of those about one subject to one endpoint, the first that waits has a time.
  tamper(`${deliveries("(1, 1, 1, 'a', 'delivered', 0, NULL, 0), (2, 1, 1, 'a', 'waiting', 2, 5, 0)")};
    ${deliveries("(3, 1, 1, 'a', 'waiting', 0, NULL, 0), (4, 1, 1, 'b', 'waiting', 0, 5, 0)")};
    ${deliveries("(5, 1, 2, 'a', 'waiting', 0, 5, 0), (6, 1, 2, 'a', 'failed', 0, NULL, 0)")};
    INSERT INTO delivery_tries (delivery_id, at, duration_ms) VALUES (2, 1, 1), (2, 2, 1)`);
  expect(reported("deliveries")).toEqual([]);
  tamper(`UPDATE deliveries SET tries = 1;
    UPDATE deliveries SET next_try_at = iif(next_try_at IS NULL, 5, NULL)`);
  expect(reported("deliveries")).toEqual([
    "deliveries 1 (a): tries is 1, it should be 0",
    "deliveries 2 (a): tries is 1, it should be 2",
    "deliveries 3 (a): tries is 1, it should be 0",
    "deliveries 4 (b): tries is 1, it should be 0",
    "deliveries 5 (a): tries is 1, it should be 0",
    "deliveries 6 (a): tries is 1, it should be 0",
    "deliveries 1 (a): whether it is due at a time is 1, it should be 0",
    "deliveries 2 (a): whether it is due at a time is 0, it should be 1",
    "deliveries 3 (a): whether it is due at a time is 1, it should be 0",
    "deliveries 4 (b): whether it is due at a time is 0, it should be 1",
    "deliveries 5 (a): whether it is due at a time is 0, it should be 1",
    "deliveries 6 (a): whether it is due at a time is 1, it should be 0",
  ]);
});

describe("the limits of alerts", () => {
  /** What the limits should be, with all of them wrong. */
  const wrong = () => {
    tamper("UPDATE organizations SET alert_below = -1000000, alert_spent = -1000000, alert_month = NULL");
    return reported("alerts");
  };

  beforeEach(async () => {
    setClock();
    value(await changeOrganizationsTags([1], { to: "add", tags: ["faculty:law"] }, operator));
    value(await changeOrganizationsActive([3], false, operator));
    for (const rule of [
      { kind: "balance_amount", threshold: credits(300), organization: "LAW", tag: null },
      { kind: "balance_amount", threshold: credits(400), organization: null, tag: "faculty:law" },
      { kind: "balance_amount", threshold: credits(10), organization: "ARTS", tag: null },
      { kind: "month_growth", threshold: 25n, organization: "LAW", tag: null },
    ] as const) {
      value(await createRule(rule, operator));
    }
    // The last allocation of ARTS is of 100 credits, because that of 500 is taken back.
    for (const amount of [credits(100), credits(500)]) {
      const allocation = { organization: 2, amount, note: null, requestId: requestId() };
      value(await allocateCredits(allocation, operator));
    }
    value(await reverseEntry({ entry: 12, note: null, requestId: requestId() }, operator));
    await checkStaleOrganizations(NOW);
    expect(reported("alerts")).toEqual([]);
  });

  test("are the highest and the lowest of the rules that apply", () => {
    expect(wrong()).toEqual([
      "organizations 1 (LAW): alert_below is -1, it should be 400",
      "organizations 1 (LAW): alert_spent is -1, it should be empty",
      "organizations 1 (LAW): alert_month is empty, and it should not be empty",
      "organizations 2 (ARTS): alert_below is -1, it should be 20",
      "organizations 2 (ARTS): alert_spent is -1, it should be empty",
      "organizations 2 (ARTS): alert_month is empty, and it should not be empty",
      "organizations 3 (MED): alert_below is -1, it should be empty",
      "organizations 3 (MED): alert_spent is -1, it should be empty",
    ]);
    // LAW spent 40 credits in October and 10 in November: 50, 25% more, are reached with 90 in its life.
    tamper("UPDATE organizations SET alert_month = 202611");
    expect(reported("alerts")).toEqual([
      "organizations 1 (LAW): alert_below is -1, it should be 400",
      "organizations 1 (LAW): alert_spent is -1, it should be 90",
      "organizations 2 (ARTS): alert_below is -1, it should be 20",
      "organizations 2 (ARTS): alert_spent is -1, it should be empty",
      "organizations 3 (MED): alert_below is -1, it should be empty",
      "organizations 3 (MED): alert_spent is -1, it should be empty",
      "organizations 3 (MED): alert_month is 202611, and it should be empty",
    ]);
  });

  test("leave out the rules that have an open alert", async () => {
    const day = { member: "dee@example.edu", organization: "ARTS", occurredAt: NOW };
    await aMember(2, {
      email: "dee@example.edu",
      allowance: { allowance: "unlimited", monthlyAllowance: null },
    });
    await spent({ ...day, credits: credits(1086) });
    await spent({ credits: credits(45), member: "bo@example.edu" }, NOW);
    expect(reported("alerts")).toEqual([]);
    tamper("UPDATE organizations SET alert_below = 1, alert_spent = 1 WHERE active = 1");
    expect(reported("alerts")).toEqual([
      "organizations 1 (LAW): alert_below is 0.000001, it should be 400",
      // 60, 50% more than in October.
      "organizations 1 (LAW): alert_spent is 0.000001, it should be 100",
      // The balance is 15, below 20 and above 10.
      "organizations 2 (ARTS): alert_below is 0.000001, it should be 10",
      "organizations 2 (ARTS): alert_spent is 0.000001, it should be empty",
    ]);
  });

  test("are those of the month before, also in January, and of the alerts of the month", () => {
    // An alert of October disarms no rule in November.
    tamper(`INSERT INTO alerts (rule_id, kind, threshold, subject_kind, subject_id, organization_id, period, state,
        value, opened_at, announced)
      SELECT id, kind, threshold, 'organization', 1, 1, 202610, 'open', 0, 0, 1 FROM alert_rules
      WHERE kind = 'month_growth' AND organization_id = 1;
      UPDATE organizations SET alert_month = 202611, alert_spent = 1 WHERE id = 1`);
    expect(reported("alerts")).toEqual(["organizations 1 (LAW): alert_spent is 0.000001, it should be 90"]);
    tamper(`UPDATE organization_months SET month = 202612 WHERE month = 202610;
      UPDATE organizations SET alert_month = 202701 WHERE id = 1`);
    expect(reported("alerts")).toEqual(["organizations 1 (LAW): alert_spent is 0.000001, it should be 100"]);
  });

  test("are empty for inactive organizations and without rules, and without an allocation those of amounts", () => {
    tamper(`UPDATE organizations SET active = id <> 2;
      UPDATE alert_rules SET enabled = 0 WHERE kind = 'month_growth'`);
    expect(wrong()).toEqual([
      "organizations 1 (LAW): alert_below is -1, it should be 400",
      "organizations 1 (LAW): alert_spent is -1, it should be empty",
      "organizations 2 (ARTS): alert_below is -1, it should be empty",
      "organizations 2 (ARTS): alert_spent is -1, it should be empty",
      "organizations 3 (MED): alert_below is -1, it should be 1",
      "organizations 3 (MED): alert_spent is -1, it should be empty",
    ]);
  });

  test("an alert has the organization of its subject", () => {
    tamper(`UPDATE alert_state SET allowance_shares = '[90]';
      INSERT INTO alerts (kind, threshold, subject_kind, subject_id, organization_id, period, state, value, opened_at,
        announced) SELECT 'refusals', 20, kind, subject, organization, subject, 'open', 21, 0, 1 FROM
        (SELECT 'organization' AS kind, 1 AS subject, 2 AS organization UNION ALL SELECT 'membership', 2, 1
         UNION ALL SELECT 'api_key', 1, NULL UNION ALL SELECT 'credit_type', 1, 1 UNION ALL SELECT 'api_key', 1, 1)`);
    expect(reported("alerts")).toEqual([
      "alert_state 1: allowance_shares is [90], it should be [80,100]",
      "alerts 1: organization_id is 2, it should be 1",
      "alerts 2: organization_id is 1, it should be 2",
      "alerts 3: organization_id is empty, it should be 1",
      "alerts 4: organization_id is 1, it should be empty",
    ]);
  });
});
