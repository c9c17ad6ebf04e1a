import { expect, test } from "vitest";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { mergeApplications } from "#lib/applications/merge.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { returnCredits } from "#lib/ledger/commands/transfers.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { getTransaction, hasEntries } from "#lib/transactions/queries/entries.ts";
import { suggestMembers, suggestModels, transactionFilter } from "#lib/transactions/queries/filter.ts";
import { listTransactions } from "#lib/transactions/queries/list.ts";
import { type TransactionsView, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import {
  aCreditType,
  aGrant,
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
import { useCopyOfDatabase } from "#tests/support/database.ts";

// Each filter is read for the enterprise, an organization and a tag, and its entries are compared by their numbers.

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
    members: ["ana@example.edu", "bo@example.edu"],
  });
  const art = await anOrganization({
    ...{ code: "ART", creditType: eur, balance: credits(50), at: at(2) },
    members: ["ana@example.edu"],
  });
  value(await changeOrganizationsTags([law], { to: "add", tags: ["faculty:law"] }, operator));
  for (const organization of [law, null]) {
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

/** The scopes of an owner, of a viewer of ART and of a viewer of the organizations with LAW's tag. */
const scopes = () => [everything, scopeOf(ana), scopeOf(bo)];

test.each<[change: Partial<TransactionsView>, all: number[], ofArt: number[], ofLaw: number[]]>([
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
])("%j", (change, ...expected) => {
  expect(scopes().map((scope) => idsIn(scope, change))).toEqual(expected);
});

test("one entry, its key, and whether there is any", () => {
  const found = scopes().map((scope) => [1, 3, 4, 5, 7].map((id) => getTransaction(scope, id)?.id ?? 0));
  expect(found).toEqual([
    [1, 3, 4, 5, 7],
    [0, 0, 4, 0, 7],
    [0, 3, 0, 5, 0],
  ]);
  const keysOf = (id: number) => scopes().map((scope) => getTransaction(scope, id)?.apiKey?.name);
  expect(keysOf(5)).toEqual(["Key 1", undefined, "Key 1"]);
  expect(keysOf(7)).toEqual(["Key null", undefined, undefined]);
  expect(scopes().map(hasEntries)).toEqual([true, true, true]);
});

test("suggestions are of the scope", () => {
  expect(scopes().map((scope) => suggestModels(scope, "", 9))).toEqual([["a", "b"], ["b"], ["a"]]);
  const people = scopes().map((scope) => suggestMembers(scope, "b", 9).map(({ email }) => email));
  expect(people).toEqual([["bo@example.edu"], [], ["bo@example.edu"]]);
});
