import { describe, expect, it } from "vitest";
import { creditTypeHref, creditTypeSearchParams } from "#lib/credit-types/search-params.ts";
import { OLDEST } from "#lib/keyset.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { returnCredits } from "#lib/ledger/commands/transfers.ts";
import { poolChange } from "#lib/ledger/rules.ts";
import { creditTypeFigures } from "#lib/transactions/credit-type-figures.ts";
import {
  aCreditType,
  aGrant,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  requestId,
  scopeOf,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

const TODAY = 20_261_124;
const view = creditTypeSearchParams.defaults;
const read = async (id: number, change: Partial<typeof view> = {}) => {
  const figures = await creditTypeFigures(everything, id, { ...view, ...change }, TODAY);
  if (!figures) throw new Error("no such credit type");
  return figures;
};

describe("the page of a credit type", () => {
  it("has who draws from it, by balance, by what was spent and by what was spent this month", async () => {
    const { creditType } = await makeSmallEnterprise();
    await anOrganization({ code: "MED", balance: credits(50) });
    await spent({ credits: credits(30), occurredAt: new Date("2026-11-24T10:00:00Z") });
    const figures = await read(creditType);
    expect(figures.byBalance.map(({ code, balance }) => [code, balance])).toEqual([
      ["ART", 1_000_000_000n],
      ["LAW", 970_000_000n],
    ]);
    expect(figures.bySpent.map(({ code, spent }) => [code, spent])).toEqual([
      ["LAW", 30_000_000n],
      ["ART", 0n],
    ]);
    expect(figures.spentThisMonth).toBe(30_000_000n);
    expect(figures.topThisMonth.map(({ code, spent }) => [code, spent])).toEqual([["LAW", 30_000_000n]]);
    expect(figures.creditType).toMatchObject({ available: 8_000_000_000n, totalPurchased: 10_000_000_000n });
  });

  it("has the pool's entries alone, newest first, with what each changes", async () => {
    const { creditType, organizations } = await makeSmallEnterprise();
    const [law = 0] = organizations;
    await spent();
    value(
      await returnCredits(
        { organization: law, amount: credits(7), note: "too many", requestId: requestId() },
        operator,
      ),
    );
    const { entryId } = value(
      await purchaseCredits({ creditType, amount: 500_000n, note: null, requestId: requestId() }, operator),
    );
    value(await reverseEntry({ entry: entryId, note: null, requestId: requestId() }, operator));
    const { history } = await read(creditType);
    expect(history.items.map((entry) => [entry.kind, poolChange(entry)])).toEqual([
      ["reversal", -500_000n],
      ["purchase", 500_000n],
      ["return", 7_000_000n],
      ["allocation", -1_000_000_000n],
      ["allocation", -1_000_000_000n],
      ["purchase", 10_000_000_000n],
    ]);
    expect(history).toMatchObject({ older: null, newer: null });
  });

  it("pages the history by keyset, also through entries of one instant", async () => {
    const at = new Date("2026-11-20T10:00:00Z");
    const id = await aCreditType({ at });
    for (let n = 1; n <= 60; n++) {
      value(
        await purchaseCredits(
          { creditType: id, amount: credits(n), note: null, requestId: requestId() },
          operator,
          at,
        ),
      );
    }
    const amounts = (figures: Awaited<ReturnType<typeof read>>) =>
      figures.history.items.map(({ amount }) => Number(amount / 1_000_000n));
    const first = await read(id);
    expect(amounts(first)).toEqual(Array.from({ length: 50 }, (_, n) => 60 - n));
    const second = await read(id, { before: first.history.older });
    expect(amounts(second)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(second.history.older).toBeNull();
    // The last page is a full one.
    expect(amounts(await read(id, { after: OLDEST }))).toEqual(Array.from({ length: 50 }, (_, n) => 50 - n));
  });

  it("does not exist outside the whole enterprise, nor for another id", async () => {
    const { creditType, organizations } = await makeSmallEnterprise();
    const admin = await aPortalUser(null);
    await aGrant(admin, "admin", { organizationId: organizations[0] ?? 0 });
    expect(await creditTypeFigures(scopeOf(admin), creditType, view, TODAY)).toBeNull();
    expect(await creditTypeFigures(everything, 99, view, TODAY)).toBeNull();
  });
});

it("writes a place of the history into the address", () => {
  expect(creditTypeHref(3)).toBe("/credit-types/3");
  expect(creditTypeHref(3, { before: { at: 1_763_978_400_000, id: 12 } })).toBe(
    "/credit-types/3?before=1763978400000.12",
  );
});
