import { describe, expect, it } from "vitest";
import { countedPlaces, type Walk } from "#lib/keyset.ts";
import { isPrint, printHref, rowsText } from "#lib/print.ts";

describe("the address of a list to be printed", () => {
  it("is that of the list with one more parameter", () => {
    expect(printHref("/organizations")).toBe("/organizations?print=1");
    expect(printHref("/organizations?q=law")).toBe("/organizations?q=law&print=1");
  });

  it.each([
    [{ print: "1" }, true],
    [{ print: ["1", "0"] }, true],
    [{}, false],
    [{ print: "" }, false],
    [{ print: "yes" }, false],
    [{ print: ["0", "1"] }, false],
  ])("%j asks to print: %s", (raw, expected) => {
    expect(isPrint(raw)).toBe(expected);
  });
});

describe("the words for the rows that are printed", () => {
  const words = ["person", "people"] as const;
  const items = (length: number) => new Array(length).fill(null);

  it.each([
    [0, 0, false, "No people"],
    [1, 1, false, "1 person"],
    [870, 870, false, "870 people"],
    [2_000, 2_000, false, "2,000 people"],
    [2_000, 2_001, false, "The first 2,000 of 2,001 people"],
    [2_000, 10_000, true, "The first 2,000 of more than 10,000 people"],
  ])("%i of %i, and more: %s", (shown, total, more, expected) => {
    expect(rowsText({ items: items(shown), total, more }, words)).toBe(expected);
  });
});

describe("the newest rows of a list that only grows", () => {
  /** A list of that many rows. */
  const listOf = (rows: number) => (walk: Walk) => {
    expect(walk).toMatchObject({ from: null, direction: "older" });
    return Array.from({ length: Math.min(rows, walk.limit) }, (_, index) => ({
      at: -index,
      id: rows - index,
    }));
  };

  it.each([
    [0, 0, 0, false],
    [2_000, 2_000, 2_000, false],
    [2_001, 2_000, 2_001, false],
    [10_000, 2_000, 10_000, false],
    [10_001, 2_000, 10_000, true],
    [50_000, 2_000, 10_000, true],
  ])("of %i: %i are printed, of %i that are counted, and more: %s", (rows, printed, total, more) => {
    const counted = countedPlaces(listOf(rows));
    expect(counted.places).toHaveLength(printed);
    expect(counted.places[0]?.id).toBe(rows === 0 ? undefined : rows);
    expect([counted.total, counted.more]).toEqual([total, more]);
  });
});
