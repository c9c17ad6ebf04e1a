import { describe, expect, it } from "vitest";
import { EVER, type MoneyByType, NOW, worthOf } from "#lib/worth.ts";
import { credits } from "#tests/support/builders.ts";

const [SGD, EUR, JPY, USD, INR] = [1, 2, 3, 4, 5];
/** The rate of the euro changed at the instant 1,000. */
const MONEY: MoneyByType = new Map([
  [SGD, { currency: { code: "SGD", decimals: 2 }, rates: [{ from: 500, rate: credits(100) }] }],
  [
    EUR,
    {
      currency: { code: "EUR", decimals: 2 },
      rates: [
        { from: 500, rate: credits(10) },
        { from: 1_000, rate: credits(20) },
      ],
    },
  ],
  [JPY, { currency: { code: "JPY", decimals: 0 }, rates: [{ from: 0, rate: credits(1) }] }],
  [USD, { currency: { code: "USD", decimals: 2 }, rates: [{ from: 0, rate: credits(1) }] }],
  [INR, { currency: { code: "INR", decimals: 2 }, rates: [{ from: 0, rate: credits(1) }] }],
]);
const of = (creditTypeId: number, amount: number) => ({ creditTypeId, micro: credits(amount) });

describe("the worth of credits", () => {
  it("is by the rate in force for what is there now", () => {
    expect(worthOf(MONEY, [of(SGD, 1_234)], NOW)).toBe("S$12.34");
    expect(worthOf(MONEY, [of(EUR, 100)], NOW)).toBe("€5.00");
  });

  it("of what moved is told while the rate has not changed since", () => {
    expect(worthOf(MONEY, [of(EUR, 100)], 1_000)).toBe("€5.00");
    expect(worthOf(MONEY, [of(EUR, 100)], 999)).toBeNull();
    expect(worthOf(MONEY, [of(EUR, 100)], EVER)).toBeNull();
    expect(worthOf(MONEY, [of(SGD, 100)], EVER)).toBe("S$1.00");
    expect(worthOf(MONEY, [of(SGD, 100)], 0)).toBe("S$1.00");
  });

  it("is one sum for each currency, and names four at most", () => {
    const other: MoneyByType = new Map([
      ...MONEY,
      [9, { currency: { code: "SGD", decimals: 2 }, rates: [{ from: 0, rate: credits(1) }] }],
    ]);
    expect(worthOf(other, [of(SGD, 100), of(JPY, 7), of(9, 5)], NOW)).toBe("S$6.00 + ¥7");
    expect(worthOf(MONEY, [of(SGD, 100), of(EUR, 20), of(JPY, 7), of(USD, 2)], NOW)).toBe(
      "S$1.00 + €1.00 + ¥7 + $2.00",
    );
    expect(
      worthOf(
        MONEY,
        [SGD, EUR, JPY, USD, INR].map((type) => of(type, 100)),
        NOW,
      ),
    ).toBe("S$1.00 + €5.00 + ¥100 + 2 other currencies");
  });

  it("is nothing where there is nothing, or where a part of it has no worth of one rate", () => {
    expect(worthOf(MONEY, [], NOW)).toBeNull();
    expect(worthOf(MONEY, [of(SGD, 0), of(EUR, 0)], EVER)).toBeNull();
    expect(worthOf(MONEY, [{ creditTypeId: JPY, micro: 47_000n }], NOW)).toBeNull();
    expect(worthOf(MONEY, [of(SGD, 100), of(EUR, 1)], EVER)).toBeNull();
    expect(worthOf(MONEY, [of(99, 1)], NOW)).toBeNull();
  });
});
