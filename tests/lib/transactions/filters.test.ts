import { describe, expect, test } from "vitest";
import { database } from "#db/client.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { mergeApplications } from "#lib/applications/merge.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { returnCredits } from "#lib/ledger/commands/transfers.ts";
import { addAlias } from "#lib/members/aliases.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { partOf, type Scope } from "#lib/scope/scope.ts";
import { getTransaction, hasEntries, latestEntryId } from "#lib/transactions/queries/entries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import {
  indexFor,
  latestTransactions,
  listTransactions,
  printedTransactions,
  transactionIdPieces,
} from "#lib/transactions/queries/list.ts";
import { suggestMembers, suggestModels } from "#lib/transactions/queries/suggestions.ts";
import { type TransactionsView, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import {
  aCreditType,
  aGrant,
  aMember,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  requestId,
  scopeOf,
  spent,
  usageEvent,
  value,
} from "#tests/support/builders.ts";
import { useCopyOfDatabase, useFreshDatabase } from "#tests/support/database.ts";

// Each filter is read for the enterprise, an organization, a tag and very many organizations, and its entries are compared
// by their numbers.

/** At an hour at which it is another day in some zone, so that instants alone do not tell the day. */
const at = (day: number) => new Date(Date.UTC(2026, 10, day, 11));
const ana = { kind: "portal_user", id: 1 } as const;
const bo = { kind: "portal_user", id: 2 } as const;

useCopyOfDatabase(async () => {
  // 1 and 2: purchases. 3 and 4: allocations.
  const jpy = await aCreditType({ available: credits(100), at: at(1) });
  const eur = await aCreditType({ name: "EUR Credits", currency: "EUR", available: credits(100), at: at(1) });
  const law = await anOrganization({
    ...{ code: "LAW", creditType: jpy, balance: credits(50), at: at(2) },
    members: ["ana@example.edu", "bo@example.edu", "3rd@example.edu"],
  });
  const art = await anOrganization({
    ...{ code: "ART", creditType: eur, balance: credits(50), at: at(2) },
    members: ["ana@example.edu"],
  });
  value(await changeOrganizationsTags([law], { to: "add", tags: ["faculty:law"] }, operator));
  value(await changeOrganizationsTags([law, art], { to: "add", tags: ["campus:north"] }, operator));
  value(await addAlias({ member: 1, email: "ana.former@example.edu" }, operator));
  // Nothing is reported with the third key.
  for (const organization of [law, null, null]) {
    value(
      await createApiKey(
        { name: `Key ${organization}`, organization, expires: null, requestId: undefined },
        operator,
      ),
    );
  }
  const byKey = async (id: number, organizationId: number | null, event: object, now: Date) => {
    const key = { kind: "api_key", id, name: "Key", organizationId, address: null };
    const reporter = key as unknown as Parameters<typeof recordBatch>[1];
    const [outcome] = await recordBatch([usageEvent({ occurredAt: now, ...event })], reporter, { now });
    value(outcome);
  };
  // 5 to 8: spends.
  await byKey(1, law, { id: "five", metadata: '{"model":"a"}' }, at(10));
  await spent({ id: "six", member: "bo@example.edu", application: "tutor" }, at(11));
  await byKey(
    2,
    null,
    { id: "seven", organization: "ART", application: "tutor", metadata: '{"model":"b"}' },
    at(12),
  );
  await spent({ id: "eight", application: "coach" }, at(13));
  // 9: the reversal of 5. 10: a return. 11: a purchase.
  value(await reverseEntry({ entry: 5, note: null, requestId: requestId() }, operator, at(14)));
  value(
    await returnCredits(
      { organization: art, amount: credits(1), note: null, requestId: requestId() },
      operator,
      at(15),
    ),
  );
  value(
    await purchaseCredits(
      { creditType: jpy, amount: credits(1), note: null, requestId: requestId() },
      operator,
      at(16),
    ),
  );
  // Applications 1, 2 and 3 are essay-coach, tutor and coach.
  value(await mergeApplications({ id: 3, into: 1 }, operator));
  const [ofArt, ofLaw] = [await aPortalUser(null, "a@example.edu"), await aPortalUser(null, "b@example.edu")];
  await aGrant(ofArt, "viewer", { organizationId: art });
  await aGrant(ofLaw, "viewer", { tag: "faculty:law" });
});

const TODAY = 20_261_120;
const idsIn = (scope: Scope, change: Partial<TransactionsView>) => {
  const view = { ...transactionsSearchParams.defaults, ...change };
  return listTransactions(transactionFilter(scope, view, TODAY), view).items.map(({ id }) => id);
};

/** LAW is organization 1. This many organizations are not looked up one by one. */
const amongMany = () =>
  partOf(everything, [1, ...Array.from({ length: 1_001 }, (_, index) => 1_000 + index)]);

/** The scopes of an owner, of a viewer of ART and of a viewer of the organizations with LAW's tag. */
const scopes = () => [everything, scopeOf(ana), scopeOf(bo)];

const VIEWS: readonly [change: Partial<TransactionsView>, all: number[], ofArt: number[], ofLaw: number[]][] =
  [
    [{}, [11, 10, 8, 7, 6, 9, 5, 4, 3, 2, 1], [10, 7, 4], [8, 6, 9, 5, 3]],
    [{ organization: "LAW" }, [8, 6, 9, 5, 3], [], [8, 6, 9, 5, 3]],
    [{ organization: "art" }, [10, 7, 4], [10, 7, 4], []],
    [{ organization: "NOPE" }, [], [], []],
    [{ member: "1" }, [8, 7, 9, 5], [7], [8, 9, 5]],
    [{ member: "bo@example.edu" }, [6], [], [6]],
    [{ member: "1", organization: "ART" }, [7], [7], []],
    [{ member: "nobody@example.edu" }, [], [], []],
    [{ application: 1 }, [8, 9, 5], [], [8, 9, 5]],
    [{ application: 2 }, [7, 6], [7], [6]],
    [{ application: 3 }, [8, 9, 5], [], [8, 9, 5]],
    [{ application: 9 }, [], [], []],
    [{ application: 1, organization: "LAW" }, [8, 9, 5], [], [8, 9, 5]],
    [{ application: 1, organization: "LAW", from: 20261111 }, [8], [], [8]],
    [{ application: 2, type: 2 }, [7], [7], []],
    [{ application: 1, type: 2 }, [], [], []],
    [{ kind: "spend" }, [8, 7, 6, 5], [7], [8, 6, 5]],
    [{ kind: "spending" }, [8, 7, 6, 9, 5], [7], [8, 6, 9, 5]],
    [{ kind: "reversal" }, [9], [], [9]],
    [{ kind: "purchase" }, [11, 2, 1], [], []],
    [{ kind: "allocation", organization: "ART" }, [4], [4], []],
    [{ kind: "return" }, [10], [10], []],
    [{ type: 1 }, [11, 8, 6, 9, 5, 3, 1], [], [8, 6, 9, 5, 3]],
    [{ type: 2 }, [10, 7, 4, 2], [10, 7, 4], []],
    [{ externalId: "six" }, [6], [], [6]],
    [{ externalId: "none" }, [], [], []],
    [{ model: "a" }, [9, 5], [], [9, 5]],
    [{ model: "b", organization: "LAW" }, [], [], []],
    [{ key: 1 }, [9, 5], [], [9, 5]],
    // A key of the enterprise is no key of a part of it.
    [{ key: 2 }, [7], [], []],
    [{ key: 9 }, [], [], []],
    [{ key: 1, organization: "ART" }, [], [], []],
    [{ key: 2, organization: "ART" }, [7], [], []],
    [{ key: 1, kind: "spend" }, [5], [], [5]],
    [{ from: 20261111, to: 20261113 }, [8, 7, 6], [7], [8, 6]],
    [{ from: 20261114 }, [11, 10], [10], []],
    [{ from: 20261113 }, [11, 10, 8], [10], [8]],
    [{ to: 20261102 }, [4, 3, 2, 1], [4], [3]],
    [{ to: 20261112 }, [7, 6, 9, 5, 4, 3, 2, 1], [7, 4], [6, 9, 5, 3]],
    [{ key: 1, from: 20261111 }, [], [], []],
    [{ organization: "LAW", to: 20261112 }, [6, 9, 5, 3], [], [6, 9, 5, 3]],
    [{ application: 2, to: 20261111 }, [6], [], [6]],
    [{ from: 20261112, to: 20261112, organization: "LAW" }, [], [], []],
    [{ tag: ["faculty:law"] }, [8, 6, 9, 5, 3], [], [8, 6, 9, 5, 3]],
    [{ tag: ["campus:north"] }, [10, 8, 7, 6, 9, 5, 4, 3], [10, 7, 4], [8, 6, 9, 5, 3]],
    [{ tag: ["campus:north", "faculty:law"] }, [8, 6, 9, 5, 3], [], [8, 6, 9, 5, 3]],
    [{ tag: ["faculty:law"], organization: "ART" }, [], [], []],
    [{ tag: ["faculty:law"], member: "1" }, [8, 9, 5], [], [8, 9, 5]],
    [{ only: "faculty" }, [10, 7, 4], [10, 7, 4], []],
    [{ only: "campus" }, [], [], []],
    [{ tag: ["faculty:law"], only: "faculty" }, [8, 6, 9, 5, 3], [], [8, 6, 9, 5, 3]],
    [{ application: "Tutor" }, [7, 6], [7], [6]],
    [{ application: "lab" }, [], [], []],
    [{ member: "ana.former@example.edu" }, [8, 7, 9, 5], [7], [8, 9, 5]],
    [{ member: "1", application: 1 }, [8, 9, 5], [], [8, 9, 5]],
    [{ member: "1", model: "b" }, [7], [7], []],
    [{ member: "1", kind: "spend", organization: "LAW" }, [8, 5], [], [8, 5]],
    [{ externalId: "six", application: 2 }, [6], [], [6]],
    [{ externalId: "six", organization: "ART" }, [], [], []],
    [{ kind: "allocation", type: 2 }, [4], [4], []],
    [{ kind: "allocation" }, [4, 3], [4], [3]],
    [{ key: 1, model: "a" }, [9, 5], [], [9, 5]],
    [{ key: 1, application: 1, type: 1 }, [9, 5], [], [9, 5]],
    [{ key: 1, member: "1" }, [9, 5], [], [9, 5]],
    [{ key: 1, kind: "reversal" }, [9], [], [9]],
    [{ key: 2, application: 2 }, [7], [], []],
    [{ key: 3 }, [], [], []],
  ];

test.each(VIEWS)("%j", (change, ...expected) => {
  expect([...scopes(), amongMany()].map((scope) => idsIn(scope, change))).toEqual([...expected, expected[2]]);
});

test.each(VIEWS)("%j in pieces, printed, and the newest two", (change, ...expected) => {
  const view = { ...transactionsSearchParams.defaults, ...change };
  for (const [index, scope] of [...scopes(), amongMany()].entries()) {
    const ids = expected[index] ?? expected[2] ?? [];
    const filter = transactionFilter(scope, view, TODAY);
    for (const size of [1, 2, 3]) expect([...transactionIdPieces(filter, 11, size)].flat()).toEqual(ids);
    // As it was before the reversal was recorded.
    expect([...transactionIdPieces(filter, 8, 2)].flat()).toEqual(ids.filter((id) => id <= 8));
    const { items, ...counted } = printedTransactions(filter);
    expect(items.map(({ id }) => id)).toEqual(ids);
    expect(counted).toEqual({ total: ids.length, more: false });
    expect(latestTransactions(filter, 2).map(({ id }) => id)).toEqual(ids.slice(0, 2));
  }
});

describe("what a view names", () => {
  const filterOf = (change: Partial<TransactionsView>, scope = everything, within?: { id: number }) =>
    transactionFilter(
      scope,
      { ...transactionsSearchParams.defaults, ...change },
      TODAY,
      within && { ...within, code: "", name: "" },
    );

  test.each<[change: Partial<TransactionsView>, isMissing: boolean]>([
    [{}, false],
    [{ organization: "LAW" }, false],
    [{ organization: "NOPE" }, true],
    [{ member: "3rd@example.edu" }, false],
    [{ member: "3rd@example.edu", organization: "ART" }, true],
    [{ member: "nobody@example.edu" }, true],
    [{ member: "9" }, true],
    [{ application: 1 }, false],
    [{ application: 9 }, true],
    [{ application: "lab" }, true],
    [{ key: 1 }, false],
    [{ key: 1, organization: "LAW" }, false],
    [{ key: 1, organization: "ART" }, true],
    [{ key: 2, organization: "ART" }, false],
    [{ key: 3 }, true],
    [{ key: 9 }, true],
    [{ tag: ["faculty:law"] }, false],
    [{ tag: ["faculty:arts"] }, true],
    [{ tag: ["faculty:law"], organization: "ART" }, true],
    [{ tag: ["faculty:law"], member: "1", organization: "LAW" }, false],
    [{ only: "campus" }, true],
  ])("does not exist: %j is %j", (change, isMissing) => {
    expect(filterOf(change).nothing).toBe(isMissing);
  });

  test("does not exist for a reader without it", () => {
    const [ofArt, ofLaw] = [scopeOf(ana), scopeOf(bo)];
    expect(filterOf({ member: "2" }, ofArt)).toMatchObject({
      member: null,
      membershipIds: [],
      nothing: true,
    });
    expect(filterOf({ member: "2" }, ofLaw)).toMatchObject({ member: { id: 2 }, nothing: false });
    expect(filterOf({ application: 1 }, ofArt)).toMatchObject({ application: null, nothing: true });
    expect(filterOf({ application: 1 }, ofLaw)).toMatchObject({ application: { id: 1 }, nothing: false });
    expect(filterOf({ application: 1 }, amongMany())).toMatchObject({ application: { id: 1 } });
    expect(filterOf({ organization: "LAW" }, ofArt)).toMatchObject({ organization: null, nothing: true });
    expect(filterOf({ key: 1 }, ofArt)).toMatchObject({ key: null, organization: null, nothing: true });
    expect(filterOf({}, ofArt)).toMatchObject({ nothing: false });
  });

  test("is also what was merged into an application", async () => {
    const isOfArt = () => filterOf({ application: 1 }, scopeOf(ana)).application?.id;
    expect(isOfArt()).toBeUndefined();
    await spent({ organization: "ART", application: "draft", occurredAt: at(18) });
    expect(isOfArt()).toBeUndefined();
    value(await mergeApplications({ id: 4, into: 1 }, operator));
    expect(isOfArt()).toBe(1);
  });

  test("has the organization of a key, unless the view has another", () => {
    expect(filterOf({ key: 1 }).organization?.code).toBe("LAW");
    expect(filterOf({ key: 1, organization: "ART" }).organization?.code).toBe("ART");
    expect(filterOf({ key: 2 }).organization).toBeNull();
  });

  test("gives way to the organization whose page is shown", () => {
    expect(filterOf({ organization: "NOPE" }, everything, { id: 1 })).toMatchObject({
      ...{ organization: { id: 1 }, nothing: false },
    });
    expect(filterOf({ key: 1 }, everything, { id: 2 }).nothing).toBe(true);
    expect(filterOf({ member: "1" }, everything, { id: 2 }).membershipIds).toEqual([4]);
  });

  test("has memberships in its organizations alone", () => {
    expect(filterOf({ member: "1" }).membershipIds).toEqual([1, 4]);
    expect(filterOf({ member: "1", organization: "LAW" }).membershipIds).toEqual([1]);
    expect(filterOf({ member: "1", tag: ["faculty:law"] }).membershipIds).toEqual([1]);
    expect(filterOf({ member: "1" }, scopeOf(ana)).membershipIds).toEqual([4]);
    expect(filterOf({}).membershipIds).toEqual([]);
  });

  test("is compared with the range before on the tab of spending, if it has two ends", () => {
    const november = { from: 20261101, to: 20261130 };
    expect(filterOf({ ...november, tab: "spending" }).previous).toEqual({ from: 20261001, to: 20261031 });
    expect(filterOf(november).previous).toBeNull();
    expect(filterOf({ from: 20261101, tab: "spending" }).previous).toBeNull();
    expect(filterOf({ to: 20261130, tab: "spending" }).previous).toBeNull();
    expect(filterOf({ tab: "spending" }).previous).toBeNull();
  });

  test.each<[change: Partial<TransactionsView>, membershipId: number | null, index: string]>([
    [{}, null, "occurred"],
    [{ externalId: "six", kind: "allocation" }, 1, "external_id"],
    [{ kind: "allocation", key: 1 }, 1, "membership"],
    [{ kind: "allocation" }, null, "kind"],
    [{ kind: "allocation", organization: "LAW", model: "a" }, null, "organization_kind"],
    [{ key: 1, model: "a" }, null, "api_key"],
    [{ model: "a", application: 1 }, null, "model"],
    [{ model: "a", organization: "LAW", from: 20261101, to: 20261130 }, null, "model"],
    [{ organization: "LAW", application: 1 }, null, "organization"],
    [{ application: 1, type: 1 }, null, "application"],
    [{ type: 1 }, null, "credit_type"],
  ])(
    "is read by the index with the fewest rows: %j of membership %j by %s",
    (change, membershipId, index) => {
      expect(indexFor(filterOf(change), membershipId)).toBe(`ledger_entries_${index}`);
    },
  );

  test("is read by the pools' index where only pools match", () => {
    expect(indexFor({ ...filterOf({ kind: "allocation" }), ofPool: true }, null)).toBe("ledger_entries_pool");
  });
});

test("one entry, its key, and whether there is any", () => {
  const idsByScope = scopes().map((scope) => [1, 3, 4, 5, 7].map((id) => getTransaction(scope, id)?.id ?? 0));
  expect(idsByScope).toEqual([
    [1, 3, 4, 5, 7],
    [0, 0, 4, 0, 7],
    [0, 3, 0, 5, 0],
  ]);
  const keysOf = (id: number) => scopes().map((scope) => getTransaction(scope, id)?.apiKey?.name);
  expect(keysOf(5)).toEqual(["Key 1", undefined, "Key 1"]);
  expect(keysOf(7)).toEqual(["Key null", undefined, undefined]);
  expect(scopes().map(hasEntries)).toEqual([true, true, true]);
  expect(latestEntryId()).toBe(11);
  expect([1, 2, 5].map((id) => getTransaction(everything, id)?.rate)).toEqual([
    1_000_000n,
    1_000_000n,
    1_000_000n,
  ]);
  expect([[], [1], [3]].map((ids) => hasEntries(partOf(everything, ids)))).toEqual([false, true, false]);
});

test("what a member had spent in the month counts the memberships that were merged before", async () => {
  const spentAfter = (id: number) => getTransaction(everything, id)?.monthSpentAfter;
  expect([3, 6, 8].map(spentAfter)).toEqual([null, credits(1), credits(2)]);
  value(await mergeMembers({ member: 2, email: "ana@example.edu" }, operator, at(17)));
  await spent({ member: "bo@example.edu", credits: credits(4), occurredAt: at(18) });
  // One of bo's own and four, and one of ana's, of which the other was reversed.
  expect([3, 6, 8, 12].map(spentAfter)).toEqual([null, credits(1), credits(2), credits(6)]);
});

describe("an enterprise without entries", () => {
  useFreshDatabase();

  test("has none", () => {
    expect([hasEntries(everything), latestEntryId(), idsIn(everything, {})]).toEqual([false, 0, []]);
  });
});

test("suggestions are of the scope", async () => {
  expect(scopes().map((scope) => suggestModels(scope, "", 9))).toEqual([["a", "b"], ["b"], ["a"]]);
  const people = scopes().map((scope) => suggestMembers(scope, "b", 9).map(({ email }) => email));
  expect(people).toEqual([["bo@example.edu"], [], ["bo@example.edu"]]);
  expect(suggestModels(amongMany(), "", 9)).toEqual(["a"]);
  expect(suggestModels(partOf(everything, [1, 2]), "", 1)).toEqual(["a"]);
  expect(suggestModels(everything, "", 1)).toEqual(["a"]);
  expect(suggestMembers(amongMany(), "a", 9).map(({ email }) => email)).toEqual(["ana@example.edu"]);
  // The first by email and the first by name are two people.
  await aMember(1, { email: "zed@example.edu", name: "Ba" });
  const choices = (limit: number) => suggestMembers(everything, "b", limit).map(({ email }) => email);
  expect([choices(1), choices(2)]).toEqual([["bo@example.edu"], ["bo@example.edu", "zed@example.edu"]]);
});

test("suggestions of very many members are of the scope", () => {
  database().$client.exec("UPDATE organizations SET members = 20001");
  const people = scopes().map((scope) => suggestMembers(scope, "b", 9).map(({ email }) => email));
  expect(people).toEqual([["bo@example.edu"], [], ["bo@example.edu"]]);
});
