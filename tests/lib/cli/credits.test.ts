import { beforeEach, describe, expect, test } from "vitest";
import { getCreditType } from "#lib/credit-types/queries.ts";
import { aCreditType, anOrganization, everything } from "#tests/support/builders.ts";
import { bursarInProcess as bursar } from "#tests/support/command-line.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

let creditType: number;
beforeEach(async () => {
  creditType = await aCreditType({ name: "SGD Credits", currency: "SGD" });
  await anOrganization({ name: "Marketing", code: "MKT", creditType });
});

const credits = (...args: string[]) => bursar(["credits", ...args]);

describe("bursar credits", () => {
  test("moves credits from purchase to return, once under one id", async () => {
    const purchase = ["purchase", "sgd CREDITS", "1000.5", "--note", "PO 7", "--id", "order-0007"];
    expect(await credits(...purchase)).toEqual({
      code: 0,
      out: "1,000.5 credits were purchased for SGD Credits, which now has 1,000.5 credits available.\n",
      err: "",
    });
    const again = await credits(...purchase, "--json");
    expect(JSON.parse(again.out)).toMatchObject({ id: "order-0007", available: "1000.5", repeated: true });
    const other = await credits("purchase", "SGD Credits", "2", "--id", "order-0007", "--json");
    expect(other.code).toBe(1);
    expect(JSON.parse(other.out)).toMatchObject({ error: { code: "idempotency_conflict" } });
    const allocated = await credits("allocate", "mkt", "1000", "--json");
    expect(JSON.parse(allocated.out)).toMatchObject({ amount: "1000", balance: "1000", repeated: false });
    expect(await credits("return", "MKT", "0.000001")).toMatchObject({ code: 0 });
    expect(getCreditType(everything, creditType)).toMatchObject({
      available: 500_001n,
      balance: 999_999_999n,
    });
  });

  test("refuses an id that is too short or the portal's own, and states the rule", async () => {
    const allocate = (id: string) => credits("allocate", "MKT", "1", "--id", id);
    expect(await allocate("short")).toMatchObject({
      code: 2,
      err: expect.stringContaining("Use 8 to 100 characters of A-Z a-z 0-9 . _ : and -."),
    });
    expect(await allocate("initial-credits")).toMatchObject({
      code: 2,
      err: expect.stringContaining("initial-credits is the portal's own id. Use another."),
    });
    expect((await credits("allocate", "--help")).out).toContain("8 to 100 characters of A-Z a-z");
  });

  test("refuses with 1 what the state of things refuses", async () => {
    expect(await credits("allocate", "MKT", "1")).toMatchObject({
      code: 1,
      err: "SGD Credits has no credits.\n",
    });
    expect(await credits("return", "MKT", "1")).toMatchObject({
      code: 1,
      err: "Marketing has no credits.\n",
    });
    expect(await credits("allocate", "NOPE", "1")).toMatchObject({
      code: 1,
      err: "There is no organization with the code NOPE.\n",
    });
    expect(await credits("purchase", "Nope", "1")).toMatchObject({
      code: 1,
      err: "There is no credit type named Nope.\n",
    });
  });
});
