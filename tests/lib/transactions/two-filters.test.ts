import { expect, it, test } from "vitest";
import { database } from "#db/client.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { mergeApplications } from "#lib/applications/merge.ts";
import { OLDEST } from "#lib/keyset.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { partOf, type Scope } from "#lib/scope/scope.ts";
import { latestEntryId, transactionsByIds } from "#lib/transactions/queries/entries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import {
  entryIdPieces,
  isSparse,
  preparePrinted,
  prepareTransactions,
} from "#lib/transactions/queries/sparse-list.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
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
  usageEvent,
  value,
} from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";

// Every way through the ledger that a view of two filters can take, on few entries.

const TODAY = 20_261_124;
const NOW = new Date("2026-11-24T12:00:00Z");
const hour = (hours: number) => new Date(NOW.getTime() - 86_400_000 + hours * 3_600_000);

useCopyOfDatabase(async () => {
  const [yen, euros] = [
    await aCreditType({ available: credits(10_000) }),
    await aCreditType({ name: "EUR Credits", available: credits(10_000) }),
  ];
  const [law, art, sci] = [
    await anOrganization({ code: "LAW", creditType: yen, balance: credits(100) }),
    await anOrganization({ code: "ART", creditType: yen, balance: credits(100) }),
    await anOrganization({ code: "SCI", creditType: euros, balance: credits(100) }),
  ];
  for (const organization of [law, art, sci]) await aMember(organization);
  await aMember(law, { email: "bo@example.edu" });
  const key = { name: "Tutor", organization: null, expires: null, requestId: undefined };
  const { id } = value(await createApiKey(key, operator));
  const tutorKey = { kind: "api_key", id, name: "Tutor", organizationId: null, address: null } as const;
  const record = async (
    actor: typeof operator | typeof tutorKey,
    change: Parameters<typeof usageEvent>[0],
  ) => {
    const [outcome] = await recordBatch([usageEvent(change)], actor, { now: NOW });
    return value(outcome);
  };
  const small = { application: "tutor", metadata: '{"model":"small"}' };
  const large = { application: "tutor", metadata: '{"model":"large"}' };
  const none = { application: "tutor", metadata: null };
  // Applications 1 to 4. The events from "a" to "i" are the entries 6 to 14; "h" was the first to occur.
  await record(operator, { ...small, id: "a", occurredAt: hour(1) });
  await record(tutorKey, { ...large, id: "b", application: "coach", occurredAt: hour(2) });
  await record(operator, { ...large, id: "c", member: "bo@example.edu", occurredAt: hour(3) });
  await record(tutorKey, { ...none, id: "d", organization: "ART", occurredAt: hour(4) });
  await record(operator, {
    ...large,
    id: "e",
    organization: "ART",
    application: "guide",
    occurredAt: hour(5),
  });
  await record(operator, { ...large, id: "f", organization: "SCI", occurredAt: hour(6) });
  await record(operator, {
    ...none,
    id: "g",
    organization: "SCI",
    application: "guide",
    occurredAt: hour(7),
  });
  await record(tutorKey, { ...large, id: "h", occurredAt: hour(0) });
  await record(tutorKey, { ...small, id: "i", application: "rare", occurredAt: hour(8) });
  for (const entry of [7, 8]) {
    value(await reverseEntry({ entry, note: null, requestId: requestId() }, operator));
  }
  // The entries of "coach" are among those of "guide".
  value(await mergeApplications({ id: 2, into: 3 }, operator));
  const tags = { to: "add", tags: ["faculty:arts"] } as const;
  value(await changeOrganizationsTags([art], tags, operator));
  const user = await aPortalUser(null, "viewer@example.edu");
  for (const organizationId of [law, sci]) await aGrant(user, "viewer", { organizationId });
});

/** LAW and SCI. */
const ofViewer = () => scopeOf({ id: 1 });
/** The same with more organizations than are looked up one by one. */
const ofMany = () => partOf(everything, [1, 3, ...Array.from({ length: 1_000 }, (_, n) => n + 10)]);
const filterOf = (query: string, scope: Scope) => {
  const view = transactionsSearchParams.decode(new URLSearchParams(query));
  return { view, filter: transactionFilter(scope, view, TODAY) };
};

/** The ids of events, and of reversals the id of the event behind a "-". */
const names: Record<number, string> = {
  ...Object.fromEntries([..."abcdefghi"].map((name, at) => [at + 6, name])),
  15: "-b",
  16: "-c",
};
const nameOf = (id: number) => names[id] ?? String(id);

test.each<[query: string, ofAll: string, ofLawAndSci: string]>([
  ["model=large&organization=LAW", "-c c -b b h", "-c c -b b h"],
  ["model=large&application=1", "f -c c h", "f -c c h"],
  ["model=large&application=3", "e -b b", "-b b"],
  ["model=large&member=1", "f e -b b h", "f -b b h"],
  ["model=large&type=1", "e -c c -b b h", "-c c -b b h"],
  ["model=none", "g d", "g"],
  ["model=none&kind=reversal", "", ""],
  ["model=none&organization=SCI", "g", "g"],
  ["model=none&member=1&kind=spend", "g d", "g"],
  // The reversal of "b" is of the key that reported "b".
  ["key=none", "g f e -c c a", "g f -c c a"],
  ["key=none&kind=reversal&organization=LAW", "-c", "-c"],
  ["key=none&application=3", "g e", "g"],
  ["key=none&type=1", "e -c c a", "-c c a"],
  ["model=none&type=2", "g", "g"],
  // The model has fewer entries than the key, which is outside the scope of LAW and SCI.
  ["key=1&model=small", "i", ""],
  ["application=4&organization=LAW", "i", "i"],
  ["application=4&organization=SCI", "", ""],
  ["application=1&type=2", "f", "f"],
  ["application=1&member=2", "-c c", "-c c"],
  ["model=large&kind=reversal&organization=LAW", "-c -b", "-c -b"],
  ["model=large&kind=reversal&application=1", "-c", "-c"],
  ["model=large&kind=reversal", "-c -b", "-c -b"],
  ["model=large&tag=faculty:arts", "e", ""],
  ["model=large&tag=faculty:law", "", ""],
  // LAW does not have the tag of ART.
  ["organization=LAW&tag=faculty:arts", "", ""],
  ["model=large&organization=LAW&from=2026-11-24", "", ""],
  ["model=large&organization=LAW&to=2026-11-23", "-c c -b b h", "-c c -b b h"],
])("%s: %j, and for LAW and SCI %j", async (query, ofAll, ofLawAndSci) => {
  for (const [scope, expected] of [
    [everything, ofAll],
    [ofViewer(), ofLawAndSci],
    [ofMany(), ofLawAndSci],
  ] as const) {
    const { view, filter } = filterOf(query, scope);
    const ids = (items: readonly { id: number }[] | undefined) =>
      items?.map(({ id }) => nameOf(id)).join(" ");
    const page = (await prepareTransactions(filter, view))(filter);
    expect(ids(page?.items)).toBe(expected);
    expect(page).toMatchObject({ older: null, newer: null, searchedTo: null });
    const upwards = (await prepareTransactions(filter, { ...view, after: OLDEST }))(filter);
    expect(ids(upwards?.items)).toBe(expected);
    const printed = (await preparePrinted(filter))(filter);
    expect(ids(printed?.items)).toBe(expected);
    expect(printed).toMatchObject({ total: expected === "" ? 0 : expected.split(" ").length, more: false });
    // In pieces of two, each of which begins where the one before it ended.
    const pieces = [...entryIdPieces(filter, latestEntryId(), 2)];
    expect(pieces.flat().map(nameOf).join(" ")).toBe(expected);
    expect(pieces.every((piece) => piece.length <= 2)).toBe(true);
    // What is recorded later is not in the file.
    const early = [...entryIdPieces(filter, 14, 2)].flat().map(nameOf).join(" ");
    expect(early).toBe(expected.replaceAll(/ ?-[bc]/g, "").trim());
  }
});

test.each([
  ["model=large&organization=LAW", true],
  ["model=large&application=1", true],
  ["application=1&organization=LAW", true],
  ["application=1&member=1", true],
  ["application=1&type=1", true],
  ["model=none", true],
  ["key=none", true],
  ["model=large", false],
  ["application=1", false],
  ["organization=LAW&type=1", false],
  ["organization=LAW&kind=reversal", false],
  ["model=large&application=1&externalId=f", false],
  // The key has fewer entries than the application.
  ["key=1&application=1", false],
  ["key=1&application=2", false],
  // Neither has any matches.
  ["application=9&model=large", false],
])("whether %s may leave out any number of an index's entries: %s", (query, expected) => {
  expect(isSparse(filterOf(query, everything).filter)).toBe(expected);
});

it("leaves out entries outside the scope that are read by their ids", () => {
  // The purchases 1 and 2, the allocation to LAW, and events of LAW, ART and SCI.
  const ids = [1, 2, 3, 6, 9, 11];
  expect(transactionsByIds(everything, ids).map(({ id }) => id)).toEqual([1, 2, 3, 6, 9, 11]);
  expect(transactionsByIds(ofViewer(), ids).map(({ id }) => id)).toEqual([3, 6, 11]);
});

it("gives nothing from a search before a restore", async () => {
  const { view, filter } = filterOf("model=none", everything);
  const page = await prepareTransactions(filter, view);
  const printed = await preparePrinted(filter);
  // A restore raises the version of the schema.
  database().$client.exec("CREATE TABLE other (id)");
  expect(page(filter)).toBeNull();
  expect(printed(filter)).toBeNull();
});
