import { describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { matchExternalId } from "#lib/search/matches.ts";
import { listFigures } from "#lib/transactions/figures.ts";
import { modelFilterOf, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { exportSpendingTable } from "#lib/transactions/spending-export.ts";
import { spendingFigures } from "#lib/transactions/spending-figures.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
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

const TODAY = 20_261_124;
const AT = new Date("2026-11-20T10:00:00Z");
const LONG = "m".repeat(201);

/** Models as applications may send them, as JSON, with the row that each has: its label, detail and filter. */
const MODELS: readonly [json: string, label: string, detail: string | null, filter: string | null][] = [
  ['"gpt-4o"', "gpt-4o", null, "gpt-4o"],
  ['"4"', "4", null, "4"],
  ["4", "4", "not a text", null],
  ["4.5", "4.5", "not a text", null],
  ["true", "1", "not a text", null],
  ["false", "0", "not a text", null],
  ["9007199254740993", "9007199254740993", "not a text", null],
  ["1e400", "Infinity", "not a text", null],
  ['{"name":"x"}', '{"name":"x"}', null, '{"name":"x"}'],
  ['["x"]', '["x"]', null, '["x"]'],
  ['""', '""', null, null],
  ['" "', '" "', null, '" "'],
  [JSON.stringify(LONG), LONG, null, null],
  ['"\\ud800"', "\u{FFFD}\u{FFFD}\u{FFFD}", null, null],
  ['"a\\u0000\\n"', "a\0\n", null, '"a\0\n"'],
];

/** One event of each model, whose credits are a power of two, so that no two sums are equal. */
async function spendWithEachModel(): Promise<number[]> {
  const creditType = await aCreditType({ available: credits(1_000_000) });
  await aMember(await anOrganization({ code: "LAW", creditType, balance: credits(1_000_000) }), {});
  const entries: number[] = [];
  for (const [index, [model]] of MODELS.entries()) {
    const metadata = `{"model":${model},"temperature":0.5}`;
    await spent({ id: `e-${index}`, credits: credits(2 ** index), metadata, occurredAt: AT });
    entries.push(...matchExternalId(everything, `e-${index}`, 1));
  }
  return entries;
}

async function byModel(query = "") {
  const view = transactionsSearchParams.decode(
    new URLSearchParams(`tab=spending&by=model&rows=100&from=2026-11-19&to=2026-11-21${query}`),
  );
  const figures = await spendingFigures(everything, view, TODAY);
  if (!figures || typeof figures.table === "string") throw new Error("there is no table");
  return { ...figures, table: figures.table };
}

const wholeCredits = (micro: bigint) => Number(micro / 1_000_000n);

describe("a table by model", () => {
  it.each(["", "&organization=LAW"])("has a row of each model, of any type of JSON%s", async (query) => {
    await spendWithEachModel();
    const { table } = await byModel(query);
    const rows = table.rows.map(({ label, detail, key, total }) => [
      ...[label, detail, modelFilterOf(key)],
      wholeCredits(total),
    ]);
    expect(rows).toEqual(
      MODELS.map(([, label, detail, filter], index) => [label, detail, filter, 2 ** index]).toReversed(),
    );
    expect(new Set(table.rows.map(({ key }) => key)).size).toBe(MODELS.length);
  });

  it("links each row to the list that adds up to it", async () => {
    await spendWithEachModel();
    const { table } = await byModel();
    for (const { key, total } of table.rows) {
      const model = modelFilterOf(key);
      if (model === null) continue;
      const query = transactionsSearchParams.encode({ ...transactionsSearchParams.defaults, model });
      const view = transactionsSearchParams.decode(new URLSearchParams(query));
      const figures = await listFigures(everything, view, TODAY);
      expect([key, figures?.metrics.spent]).toEqual([key, total]);
    }
  });

  it("is a file with the same rows", async () => {
    await spendWithEachModel();
    const file = [...(exportSpendingTable(await byModel()) ?? [])].join("");
    expect(file).toContain("4,not a text,4,");
    expect(file).toContain("\n4,,2,");
  });
});

describe("a reversal", () => {
  it("counts for the model of its entry, of any type of JSON", async () => {
    const entries = await spendWithEachModel();
    for (const entry of entries) {
      value(await reverseEntry({ entry, note: null, requestId: requestId() }, operator, AT));
    }
    const { table } = await byModel();
    expect({ rows: table.rows, others: table.others, none: table.none }).toEqual({
      rows: [],
      others: null,
      none: null,
    });
    expect(table.totals.total).toBe(0n);
    expect(verifyDatabase(database().$client.name).ok).toBe(true);
  });
});
