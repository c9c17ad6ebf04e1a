import { beforeEach, describe, expect, it } from "vitest";
import { database, databaseFile } from "#db/client.ts";
import { batches, ledgerEntries } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { allocationsImporter, importAllocationsFile } from "#lib/batches/import.ts";
import { getCreditType } from "#lib/credit-types/queries.ts";
import { checkFile } from "#lib/imports/file.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { returnCredits } from "#lib/ledger/commands/transfers.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aCreditType,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  requestId,
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
const run = (csv: string, options: { requestId?: string; dryRun?: boolean; digest?: string } = {}) =>
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
