import { beforeEach, describe, expect, it, test } from "vitest";
import { database } from "#db/client.ts";
import { createCreditType, updateCreditType } from "#lib/credit-types/commands.ts";
import { datedRates } from "#lib/credit-types/queries.ts";
import { parseCsv } from "#lib/csv.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { purchaseInput } from "#lib/ledger/rules.ts";
import { exportTransactions } from "#lib/transactions/export.ts";
import { getTransaction } from "#lib/transactions/queries/entries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { everything, operator, requestId, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const NOW = new Date("2026-11-24T10:00:00Z");
let type = 0;

beforeEach(async () => {
  const input = { name: "SGD Credits", currency: "SGD", exchangeRate: 100_000_000n };
  type = value(await createCreditType(input, operator)).id;
});

const read = (fields: Record<string, string>) =>
  purchaseInput.safeParse({
    creditType: String(type),
    amount: "1,000,000",
    requestId: requestId(),
    ...fields,
  });

const buy = async (fields: Record<string, string> = {}, now = NOW) => {
  const input = read(fields);
  if (!input.success) throw new Error(input.error.message);
  return purchaseCredits(input.data, operator, now);
};

const DEAL = { purchaseDate: "2026-11-20", paid: "9,500.50", invoiceNumber: " INV-2026-7 " };

describe("what is known of a purchase", () => {
  it("is on its entry, and leaves the entry on the day of its recording", async () => {
    const { entryId } = value(await buy(DEAL));
    expect(getTransaction(everything, entryId)).toMatchObject({
      day: 20_261_124,
      occurredAt: NOW,
      details: { day: 20_261_120, paid: 9_500_500_000n, invoiceNumber: "INV-2026-7" },
    });
  });

  it("may be left out, in part or whole", async () => {
    const nothing = value(await buy({ purchaseDate: "", paid: "", invoiceNumber: "" })).entryId;
    expect(getTransaction(everything, nothing)?.details).toBeNull();
    const gift = value(await buy({ paid: "0" })).entryId;
    expect(getTransaction(everything, gift)?.details).toMatchObject({
      day: null,
      paid: 0n,
      invoiceNumber: null,
    });
  });

  it.each([
    [{ purchaseDate: "2026-11-25" }, "date_in_future", "purchaseDate", "The date must not be in the future."],
    [{ paid: "1.005" }, "too_many_decimals", "paid", "SGD has at most 2 decimal places."],
  ])("is refused: %j", async (fields, code, field, message) => {
    expect(await buy(fields)).toEqual({ ok: false, code, field, message });
  });

  it("may be of the day of its recording, and with as many decimals as the currency has", async () => {
    const { entryId } = value(await buy({ purchaseDate: "2026-11-24", paid: "1.05" }));
    expect(getTransaction(everything, entryId)?.details).toMatchObject({ day: 20_261_124, paid: 1_050_000n });
  });

  it.each([
    [DEAL, { purchaseDate: "2026-11-20", paid: "9500.5", invoiceNumber: "INV-2026-7" }],
    [{ purchaseDate: "2026-11-20" }, { purchaseDate: "2026-11-20" }],
    [{ paid: "0" }, { paid: "0" }],
    [{ invoiceNumber: "7" }, { invoiceNumber: "7" }],
    [{}, {}],
  ])("is in the audit entry: %j", async (fields, details) => {
    value(await buy(fields));
    const [after] = database()
      .$client.prepare("SELECT after FROM audit_entries ORDER BY id DESC LIMIT 1")
      .pluck()
      .all();
    expect(JSON.parse(String(after))).toEqual({ available: "1000000", entry: 1, ...details });
  });

  it("has no decimals where the currency has none", async () => {
    const yen = { name: "Yen", currency: "JPY", exchangeRate: 1_000_000n };
    const { id } = value(await createCreditType(yen, operator));
    expect(await buy({ creditType: String(id), paid: "10.5" })).toMatchObject({
      ok: false,
      field: "paid",
      message: "JPY has no decimal places.",
    });
    expect(await buy({ creditType: String(id), paid: "10.00" })).toMatchObject({ ok: true });
  });

  it.each([
    [{ purchaseDate: "2026-02-30" }, "Enter a date, such as 2026-11-23."],
    [{ paid: "-1" }, "Must not be negative."],
    [{ paid: "ten" }, "Enter a number, such as 1000 or 0.5."],
    [{ invoiceNumber: "x".repeat(101) }, "At most 100 characters."],
    [{ invoiceNumber: "a\u200Bb" }, "Holds an invisible character. Remove it."],
  ])("is no such value: %j", (fields, message) => {
    expect(read(fields).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });

  it("is read without the spaces around it", () => {
    const invoiceNumber = "x".repeat(100);
    expect(read({ purchaseDate: " 2026-11-20 ", paid: " ", invoiceNumber }).data).toMatchObject({
      purchaseDate: 20_261_120,
      paid: null,
      invoiceNumber,
    });
  });

  it("belongs to the request: sent again it is a repeat, with other details a conflict", async () => {
    const id = { requestId: requestId() };
    expect(await buy({ ...DEAL, ...id })).toMatchObject({ ok: true, value: { repeated: false } });
    expect(await buy({ ...DEAL, ...id })).toMatchObject({ ok: true, value: { repeated: true } });
    expect(await buy({ ...DEAL, ...id, paid: "1" })).toMatchObject({ code: "idempotency_conflict" });
  });

  it("cannot be changed or removed", async () => {
    value(await buy(DEAL));
    for (const change of ["UPDATE purchase_details SET paid = 1", "DELETE FROM purchase_details"]) {
      expect(() => database().$client.exec(change)).toThrow("purchase_details is append-only");
    }
    for (const change of ["UPDATE exchange_rates SET rate = 1", "DELETE FROM exchange_rates"]) {
      expect(() => database().$client.exec(change)).toThrow("exchange_rates is append-only");
    }
  });
});

const rows = () => {
  const filter = transactionFilter(everything, transactionsSearchParams.defaults, 20_261_124);
  const parsed = parseCsv(Buffer.from([...exportTransactions(filter)].join("")));
  if (!parsed.ok) throw new Error(parsed.fault.message);
  const [head, ...records] = parsed.records.map((record) => record.cells);
  return records.map((cells) => Object.fromEntries(cells.map((cell, at) => [head?.[at] ?? "", cell])));
};

test("the file has the deal, and a reversal takes off what was paid", async () => {
  const { entryId } = value(await buy(DEAL));
  value(await reverseEntry({ entry: entryId, note: null, requestId: requestId() }, operator, NOW));
  expect(rows()).toMatchObject([
    { kind: "reversal", purchase_date: "2026-11-20", paid: "-9500.5", invoice_number: "INV-2026-7" },
    {
      kind: "purchase",
      purchase_date: "2026-11-20",
      paid: "9500.5",
      invoice_number: "INV-2026-7",
      money: "10000",
    },
  ]);
});

test("an edited rate never changes the money of the past", async () => {
  const day = (n: number) => new Date(Date.now() + n * 86_400_000);
  value(await buy({}, day(1)));
  const edit = { id: type, name: "SGD Credits", exchangeRate: 50_000_000n };
  value(await updateCreditType(edit, operator, undefined, day(2)));
  value(await buy({}, day(3)));
  value(await updateCreditType({ ...edit, name: "Singapore" }, operator, undefined, day(4)));
  expect(rows().map(({ money }) => money)).toEqual(["20000", "10000"]);
  expect(
    datedRates()
      .get(type)
      ?.map(({ rate }) => rate),
  ).toEqual([100_000_000n, 50_000_000n]);
  expect(verifyDatabase(`${process.env.DATA_DIR}/bursar.sqlite`)).toMatchObject({ ok: true });
});
