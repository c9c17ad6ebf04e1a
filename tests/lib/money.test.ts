import { expect, test } from "vitest";
import { rateAt } from "#lib/credit-types/rates.ts";
import { CURRENCIES, currencyOf } from "#lib/credit-types/rules.ts";
import { formatMoney, minorUnitsOf, moneyText, paidText } from "#lib/money.ts";

test.each([
  ["SGD", 1_000_000n, "S$10,000.00"],
  ["USD", 5n, "$0.05"],
  ["JPY", 10_000n, "¥10,000"],
  ["BHD", 1_234n, "BHD\u00a01.234"],
  ["MYR", -123n, "−MYR\u00a01.23"],
  ["SGD", 900_719_925_474_099_312n, "S$9,007,199,254,740,993.12"],
  ["IDR", 150n, "IDR\u00a01.50"],
])("%s in minor units: %s is %s", (code, minor, text) => {
  expect(formatMoney(minor, currencyOf(code))).toBe(text);
});

test.each([
  // 1,000,000 credits at 100 a dollar.
  [1_000_000_000_000n, 100_000_000n, "SGD", 1_000_000n],
  // Half a cent goes up, away from zero, and just below it does not.
  [500_000n, 100_000_000n, "SGD", 1n],
  [499_999n, 100_000_000n, "SGD", 0n],
  [-500_000n, 100_000_000n, "SGD", -1n],
  // 0.0049996 of a unit: rounding to millionths first would make half a cent of it.
  [4_999_600n, 1_000_000_000n, "USD", 0n],
  [1n, 3n, "JPY", 0n],
  [2n, 3n, "JPY", 1n],
])("%s millionths of a credit at %s are worth %s %s", (micro, rate, code, minor) => {
  expect(minorUnitsOf(micro, rate, currencyOf(code))).toBe(minor);
});

test("what was paid is shown whole", () => {
  expect(paidText(9_500_500_000n, currencyOf("SGD"))).toBe("S$9,500.50");
  expect(moneyText(1_000_000_000_000n, 100_000_000n, currencyOf("SGD"))).toBe("S$10,000.00");
});

test("every currency that can be chosen is written with its decimals", () => {
  for (const { code } of CURRENCIES) {
    const currency = currencyOf(code);
    const whole = currency.decimals === 0 ? "7" : `7.${"0".repeat(currency.decimals)}`;
    expect(formatMoney(7n * 10n ** BigInt(currency.decimals), currency)).toMatch(
      new RegExp(`(^|\\D)${whole}$`),
    );
  }
});

test("the rate of an instant is the last one from before it; before the first, the first", () => {
  const rates = [
    { from: 1_000, rate: 100n },
    { from: 2_000, rate: 50n },
  ];
  expect([0, 1_000, 1_999, 2_000, 9_000].map((at) => rateAt(rates, at))).toEqual([
    100n,
    100n,
    100n,
    50n,
    50n,
  ]);
  expect(() => rateAt([], 0)).toThrow("a credit type without an exchange rate");
});
