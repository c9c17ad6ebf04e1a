import { describe, expect, it, test } from "vitest";
import { createCreditType, updateCreditType } from "#lib/credit-types/commands.ts";
import {
  creditTypeNames,
  creditTypeOptions,
  datedRates,
  findCreditTypeByName,
  getCreditType,
  latestRates,
  listCreditTypes,
  moneyByType,
  moneyOfType,
  worthOfEntry,
} from "#lib/credit-types/queries.ts";
import { rateAt } from "#lib/credit-types/rates.ts";
import { currencyOf } from "#lib/credit-types/rules.ts";
import { creditTypeHref } from "#lib/credit-types/search-params.ts";
import { rateSince } from "#lib/worth.ts";
import {
  aCreditType,
  aGrant,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  scopeOf,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const names = (rows: readonly { name: string }[]) => rows.map(({ name }) => name);

describe("credit types", () => {
  it("are listed by name, and found by it whatever its case", async () => {
    const ids = [await aCreditType({ name: "Zeta" }), await aCreditType({ name: "alpha" })];
    expect(names(listCreditTypes(everything))).toEqual(["alpha", "Zeta"]);
    expect(creditTypeOptions(everything)).toEqual([
      { id: ids[1], name: "alpha", currency: "JPY" },
      { id: ids[0], name: "Zeta", currency: "JPY" },
    ]);
    expect(findCreditTypeByName(everything, "ALPHA")?.id).toBe(ids[1]);
    expect(findCreditTypeByName(everything, "beta")).toBeNull();
    expect(getCreditType(everything, 99)).toBeNull();
  });

  it("are names alone in a narrower scope, those of its organizations", async () => {
    const [ofLaw, ofArt] = [await aCreditType({ name: "B" }), await aCreditType({ name: "A" })];
    const law = await anOrganization({ code: "LAW", creditType: ofLaw });
    await anOrganization({ code: "ART", creditType: ofArt });
    const ana = await aPortalUser(null, "ana@example.edu");
    await aGrant(ana, "admin", { organizationId: law });
    const scope = scopeOf(ana);
    expect(creditTypeNames(everything)).toEqual([
      { id: ofArt, name: "A", currency: "JPY" },
      { id: ofLaw, name: "B", currency: "JPY" },
    ]);
    expect(creditTypeNames(scope)).toEqual([{ id: ofLaw, name: "B", currency: "JPY" }]);
    expect(listCreditTypes(scope)).toEqual([]);
    expect(creditTypeOptions(scope)).toEqual([]);
    expect(getCreditType(scope, ofLaw)).toBeNull();
    expect(findCreditTypeByName(scope, "B")).toBeNull();
    expect(latestRates(scope, ofLaw)).toEqual([]);
  });
});

describe("exchange rates", () => {
  const day = (n: number) => new Date(Date.now() + n * 86_400_000);

  it("are kept with their instants, and an entry is worth what its time's rate makes it", async () => {
    const before = Date.now();
    const type = await aCreditType({ name: "SGD", currency: "SGD", available: credits(50), at: day(1) });
    const edit = { id: type, name: "SGD", exchangeRate: 50_000_000n };
    value(await updateCreditType(edit, operator, undefined, day(2)));
    value(await updateCreditType({ ...edit, name: "Singapore" }, operator, undefined, day(3)));
    const [first, second, ...others] = datedRates().get(type) ?? [];
    expect(others).toEqual([]);
    expect(first?.rate).toBe(1_000_000n);
    expect(first?.from).toBeGreaterThanOrEqual(before);
    expect(first?.from).toBeLessThan(day(1).getTime());
    expect(second?.rate).toBe(50_000_000n);
    expect(Math.abs((second?.from ?? 0) - day(2).getTime())).toBeLessThan(60_000);
    expect(latestRates(everything, type)).toEqual([second, first]);
    expect(moneyOfType(type)).toEqual({ currency: { code: "SGD", decimals: 2 }, rates: [first, second] });
    expect(moneyOfType(99)).toBeNull();
    expect(worthOfEntry(1)).toBe("S$50.00");
    expect(() => worthOfEntry(99)).toThrow("no entry 99");
  });

  it("of two credit types are apart", async () => {
    const types = [
      value(await createCreditType({ name: "A", currency: "JPY", exchangeRate: 1_000_000n }, operator)).id,
      value(await createCreditType({ name: "B", currency: "JPY", exchangeRate: 7_000_000n }, operator)).id,
    ];
    expect(
      types.map((type) =>
        datedRates()
          .get(type)
          ?.map(({ rate }) => rate),
      ),
    ).toEqual([[1_000_000n], [7_000_000n]]);
  });

  it("end with the next edit, also of one whose clock was a year ahead", async () => {
    const type = await aCreditType({ name: "SGD", currency: "SGD", available: credits(50), at: day(20) });
    const edit = { id: type, name: "SGD" };
    for (const [exchangeRate, at] of [
      [10_000_000n, 1],
      [20_000_000n, 366],
      [30_000_000n, 367],
      [40_000_000n, 3],
    ] as const) {
      value(await updateCreditType({ ...edit, exchangeRate }, operator, undefined, day(at)));
    }
    const inForce = [1_000_000n, 10_000_000n, 40_000_000n];
    const rates = datedRates().get(type) ?? [];
    expect(rates.map(({ rate }) => rate)).toEqual(inForce);
    expect(moneyOfType(type)?.rates).toEqual(rates);
    expect(moneyByType().get(type)?.rates).toEqual(rates);
    expect(latestRates(everything, type)).toEqual(rates.toReversed());
    expect(rateAt(rates, day(2).getTime())).toBe(10_000_000n);
    expect(rateAt(rates, day(400).getTime())).toBe(40_000_000n);
    expect(rateSince(rates, day(4).getTime())).toBe(40_000_000n);
    expect(worthOfEntry(1)).toBe("S$1.25");
  });

  it("shows the newest twenty of a credit type", async () => {
    const type = await aCreditType();
    for (let rate = 1; rate <= 21; rate += 1) {
      const edit = { id: type, name: "JPY Credits", exchangeRate: BigInt(rate) };
      value(await updateCreditType(edit, operator, undefined, day(rate)));
    }
    const shown = latestRates(everything, type).map(({ rate }) => rate);
    expect(shown).toHaveLength(20);
    expect([shown[0], shown[19]]).toEqual([21n, 2n]);
  });
});

test.each([
  [99, 1n],
  [100, 1n],
  [199, 1n],
  [200, 2n],
  [201, 2n],
  [300, 3n],
  [9_999, 3n],
])("at %i the rate is %i", (at, rate) => {
  const rates = [
    { from: 100, rate: 1n },
    { from: 200, rate: 2n },
    { from: 300, rate: 3n },
  ];
  expect(rateAt(rates, at)).toBe(rate);
});

test("a credit type without a rate is a bug", () => {
  expect(() => rateAt([], 1)).toThrow("a credit type without an exchange rate");
});

test.each([
  ["SGD", 2],
  ["JPY", 0],
  ["KWD", 3],
  // A code that was withdrawn.
  ["XXZ", 2],
])("%s has %i decimals", (code, decimals) => {
  expect(currencyOf(code)).toEqual({ code, decimals });
});

test("a view of a credit type has an address", () => {
  expect(creditTypeHref(7)).toBe("/credit-types/7");
  expect(creditTypeHref(7, { before: { at: 1_790_000_000_000, id: 5 } })).toMatch(
    /^\/credit-types\/7\?before=/,
  );
});
