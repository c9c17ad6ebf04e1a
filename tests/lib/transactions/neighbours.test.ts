import { describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { getTransaction, latestEntryId } from "#lib/transactions/queries/entries.ts";
import { neighboursOf, withSameExternalId } from "#lib/transactions/queries/list.ts";
import {
  aCreditType,
  aGrant,
  aPortalUser,
  credits,
  everything,
  scopeOf,
  spent,
} from "#tests/support/builders.ts";
import { useCopyOfDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

const TODAY = 20_261_126;
const at = (day: number) => new Date(`2026-11-${day}T12:00:00Z`);
let organizations: number[];

useCopyOfDatabase(async () => {
  ({ organizations } = await makeSmallEnterprise());
  await spent({ id: "a", organization: "LAW", credits: credits(1), occurredAt: at(20) }, at(24));
  await spent({ id: "b", organization: "ART", credits: credits(1), occurredAt: at(21) }, at(24));
  await spent({ id: "c", organization: "LAW", credits: credits(1), occurredAt: at(22) }, at(24));
  // Recorded last, and of the same instant as the one before.
  await spent({ id: "d", organization: "LAW", credits: credits(1), occurredAt: at(22) }, at(24));
  const source = "https://lms.example.edu";
  await spent({ id: "a", source, organization: "ART", credits: credits(1), occurredAt: at(23) }, at(24));
});

const idOf = (externalId: string, organization: string) =>
  Number(
    database()
      .$client.prepare(
        `SELECT e.id FROM ledger_entries e JOIN organizations o ON o.id = e.organization_id
         WHERE external_id = ? AND o.code = ?`,
      )
      .pluck()
      .get(externalId, organization),
  );
function entry(id: number) {
  const transaction = getTransaction(everything, id);
  if (!transaction) throw new Error(`no entry ${id}`);
  return transaction;
}
const around = (externalId: string, organization = "LAW") =>
  neighboursOf(everything, entry(idOf(externalId, organization)), TODAY);

describe("the neighbours of an entry", () => {
  it("are those of its organization, in the order of the list", () => {
    expect(around("c")).toEqual({ older: idOf("a", "LAW"), newer: idOf("d", "LAW") });
    expect(around("d")).toMatchObject({ older: idOf("c", "LAW") });
    expect(around("b", "ART")).toMatchObject({ newer: idOf("a", "ART") });
    // The allocation of the small enterprise is recorded now, so that it is the newest.
    expect(around("a", "ART").newer).not.toBeNull();
  });

  it("of a purchase are those of its pool: no spend of an organization is among them", () => {
    const { older, newer } = neighboursOf(everything, entry(1), TODAY);
    expect(older).toBeNull();
    expect(newer === null ? null : entry(newer).kind).toBe("allocation");
  });

  it("of a purchase are of its credit type", async () => {
    await aCreditType({ name: "EUR Credits", currency: "EUR", available: credits(5) });
    const purchase = entry(latestEntryId());
    expect(neighboursOf(everything, purchase, TODAY)).toEqual({ older: null, newer: null });
  });
});

describe("entries with the same external id", () => {
  it("are those of other organizations, and none outside the scope", async () => {
    const ofLaw = entry(idOf("a", "LAW"));
    expect(withSameExternalId(everything, ofLaw, { today: TODAY, limit: 5 })).toEqual([idOf("a", "ART")]);
    expect(withSameExternalId(everything, entry(idOf("c", "LAW")), { today: TODAY, limit: 5 })).toEqual([]);
    const dean = await aPortalUser(null, "dean@example.edu");
    await aGrant(dean, "viewer", { organizationId: organizations[0] ?? 0 });
    expect(withSameExternalId(scopeOf(dean), ofLaw, { today: TODAY, limit: 5 })).toEqual([]);
    expect(neighboursOf(scopeOf(dean), entry(idOf("c", "LAW")), TODAY)).toEqual({
      older: idOf("a", "LAW"),
      newer: idOf("d", "LAW"),
    });
  });

  it("are the newest of more than the limit", async () => {
    const ofLaw = entry(idOf("a", "LAW"));
    await spent({ id: "a", source: "other", organization: "LAW", credits: credits(1), occurredAt: at(24) });
    const newest = latestEntryId();
    const others = (limit: number) => withSameExternalId(everything, ofLaw, { today: TODAY, limit });
    expect([others(1), others(2), others(3)]).toEqual([
      [newest],
      [newest, idOf("a", "ART")],
      [newest, idOf("a", "ART")],
    ]);
  });
});
