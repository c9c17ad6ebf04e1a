import { beforeEach, describe, expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import { creditTypes, ledgerEntries, members, memberships, organizations } from "#db/schema/index.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import { insertMemberships } from "#lib/members/commands/insert.ts";
import { createOrganization } from "#lib/organizations/commands/organizations.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import type { UsageEvent } from "#lib/usage/rules/event.ts";
import { aPortalUser } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const operator = { kind: "operator" } as const;
const credits = (whole: number) => BigInt(whole) * 1_000_000n;

let requests = 0;
const request = () => {
  requests += 1;
  return `request-${requests}`;
};

let creditType: number;
let organization: number;

beforeEach(async () => {
  const type = await createCreditType(
    { name: "JPY Credits", currency: "JPY", exchangeRate: 1_000_000n },
    operator,
  );
  if (!type.ok) throw new Error(type.message);
  creditType = type.value.id;
  const creation = await createOrganization(
    { name: "Universidad de Málaga", code: "UMA", creditType, monthlyAllowance: credits(10) },
    operator,
  );
  if (!creation.ok) throw new Error(creation.message);
  organization = creation.value.id;
  await write((tx) =>
    insertMemberships(
      tx,
      [
        {
          organizationId: organization,
          name: "Ana García",
          email: "ana@uma.es",
          role: "creator",
          active: true,
          allowance: "organization",
          monthlyAllowance: null,
        },
      ],
      operator,
    ),
  );
});

const purchase = (amount: bigint, requestId = request()) =>
  purchaseCredits({ creditType, amount, note: null, requestId }, operator);
const allocate = (amount: bigint, requestId = request()) =>
  allocateCredits({ organization, amount, note: null, requestId }, operator);
const giveBack = (amount: bigint) =>
  returnCredits({ organization, amount, note: null, requestId: request() }, operator);
const event = (change: Partial<UsageEvent> = {}): UsageEvent => ({
  id: request(),
  source: "",
  organization: "uma",
  member: "ANA@uma.es",
  application: "essay-coach",
  credits: credits(1),
  occurredAt: null,
  metadata: null,
  ...change,
});
const spend = async (change: Partial<UsageEvent> = {}) => {
  const [outcome] = await recordBatch([event(change)], operator);
  if (!outcome) throw new Error("no outcome");
  return outcome;
};
const pool = () => database().select().from(creditTypes).get();
const figures = () => database().select().from(organizations).get();
const entries = () => database().select().from(ledgerEntries).all();

describe("the way of credits", () => {
  it("keeps every counter in step from purchase to reversal", async () => {
    expect(await purchase(credits(100))).toMatchObject({ ok: true, value: { balanceAfter: credits(100) } });
    expect(await allocate(credits(30))).toMatchObject({ ok: true, value: { balanceAfter: credits(30) } });
    expect(await giveBack(credits(10))).toMatchObject({ ok: true, value: { balanceAfter: credits(20) } });
    const spent = await spend({ credits: 47_000n });
    expect(spent).toMatchObject({
      ok: true,
      value: { status: "recorded", member: { email: "ana@uma.es", remaining: 9_953_000n } },
    });
    expect(pool()).toMatchObject({
      available: credits(80),
      totalPurchased: credits(100),
      balance: 19_953_000n,
      totalSpent: 47_000n,
      members: 1,
    });
    expect(figures()).toMatchObject({ balance: 19_953_000n, spent: 47_000n, creditsMoved: true, members: 1 });
    const [, , , entry] = entries();
    const reversal = await reverseEntry(
      { entry: entry?.id ?? 0, note: "charged twice", requestId: request() },
      operator,
    );
    expect(reversal).toMatchObject({ ok: true, value: { balanceAfter: credits(20) } });
    expect(figures()).toMatchObject({ balance: credits(20), spent: 0n });
    expect(database().select().from(memberships).get()).toMatchObject({ spent: 0n });
    expect(database().select().from(members).get()).toMatchObject({ spent: 0n, memberships: 1 });
    expect(
      await reverseEntry({ entry: entry?.id ?? 0, note: null, requestId: request() }, operator),
    ).toMatchObject({ ok: false, code: "already_reversed" });
  });

  it("moves credits once for a form that is sent twice, and refuses other figures under its id", async () => {
    const requestId = request();
    const [one, two] = await Promise.all([purchase(credits(5), requestId), purchase(credits(5), requestId)]);
    expect([one, two]).toMatchObject([{ ok: true }, { ok: true, value: { repeated: true } }]);
    expect(pool()?.available).toBe(credits(5));
    expect(await purchase(credits(6), requestId)).toMatchObject({ ok: false, code: "idempotency_conflict" });
  });

  it("refuses more than is available, and names the available amount", async () => {
    await purchase(credits(5));
    expect(await allocate(credits(6))).toMatchObject({
      ok: false,
      field: "amount",
      message: "JPY Credits has 5 credits.",
    });
    await allocate(credits(5));
    expect(await giveBack(5_000_001n)).toMatchObject({
      ok: false,
      message: "Universidad de Málaga has 5 credits.",
    });
    expect(entries()).toHaveLength(2);
  });

  it("is closed to a viewer", async () => {
    const viewer = await aPortalUser("viewer");
    const input = { creditType, amount: 1n, note: null, requestId: request() };
    await expect(purchaseCredits(input, viewer)).rejects.toThrow("admin");
  });

  it("never changes an entry", async () => {
    await purchase(credits(5));
    expect(() => database().$client.exec("UPDATE ledger_entries SET amount = 1")).toThrow("append-only");
    expect(() => database().$client.exec("DELETE FROM ledger_entries")).toThrow("append-only");
  });
});

describe("usage", () => {
  beforeEach(async () => {
    await purchase(credits(100));
    await allocate(credits(37));
  });

  it("answers a repeat as the first time and charges nothing", async () => {
    const one = event();
    const [first] = await recordBatch([one], operator);
    await spend();
    const [again] = await recordBatch([one], operator);
    expect(first).toMatchObject({ ok: true, value: { status: "recorded" } });
    if (!first?.ok) throw new Error("refused");
    expect(again).toEqual({ ok: true, value: { ...first.value, status: "duplicate" } });
    expect(await recordBatch([{ ...one, credits: 2n }], operator)).toMatchObject([
      { ok: false, code: "idempotency_conflict" },
    ]);
    expect(figures()?.spent).toBe(credits(2));
  });

  it("counts within a batch, and one bad event does not affect the others", async () => {
    const outcomes = await recordBatch(
      [
        event({ credits: credits(6) }),
        event({ credits: credits(5) }),
        event({ member: "nobody@uma.es" }),
        event({ credits: credits(4) }),
      ],
      operator,
    );
    expect(outcomes).toMatchObject([
      { ok: true, value: { organization: { balance: credits(31) } } },
      { ok: false, code: "allowance_exceeded" },
      { ok: false, code: "member_not_found" },
      { ok: true, value: { organization: { balance: credits(27) }, member: { remaining: 0n } } },
    ]);
  });
});
