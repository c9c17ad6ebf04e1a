import { beforeEach, expect, it } from "vitest";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { transactionsFigures } from "#lib/transactions/figures.ts";
import { transactionsSearchParams as codec, type TransactionsView } from "#lib/transactions/search-params.ts";
import { tagKeys } from "#lib/transactions/tag-split.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  everything,
  operator,
  spend,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const NOW = new Date("2026-11-24T12:00:00Z");

/** Five organizations, of which ALONE has no faculty and BOTH has two. */
beforeEach(async () => {
  const creditType = await aCreditType({ available: credits(10_000) });
  for (const [code, whole, day, tags] of [
    ["ART", 10, "2026-11-20", ["faculty:arts", "site:lyon"]],
    ["SCI", 30, "2026-11-21", ["faculty:science"]],
    ["BIO", 5, "2026-10-21", ["faculty:science", "faculty-old:x"]],
    ["BOTH", 7, "2026-11-21", ["faculty:science", "faculty:arts"]],
    ["ALONE", 3, "2026-11-22", ["site:lyon"]],
  ] as const) {
    const id = await anOrganization({ code, creditType, balance: credits(100) });
    await aMember(id, { email: "ana@example.edu" });
    value(await changeOrganizationsTags([id], { to: "add", tags }, operator));
    const occurredAt = new Date(`${day}T10:00:00Z`);
    value(
      await spend(
        { id: code, organization: code, member: "ana@example.edu", credits: credits(whole), occurredAt },
        NOW,
      ),
    );
  }
});

async function split(change: Partial<TransactionsView>) {
  const figures = await transactionsFigures(
    everything,
    { ...codec.defaults, by: "faculty", ...change },
    20_261_124,
  );
  if (!figures) throw new Error("the ledger is empty");
  return {
    parts: figures.byTag?.shares.map(({ label, tags, spent }) => [label, tags, spent / 1_000_000n]) ?? null,
    total: figures.metrics.spent / 1_000_000n,
  };
}

it("counts an organization with two values once, in a combined part", async () => {
  expect(await split({})).toEqual({
    parts: [
      ["science", ["faculty:science"], 35n],
      ["arts", ["faculty:arts"], 10n],
      ["arts + science", ["faculty:arts", "faculty:science"], 7n],
    ],
    // The 3 that are in no part have no faculty.
    total: 55n,
  });
});

it.each([
  [{ from: 20_261_101 }, { science: 30n, arts: 10n, "arts + science": 7n }, 50n],
  [{ from: 20_261_001, to: 20_261_031 }, { science: 5n }, 5n],
  [{ member: "1" }, { science: 35n, arts: 10n, "arts + science": 7n }, 55n],
  [{ externalId: "BOTH" }, { "arts + science": 7n }, 7n],
  [{ application: 1 }, { science: 35n, arts: 10n, "arts + science": 7n }, 55n],
  [{ type: 1 }, { science: 35n, arts: 10n, "arts + science": 7n }, 55n],
  [{ by: "site" }, { lyon: 13n }, 55n],
] as const)("follows the filters: %j", async (change, parts, total) => {
  const read = await split(change);
  expect(Object.fromEntries((read.parts ?? []).map(([label, , spent]) => [label, spent]))).toEqual(parts);
  expect(read.total).toBe(total);
});

it("is left out for a key that no organization has, and on one organization", async () => {
  expect((await split({ by: "nothing" })).parts).toBeNull();
  expect((await split({ by: null })).parts).toBeNull();
  expect((await split({ organization: "ART" })).parts).toBeNull();
});

it("offers the keys that exist", () => {
  expect(tagKeys(everything, 10)).toEqual(["faculty", "faculty-old", "site"]);
  expect(tagKeys(everything, 1)).toEqual(["faculty-old"]);
});

it.each([
  ["tag:faculty", "faculty"],
  ["tag:Cost-Centre", "cost-centre"],
  ["faculty", null],
  ["tag:", null],
  ["tag:a:b", null],
  ['tag:"><b>', null],
  [`tag:${"x".repeat(41)}`, null],
])("by=%j in the URL is %j", (by, key) => {
  const view = codec.decode({ by });
  expect(view.by).toBe(key);
  expect(codec.encode(view)).toBe(key === null ? "" : `?by=tag:${key}`);
});
