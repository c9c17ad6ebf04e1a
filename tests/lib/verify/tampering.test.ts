import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it, test } from "vitest";
import { closeDatabase, database } from "#db/client.ts";
import type { Actor } from "#lib/actor.ts";
import { createRule, updateRule } from "#lib/alerts/commands/rules.ts";
import { createApiKey, revokeApiKey } from "#lib/api-keys/commands.ts";
import { mergeApplications } from "#lib/applications/merge.ts";
import { auditHash, GENESIS_HASH } from "#lib/audit/commands.ts";
import { moveCredits } from "#lib/batches/commands/credits.ts";
import { createCreditType, updateCreditType } from "#lib/credit-types/commands.ts";
import { addGrants, removeGrant } from "#lib/grants/commands.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import { setMailPreference } from "#lib/mail/commands.ts";
import { addAlias, aliasesOf, removeAlias } from "#lib/members/aliases.ts";
import { setApprovedDomains } from "#lib/members/commands/approved-domains.ts";
import { updateMember } from "#lib/members/commands/members.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { removeMembership } from "#lib/members/removal.ts";
import { changeOrganizationsAllowance } from "#lib/organizations/commands/allowances.ts";
import { createOrganization, updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { addPasskey } from "#lib/second-factor/commands/manage.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { createEndpoint, removeEndpoint } from "#lib/webhooks/commands/endpoints.ts";
import { aMember, credits, operator, requestId, spend, usageEvent, value } from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { anAuthenticatorApp, inSession } from "#tests/support/second-factor.ts";
import { rechain, tamper } from "#tests/support/tampering.ts";

// Changes that a person with the file and an SQLite shell could make, and the checks and rows that report them. The
// schema is put back after each change, so that every fault is one of content.

const file = () => path.join(process.env.DATA_DIR ?? "", "bursar.sqlite");
const owner: Actor = {
  kind: "portal_user",
  id: 1,
  email: "owner@example.edu",
  role: "owner",
  address: "203.0.113.9",
};

/** An authenticator app with its recovery codes, and a passkey. */
async function addFactors(self: Actor & { kind: "portal_user" }): Promise<void> {
  await anAuthenticatorApp(self);
  const passkey = {
    challenge: "challenge",
    credentialId: "credential",
    publicKey: "key",
    relyingParty: "localhost",
    signatures: 0,
    transports: "",
  };
  value(await inSession(self, (session) => addPasskey({ name: "Laptop", passkey }, self, session)));
}

useCopyOfDatabase(async () => {
  const { creditType } = await makeSmallEnterprise();
  value(await createCreditType({ name: "EUR Credits", currency: "EUR", exchangeRate: 2_000_000n }, operator));
  for (const [email, role] of [
    ["owner@example.edu", "owner"],
    ["viewer@example.edu", "viewer"],
  ] as const) {
    value(await createPortalUser({ email, role, password: "a long password" }, operator));
  }
  // Somebody who has a link to set a password, and no password yet.
  value(await createPortalUser({ email: "invited@example.edu", role: "viewer" }, operator));
  for (const name of ["Tutor", "Coach"]) {
    value(await createApiKey({ name, organization: 1, expires: null, requestId: undefined }, owner));
  }
  value(await revokeApiKey({ id: 2 }, owner));
  value(await setApprovedDomains({ organization: 1, domains: ["example.edu"] }, owner));
  value(await changeOrganizationsTags([1], { to: "add", tags: ["faculty:law"] }, owner));
  value(
    await updateSettings(
      { enterpriseName: "Uni", timeZone: "Europe/Berlin", dateFormat: "DD/MM/YYYY" },
      owner,
    ),
  );
  const key = { kind: "api_key", id: 1, name: "Tutor", organizationId: 1, address: null } as const;
  const day = new Date("2026-11-20T12:00:00Z");
  const later = new Date("2026-11-21T12:00:00Z");
  // Entries 4, 5 and 6; and 7, the reversal of 5.
  value(await spend({ id: "four", credits: credits(2), occurredAt: day, metadata: '{"model":"a"}' }, later));
  value(await spend({ id: "five", credits: credits(3), organization: "ART", occurredAt: day }, later));
  const [six] = await recordBatch(
    [
      usageEvent({
        id: "six",
        member: "bo@example.edu",
        application: "tutor",
        occurredAt: day,
        metadata: '{"n":1}',
      }),
    ],
    key as unknown as Parameters<typeof recordBatch>[1],
    { now: later },
  );
  expect(six?.ok).toBe(true);
  value(await reverseEntry({ entry: 5, note: "charged twice", requestId: requestId() }, owner));
  expect(creditType).toBe(1);
});

/** The rows that each check reports. */
function faults(): Record<string, string[]> {
  const { checks } = verifyDatabase(file());
  return Object.fromEntries(
    checks
      .filter((check) => check.faults > 0)
      .map((check) => [check.name, [...new Set(check.mismatches.map(({ row }) => row))]]),
  );
}

it("reports nothing where only the commands have written", () => {
  expect(faults()).toEqual({});
  rechain();
  expect(faults()).toEqual({});
});

// The portal hashes text that JavaScript makes, and verify text that SQLite makes of the same entry.
it("reads every kind of text as it was recorded", async () => {
  for (const metadata of [
    '{"text":"𝔸 \\n Ü 中 é"}',
    `{"text":"${"🦉".repeat(40)}"}`,
    '{"text":"\\u0000"}',
    "{}",
  ]) {
    value(await spend({ id: `id 🦉 ${metadata.length}`, source: "urn:ü", credits: 1n, metadata }));
  }
  value(await reverseEntry({ entry: 4, note: "👩‍🏫 twice\tcharged", requestId: requestId() }, owner));
  expect(faults()).toEqual({});
});

it("reads amounts beyond what a number holds exactly, also beside small ones", async () => {
  const purchase = { creditType: 2, note: null };
  // Entries 8 to 10: a large amount and balance, a small amount and a large balance, and the other way round.
  for (const amount of [999_999_999_999_999_999n, 1n]) {
    value(await purchaseCredits({ ...purchase, amount, requestId: requestId() }, owner));
  }
  value(await reverseEntry({ entry: 8, note: null, requestId: requestId() }, owner));
  expect(faults()).toEqual({});
});

it("accepts events of 0 credits, the smallest amount, and balances of 0", async () => {
  const move = { organization: 2, note: null };
  value(await allocateCredits({ ...move, amount: 1n, requestId: requestId() }, owner));
  value(await returnCredits({ ...move, amount: credits(1_000) + 1n, requestId: requestId() }, owner));
  value(await spend({ id: "nothing", credits: 0n }));
  value(await reverseEntry({ entry: 10, note: null, requestId: requestId() }, owner));
  expect(faults()).toEqual({});
});

describe("who may enter", () => {
  test.each([
    [
      "INSERT INTO portal_users (email, email_key, created_at) VALUES ('x@example.edu', 'x@example.edu', 1)",
      ["portal_user 4"],
    ],
    ["DELETE FROM portal_user_grants WHERE portal_user_id = 2 AND tag IS NULL", ["portal_user 2"]],
    [
      "INSERT INTO portal_user_grants (portal_user_id, role, source, created_at, tag) VALUES (2, 'admin', 'portal', 1, 'a:b')",
      ["grant 4"],
    ],
    ["UPDATE portal_user_grants SET role = 'owner' WHERE portal_user_id = 2", ["portal_user 2"]],
    ["UPDATE portal_users SET email = 'x@example.edu' WHERE id = 2", ["portal_user 2"]],
    ["UPDATE portal_users SET disabled_at = 1 WHERE id = 2", ["portal_user 2"]],
    [
      "UPDATE portal_users SET password_hash = (SELECT password_hash FROM portal_users WHERE id = 2) WHERE id = 1",
      ["portal_user 1"],
    ],
    ["UPDATE portal_users SET password_hash = NULL WHERE id = 1", ["portal_user 1"]],
    ["UPDATE portal_users SET password_hash = x'00' WHERE id = 3", ["portal_user 3"]],
    ["UPDATE api_keys SET key_hash = 'h' WHERE id = 1", ["api_key 1"]],
    [
      "DELETE FROM portal_user_grants WHERE portal_user_id = 2; DELETE FROM portal_users WHERE id = 2",
      ["portal_user 2"],
    ],
    [
      "INSERT INTO portal_user_identities (portal_user_id, issuer, subject, created_at) VALUES (1, 'https://x', 's', 1)",
      ["portal_user 1"],
    ],
    [
      "INSERT INTO api_keys (name, prefix, key_hash, created_at) VALUES ('X', 'bursar_x', 'h', 1)",
      ["api_key 3"],
    ],
    ["UPDATE api_keys SET organization_id = NULL WHERE id = 1", ["api_key 1", "audit_entries 14"]],
    ["UPDATE api_keys SET organization_id = 2 WHERE id = 1", ["api_key 1", "audit_entries 14"]],
    ["UPDATE api_keys SET revoked_at = NULL WHERE id = 2", ["api_key 2"]],
    ["UPDATE api_keys SET revoked_at = 1 WHERE id = 1", ["api_key 1"]],
    ["UPDATE api_keys SET expires_at = 1 WHERE id = 1", ["api_key 1"]],
    ["UPDATE api_keys SET prefix = 'bursar_other' WHERE id = 1", ["api_key 1"]],
    ["INSERT INTO approved_domains (organization_id, domain) VALUES (1, 'evil.example')", ["organization 1"]],
    ["INSERT INTO approved_domains (organization_id, domain) VALUES (2, 'evil.example')", ["organization 2"]],
    ["DELETE FROM approved_domains", ["organization 1"]],
    ["INSERT INTO organization_tags VALUES (2, 'faculty:evil')", ["organization 2"]],
    ["INSERT INTO organization_tags VALUES (1, 'faculty:evil')", ["organization 1"]],
    ["UPDATE organization_tags SET tag = 'faculty:arts'", ["organization 1"]],
    ["DELETE FROM organization_tags", ["organization 1"]],
    ["UPDATE memberships SET role = 'admin' WHERE id = 2", ["membership 2"]],
    ["UPDATE settings SET time_zone = 'Asia/Tokyo'", ["settings 1"]],
    ["UPDATE settings SET session_minutes = 129600", ["settings 1"]],
    ["UPDATE settings SET require_second_factor = 1", ["settings 1"]],
    ["UPDATE settings SET ask_again_above = 1", ["settings 1"]],
    [
      "INSERT INTO passkeys (portal_user_id, name, credential_id, public_key, relying_party, signatures, transports, created_at) VALUES (1, 'X', 'c', 'k', 'localhost', 0, '', 1)",
      ["portal_user 1"],
    ],
    [
      "INSERT INTO authenticator_apps (portal_user_id, secret, created_at, confirmed_at) VALUES (1, 'v1.', 1, 1)",
      ["portal_user 1"],
    ],
    ["INSERT INTO recovery_codes (portal_user_id, code_hash) VALUES (1, 'h')", ["portal_user 1"]],
    ["UPDATE settings SET session_idle_minutes = 15", ["settings 1"]],
    ["UPDATE settings SET refusal_days = 1", ["settings 1"]],
    ["UPDATE credit_types SET currency = 'EUR' WHERE id = 1", ["credit_type 1"]],
    ["UPDATE credit_types SET archived_at = 1 WHERE id = 2", ["credit_type 2"]],
  ])("%s", (sql, rows) => {
    tamper(sql);
    expect(faults()).toEqual({ "audit trail": rows });
  });

  test.each<[string, string[]]>([
    ["UPDATE authenticator_apps SET secret = 'v1.other'", ["portal_user 2"]],
    ["DELETE FROM authenticator_apps", ["portal_user 2"]],
    ["UPDATE recovery_codes SET used_at = 1 WHERE rowid = 1", ["portal_user 2"]],
    ["UPDATE recovery_codes SET code_hash = 'h' WHERE rowid = 1", ["portal_user 2"]],
    ["UPDATE passkeys SET public_key = 'other'", ["portal_user 2"]],
    ["UPDATE passkeys SET portal_user_id = 1", ["portal_user 1", "portal_user 2"]],
  ])("%s", async (sql, rows) => {
    await addFactors({
      kind: "portal_user",
      id: 2,
      email: "viewer@example.edu",
      role: "viewer",
      address: null,
    });
    expect(faults()).toEqual({});
    tamper(sql);
    expect(faults()).toEqual({ "audit trail": rows });
  });

  test("a person's name past the keys that are made from it", () => {
    tamper("UPDATE members SET name = 'Bo Lee' WHERE id = 2");
    expect(faults()).toEqual({ keys: ["members 2 (bo@example.edu)"], "audit trail": ["membership 3"] });
  });

  test("an edited person's name", async () => {
    value(await updateMember({ id: 2, name: "Bo Lin", email: "bo@example.edu" }, owner));
    expect(faults()).toEqual({});
    tamper("UPDATE members SET name = 'Bo Lee' WHERE id = 2");
    expect(faults()).toEqual({ keys: ["members 2 (bo@example.edu)"], "audit trail": ["member 2"] });
  });

  it("accepts a key and an organization whose organization or credit type has another name by now", async () => {
    const input = { name: "Medicine", code: "MED", creditType: 2, monthlyAllowance: null };
    const { id } = value(await createOrganization(input, owner));
    value(
      await createApiKey({ name: "Clinic", organization: id, expires: null, requestId: undefined }, owner),
    );
    value(await updateOrganization({ ...input, id, code: "CLINIC" }, owner));
    value(await updateCreditType({ id: 2, name: "Euros", currency: "EUR", exchangeRate: 2_000_000n }, owner));
    expect(faults()).toEqual({});
    tamper("UPDATE api_keys SET organization_id = 2 WHERE id = 3");
    expect(faults()).toEqual({ "audit trail": ["api_key 3", "audit_entries 22"] });
  });
});

describe("the fields of an entry other than its figures", () => {
  test.each([
    ['metadata = \'{"model":"b"}\''],
    ["metadata = NULL"],
    ["note = 'a gift'"],
    ["external_id = 'for'"],
    ["source = 'elsewhere'"],
    ["request_hash = zeroblob(16)"],
    ["api_key_id = 2"],
    ["occurred_at = occurred_at + 1"],
    ["recorded_at = recorded_at + 1"],
    ["allowance_then = 999000000"],
    ["allowance_then = NULL"],
  ])("%s", (change) => {
    tamper(`UPDATE ledger_entries SET ${change} WHERE id = 6`);
    const found = faults();
    // The last activity is the instant of the last spend.
    if (change.startsWith("occurred_at")) {
      expect(found).toEqual({
        "ledger chain": ["ledger_entries 6"],
        memberships: ["memberships 3 (member 2)"],
        members: ["members 2 (bo@example.edu)"],
      });
    } else if (change.startsWith("api_key_id")) {
      expect(found).toEqual({
        "ledger chain": ["ledger_entries 6"],
        api_key_days: ["api_key_days 1/20261120/1", "api_key_days 2/20261120/1"],
      });
    } else expect(found).toEqual({ "ledger chain": ["ledger_entries 6"] });
  });

  test("text that begins or ends like the next field is told apart", () => {
    tamper(
      "UPDATE ledger_entries SET external_id = 'six 0:', source = '' WHERE id = 6; UPDATE ledger_entries SET source = 'null' WHERE id = 4",
    );
    expect(faults()).toEqual({ "ledger chain": ["ledger_entries 4", "ledger_entries 6"] });
  });
});

describe("the deal behind a purchase, and the rates", () => {
  beforeEach(async () => {
    const deal = { purchaseDate: 20_261_120, paid: 950_000_000n, invoiceNumber: "INV-7" };
    const purchase = { creditType: 2, amount: credits(10), note: null, requestId: requestId(), ...deal };
    value(await purchaseCredits(purchase, owner));
    value(await updateCreditType({ id: 2, name: "EUR Credits", exchangeRate: 3_000_000n }, owner));
    expect(faults()).toEqual({});
  });

  test.each([
    ["UPDATE purchase_details SET paid = 1", ["purchase_details 8"]],
    ["UPDATE purchase_details SET day = 20261121", ["purchase_details 8"]],
    ["UPDATE purchase_details SET invoice_number = 'INV-8'", ["purchase_details 8"]],
    ["DELETE FROM purchase_details", ["purchase_details 8"]],
    ["INSERT INTO purchase_details (entry_id, paid) VALUES (1, 5)", ["purchase_details 1"]],
    ["INSERT INTO purchase_details (entry_id, paid) VALUES (2, 5)", ["purchase_details 2"]],
    ["UPDATE exchange_rates SET rate = rate + 1 WHERE id = 2", ["exchange_rates 2", "credit_type 2"]],
    ["UPDATE exchange_rates SET from_at = from_at - 1 WHERE id = 3", ["exchange_rates 3", "credit_type 2"]],
    ["DELETE FROM exchange_rates WHERE id = 2", ["credit_type 2"]],
    ["INSERT INTO exchange_rates (credit_type_id, from_at, rate) VALUES (1, 1, 1)", ["exchange_rates 4"]],
  ])("%s", (change, rows) => {
    tamper(change);
    expect(faults()).toEqual({ "audit trail": rows });
  });
});

describe("a batch", () => {
  beforeEach(async () => {
    const request = { ids: [1, 2], selection: "1,2", expected: null };
    const move = { move: "allocation", split: "each", amount: credits(1), note: null } as const;
    value(await moveCredits({ ...move, ...request, requestId: requestId() }, owner));
    const allowance = { ...request, monthlyAllowance: 5n, requestId: requestId() };
    value(await changeOrganizationsAllowance(allowance, owner));
    expect(faults()).toEqual({});
  });

  test.each([
    "UPDATE batches SET kind = 'return' WHERE id = 1",
    "UPDATE batches SET created_at = created_at - 1 WHERE id = 1",
    "UPDATE batches SET reverses_id = 2 WHERE id = 1",
    "UPDATE batches SET request_id = 'another request' WHERE id = 1",
    "UPDATE batches SET request_hash = x'00' WHERE id = 1",
    "UPDATE batches SET first_audit_id = first_audit_id + 1 WHERE id = 1",
    "UPDATE batches SET last_audit_id = last_audit_id - 1 WHERE id = 1",
    "UPDATE batches SET first_entry_id = first_entry_id - 1 WHERE id = 1",
    "UPDATE batches SET first_entry_id = NULL, last_entry_id = NULL WHERE id = 1",
    "DELETE FROM batches WHERE id = 1",
  ])("%s", (change) => {
    tamper(change);
    expect(faults()).toEqual({ batches: ["batches 1"] });
  });
});

/** A database that agrees with its chain, so that only the check in question reports. */
const chained = (sql: string) => {
  tamper(sql);
  rechain();
};

describe("each other check", () => {
  test.each<[string, Record<string, string[]>]>([
    [
      `UPDATE ledger_entries SET amount = 1000000000, balance_after = 1000000000 WHERE id = 1;
       UPDATE credit_types SET total_purchased = 1000000000, available = -1000000000 WHERE id = 1`,
      {
        ledger: [3, 4, 5, 6, 7].map((id) => `ledger_entries ${id}`),
        "audit trail": ["ledger_entries 1"],
      },
    ],
    [
      `UPDATE ledger_entries SET amount = 1000000, balance_after = 1000000 WHERE id = 3;
       UPDATE ledger_entries SET balance_after = 1000000 WHERE id = 7;
       UPDATE ledger_entries SET balance_after = -2000000 WHERE id = 5;
       UPDATE credit_types SET available = available + 999000000, balance = balance - 999000000 WHERE id = 1;
       UPDATE organizations SET balance = 1000000 WHERE id = 2`,
      {
        ledger: ["ledger_entries 5"],
        alerts: ["organizations 2 (ART)"],
        "audit trail": ["ledger_entries 3"],
      },
    ],
    ["UPDATE organizations SET alert_below = 0 WHERE id = 1", { alerts: ["organizations 1 (LAW)"] }],
    ["UPDATE organizations SET alert_spent = 1 WHERE id = 2", { alerts: ["organizations 2 (ART)"] }],
    ["UPDATE organizations SET alert_month = NULL WHERE id = 2", { alerts: ["organizations 2 (ART)"] }],
    ["UPDATE alert_state SET allowance_shares = '[90]'", { alerts: ["alert_state 1"] }],
    [
      "UPDATE alert_rules SET enabled = 0 WHERE kind = 'allowance_share'",
      { alerts: ["alert_state 1"], "audit trail": ["alert_rule 9", "alert_rule 10"] },
    ],
    [
      `INSERT INTO alerts (kind, threshold, subject_kind, subject_id, organization_id, period, state, value, opened_at,
         announced) VALUES ('refusals', 20, 'organization', 1, 2, 0, 'open', 21, 0, 1)`,
      { alerts: ["alerts 1"] },
    ],
    [
      "UPDATE ledger_entries SET credit_type_id = 2 WHERE id = 6",
      {
        ledger: ["ledger_entries 6", "credit_types 1 (JPY Credits)", "credit_types 2 (EUR Credits)"],
        api_key_days: ["api_key_days 1/20261120/1", "api_key_days 1/20261120/2"],
      },
    ],
    [
      `UPDATE organizations SET credit_type_id = 2 WHERE id = 2;
       UPDATE credit_types SET organizations = 1, active_organizations = 1, members = 1 WHERE id = 2;
       UPDATE credit_types SET organizations = 1, active_organizations = 1, members = 2 WHERE id = 1;
       UPDATE credit_type_days SET spent = spent WHERE 0`,
      {
        ledger: ["organizations 2 (ART)"],
        "audit trail": ["organization 2"],
        credit_type_months: ["credit_type_months 202611/1", "credit_type_months 202611/2"],
      },
    ],
    [
      "UPDATE ledger_entries SET occurred_at = occurred_at - 5 * 86400000 WHERE id = 4",
      { ledger: ["ledger_entries 4"], memberships: ["memberships 1 (member 1)"] },
    ],
    [
      "UPDATE ledger_entries SET occurred_at = occurred_at - 1 WHERE id = 7",
      { reversals: ["ledger_entries 7"] },
    ],
    ["UPDATE members SET last_active_at = 1 WHERE id = 2", { members: ["members 2 (bo@example.edu)"] }],
    ["UPDATE memberships SET name_key = 'x' WHERE id = 3", { keys: ["memberships 3"] }],
    ["UPDATE memberships SET role = 'viewer' WHERE id = 3", { "audit trail": ["membership 3"] }],
    [
      "UPDATE memberships SET near_allowance_month = 202611 WHERE id = 3",
      { memberships: ["memberships 3 (member 2)"] },
    ],
    [
      "INSERT INTO organization_days VALUES (1, 20261120, 9, 0)",
      { references: ["organization_days 1/20261120/9"] },
    ],
    [
      `INSERT INTO refusals (at, last_at, organization_id, organization_text, member_email, member_key, application,
        application_key, request, code, requests, amount) VALUES (1, 1, 9, '', '', '', '', '', 'event', 'others', 1, 1)`,
      { references: ["refusals 1"] },
    ],
    [
      "INSERT INTO credit_type_days VALUES (1, 20261120, 9, 0)",
      { references: ["credit_type_days 1/20261120/9"] },
    ],
    [
      "INSERT INTO organization_months VALUES (9, 202611, 1, 0)",
      { references: ["organization_months 9/202611/1"] },
    ],
    [
      "UPDATE membership_months SET organization_id = 9 WHERE membership_id = 3",
      {
        references: ["membership_months 3/202611"],
        membership_months: ["membership_months 3/202611"],
        credit_type_months: ["credit_type_months 202611/1"],
      },
    ],
    [
      "UPDATE audit_entries SET before = '{}' WHERE id = (SELECT max(id) FROM audit_entries)",
      { audit: ["audit_entries 20"], "audit trail": ["ledger_entries 7"] },
    ],
    ["UPDATE audit_end SET last_hash = 'x'", { audit: ["audit_entries 20"] }],
    ["UPDATE audit_entries SET previous_hash = 'x' WHERE id = 2", { audit: ["audit_entries 2"] }],
  ])("%s", (sql, expected) => {
    chained(sql);
    expect(faults()).toEqual(expected);
  });

  test.each<[string, string]>([
    ["UPDATE alert_rules SET threshold = 1 WHERE id = 11", "alert_rule 11"],
    ["UPDATE alert_rules SET enabled = 1 WHERE id = 11", "alert_rule 11"],
    ["UPDATE alert_rules SET enabled = 0 WHERE id = 18", "alert_rule 18"],
    ["DELETE FROM alert_rules WHERE id = 11", "alert_rule 11"],
    ["UPDATE alert_rules SET tag = 'faculty:arts' WHERE id = 19", "alert_rule 19"],
    ["UPDATE alert_rules SET kind = 'verify_age' WHERE id = 19", "alert_rule 19"],
    ["UPDATE alert_rules SET kind = 'key_unused' WHERE id = 11", "alert_rule 11"],
    ["UPDATE alert_rules SET kind = 'pool_days' WHERE id = 18", "alert_rule 18"],
    ["UPDATE alert_rules SET threshold = 27 WHERE id = 15", "alert_rule 15"],
    ["UPDATE alert_rules SET tag = 'faculty:arts' WHERE id = 14", "alert_rule 14"],
    ["DELETE FROM alert_rules WHERE id = 12", "alert_rule 12"],
    [`UPDATE mail_recipients SET events = '["*"]'`, "portal_user 2"],
    ["UPDATE mail_recipients SET frequency = 'at_once'", "portal_user 2"],
    ["DELETE FROM mail_recipients", "portal_user 2"],
    ["INSERT INTO mail_recipients VALUES (1, '[]', 'at_once')", "portal_user 1"],
  ])("an alert rule, and who gets mails: %s", async (sql, row) => {
    value(await updateRule({ id: 11, threshold: "30", enabled: "off" }, owner));
    const rule = { kind: "refusals", threshold: 7n, organization: null, tag: "faculty:law" } as const;
    expect(value(await createRule(rule, owner)).id).toBe(19);
    value(await setMailPreference({ portalUser: 2, events: ["pool.low"], frequency: "daily" }, owner));
    expect(faults()).toEqual({});
    tamper(sql);
    expect(faults()).toEqual({ "audit trail": [row] });
  });

  test("an endpoint of webhooks, and a grant and an endpoint that got the id of a removed one", async () => {
    const endpoint = {
      kind: "webhook",
      name: "Finance",
      url: "https://example.edu/",
      events: ["*"],
    } as const;
    const { id } = value(await createEndpoint(endpoint, owner));
    value(await removeEndpoint({ id }, owner));
    expect(faults()).toEqual({});
    expect(value(await createEndpoint({ ...endpoint, name: "Other" }, owner)).id).toBe(id);
    const viewer = { id: 2, email: "viewer@example.edu" };
    const onTag = [{ code: null, tag: "faculty:law" }];
    value(await addGrants({ ...viewer, role: "admin", scopes: onTag }, owner));
    value(await removeGrant({ grant: 4 }, owner));
    const onOrganization = [{ code: "LAW", tag: null }];
    value(await addGrants({ ...viewer, role: "viewer", scopes: onOrganization }, owner));
    expect(faults()).toEqual({});
    tamper("UPDATE webhook_endpoints SET url_shown = 'https://evil.example/'");
    expect(faults()).toEqual({ "audit trail": [`webhook ${id}`] });
    tamper(`INSERT INTO webhook_endpoints (name, kind, url_sealed, url_shown, events, created_at)
      VALUES ('X', 'webhook', 'x', 'x', '[]', 0); DELETE FROM webhook_endpoints WHERE id = ${id}`);
    expect(faults()).toEqual({ "audit trail": [`webhook ${id}`, `webhook ${id + 1}`] });
    tamper("DELETE FROM webhook_endpoints");
    expect(faults()).toEqual({ "audit trail": [`webhook ${id}`] });
  });

  test("the reversal of a reversal", async () => {
    value(await reverseEntry({ entry: 4, note: null, requestId: requestId() }, owner));
    chained("UPDATE ledger_entries SET reverses_id = 7 WHERE id = 8");
    const reversals = verifyDatabase(file()).checks.find((check) => check.name === "reversals");
    expect(reversals?.mismatches).toEqual([
      { row: "ledger_entries 8", message: "reverses 7, which is a reversal itself" },
      { row: "ledger_entries 8", message: "is not the opposite of 7, which it reverses" },
    ]);
  });

  test("an inserted entry with its own hash, which does not follow the last entry", () => {
    const last = database()
      .$client.prepare("SELECT * FROM audit_entries ORDER BY id DESC LIMIT 1")
      .get() as Record<string, unknown>;
    const row = {
      id: Number(last.id),
      at: new Date(Number(last.at)),
      actorKind: last.actor_kind,
      actorId: Number(last.actor_id),
      actorLabel: last.actor_label,
      address: last.address,
      action: last.action,
      subjectKind: last.subject_kind,
      subjectId: Number(last.subject_id),
      subjectLabel: last.subject_label,
      before: last.before,
      after: last.after,
      previousHash: GENESIS_HASH,
    } as Parameters<typeof auditHash>[0];
    const hash = auditHash(row);
    tamper(
      `UPDATE audit_entries SET previous_hash = '${GENESIS_HASH}', hash = '${hash}' WHERE id = ${row.id};
       UPDATE audit_end SET last_hash = '${hash}'`,
    );
    expect(faults()).toEqual({ audit: [`audit_entries ${row.id}`] });
  });

  test("an entry that another organization would see, also of memberships that are removed", async () => {
    const medicine = { name: "Medicine", creditType: 2, monthlyAllowance: null };
    const first = value(await createOrganization({ ...medicine, code: "MED" }, owner)).id;
    const cy = await aMember(first, { email: "cy@example.edu" });
    value(await removeMembership({ id: cy.membership }, owner));
    // Another organization takes the code that the entries of the removed membership have.
    value(await updateOrganization({ ...medicine, id: first, code: "CLINIC" }, owner));
    const second = value(await createOrganization({ ...medicine, name: "New", code: "MED" }, owner)).id;
    const dee = await aMember(second, { email: "dee@example.edu" });
    value(await removeMembership({ id: dee.membership }, owner));
    expect(faults()).toEqual({});

    const entriesOf = (membership: number) =>
      database()
        .$client.prepare(
          "SELECT id, organization_id FROM audit_entries WHERE subject_kind = 'membership' AND subject_id = ?",
        )
        .raw()
        .all(membership) as [bigint, bigint][];
    expect(entriesOf(cy.membership).map(([, organization]) => Number(organization))).toEqual([first, first]);
    expect(entriesOf(dee.membership).map(([, organization]) => Number(organization))).toEqual([
      second,
      second,
    ]);
    const [added] = entriesOf(cy.membership);
    const [, removed] = entriesOf(dee.membership);
    tamper(`UPDATE audit_entries SET organization_id = ${second} WHERE id = ${added?.[0]};
      UPDATE audit_entries SET organization_id = NULL WHERE id = ${removed?.[0]};
      UPDATE audit_entries SET organization_id = 1 WHERE id = 1`);
    expect(faults()).toEqual({
      "audit trail": [`audit_entries ${added?.[0]}`, `audit_entries ${removed?.[0]}`, "audit_entries 1"].sort(
        (one, other) => Number(one.split(" ")[1]) - Number(other.split(" ")[1]),
      ),
    });
  });

  test("a page that is damaged", () => {
    const sqlite = database().$client;
    const page = Number(
      sqlite.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'approved_domains'").pluck().get(),
    );
    const size = Number(sqlite.pragma("page_size", { simple: true }));
    closeDatabase();
    const bytes = readFileSync(file());
    // The number of cells of the page, by https://sqlite.org/fileformat2.html#b_tree_pages.
    bytes.writeUInt16BE(200, (page - 1) * size + 3);
    writeFileSync(file(), bytes);
    expect(faults().integrity).toEqual(["the database"]);
  });
});

describe("former codes, former emails and merged applications", () => {
  beforeEach(async () => {
    const art = { id: 2, name: "Faculty of Arts", monthlyAllowance: null };
    value(await updateOrganization({ ...art, code: "ARTS" }, owner));
    // Bo gets a new email and is merged into Ana, who had one before.
    value(await updateMember({ id: 2, name: "Bo Li", email: "bo.li@example.edu" }, owner));
    value(await addAlias({ member: 1, email: "ana.old@example.edu" }, owner));
    value(await addAlias({ member: 2, email: "bo.old@example.edu" }, owner));
    const cy = await aMember(2, { email: "cy@example.edu" });
    value(await mergeMembers({ member: 2, email: "cy@example.edu" }, owner));
    expect(cy.member).toBe(3);
    value(await mergeApplications({ id: 2, into: 1 }, owner));
  });

  it("are those of the audit trail, also after further renames and merges", async () => {
    expect(faults()).toEqual({});
    value(await updateMember({ id: 2, name: "Bo Li", email: "bo.old@example.edu" }, owner));
    expect(faults()).toEqual({});
    const [first] = aliasesOf(database(), 1);
    value(await removeAlias({ id: first?.id ?? 0 }, owner));
    await aMember(2, { email: "dee@example.edu" });
    value(await mergeMembers({ member: 4, email: "bo.old@example.edu" }, owner));
    value(await spend({ application: "third" }));
    value(await mergeApplications({ id: 1, into: 3 }, owner));
    expect(faults()).toEqual({});
  });

  it("are there until the person is deleted, and after a merge until the other one is", async () => {
    // Dee is deleted with her only membership. Eve stays in place of Fay, until she is deleted herself.
    const [dee, eve, fay] = [
      await aMember(2, { email: "dee@example.edu" }),
      await aMember(2, { email: "eve@example.edu" }),
      await aMember(1, { email: "fay@example.edu" }),
    ];
    value(await addAlias({ member: dee.member, email: "dee.old@example.edu" }, owner));
    value(await addAlias({ member: fay.member, email: "fay.old@example.edu" }, owner));
    value(await removeMembership({ id: dee.membership }, owner));
    expect(faults()).toEqual({});
    value(await mergeMembers({ member: eve.member, email: "fay@example.edu" }, owner));
    expect(faults()).toEqual({});
    tamper("DELETE FROM member_aliases WHERE email = 'fay.old@example.edu'");
    expect(faults()).toEqual({
      keys: ["members 5 (eve@example.edu)"],
      "audit trail": ["former email fay.old@example.edu"],
    });
  });

  test.each<[string, Record<string, string[]>]>([
    [
      "UPDATE organization_former_codes SET organization_id = 1",
      { "audit trail": ["organization_former_codes 1"] },
    ],
    [
      "INSERT INTO organization_former_codes (code, code_key, organization_id, created_at) VALUES ('MED', 'med', 1, 0)",
      { "audit trail": ["organization_former_codes 2"] },
    ],
    [
      "UPDATE member_aliases SET member_id = 1 WHERE email = 'bo@example.edu'",
      {
        keys: ["members 1 (ana@example.edu)", "members 2 (bo.li@example.edu)"],
        "audit trail": ["member_aliases 1"],
      },
    ],
    [
      "UPDATE member_aliases SET member_id = 1 WHERE email = 'cy@example.edu'",
      {
        keys: ["members 1 (ana@example.edu)", "members 2 (bo.li@example.edu)"],
        "audit trail": ["member_aliases 4"],
      },
    ],
    [
      "DELETE FROM member_aliases WHERE email = 'ana.old@example.edu'",
      { keys: ["members 1 (ana@example.edu)"], "audit trail": ["former email ana.old@example.edu"] },
    ],
    ["UPDATE applications SET merged_into_id = NULL", { "audit trail": ["applications"] }],
    [
      "INSERT INTO applications (name, name_key, created_at, merged_into_id) VALUES ('x', 'x', 0, 1)",
      { "audit trail": ["applications 3"] },
    ],
  ])("%s", (sql, expected) => {
    tamper(sql);
    expect(faults()).toEqual(expected);
  });
});

describe("money", () => {
  test("a purchase raised by 1,000,000, with every counter, against its own audit entry", () => {
    tamper(`UPDATE ledger_entries SET amount = amount + 1000000000000, balance_after = balance_after + 1000000000000
        WHERE id = 1;
      UPDATE credit_types SET total_purchased = total_purchased + 1000000000000,
        available = available + 1000000000000 WHERE id = 1`);
    expect(faults()).toEqual({ "ledger chain": ["ledger_entries 1"], "audit trail": ["ledger_entries 1"] });
    rechain();
    expect(faults()).toEqual({ "audit trail": ["ledger_entries 1"] });
  });

  test("a newest entry that is not the ledger's", () => {
    tamper("UPDATE credit_types SET last_entry_id = 8 WHERE id = 1");
    expect(faults()).toEqual({ ledger: ["credit_types 1 (JPY Credits)"] });
  });

  test("an allocation without an audit entry", () => {
    tamper(`INSERT INTO ledger_entries (kind, debit_account, credit_account, amount, credit_type_id, organization_id,
        occurred_at, day, recorded_at, external_id, source, request_hash, balance_after)
      VALUES ('allocation', 'pool', 'organization', 5, 1, 2, 0, 19700101, 0, 'x', 'portal', x'00', 1000000005);
      UPDATE credit_types SET available = available - 5, balance = balance + 5, last_entry_id = 8 WHERE id = 1;
      UPDATE organizations SET balance = balance + 5 WHERE id = 2`);
    rechain();
    expect(faults()).toEqual({ "audit trail": ["ledger_entries 8"] });
  });

  test("a note of a purchase that is not the audited one", () => {
    tamper("UPDATE ledger_entries SET note = 'paid' WHERE id = 1");
    rechain();
    expect(faults()).toEqual({ "audit trail": ["ledger_entries 1"] });
  });

  /** Entry 6, with everything that recorded it. */
  const WITHOUT_NEWEST_SPEND = `
    DELETE FROM ledger_entries WHERE id = 7; DELETE FROM ledger_chain WHERE last_id = 7;
    DELETE FROM ledger_entries WHERE id = 6;
    UPDATE organizations SET balance = balance + 1000000, spent = spent - 1000000 WHERE id = 1;
    UPDATE organizations SET balance = balance - 3000000, spent = spent + 3000000 WHERE id = 2;
    UPDATE credit_types SET balance = balance - 2000000, total_spent = total_spent + 2000000 WHERE id = 1;
    UPDATE memberships SET spent = 0, last_active_at = NULL WHERE id = 3;
    UPDATE memberships SET spent = spent + 3000000 WHERE id = 2;
    UPDATE members SET spent = 0, last_active_at = NULL WHERE id = 2;
    UPDATE members SET spent = spent + 3000000 WHERE id = 1;
    DELETE FROM membership_months WHERE membership_id = 3;
    UPDATE membership_months SET spent = spent + 3000000 WHERE membership_id = 2;
    DELETE FROM organization_days WHERE application_id = 2;
    UPDATE organization_days SET spent = spent + 3000000 WHERE organization_id = 2;
    DELETE FROM organization_months WHERE application_id = 2;
    UPDATE organization_months SET spent = spent + 3000000 WHERE organization_id = 2;
    DELETE FROM credit_type_days WHERE application_id = 2;
    UPDATE credit_type_days SET spent = spent + 3000000 WHERE application_id = 1;
    DELETE FROM api_key_days WHERE day = 20261120;
    UPDATE organizations SET spent_last_30_days = coalesce((SELECT sum(spent) FROM organization_days
      WHERE organization_id = organizations.id AND day >= (SELECT spent_last_30_days_from FROM settings)), 0)`;

  test("the newest spend removed, with every counter", () => {
    tamper(WITHOUT_NEWEST_SPEND);
    // The reversal that was removed with it has an audit entry.
    expect(faults()).toEqual({
      ledger: ["credit_types 1 (JPY Credits)"],
      "ledger chain": ["ledger_entries 6"],
      "audit trail": ["ledger_entries 7"],
    });
  });

  test("the same with its row of the chain", () => {
    tamper(`${WITHOUT_NEWEST_SPEND}; DELETE FROM ledger_chain WHERE last_id = 6`);
    expect(faults()).toEqual({
      ledger: ["credit_types 1 (JPY Credits)"],
      "audit trail": ["ledger_entries 7"],
    });
    const ledger = verifyDatabase(file()).checks.find((check) => check.name === "ledger");
    expect(ledger?.mismatches).toEqual([
      { row: "credit_types 1 (JPY Credits)", message: "its newest entry is 7, but 5 in the ledger" },
    ]);
  });

  test("the same with the credit type's newest entry: only a hash that was kept shows it", () => {
    const kept = verifyDatabase(file());
    tamper(`${WITHOUT_NEWEST_SPEND}; DELETE FROM ledger_chain WHERE last_id = 6;
      UPDATE credit_types SET last_entry_id = 5 WHERE id = 1`);
    expect(faults()).toEqual({ "audit trail": ["ledger_entries 7"] });
    const expected = [{ chain: "ledger" as const, id: 7, hash: kept.ledgerHash }];
    const report = verifyDatabase(file(), { expected });
    expect(report.checks.find((check) => check.name === "expected hashes")?.mismatches).toEqual([
      { row: "ledger_chain 7", message: "is missing, but its hash was expected" },
    ]);
  });
});

describe("a hash that was kept", () => {
  it("is found again after more was recorded", async () => {
    const kept = verifyDatabase(file());
    value(await spend());
    const expected = [
      { chain: "ledger" as const, id: kept.ledgerEntries, hash: kept.ledgerHash },
      { chain: "audit" as const, id: kept.auditEntries, hash: kept.auditHash },
    ];
    expect(verifyDatabase(file(), { expected }).ok).toBe(true);
  });

  it("shows a ledger whose whole chain was made again", () => {
    const { ledgerHash } = verifyDatabase(file());
    tamper("UPDATE ledger_entries SET metadata = NULL WHERE id = 4");
    rechain();
    expect(faults()).toEqual({});
    const expected = [{ chain: "ledger" as const, id: 7, hash: ledgerHash }];
    const report = verifyDatabase(file(), { expected });
    expect(report).toMatchObject({ ok: false, faults: 1 });
    expect(report.ledgerHash).toMatch(/^[0-9a-f]{32}$/);
    expect(report.checks.at(-1)?.mismatches[0]?.row).toBe("ledger_chain 7");
  });
});
