import { writeFileSync } from "node:fs";
import path from "node:path";
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

describe("bursar credits allocate --file", () => {
  let file: string;
  beforeEach(async () => {
    await anOrganization({ name: "Engineering", code: "ENG", creditType });
    await credits("purchase", "SGD Credits", "1000");
    file = path.join(process.env.DATA_DIR ?? "", "allocations.csv");
    writeFileSync(file, "code,credits,note\nMKT,250,Budget 2027\nENG,0.5,\n");
  });
  const available = () => getCreditType(everything, creditType)?.available;

  test("checks in a dry run, adds as one batch, and once under one id", async () => {
    const dry = await credits("allocate", "--file", file, "--dry-run");
    expect(dry).toEqual({
      code: 0,
      out: "SGD Credits: 1,000 → 749.5 available\n250.5 credits for 2 organizations could be added.\n",
      err: "",
    });
    expect(available()).toBe(1_000_000_000n);
    const done = await credits("allocate", "--file", file, "--id", "budget-2027", "--json");
    expect(JSON.parse(done.out)).toMatchObject({
      id: "budget-2027",
      batch: 1,
      organizations: 2,
      credits: "250.5",
      pools: [{ name: "SGD Credits", available: "1000", change: "-250.5", after: "749.5" }],
      repeated: false,
      dryRun: false,
    });
    const again = await credits("allocate", "--file", file, "--id", "budget-2027", "--json");
    expect(JSON.parse(again.out)).toEqual({ id: "budget-2027", batch: 1, repeated: true, dryRun: false });
    expect(available()).toBe(749_500_000n);
    writeFileSync(file, "code,credits\nMKT,1\n");
    const other = await credits("allocate", "--file", file, "--id", "budget-2027", "--json");
    expect([other.code, JSON.parse(other.out)]).toMatchObject([
      1,
      { error: { code: "idempotency_conflict" } },
    ]);
    expect(available()).toBe(749_500_000n);
  });

  test("refuses the same file a second time, unless it gets an id of its own", async () => {
    expect(await credits("allocate", "--file", file)).toMatchObject({ code: 0 });
    const second = await credits("allocate", "--file", file);
    expect(second).toMatchObject({ code: 1, out: "" });
    expect(second.err).toMatch(/^line 1: Batch #1 has allocated this file already, at /);
    expect(available()).toBe(749_500_000n);
    expect(await credits("allocate", "--file", file, "--id", "extra-budget")).toMatchObject({ code: 0 });
    expect(available()).toBe(499_000_000n);
  });

  test("prints no control characters of a file, which a terminal would obey", async () => {
    writeFileSync(file, "code,credits,seen\x1b[2Jnot\x9b31m\nMKT,1,\n");
    const { out } = await credits("allocate", "--file", file, "--dry-run");
    expect(out).toContain("Ignored columns: seen\uFFFD[2Jnot\uFFFD31m.\n");
  });

  test("refuses with 1 and each line what the file has wrong", async () => {
    writeFileSync(file, "code,credits\nNONE,1\nMKT,1001\n");
    expect(await credits("allocate", "--file", file)).toEqual({
      code: 1,
      out: "",
      err: `line 2: code: There is no organization with the code NONE.
line 3: credits: SGD Credits has 1,000 available; with this line the file allocates more.
The file has 2 errors. Nothing was imported.
`,
    });
    expect(await credits("allocate", "--file", `${file}.none`)).toMatchObject({ code: 1 });
    expect(available()).toBe(1_000_000_000n);
  });

  test.each([
    [["MKT", "1", "--file", "x.csv"], "--file takes the place of CODE and AMOUNT."],
    [["--file", "x.csv", "--note", "y"], "--note: the file has a column for notes."],
    [["MKT", "1", "--dry-run"], "--dry-run needs --file."],
    [["MKT"], "CODE and AMOUNT are needed, or --file."],
    [[], "CODE and AMOUNT are needed, or --file."],
  ])("refuses %j with 2", async (args, message) => {
    expect(await credits("allocate", ...args)).toMatchObject({
      code: 2,
      err: expect.stringContaining(message),
    });
  });
});
