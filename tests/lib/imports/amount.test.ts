import { describe, expect, test } from "vitest";
import { readAmountCell } from "#lib/imports/amount.ts";

const plain = (text: string) => ({ text, ambiguous: false });
const ambiguous = (text: string) => ({ text, ambiguous: true });

describe("an amount in a file separated by semicolons", () => {
  test.each([
    ["1000", plain("1000")],
    ["0,5", plain("0.5")],
    ["0,047", plain("0.047")],
    ["1.234,56", plain("1234.56")],
    ["1,234.56", plain("1234.56")],
    ["1 000", plain("1000")],
    ["1\u00A0000", plain("1000")],
    ["1\u202F000,5", plain("1000.5")],
    ["1'000'000.5", plain("1000000.5")],
    ["1’000", plain("1000")],
    ["1.234.567", plain("1234567")],
    ["0.5", plain("0.5")],
    ["1.5", plain("1.5")],
    ["1234,567", plain("1234.567")],
    [" 12,5 ", plain("12.5")],
    ["1.000", ambiguous("1000")],
    ["1,000", ambiguous("1.000")],
    ["999.999", ambiguous("999999")],
    ["0.500", plain("0.500")],
  ])("%j is %j", (text, amount) => {
    expect(readAmountCell(text, { decimalComma: true })).toEqual(amount);
  });
});

describe("an amount in any other file", () => {
  test.each([
    ["1000", plain("1000")],
    ["1,234.56", plain("1234.56")],
    ["1.234,56", plain("1234.56")],
    ["1,234,567", plain("1234567")],
    ["1 000 000", plain("1000000")],
    ["0.047", plain("0.047")],
    ["1.000", ambiguous("1.000")],
    ["1,000", ambiguous("1000")],
    ["1000.000", plain("1000.000")],
    // A slip, or another country's notation: a person has to look at it.
    ["0,5", plain("0,5")],
    ["1000,50", plain("1000,50")],
  ])("%j is %j", (text, amount) => {
    expect(readAmountCell(text, { decimalComma: false })).toEqual(amount);
  });
});

describe("what is not an amount is given back as it is", () => {
  test.each([
    [""],
    ["unlimited"],
    ["-5"],
    ["1,2,3"],
    ["1.2.3"],
    ["1,23,456.7"],
    ["1.234,56,7"],
    ["1 00"],
    ["1  000"],
    [",5"],
    ["5,"],
    ["."],
    ["1e3"],
    ["٣"],
    ["1".repeat(61)],
    [` ${"0".repeat(100_000)}`],
  ])("%j", (text) => {
    expect(readAmountCell(text, { decimalComma: true })).toEqual(plain(text));
    expect(readAmountCell(text, { decimalComma: false })).toEqual(plain(text));
  });
});
