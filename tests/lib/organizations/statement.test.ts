import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import {
  monthStatement,
  statementMonth,
  statementMonths,
  statementRates,
} from "#lib/organizations/statement.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  everything,
  operator,
  requestId,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const at = (text: string) => new Date(`${text}T12:00:00Z`);
const rows = (query: string) =>
  database().$client.prepare(query).safeIntegers(false).raw().all() as number[][];

let law: number;
const statement = (month: number) => {
  const [[balance = 0n] = []] = database()
    .$client.prepare("SELECT balance FROM organizations WHERE id = ?")
    .raw()
    .all(law) as bigint[][];
  return monthStatement(everything, { id: law, balance }, month);
};

beforeEach(async () => {
  const start = at("2026-09-01");
  const creditType = await aCreditType({ available: credits(2_000), at: start });
  law = await anOrganization({ creditType, balance: credits(1_000), at: start });
  await aMember(law, { name: "Ana García", email: "ana@example.edu", at: start });
  await aMember(law, { name: "Bo Li", email: "bo@example.edu", at: start });
  const move = { organization: law, note: "Order 7" };
  value(
    await allocateCredits(
      { ...move, amount: credits(50), requestId: requestId() },
      operator,
      at("2026-10-02"),
    ),
  );
  value(
    await returnCredits({ ...move, amount: credits(20), requestId: requestId() }, operator, at("2026-10-05")),
  );
  await spent({
    member: "ana@example.edu",
    application: "essay-coach",
    credits: credits(3),
    occurredAt: at("2026-10-03"),
  });
  await spent({
    member: "bo@example.edu",
    application: "essay-coach",
    credits: credits(5),
    occurredAt: at("2026-10-31"),
  });
  await spent({
    member: "bo@example.edu",
    application: "tutor",
    credits: credits(4),
    occurredAt: at("2026-11-01"),
  });
});

describe("an organization's statement of a month", () => {
  it("adds up from the opening to the closing balance, which is the next month's opening one", async () => {
    const [september, october, november] = [202609, 202610, 202611].map((month) => statement(month));
    expect(october).toMatchObject({
      added: credits(50),
      returned: credits(20),
      corrected: 0n,
      spent: credits(8),
      movements: [
        { day: 20261002, kind: "allocation", note: "Order 7", amount: credits(50) },
        { day: 20261005, kind: "return", note: "Order 7", amount: credits(-20) },
      ],
      moreMovements: 0,
      members: [
        { name: "Bo Li", detail: "bo@example.edu", spent: credits(5) },
        { name: "Ana García", detail: "ana@example.edu", spent: credits(3) },
      ],
      applications: [{ name: "essay-coach", detail: null, spent: credits(8) }],
    });
    expect(september?.closing).toBe(october?.opening);
    expect(october?.closing).toBe((october?.opening ?? 0n) + credits(50 - 20 - 8));
    expect(november?.opening).toBe(october?.closing);
    expect(november?.spent).toBe(credits(4));
  });

  it("has the balance that the ledger had at the end of the month", async () => {
    const [[balance = 0] = []] = rows(
      `SELECT balance_after FROM ledger_entries WHERE organization_id = ${law} AND day <= 20261031 ORDER BY id DESC LIMIT 1`,
    );
    expect(statement(202610)?.closing).toBe(BigInt(balance));
  });

  it("counts a reversal in the month of what it corrects", async () => {
    const [[spend = 0] = []] = rows("SELECT id FROM ledger_entries WHERE kind = 'spend' AND day = 20261031");
    const [[allocation = 0] = []] = rows(
      "SELECT id FROM ledger_entries WHERE kind = 'allocation' AND day = 20261002",
    );
    const before = statement(202610);
    for (const entry of [spend, allocation]) {
      value(await reverseEntry({ entry, note: null, requestId: requestId() }, operator, at("2026-11-20")));
    }
    expect(statement(202610)).toMatchObject({
      opening: before?.opening,
      added: credits(50),
      corrected: credits(-50),
      spent: credits(3),
      closing: (before?.closing ?? 0n) + credits(5 - 50),
    });
    expect(statement(202611)?.opening).toBe(statement(202610)?.closing);
  });

  it.each([
    ["before any change", 202609, { opening: 1n, within: 1n, closing: 1n }],
    ["with the first change at its end", 202610, { opening: 1n, within: 1n, closing: 1n }],
    ["that begins with a change", 202611, { opening: 1n, within: 2n, closing: 2n }],
    ["between changes", 202612, { opening: 2n, within: 2n, closing: 2n }],
    ["with changes", 202701, { opening: 2n, within: null, closing: 4n }],
    [
      "that is not over, in which the clock was ahead at a change",
      202702,
      { opening: 4n, within: null, closing: 5n },
    ],
  ] as const)("has the rates of a month %s", (_, month, expected) => {
    const at = (text: string) => new Date(`${text}+08:00`).getTime();
    const rates = [
      { from: at("2026-09-05T10:00:00"), rate: 1n },
      { from: at("2026-11-01T00:00:00"), rate: 2n },
      { from: at("2027-01-10T00:00:00"), rate: 3n },
      { from: at("2027-01-31T23:59:59"), rate: 4n },
      { from: at("2028-02-02T10:00:00"), rate: 5n },
    ];
    expect(statementRates(rates, month, { today: 20270210, timeZone: "Asia/Singapore" })).toEqual(expected);
  });

  it("is offered for two years, and of the last complete month where the address names none of them", () => {
    expect(statementMonths(20261126).at(0)).toBe(202611);
    expect(statementMonths(20261126).at(-1)).toBe(202412);
    expect(statementMonths(20261126)).toHaveLength(24);
    expect(
      ["2026-11", "2024-12", "2024-11", "2026-13", "", "x"].map((text) => statementMonth(text, 20261126)),
    ).toEqual([202611, 202412, 202610, 202610, 202610, 202610]);
  });
});
