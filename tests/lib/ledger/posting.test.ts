import { beforeEach, describe, expect, it, test } from "vitest";
import { database } from "#db/client.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { writePosting } from "#lib/ledger/posting/posting.ts";
import { ACCOUNTS } from "#lib/ledger/rules.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  operator,
  requestId,
  usageEvent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const AT = new Date("2026-11-24T10:00:00Z");

let type: number;
let law: number;
let art: number;
beforeEach(async () => {
  type = await aCreditType({ available: credits(1_000), at: AT });
  law = await anOrganization({ code: "LAW", creditType: type, balance: credits(100), at: AT });
  art = await anOrganization({ code: "ART", creditType: type, balance: credits(200), at: AT });
});

const rows = (sql: string) => database().$client.prepare(sql).raw().all();

const entry = (kind: "purchase" | "allocation" | "return", whole: number, organizationId: number | null) => ({
  kind,
  ...ACCOUNTS[kind],
  amount: credits(whole),
  creditTypeId: type,
  organizationId,
  memberId: null,
  occurredAt: AT,
  recordedAt: AT,
  day: 20_261_124,
  externalId: requestId(),
  source: "portal",
  requestHash: Buffer.alloc(32),
});

describe("a posting of several entries", () => {
  it("sees in pools and balances what it has posted so far", async () => {
    await writePosting((posting) => {
      expect(posting.pool(type)).toEqual({ available: credits(700), totalPurchased: credits(1_000) });
      expect(posting.post(entry("purchase", 50, null)).balanceAfter).toBe(credits(750));
      expect(posting.post(entry("purchase", 7, null)).balanceAfter).toBe(credits(757));
      expect(posting.pool(type)).toEqual({ available: credits(757), totalPurchased: credits(1_057) });
      expect(posting.post(entry("allocation", 57, law)).balanceAfter).toBe(credits(157));
      expect(posting.post(entry("return", 7, law)).balanceAfter).toBe(credits(150));
      expect(posting.balance(law)).toBe(credits(150));
      expect(posting.balance(art)).toBe(credits(200));
      expect(posting.pool(type)).toEqual({ available: credits(707), totalPurchased: credits(1_057) });
    });
    expect(rows("SELECT available, total_purchased, balance FROM credit_types")).toEqual([
      [credits(707), credits(1_057), credits(350)],
    ]);
  });

  it("refuses a pool, an organization and a spend that names too little, because that is a bug", async () => {
    await expect(writePosting((posting) => posting.pool(99))).rejects.toThrow("no credit type 99");
    await expect(writePosting((posting) => posting.balance(99))).rejects.toThrow("no organization 99");
    const { membership, member } = await aMember(law);
    value((await recordBatch([usageEvent({ occurredAt: AT })], operator, { now: AT }))[0]);
    const whole = {
      ...entry("purchase", 1, law),
      kind: "spend" as const,
      ...ACCOUNTS.spend,
      monthSpentAfter: credits(2),
      membershipId: membership,
      memberId: member as number | null,
      applicationId: 1,
    };
    await expect(writePosting((posting) => posting.post({ ...whole, memberId: null }))).rejects.toThrow(
      "a spend names its organization, membership, member and application",
    );
    await writePosting((posting) => posting.post(whole));
    expect(rows("SELECT spent FROM memberships")).toEqual([[credits(2)]]);
  });
});

describe("the sums of what was spent", () => {
  const spends = async () => {
    const ana = await aMember(law, { at: AT });
    const ben = await aMember(art, { email: "ben@example.edu", at: AT });
    const { id, name } = value(
      await createApiKey({ organization: null, name: "essay-coach", expires: null }, operator, AT),
    );
    const key = { kind: "api_key", id, name, organizationId: null, address: null } as const;
    const at = (text: string) => new Date(`${text}T08:00:00Z`);
    const events = [
      usageEvent({ credits: credits(1), occurredAt: at("2026-11-24") }),
      usageEvent({ credits: credits(2), occurredAt: at("2026-11-24"), application: "tutor" }),
      usageEvent({ credits: credits(4), occurredAt: at("2026-11-23") }),
      usageEvent({ credits: credits(8), occurredAt: at("2026-10-31") }),
      usageEvent({
        credits: credits(16),
        occurredAt: at("2026-11-24"),
        organization: "ART",
        member: "ben@example.edu",
      }),
      usageEvent({ credits: 0n, occurredAt: at("2026-11-24") }),
    ];
    const outcomes = await recordBatch(events, key, { now: AT });
    for (const outcome of outcomes) value(outcome);
    return { ana, ben };
  };

  it("are by membership and month, by organization, by credit type and by key", async () => {
    const { ana, ben } = await spends();
    expect(rows("SELECT membership_id, month, spent FROM membership_months ORDER BY 1, 2")).toEqual([
      [BigInt(ana.membership), 202_610n, credits(8)],
      [BigInt(ana.membership), 202_611n, credits(7)],
      [BigInt(ben.membership), 202_611n, credits(16)],
    ]);
    expect(
      rows(`SELECT d.organization_id, day, name, spent FROM organization_days d
        JOIN applications a ON a.id = application_id ORDER BY 1, 2, 3`),
    ).toEqual([
      [BigInt(law), 20_261_031n, "essay-coach", credits(8)],
      [BigInt(law), 20_261_123n, "essay-coach", credits(4)],
      [BigInt(law), 20_261_124n, "essay-coach", credits(1)],
      [BigInt(law), 20_261_124n, "tutor", credits(2)],
      [BigInt(art), 20_261_124n, "essay-coach", credits(16)],
    ]);
    expect(
      rows(`SELECT d.organization_id, month, name, spent FROM organization_months d
        JOIN applications a ON a.id = application_id ORDER BY 1, 2, 3`),
    ).toEqual([
      [BigInt(law), 202_610n, "essay-coach", credits(8)],
      [BigInt(law), 202_611n, "essay-coach", credits(5)],
      [BigInt(law), 202_611n, "tutor", credits(2)],
      [BigInt(art), 202_611n, "essay-coach", credits(16)],
    ]);
    expect(
      rows(`SELECT day, name, spent FROM credit_type_days
        JOIN applications a ON a.id = application_id ORDER BY 1, 2`),
    ).toEqual([
      [20_261_031n, "essay-coach", credits(8)],
      [20_261_123n, "essay-coach", credits(4)],
      [20_261_124n, "essay-coach", credits(17)],
      [20_261_124n, "tutor", credits(2)],
    ]);
    expect(rows("SELECT day, spent, events FROM api_key_days ORDER BY 1")).toEqual([
      [20_261_031n, credits(8), 1n],
      [20_261_123n, credits(4), 1n],
      [20_261_124n, credits(19), 4n],
    ]);
  });

  it("take off what a reversal takes back, on its day, and leave when a member was last active", async () => {
    const { ana } = await spends();
    const last = BigInt(Date.parse("2026-11-24T08:00:00Z"));
    const [[first] = []] = rows("SELECT min(id) FROM ledger_entries WHERE amount = 2000000") as bigint[][];
    value(await reverseEntry({ entry: Number(first), note: null, requestId: requestId() }, operator, AT));
    const ofAna = (column: string) => rows(`SELECT ${column} FROM memberships WHERE id = ${ana.membership}`);
    expect(ofAna("spent, last_active_at")).toEqual([[credits(13), last]]);
    expect(rows("SELECT spent, last_active_at FROM members WHERE email = 'ana@example.edu'")).toEqual([
      [credits(13), last],
    ]);
    expect(rows("SELECT day, spent, events FROM api_key_days WHERE day = 20261124")).toEqual([
      [20_261_124n, credits(17), 4n],
    ]);
    expect(
      rows(
        `SELECT spent FROM credit_type_days JOIN applications a ON a.id = application_id WHERE name = 'tutor'`,
      ),
    ).toEqual([[0n]]);
    expect(verifyDatabase(`${process.env.DATA_DIR}/bursar.sqlite`)).toMatchObject({ ok: true });
  });

  it("of 30 days begin with the first of them", async () => {
    // 30 days up to 2026-11-24 begin on 2026-10-26.
    database().$client.exec("UPDATE settings SET spent_last_30_days_from = 20261026");
    await aMember(law, { at: AT });
    const at = (day: string, whole: number) =>
      usageEvent({ credits: credits(whole), occurredAt: new Date(`${day}T08:00:00Z`) });
    for (const outcome of await recordBatch([at("2026-10-25", 1), at("2026-10-26", 2)], operator, {
      now: AT,
    }))
      value(outcome);
    expect(rows(`SELECT spent, spent_last_30_days FROM organizations WHERE id = ${law}`)).toEqual([
      [credits(3), credits(2)],
    ]);
  });
});

test("a batch counts each member's month by itself, on from what was spent before", async () => {
  await aMember(law, { at: AT });
  await aMember(art, { email: "ben@example.edu", at: AT });
  const ofAna = (whole: number) => usageEvent({ credits: credits(whole), occurredAt: AT });
  const ofBen = { ...ofAna(2), id: requestId(), organization: "ART", member: "ben@example.edu" };
  await recordBatch([ofAna(5)], operator, { now: AT });
  const outcomes = await recordBatch([ofAna(1), ofBen, ofAna(1)], operator, { now: AT });
  expect(outcomes.map((outcome) => value(outcome).member.spentThisMonth)).toEqual([
    credits(6),
    credits(2),
    credits(7),
  ]);
});

test("a move counts on the day of the enterprise's time zone", async () => {
  database().$client.exec("UPDATE settings SET time_zone = 'Asia/Singapore'");
  const input = { creditType: type, amount: 1n, note: null, requestId: requestId() };
  value(await purchaseCredits(input, operator, new Date("2026-11-24T15:59:59Z")));
  value(
    await purchaseCredits({ ...input, requestId: requestId() }, operator, new Date("2026-11-24T16:00:00Z")),
  );
  expect(rows("SELECT day FROM ledger_entries ORDER BY id DESC LIMIT 2")).toEqual([
    [20_261_125n],
    [20_261_124n],
  ]);
});

test("a reversal keeps the model of its entry, and nothing else of the metadata", async () => {
  await aMember(law, { at: AT });
  const metadata = [
    JSON.stringify({ model: "gpt-4o", tokens: 7 }),
    JSON.stringify({ model: 7 }),
    '{"model":12345678901234567890.10,"tokens":7}',
    JSON.stringify({ model: { name: "x" } }),
    JSON.stringify({ model: null }),
    JSON.stringify({ tokens: 7 }),
    null,
  ];
  for (const one of metadata) {
    value((await recordBatch([usageEvent({ metadata: one, occurredAt: AT })], operator, { now: AT }))[0]);
    const [[id] = []] = rows("SELECT max(id) FROM ledger_entries") as bigint[][];
    value(await reverseEntry({ entry: Number(id), note: null, requestId: requestId() }, operator, AT));
  }
  expect(rows("SELECT metadata FROM ledger_entries WHERE kind = 'reversal' ORDER BY id")).toEqual([
    ['{"model":"gpt-4o"}'],
    ['{"model":7}'],
    ['{"model":12345678901234567890.10}'],
    ['{"model":{"name":"x"}}'],
    [null],
    [null],
    [null],
  ]);
});
