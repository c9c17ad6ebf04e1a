import { describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { parseCsv } from "#lib/csv.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { organizationIdOf } from "#lib/organization-codes/queries.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { exportTransactions } from "#lib/transactions/export.ts";
import { listFigures } from "#lib/transactions/figures.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import {
  transactionsSearchParams as codec,
  modelParamText,
  type TransactionsView,
} from "#lib/transactions/search-params.ts";
import { spendingFigures } from "#lib/transactions/spending-figures.ts";
import { exportSpendingSummary } from "#lib/transactions/summary-export.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import type { UsageEvent } from "#lib/usage/rules/event.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  everything,
  operator,
  requestId,
  usageEvent,
  value,
} from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";

const NOW = new Date("2026-11-24T12:00:00Z");
const TODAY = 20_261_124;
/** More entries than a page has, so that pages are compared too. */
const EVENTS = 130;

type Key = { kind: "api_key"; id: number; name: string; organizationId: number | null; address: null };

let ofSci: Key;
let shared: Key;
let busy: Key;

async function keyOf(organization: number | null, name: string): Promise<Key> {
  const { id } = value(await createApiKey({ organization, name, expires: null }, operator));
  return { kind: "api_key", id, name, organizationId: organization, address: null };
}

async function record(events: UsageEvent[], actor: Key | typeof operator): Promise<void> {
  for (const outcome of await recordBatch(events, actor, { now: NOW })) value(outcome);
}

/**
 * Events of three keys and of none in two organizations, of which many have the same instant, and reversals of every fifth
 * one: by a person, so that the reversal has no key.
 */
useCopyOfDatabase(async () => {
  const creditType = await aCreditType({ available: credits(10_000) });
  for (const code of ["SCI", "ART"]) {
    const id = await anOrganization({ code, creditType, balance: credits(1_000) });
    await aMember(id, { email: "ana@example.edu", name: "Ana" });
    await aMember(id, { email: "ben@example.edu", name: "Ben" });
  }
  const sci = organizationIdOf(database(), "SCI");
  value(await changeOrganizationsTags([sci ?? 0], { to: "add", tags: ["faculty:science"] }, operator));
  ofSci = await keyOf(sci, "of SCI");
  shared = await keyOf(null, "shared");
  busy = await keyOf(null, "busy");
  const event = (n: number) =>
    usageEvent({
      id: `e-${n}`,
      organization: n % 3 === 0 ? "ART" : "SCI",
      member: (n >> 1) % 2 === 0 ? "ana@example.edu" : "ben@example.edu",
      application: n % 7 === 0 ? "essay-coach" : "lab",
      credits: credits(1 + (n % 4)),
      occurredAt: new Date(Date.UTC(2026, 10, 1 - 5 * (n % 2) + (n % 11), 10)),
      ...(n % 5 < 2 ? { metadata: JSON.stringify({ model: "gpt-4o" }) } : {}),
    });
  const all = Array.from({ length: EVENTS * 2 }, (_, n) => event(n));
  const part = (rest: number) => all.filter((_, n) => n % 2 === rest);
  await record(part(0), shared);
  await record(
    part(1).filter(({ organization }) => organization === "SCI"),
    ofSci,
  );
  await record(
    part(1).filter(({ organization }) => organization === "ART"),
    busy,
  );
  const withoutKey = all.slice(0, 24).map((one, n) => ({ ...one, id: `none-${n}` }));
  await record([...withoutKey, usageEvent({ id: "none", organization: "ART", occurredAt: NOW })], operator);
  const spends = database()
    .$client.prepare<[], { id: number }>("SELECT id FROM ledger_entries WHERE kind = 'spend' AND id % 5 = 0")
    .all();
  expect(spends.length).toBe(57);
  for (const { id } of spends)
    value(await reverseEntry({ entry: Number(id), note: null, requestId: requestId() }, operator, NOW));
});

const viewOf = (change: Partial<TransactionsView>): TransactionsView => ({ ...codec.defaults, ...change });

/** The entries of a view, newest first, by a plain reading of the ledger. */
function expected(where: string): { id: bigint; spent: bigint }[] {
  return database()
    .$client.prepare<[], { id: bigint; spent: bigint }>(
      `SELECT e.id, CASE e.kind WHEN 'spend' THEN e.amount WHEN 'reversal' THEN -e.amount ELSE 0 END AS spent
       FROM ledger_entries e LEFT JOIN ledger_entries o ON o.id = e.reverses_id
       JOIN organizations g ON g.id = e.organization_id
       JOIN memberships s ON s.id = e.membership_id JOIN members m ON m.id = s.member_id
       JOIN applications a ON a.id = e.application_id
       WHERE ${where} ORDER BY e.occurred_at DESC, e.id DESC`,
    )
    .all();
}

const total = (rows: readonly { spent: bigint }[]) => rows.reduce((sum, { spent }) => sum + spent, 0n);
const KEY_OF_ENTRY = "coalesce(o.api_key_id, e.api_key_id * (e.reverses_id IS NULL))";
/** No key is one of the filter's choices too. */
const NO_KEY = { id: "none", name: "none" } as const;
const ofKey = ({ id }: Key | typeof NO_KEY) => `${KEY_OF_ENTRY} IS ${id === "none" ? "NULL" : id}`;

/** The sum of the column "credits" of a file, in micro-credits. */
function creditsIn(file: Generator<string>): bigint {
  const parsed = parseCsv(Buffer.from([...file].join("")));
  if (!parsed.ok) throw new Error(parsed.fault.message);
  const [head, ...rows] = parsed.records.map(({ cells }) => cells);
  const column = head?.indexOf("credits") ?? -1;
  return rows.reduce((sum, cells) => sum + credits(Number(cells[column])), 0n);
}

/** Every page of a view, from the newest to the oldest and back. */
async function pages(view: TransactionsView): Promise<{ down: number[]; up: number[] }> {
  const down: number[] = [];
  let figures = await listFigures(everything, view, TODAY);
  for (let page = figures?.list; page; ) {
    down.push(...page.items.map(({ id }) => id));
    if (!page.older) break;
    figures = await listFigures(everything, { ...view, before: page.older }, TODAY);
    page = figures?.list;
  }
  const up: number[] = [];
  for (let page = figures?.list; page; ) {
    up.unshift(...page.items.map(({ id }) => id));
    if (!page.newer) break;
    page = (await listFigures(everything, { ...view, after: page.newer }, TODAY))?.list;
  }
  return { down, up };
}

const VIEWS: readonly [name: string, change: Partial<TransactionsView>, where: string][] = [
  ["all", {}, "1"],
  ["spending", { kind: "spending" }, "1"],
  ["spends", { kind: "spend" }, "e.kind = 'spend'"],
  ["reversals", { kind: "reversal" }, "e.kind = 'reversal'"],
  ["of one organization", { organization: "SCI" }, "g.code = 'SCI'"],
  ["of a tag", { tag: ["faculty:science"] }, "g.code = 'SCI'"],
  ["of one member", { member: "ana@example.edu" }, "m.name = 'Ana'"],
  ["of one application", { application: 1 }, "a.id = 1"],
  ["of one model", { model: "gpt-4o" }, "e.metadata ->> '$.model' = 'gpt-4o'"],
  ["without a model", { model: "none" }, "e.metadata ->> '$.model' IS NULL"],
  ["of some days", { from: 20_261_030, to: 20_261_104 }, "e.day BETWEEN 20261030 AND 20261104"],
];

describe.each(VIEWS)("the view of an API key, %s", (_name, change, where) => {
  it("has every entry of the key and the reversals of these once, in order, in both directions", async () => {
    let entries = 0;
    for (const key of [ofSci, shared, busy, NO_KEY]) {
      const ids = expected(`${ofKey(key)} AND ${where}`).map(({ id }) => Number(id));
      entries += ids.length;
      const view = viewOf({ key: key.id, ...change });
      expect(await pages(view), key.name).toEqual({ down: ids, up: ids });
    }
    expect(entries).toBeGreaterThan(20);
  });

  it("adds up to the same in the figures, every split and both files", async () => {
    for (const key of [ofSci, shared, busy, NO_KEY]) {
      const rows = expected(`${ofKey(key)} AND ${where}`);
      const view = viewOf({ key: key.id, ...change });
      // What was spent does not depend on the kind of a view.
      const spent = change.kind ? total(expected(ofKey(key))) : total(rows);
      expect((await listFigures(everything, view, TODAY))?.metrics.spent, key.name).toBe(spent);
      for (const by of [
        "organization",
        "application",
        "member",
        "model",
        "key",
        "type",
        "tag:faculty",
      ] as const) {
        const ofSplit = { ...view, tab: "spending", by, per: "month" } as const;
        const table = (await spendingFigures(everything, ofSplit, TODAY))?.table;
        if (typeof table !== "object") throw new Error("there is no table");
        const parts = table.rows.reduce((sum, row) => sum + row.total, table.none?.total ?? 0n);
        expect([by, table.totals.total, parts], key.name).toEqual([by, spent, spent]);
      }
      const filter = transactionFilter(everything, view, TODAY);
      expect(creditsIn(exportTransactions(filter)), key.name).toBe(total(rows));
      expect(creditsIn(exportSpendingSummary(filter)), key.name).toBe(total(rows));
    }
  });
});

// The keys have 87, 130 and 43 entries. ART and the model have more than 87 and fewer than 130, the application has more
// than 43 and fewer than 87. The shared key has none before
// November, and the others have few after its first days.
describe("the index of an API key is used where it has the fewest entries", () => {
  const uses = (change: Partial<TransactionsView>) =>
    [ofSci, shared, busy].map(
      (key) => transactionFilter(everything, viewOf({ key: key.id, ...change }), TODAY).key?.isNarrow,
    );

  it.each<[change: Partial<TransactionsView>, ofSci: boolean, shared: boolean, busy: boolean]>([
    [{}, true, true, true],
    [{ organization: "SCI" }, true, true, true],
    [{ organization: "ART" }, false, false, true],
    [{ application: 1 }, false, false, true],
    [{ application: 2 }, true, true, true],
    [{ model: "gpt-4o" }, true, false, true],
    [{ tag: ["faculty:science"] }, true, true, true],
    [{ organization: "ART", to: 20_261_031 }, false, true, true],
    [{ application: 1, to: 20_261_031 }, false, true, false],
    [{ application: 1, from: 20_261_105 }, true, false, true],
    [{ organization: "SCI", application: 1, model: "gpt-4o" }, false, false, true],
    // Nothing is read.
    [{ organization: "NOPE" }, false, false, false],
  ])("%j", (change, ...expected) => {
    expect(uses(change)).toEqual(expected);
  });
});

it.each([
  ["model", { model: "none" }],
  ["key", { key: "none" }],
] as const)("the row without a %s has what the list of its filter adds up to", async (by, filter) => {
  const view = viewOf({ tab: "spending", by, per: "month", organization: "ART" });
  const table = (await spendingFigures(everything, view, TODAY))?.table;
  if (typeof table !== "object" || !table.none) throw new Error("there is no such row");
  const rows = (await pages(viewOf({ organization: "ART", kind: "spending", ...filter }))).down;
  const where = by === "model" ? "e.metadata ->> '$.model' IS NULL" : ofKey(NO_KEY);
  const entries = expected(`g.code = 'ART' AND ${where}`);
  expect(rows).toEqual(entries.map(({ id }) => Number(id)));
  expect(rows.length).toBeGreaterThan(5);
  expect(table.none.total).toBe(total(entries));
  expect(table.none.total).toBeGreaterThan(0n);
});

it("a model that is called none, or that has outer spaces, has a filter of its own", async () => {
  const named = (id: string, model: string) =>
    usageEvent({ id, organization: "ART", occurredAt: NOW, metadata: JSON.stringify({ model }) });
  await record([named("m-1", "none"), named("m-2", '"none"'), named("m-3", " gpt ")], operator);
  for (const [id, model] of [
    ["m-1", "none"],
    ["m-2", '"none"'],
    ["m-3", " gpt "],
  ] as const) {
    const view = codec.decode({ model: modelParamText(model) ?? "" });
    const figures = await listFigures(everything, view, TODAY);
    expect(figures?.list.items.map(({ externalId }) => externalId)).toEqual([id]);
  }
});
