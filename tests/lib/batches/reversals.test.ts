import { beforeEach, describe, expect, it } from "vitest";
import { database, databaseFile } from "#db/client.ts";
import { auditEntries, batches, ledgerEntries, memberships } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { moveCredits } from "#lib/batches/commands/credits.ts";
import { reverseBatch } from "#lib/batches/commands/reversals.ts";
import { previewOfReversal } from "#lib/batches/preview.ts";
import { changesOfBatch, getBatch } from "#lib/batches/queries/batches.ts";
import { planReversal } from "#lib/batches/queries/reversals.ts";
import { getCreditType } from "#lib/credit-types/queries.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { returnCredits } from "#lib/ledger/commands/transfers.ts";
import { changeMemberships } from "#lib/members/commands/bulk.ts";
import { changeMembershipsActive, updateMembership } from "#lib/members/commands/memberships.ts";
import { removeMembership } from "#lib/members/removal.ts";
import { changeOrganizationsAllowance } from "#lib/organizations/commands/allowances.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
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
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

let pool: number;
let law: number;
let art: number;
beforeEach(async () => {
  pool = await aCreditType({ available: credits(100) });
  law = await anOrganization({ code: "LAW", creditType: pool, monthlyAllowance: credits(7) });
  art = await anOrganization({ code: "ART", creditType: pool });
});

const request = (ids: readonly number[]) => ({
  ids,
  selection: ids.join(","),
  requestId: requestId(),
  expected: null,
});
const add = async (amount = credits(10), move: "allocation" | "return" = "allocation") =>
  value(await moveCredits({ move, split: "each", amount, note: null, ...request([law, art]) }, operator))
    .batch ?? 0;
const reverse = (
  batch: number,
  change: { leavesShort?: boolean; requestId?: string; expected?: string } = {},
) => reverseBatch({ batch, note: null, requestId: requestId(), expected: null, ...change }, operator);
const organization = (code: string) => {
  const match = getOrganization(everything, code);
  if (!match) throw new Error(`no ${code}`);
  return match;
};
const balances = () => [
  organization("LAW").balance,
  organization("ART").balance,
  getCreditType(everything, pool)?.available,
];
const faults = () => verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0);

describe("a batch of credits", () => {
  it("is reversed by a linked reversal of each entry", async () => {
    const batch = await add();
    const now = new Date("2030-01-02T03:04:05Z");
    const result = await reverseBatch(
      { batch, note: "wrong term", requestId: requestId(), expected: null },
      operator,
      now,
    );
    expect(value(result)).toEqual({
      batch: 2,
      changed: 2,
      isRepeat: false,
      kind: "allocation",
      left: 0,
      total: credits(20),
    });
    expect(balances()).toEqual([0n, 0n, credits(100)]);
    const entries = database().select().from(ledgerEntries).all();
    expect(entries.map(({ id, kind, reversesId, note }) => [id, kind, reversesId, note])).toEqual([
      [1, "purchase", null, null],
      [2, "allocation", null, null],
      [3, "allocation", null, null],
      [4, "reversal", 2, "wrong term"],
      [5, "reversal", 3, "wrong term"],
    ]);
    // A reversal has the date of its entry.
    expect(entries[3]?.occurredAt).toEqual(entries[1]?.occurredAt);
    expect(entries[3]?.day).toEqual(entries[1]?.day);
    expect(entries[3]?.recordedAt).toEqual(now);
    expect(getBatch(everything, 1)).toMatchObject({
      kind: "allocation",
      changes: 2,
      reversedById: 2,
      reversesId: null,
    });
    expect(getBatch(everything, 2)).toMatchObject({ kind: "reversal", note: "wrong term", reversesId: 1 });
    expect(faults()).toEqual([]);
  });

  it("of returns draws on the pool again", async () => {
    await add(credits(10));
    const batch = await add(credits(4), "return");
    expect(balances()).toEqual([credits(6), credits(6), credits(88)]);
    value(await reverse(batch));
    expect(balances()).toEqual([credits(10), credits(10), credits(80)]);
    expect(faults()).toEqual([]);
  });

  it("is reversed once, and a reversal never", async () => {
    const batch = await add();
    const again = { requestId: requestId() };
    expect(value(await reverse(batch, again)).isRepeat).toBe(false);
    expect(value(await reverse(batch, again)).isRepeat).toBe(true);
    expect(await reverse(batch)).toMatchObject({ code: "already_reversed" });
    expect(await reverse(2)).toMatchObject({ code: "batch_not_found" });
    expect(await reverse(9)).toMatchObject({ code: "batch_not_found" });
    expect(balances()).toEqual([0n, 0n, credits(100)]);
  });

  it("is not reversed where an organization has spent, unless that one is left out", async () => {
    const batch = await add();
    value(
      await returnCredits({ organization: art, amount: 1n, note: null, requestId: requestId() }, operator),
    );
    expect(await reverse(batch)).toMatchObject({
      code: "insufficient_credits",
      message: "ART has only 9.999999 of 10. Leave out what is short to reverse the rest.",
    });
    expect(balances()).toEqual([credits(10), 9_999_999n, 80_000_001n]);
    expect(value(await reverse(batch, { leavesShort: true }))).toMatchObject({
      changed: 1,
      left: 1,
      total: credits(10),
    });
    expect(balances()).toEqual([0n, 9_999_999n, 90_000_001n]);
    expect(faults()).toEqual([]);
  });

  it("leaves an entry that was reversed by itself", async () => {
    const batch = await add();
    value(await reverseEntry({ entry: 2, note: null, requestId: requestId() }, operator));
    expect(
      planReversal(batch, false)?.lines.map(({ code, outcome, remark }) => [code, outcome, remark]),
    ).toEqual([
      ["LAW", "left", "was reversed already"],
      ["ART", "reversed", ""],
    ]);
    expect(value(await reverse(batch))).toMatchObject({ changed: 1, left: 1 });
    expect(balances()).toEqual([0n, 0n, credits(100)]);
  });

  it("is not reversed where the pool lacks what goes back", async () => {
    await add(credits(10));
    const batch = await add(credits(10), "return");
    value(
      await moveCredits(
        { move: "allocation", split: "each", amount: credits(95), note: null, ...request([law]) },
        operator,
      ),
    );
    expect(await reverse(batch)).toMatchObject({
      code: "insufficient_credits",
      message: "JPY Credits has only 5 available; 20 are needed.",
    });
  });

  it("asks again where something else would be reversed than the preview showed", async () => {
    const batch = await add();
    const expected = previewOfReversal(planReversal(batch, false)?.lines ?? []);
    value(await reverseEntry({ entry: 2, note: null, requestId: requestId() }, operator));
    expect(await reverse(batch, { expected })).toMatchObject({ code: "stale_preview" });
  });
});

describe("a batch of values", () => {
  const lines = (batch: number | null) =>
    planReversal(batch ?? 0, false)?.lines.map(({ code, before, after, remark }) => [
      code,
      before,
      after,
      remark,
    ]);

  it("brings allowances back, except those that somebody has changed since", async () => {
    const set = { ...request([law, art]), monthlyAllowance: credits(20) };
    const { batch, changed } = value(await changeOrganizationsAllowance(set, operator));
    expect([organization("LAW").monthlyAllowance, organization("ART").monthlyAllowance, changed]).toEqual([
      credits(20),
      credits(20),
      2,
    ]);
    value(await updateOrganization({ id: art, name: "ART", monthlyAllowance: credits(3) }, operator));
    expect(lines(batch)).toEqual([
      ["LAW", "20", "7", ""],
      ["ART", "3", "3", "was changed since"],
    ]);
    expect(value(await reverse(batch ?? 0))).toMatchObject({ changed: 1, left: 1, total: 0n });
    expect([organization("LAW").monthlyAllowance, organization("ART").monthlyAllowance]).toEqual([
      credits(7),
      credits(3),
    ]);
    expect(faults()).toEqual([]);
  });

  it("brings no limit back", async () => {
    const { batch } = value(
      await changeOrganizationsAllowance({ ...request([art]), monthlyAllowance: 0n }, operator),
    );
    expect(organization("ART").monthlyAllowance).toBe(0n);
    value(await reverse(batch ?? 0));
    expect(organization("ART").monthlyAllowance).toBeNull();
    expect(faults()).toEqual([]);
  });

  it("brings tags back", async () => {
    value(await changeOrganizationsTags([law], { to: "add", tags: ["site:old"] }, operator));
    const { batch, changed } = value(
      await changeOrganizationsTags([law, art], { to: "add", tags: ["faculty:arts"] }, operator, requestId()),
    );
    expect([batch, changed, organization("LAW").tags]).toEqual([1, 2, ["faculty:arts", "site:old"]]);
    value(await reverse(1));
    expect([organization("LAW").tags, organization("ART").tags]).toEqual([["site:old"], []]);
    expect(faults()).toEqual([]);
  });

  it("activates exactly the organizations that it deactivated", async () => {
    value(await changeOrganizationsActive([art], false, operator));
    const { batch, changed } = value(
      await changeOrganizationsActive([law, art], false, operator, requestId()),
    );
    expect([batch, changed]).toEqual([1, 1]);
    value(await reverse(1));
    expect([organization("LAW").active, organization("ART").active]).toEqual([true, false]);
    expect(faults()).toEqual([]);
  });

  it("brings roles, allowances and status of memberships back, and leaves one that was removed", async () => {
    const { membership: ana } = await aMember(law, { email: "ana@example.edu" });
    const { membership: ben } = await aMember(art, { email: "ben@example.edu" });
    const own = { allowance: "own", monthlyAllowance: credits(5) } as const;
    const { membership: cho } = await aMember(art, {
      email: "cho@example.edu",
      allowance: own,
      role: "viewer",
    });
    const all = [ana, ben, cho];
    const role = value(await changeMemberships({ ...request(all), field: "role", to: "viewer" }, operator));
    const allowance = value(
      await changeMemberships({ ...request(all), field: "allowance", to: "unlimited" }, operator),
    );
    const status = value(await changeMembershipsActive(all, false, operator, requestId()));
    expect([role.changed, allowance.changed, status.changed]).toEqual([2, 3, 3]);
    value(
      await updateMembership(
        { id: ana, role: "admin", allowance: "unlimited", monthlyAllowance: null },
        operator,
      ),
    );
    value(await removeMembership({ id: ben }, operator));
    expect(lines(role.batch)).toEqual([
      ["LAW", "admin", "admin", "was changed since"],
      ["", null, null, "no longer exists"],
    ]);
    expect(await reverse(role.batch ?? 0)).toMatchObject({ code: "nothing_to_change" });
    expect(value(await reverse(allowance.batch ?? 0))).toMatchObject({ changed: 2, left: 1 });
    expect(value(await reverse(status.batch ?? 0))).toMatchObject({ changed: 2, left: 1 });
    const rows = database().select().from(memberships).all();
    expect(rows.map((row) => [row.id, row.role, row.active, row.allowance, row.monthlyAllowance])).toEqual([
      [ana, "admin", true, "organization", null],
      [cho, "viewer", true, "own", credits(5)],
    ]);
    expect(faults()).toEqual([]);
  });
});

describe("for an admin of LAW alone", () => {
  it("sees and reverses what is LAW's", async () => {
    const dean = await aPortalUser(null, "dean@example.edu");
    await aGrant(dean, "admin", { organizationId: law });
    const both = value(
      await changeOrganizationsAllowance({ ...request([law, art]), monthlyAllowance: 0n }, operator),
    ).batch;
    const ofArt = value(
      await changeOrganizationsAllowance({ ...request([art]), monthlyAllowance: 1n }, operator),
    ).batch;
    const money = await add();
    const scope = scopeOf(dean);
    expect(getBatch(scope, both ?? 0)).toMatchObject({ changes: 1, isPart: true });
    const shown = changesOfBatch({ id: dean.id, role: null, scope }, both ?? 0, { page: 1, size: 50 });
    expect(shown.map(({ subject }) => subject.label)).toEqual(["LAW"]);
    expect(getBatch(scope, ofArt ?? 0)).toBeNull();
    expect(getBatch(scope, money)).toMatchObject({
      changes: 1,
      moved: [{ creditTypeId: 1, name: "JPY Credits", amount: credits(10) }],
    });
    const reverseAs = (batch: number | null) =>
      reverseBatch({ batch: batch ?? 0, note: null, requestId: requestId(), expected: null }, dean);
    await expect(reverseAs(money)).rejects.toThrow(ForbiddenError);
    await expect(reverseAs(both)).rejects.toThrow("This organization does not exist.");
    expect(await reverseAs(ofArt)).toMatchObject({ code: "batch_not_found" });
    const own = value(await changeOrganizationsAllowance({ ...request([law]), monthlyAllowance: 9n }, dean));
    expect(value(await reverseAs(own.batch))).toMatchObject({ changed: 1 });
    await expect(
      changeOrganizationsAllowance({ ...request([law, art]), monthlyAllowance: 9n }, dean),
    ).rejects.toThrow("This organization does not exist.");
  });
});

it("keeps its rows as they are", async () => {
  await add();
  const sqlite = database().$client;
  expect(() => sqlite.exec("UPDATE batches SET kind = 'return'")).toThrow("batches is append-only");
  expect(() => sqlite.exec("DELETE FROM batches")).toThrow("batches is append-only");
  expect(database().select().from(batches).all()).toHaveLength(1);
  expect(database().select().from(auditEntries).all().at(-1)?.action).toBe("batch.recorded");
});
