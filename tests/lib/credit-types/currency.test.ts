import { expect, it } from "vitest";
import { updateCreditType } from "#lib/credit-types/commands.ts";
import { getCreditType } from "#lib/credit-types/queries.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { getTransaction } from "#lib/transactions/queries/entries.ts";
import { aCreditType, credits, everything, operator, requestId, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const change = (id: number, currency: string) =>
  updateCreditType({ id, name: "Credits", currency, exchangeRate: 1_000_000n }, operator);

it("keeps a type's currency once the ledger has an entry of it, even if a reversal took it back", async () => {
  const id = await aCreditType({ name: "Credits", currency: "EUR" });
  value(
    await purchaseCredits(
      { creditType: id, amount: credits(5), note: null, requestId: requestId() },
      operator,
    ),
  );
  value(await reverseEntry({ entry: 1, note: null, requestId: requestId() }, operator));
  expect(getCreditType(everything, id)).toMatchObject({
    available: 0n,
    totalPurchased: 0n,
    organizations: 0,
  });
  expect(await change(id, "JPY")).toMatchObject({ ok: false, code: "currency_fixed", field: "currency" });
  expect(getTransaction(everything, 1)?.creditType.currency).toBe("EUR");
});

it("changes the currency of a type without any entry", async () => {
  const id = await aCreditType({ name: "Credits", currency: "EUR" });
  expect(await change(id, "JPY")).toMatchObject({ ok: true });
  expect(getCreditType(everything, id)?.currency).toBe("JPY");
});
