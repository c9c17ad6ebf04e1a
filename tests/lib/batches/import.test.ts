import { beforeEach, describe, expect, it, vi } from "vitest";
import { database, databaseFile } from "#db/client.ts";
import { batches, ledgerEntries } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { reverseBatch } from "#lib/batches/commands/reversals.ts";
import { allocationsImporter, importAllocationsFile } from "#lib/batches/import.ts";
import { getCreditType } from "#lib/credit-types/queries.ts";
import { checkFile } from "#lib/imports/file.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { returnCredits } from "#lib/ledger/commands/transfers.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  requestId,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

let pool: number;
let law: number;
beforeEach(async () => {
  pool = await aCreditType({ available: credits(100) });
  law = await anOrganization({ code: "LAW", name: "Faculty of Law", creditType: pool, balance: credits(10) });
  await anOrganization({ code: "ART", creditType: pool });
});

const balances = () => [
  getOrganization(everything, "LAW")?.balance,
  getOrganization(everything, "ART")?.balance,
  getCreditType(everything, pool)?.available,
];
type Options = { requestId?: string; dryRun?: boolean; digest?: string; again?: boolean };
const run = (csv: string, options: Options = {}) =>
  importAllocationsFile(Buffer.from(csv), operator, { requestId: requestId(), ...options });
const errorsOf = async (csv: string) => (await run(csv)).report?.errors;
const faults = () => verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0);

const FILE = "Code;Credits;Note;Owner\nlaw;1.000,5;Budget 2027;x\nART;0,000001;;y\n";

it("adds the credits of a file as one batch, as spreadsheets write it", async () => {
  value(
    await purchaseCredits(
      { creditType: pool, amount: credits(1_000), note: null, requestId: requestId() },
      operator,
    ),
  );
  const result = await run(FILE);
  expect(value(result)).toEqual({ batch: 1, isRepeat: false });
  expect(result.report).toMatchObject({
    rows: 2,
    added: 2,
    ignoredColumns: ["Owner"],
    moved: {
      total: "1000.500001",
      pools: [{ name: "JPY Credits", available: "1090", change: "-1000.500001", after: "89.499999" }],
      lines: [
        {
          line: 2,
          name: "Faculty of Law",
          code: "LAW",
          before: "10",
          amount: "1000.5",
          after: "1010.5",
          note: "Budget 2027",
        },
        { line: 3, name: "ART", code: "ART", before: "0", amount: "0.000001", after: "0.000001", note: "" },
      ],
    },
  });
  expect(balances()).toEqual([1_010_500_000n, 1n, 89_499_999n]);
  const notes = database().select({ note: ledgerEntries.note }).from(ledgerEntries).all();
  expect(notes.map(({ note }) => note).slice(-2)).toEqual(["Budget 2027", null]);
  expect(faults()).toEqual([]);
});

describe("refuses a file, and adds nothing", () => {
  it.each([
    ["code,credits\nNONE,1\n", [{ line: 2, message: "code: There is no organization with the code NONE." }]],
    ["code,credits\nLAW,0\n", [{ line: 2, message: "credits: Must be more than 0." }]],
    ["code,credits\nLAW,-5\n", [{ line: 2, message: "credits: Must not be negative." }]],
    ["code,credits\nLAW,\n", [{ line: 2, message: "credits: Enter an amount." }]],
    [
      "code,credits\nLAW,1\nART,1\nlaw,2\n",
      [{ line: 4, message: "code: LAW is already on line 2. Add the two up." }],
    ],
    [
      "code,credits\nLAW,60\nART,30.000001\n",
      [
        {
          line: 3,
          message: "credits: JPY Credits has 90 available; with this line the file allocates more.",
        },
      ],
    ],
    ["code,note\nLAW,x\n", [{ line: 1, message: "The header row is missing credits." }]],
  ])("%j", async (csv, errors) => {
    expect(await errorsOf(csv)).toEqual(errors);
    expect(balances()).toEqual([credits(10), 0n, credits(90)]);
    expect(database().select().from(batches).all()).toEqual([]);
  });

  it("of who is no admin of the enterprise", async () => {
    const viewer = await aPortalUser("viewer");
    const options = { requestId: requestId() };
    await expect(
      importAllocationsFile(Buffer.from("code,credits\nLAW,1\n"), viewer, options),
    ).rejects.toThrow(ForbiddenError);
  });
});

it("moves nothing in a dry run", async () => {
  const result = await run("code,credits\nLAW,1\n", { dryRun: true });
  expect(value(result)).toEqual({ batch: null, isRepeat: false });
  expect(result.report?.moved?.total).toBe("1");
  expect(balances()).toEqual([credits(10), 0n, credits(90)]);
});

it("does the same file under the same id once, also when the pool is empty by then", async () => {
  const csv = "code,credits\nLAW,50\nART,40\n";
  const id = requestId();
  expect(value(await run(csv, { requestId: id }))).toEqual({ batch: 1, isRepeat: false });
  expect(value(await run(csv, { requestId: id }))).toEqual({ batch: 1, isRepeat: true });
  expect(balances()).toEqual([credits(60), credits(40), 0n]);
  const other = await run("code,credits\nLAW,50\n", { requestId: id });
  expect(other).toMatchObject({ ok: false, code: "idempotency_conflict" });
});

describe("the same file under another id", () => {
  const csv = "code,credits\nLAW,5\n";

  it("is refused for a day, because it was most probably sent twice", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      vi.setSystemTime("2026-11-26T09:15:00Z");
      expect(value(await run(csv)).batch).toBe(1);
      vi.setSystemTime("2026-11-27T09:14:59Z");
      const second = await run(csv);
      expect(second).toMatchObject({ ok: false, code: "import_refused" });
      expect(second.report?.errors).toEqual([
        {
          line: 1,
          message:
            "Batch #1 has allocated this file already, at 26/11/2026 09:15. To allocate it again, reverse that batch, or change the file, for example a note.",
        },
      ]);
      expect(balances()).toEqual([credits(15), 0n, credits(85)]);
      vi.setSystemTime("2026-11-27T09:15:00Z");
      expect(value(await run(csv)).batch).toBe(2);
      expect(balances()).toEqual([credits(20), 0n, credits(80)]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is refused to the second of two people who have checked it before either imported", async () => {
    const bytes = Buffer.from(csv);
    const preview = (id: string) => checkFile(allocationsImporter(id, bytes, database()), bytes, operator);
    const [first, second] = [(await preview("first-upload")).report, (await preview("second-upload")).report];
    expect([first.errorCount, second.errorCount]).toEqual([0, 0]);
    value(await run(csv, { requestId: "first-upload", digest: first.digest }));
    const late = await run(csv, { requestId: "second-upload", digest: second.digest });
    expect(late).toMatchObject({ ok: false, code: "import_refused" });
    expect(balances()).toEqual([credits(15), 0n, credits(85)]);
  });

  it("is allocated after the first batch was reversed, and for a caller who names the request", async () => {
    value(await run(csv));
    value(await run(csv, { again: true }));
    expect(balances()).toEqual([credits(20), 0n, credits(80)]);
    for (const batch of [1, 2]) {
      const undo = { batch, note: null, requestId: requestId(), expected: null };
      value(await reverseBatch(undo, operator));
    }
    expect(value(await run(csv)).batch).toBe(5);
    expect(balances()).toEqual([credits(15), 0n, credits(85)]);
  });
});

it("is not stopped by an application's event that has the same id", async () => {
  await aMember(law);
  await spent({ id: "budget-2027" });
  const csv = "code,credits\nART,5\n";
  expect(value(await run(csv, { requestId: "budget-2027" }))).toEqual({ batch: 1, isRepeat: false });
});

it("keeps to its preview while members spend, and is checked again when the file would do something else", async () => {
  const csv = "code,credits\nLAW,5\nART,5\n";
  const preview = async () => {
    const bytes = Buffer.from(csv);
    return (await checkFile(allocationsImporter("preview", bytes, database()), bytes, operator)).report
      .digest;
  };
  const digest = await preview();
  value(
    await returnCredits(
      { organization: law, amount: credits(3), note: null, requestId: requestId() },
      operator,
    ),
  );
  expect((await run(csv, { digest })).ok).toBe(true);
  expect(balances()).toEqual([credits(12), credits(5), credits(83)]);
  const stale = await run("code,credits\nLAW,6\nART,5\n", { digest });
  expect(stale).toMatchObject({ ok: false, code: "import_refused" });
  expect(balances()).toEqual([credits(12), credits(5), credits(83)]);
});
