import { describe, expect, it, test } from "vitest";
import { Checks, summaryOf } from "#lib/verify/checks.ts";

const row = (n: number) => ({ row: `row ${n}`, message: `message ${n}` });

describe("checks", () => {
  it("names as many faults as its limit, and counts all", () => {
    const names: string[] = [];
    const checks = new Checks(2, (name) => names.push(name));
    expect(
      checks.run("keys", (fault) => {
        for (const n of [1, 2, 3]) fault(`row ${n}`, `message ${n}`);
        return "all";
      }),
    ).toBe("all");
    checks.add("chain")("row 4", "message 4");
    expect(checks.run("audit", () => 0)).toBe(0);
    expect(checks.reports).toEqual([
      { name: "keys", faults: 3, mismatches: [row(1), row(2)] },
      { name: "chain", faults: 1, mismatches: [row(4)] },
      { name: "audit", faults: 0, mismatches: [] },
    ]);
    // The faults of "chain" are found by another check.
    expect(names).toEqual(["keys", "audit"]);
  });

  it("names an error after the faults before it, and goes on", () => {
    const checks = new Checks(5);
    const failed = checks.run("ledger", (fault) => {
      fault("row 1", "message 1");
      throw new Error("no such column: day");
    });
    expect(failed).toBeUndefined();
    const error = { row: "the database", message: "cannot be read further: no such column: day" };
    expect(checks.reports).toEqual([{ name: "ledger", faults: 2, mismatches: [row(1), error] }]);
  });

  it("passes on what is no error", () => {
    const checks = new Checks(5);
    expect(() =>
      checks.run("ledger", () => {
        throw "stop";
      }),
    ).toThrow("stop");
    expect(checks.reports).toEqual([{ name: "ledger", faults: 0, mismatches: [] }]);
  });
});

test("the summary of two threads has one report for each name, in the order of the first", () => {
  const reports = [
    { name: "integrity", faults: 0, mismatches: [] },
    { name: "keys", faults: 4, mismatches: [row(1), row(2)] },
    { name: "members", faults: 1, mismatches: [row(3)] },
    { name: "keys", faults: 2, mismatches: [row(4), row(5)] },
  ];
  expect(summaryOf(reports, 3)).toEqual({
    ok: false,
    faults: 7,
    checks: [
      { name: "integrity", faults: 0, mismatches: [] },
      { name: "keys", faults: 6, mismatches: [row(1), row(2), row(4)] },
      { name: "members", faults: 1, mismatches: [row(3)] },
    ],
  });
  expect(summaryOf(reports.slice(0, 1), 3)).toEqual({
    ok: true,
    faults: 0,
    checks: [{ name: "integrity", faults: 0, mismatches: [] }],
  });
});
