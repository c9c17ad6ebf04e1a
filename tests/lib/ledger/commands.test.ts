import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries, creditTypes, ledgerEntries, organizations } from "#db/schema/index.ts";
import { type Actor, ForbiddenError } from "#lib/actor.ts";
import { MAX_CREDITS } from "#lib/credits.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  aPortalUser,
  credits,
  operator,
  requestId,
  spend,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const AT = new Date("2026-03-31T22:30:00Z");

/** A pool of 150 credits, of which LAW has 50; ana may spend there. */
let creditType: number;
let law: number;
beforeEach(async () => {
  creditType = await aCreditType({ name: "JPY Credits", available: credits(200) });
  law = await anOrganization({ name: "Faculty of Law", code: "LAW", creditType, balance: credits(50) });
  await aMember(law);
});

const purchase = (
  amount: bigint,
  change: { id?: string; note?: string; creditType?: number } = {},
  actor: Actor = operator,
) =>
  purchaseCredits(
    {
      creditType: change.creditType ?? creditType,
      amount,
      note: change.note ?? null,
      requestId: change.id ?? requestId(),
    },
    actor,
    AT,
  );
const transfer =
  (command: typeof allocateCredits) =>
  (
    amount: bigint,
    change: { id?: string; note?: string; organization?: number } = {},
    actor: Actor = operator,
  ) =>
    command(
      {
        organization: change.organization ?? law,
        amount,
        note: change.note ?? null,
        requestId: change.id ?? requestId(),
      },
      actor,
      AT,
    );
const allocate = transfer(allocateCredits);
const giveBack = transfer(returnCredits);
const reverse = (entry: number, change: { id?: string; note?: string } = {}, actor: Actor = operator) =>
  reverseEntry({ entry, note: change.note ?? null, requestId: change.id ?? requestId() }, actor, AT);

const entries = () => database().select().from(ledgerEntries).all();
const lastEntry = () => entries().at(-1);
const available = () => database().select().from(creditTypes).get()?.available;
const balance = () => database().select().from(organizations).get()?.balance;
function lastAudit() {
  const entry = database().select().from(auditEntries).all().at(-1);
  if (!entry) throw new Error("no audit entry");
  const { action, subjectKind, subjectId, subjectLabel, before, after, at } = entry;
  return {
    action,
    subject: [subjectKind, subjectId, subjectLabel],
    before: JSON.parse(before ?? "null"),
    after: JSON.parse(after ?? "null"),
    at,
  };
}

describe("who may", () => {
  it("move and correct credits: admins, and no viewer who calls the command itself", async () => {
    const viewer = await aPortalUser("viewer");
    const admin = await aPortalUser("admin");
    const before = entries().length;
    for (const command of [
      () => purchase(1n, {}, viewer),
      () => allocate(1n, {}, viewer),
      () => giveBack(1n, {}, viewer),
      () => reverse(1, {}, viewer),
    ]) {
      await expect(command()).rejects.toThrow(ForbiddenError);
    }
    expect(entries()).toHaveLength(before);
    for (const command of [purchase, allocate, giveBack]) value(await command(1n, {}, admin));
    expect(entries()).toHaveLength(before + 3);
  });
});

describe("a request that comes again", () => {
  it("is answered as the first time, and nothing moves", async () => {
    const id = "order-0007";
    const [first, again] = [await purchase(credits(5), { id }), await purchase(credits(5), { id })];
    expect(first).toEqual({
      ok: true,
      value: {
        entryId: 3,
        amount: credits(5),
        balanceAfter: credits(155),
        name: "JPY Credits",
        repeated: false,
      },
    });
    expect(again).toEqual({
      ok: true,
      value: {
        entryId: 3,
        amount: credits(5),
        balanceAfter: credits(155),
        name: "JPY Credits",
        repeated: true,
      },
    });
    expect(available()).toBe(credits(155));
    expect(value(await allocate(credits(5), { id }))).toMatchObject({ entryId: 4, repeated: false });
    expect(value(await allocate(credits(5), { id }))).toMatchObject({ entryId: 4, repeated: true });
    expect(value(await reverse(4, { id: "reversal-0001" }))).toMatchObject({ entryId: 5, repeated: false });
    expect(value(await reverse(4, { id: "reversal-0001" }))).toMatchObject({ entryId: 5, repeated: true });
    expect(entries()).toHaveLength(5);
  });

  it("is refused with another amount, note, entry or kind of move", async () => {
    const id = "order-0007";
    value(await purchase(credits(5), { id, note: "PO 7" }));
    value(await allocate(credits(5), { id }));
    value(await reverse(4, { id: "reversal-0001" }));
    const before = entries();
    for (const answer of [
      await purchase(credits(6), { id, note: "PO 7" }),
      await purchase(credits(5), { id, note: "PO 8" }),
      await purchase(credits(5), { id }),
      await allocate(credits(5), { id, note: "x" }),
      await giveBack(credits(5), { id }),
      await reverse(2, { id: "reversal-0001" }),
      await reverse(4, { id: "reversal-0001", note: "x" }),
    ]) {
      expect(answer).toEqual({
        ok: false,
        code: "idempotency_conflict",
        message:
          "This form was already sent with different figures, which were recorded. Reload the page before you send another.",
      });
    }
    expect(entries()).toEqual(before);
  });

  // SHA-256 of the fields as JSON, such as ["purchase",1,"5000000","PO 7"], cut to 16 bytes.
  it("is compared by a hash that stays the same across upgrades, because old requests may come again", async () => {
    value(await purchase(credits(5), { id: "order-0007", note: "PO 7" }));
    value(await allocate(credits(5), { id: "order-0007" }));
    value(await giveBack(credits(5), { id: "order-0008" }));
    value(await reverse(5, { id: "order-0009" }));
    await spent({ member: "ANA@example.edu", application: "Essay-Coach" }, AT);
    await spent({ occurredAt: new Date("2026-03-31T23:00:00Z"), metadata: '{"a":1}' });
    expect(
      entries()
        .slice(2)
        .map(({ kind, requestHash }) => [kind, requestHash.toString("hex")]),
    ).toEqual([
      ["purchase", "3d5d93401bcacb1011ae8e5935cd16d9"],
      ["allocation", "970fc241e00b06db5df656426cb928bb"],
      ["return", "dd54b12856fa4133f4f30f2ba1c5cf08"],
      ["reversal", "13543aa44716b1c4676ecc75047cb1e5"],
      ["spend", "e679551101af51b85b145a9f46a8129f"],
      ["spend", "4336cc9ccb9397a3ed2290c60aa599dd"],
    ]);
  });

  it("is another request than an application's event under the same id", async () => {
    await spent({ id: "order-0007" });
    expect(value(await allocate(credits(1), { id: "order-0007" }))).toMatchObject({ repeated: false });
    expect(value(await giveBack(credits(1), { id: "order-0008" }))).toMatchObject({ repeated: false });
    expect(await spend({ id: "order-0008" })).toMatchObject({ ok: true, value: { status: "recorded" } });
  });
});

describe("a purchase", () => {
  it("is refused for a credit type that is not there or is archived", async () => {
    expect(await purchase(1n, { creditType: 99 })).toEqual({
      ok: false,
      code: "credit_type_not_found",
      message: "This credit type does not exist.",
      field: "creditType",
    });
    const spare = await aCreditType({ name: "Old Credits" });
    database().$client.prepare("UPDATE credit_types SET archived_at = 1 WHERE id = ?").run(spare);
    const before = entries().length;
    expect(await purchase(1n, { creditType: spare })).toEqual({
      ok: false,
      code: "credit_type_archived",
      message: "Old Credits is archived. Restore it first.",
      field: "creditType",
    });
    expect(entries()).toHaveLength(before);
  });

  it("fills a pool up to 10^12 credits in all, and not by one micro-credit more", async () => {
    const rest = MAX_CREDITS - credits(200);
    expect(await purchase(rest + 1n)).toEqual({
      ok: false,
      code: "pool_limit",
      message:
        "A pool may buy 1,000,000,000,000 credits in all; JPY Credits may still buy 999,999,999,800 credits.",
      field: "amount",
    });
    expect(value(await purchase(rest)).balanceAfter).toBe(MAX_CREDITS - credits(50));
    expect(await purchase(1n)).toMatchObject({ ok: false, code: "pool_limit" });
  });

  it("fills all pools together up to 9 × 10^12 credits, and not by one micro-credit more", async () => {
    value(await purchase(MAX_CREDITS - credits(200)));
    for (const name of ["B", "C", "D", "E", "F", "G", "H"])
      await aCreditType({ name, available: MAX_CREDITS });
    const last = await aCreditType({ name: "Last", available: credits(1) });
    expect(value(await purchase(MAX_CREDITS - credits(1), { creditType: last })).balanceAfter).toBe(
      MAX_CREDITS,
    );
    const beyond = await aCreditType({ name: "Beyond" });
    expect(await purchase(1n, { creditType: beyond })).toEqual({
      ok: false,
      code: "enterprise_limit",
      message: "All pools together may buy 9,000,000,000,000 credits; 0 credits remain.",
      field: "amount",
    });
  });
});

describe("a transfer", () => {
  it("is refused beyond what is there, to the micro-credit, at the amount", async () => {
    expect(await allocate(credits(150) + 1n)).toEqual({
      ok: false,
      code: "insufficient_credits",
      message: "JPY Credits has 150 credits.",
      field: "amount",
    });
    expect(await giveBack(credits(50) + 1n)).toEqual({
      ok: false,
      code: "insufficient_credits",
      message: "Faculty of Law has 50 credits.",
      field: "amount",
    });
    value(await giveBack(credits(50)));
    expect(await giveBack(1n)).toMatchObject({ ok: false, message: "Faculty of Law has no credits." });
    value(await allocate(credits(200)));
    expect(await allocate(1n)).toMatchObject({ ok: false, message: "JPY Credits has no credits." });
  });

  it("is refused for an organization that is not there", async () => {
    for (const command of [allocate, giveBack]) {
      expect(await command(1n, { organization: 99 })).toEqual({
        ok: false,
        code: "organization_not_found",
        message: "This organization does not exist.",
      });
    }
  });
});

describe("a reversal", () => {
  it("is refused without an entry, of a reversal, and of what was reversed already", async () => {
    expect(await reverse(99)).toEqual({
      ok: false,
      code: "entry_not_found",
      message: "This transaction does not exist.",
    });
    value(await reverse(2));
    expect(await reverse(2)).toEqual({
      ok: false,
      code: "already_reversed",
      message: "This transaction was reversed already.",
    });
    expect(await reverse(3)).toEqual({
      ok: false,
      code: "not_reversible",
      message: "A reversal cannot be reversed.",
    });
  });

  it("takes no credits that are not there any more", async () => {
    // The purchase of 200: the pool has 150 left.
    expect(await reverse(1)).toEqual({
      ok: false,
      code: "insufficient_credits",
      message: "JPY Credits has 150 credits left; the reversal needs 200 credits.",
    });
    await spent({ credits: credits(20) });
    // The allocation of 50: LAW has 30 left.
    expect(await reverse(2)).toEqual({
      ok: false,
      code: "insufficient_credits",
      message: "Faculty of Law has 30 credits left; the reversal needs 50 credits.",
    });
    expect([available(), balance()]).toEqual([credits(150), credits(30)]);
  });

  it("counts in the day and the month of the entry that it corrects", async () => {
    const occurredAt = new Date("2026-03-01T10:00:00Z");
    await spent({ credits: credits(2), occurredAt });
    value(await reverse(3));
    expect(lastEntry()).toMatchObject({
      kind: "reversal",
      amount: credits(2),
      occurredAt,
      day: 20260301,
      recordedAt: AT,
      reversesId: 3,
      source: "portal",
      balanceAfter: credits(50),
    });
  });
});

describe("the audit", () => {
  it("has the pool before and after a purchase", async () => {
    value(await purchase(credits(10), { note: "PO 7" }));
    expect(lastAudit()).toEqual({
      action: "credits.purchased",
      subject: ["credit_type", creditType, "JPY Credits"],
      before: { available: "150" },
      after: { available: "160", entry: 3, note: "PO 7" },
      at: AT,
    });
    value(await purchase(credits(10)));
    expect(lastAudit().after).toEqual({ available: "170", entry: 4 });
  });

  it("has the balance before and after an allocation and a return", async () => {
    value(await allocate(credits(10), { note: "spring" }));
    expect(lastAudit()).toEqual({
      action: "credits.allocated",
      subject: ["organization", law, "LAW"],
      before: { balance: "50" },
      after: { balance: "60", entry: 3, note: "spring" },
      at: AT,
    });
    value(await giveBack(500_000n));
    expect(lastAudit()).toEqual({
      action: "credits.returned",
      subject: ["organization", law, "LAW"],
      before: { balance: "60" },
      after: { balance: "59.5", entry: 4 },
      at: AT,
    });
  });

  it("has the figure that a reversal changed, and which entry it corrects", async () => {
    await spent({ credits: credits(20) });
    value(await reverse(3, { note: "charged twice" }));
    expect(lastAudit()).toEqual({
      action: "entry.reversed",
      subject: ["organization", law, "LAW"],
      before: { balance: "30" },
      after: { balance: "50", entry: 4, reverses: 3, note: "charged twice" },
      at: AT,
    });
    value(await reverse(2));
    expect(lastAudit()).toMatchObject({
      before: { balance: "50" },
      after: { balance: "0", entry: 5, reverses: 2 },
    });
    value(await reverse(1));
    expect(lastAudit()).toEqual({
      action: "entry.reversed",
      subject: ["credit_type", creditType, "JPY Credits"],
      before: { available: "200" },
      after: { available: "0", entry: 6, reverses: 1 },
      at: AT,
    });
  });
});
