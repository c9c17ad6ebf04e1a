import { beforeEach, describe, expect, it } from "vitest";
import { database, databaseFile } from "#db/client.ts";
import { batches } from "#db/schema/index.ts";
import { ForbiddenError, OutsideScopeError } from "#lib/actor.ts";
import type { CreditsMove } from "#lib/batches/commands/credits.ts";
import { ROWS_FOR_THREAD, runBatch } from "#lib/batches/thread.ts";
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
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { turnsDuring } from "#tests/support/turns.ts";

useFreshDatabase();

let ids: number[];
beforeEach(async () => {
  const creditType = await aCreditType({ available: credits(1_000) });
  ids = [
    await anOrganization({ code: "LAW", creditType, balance: credits(30) }),
    await anOrganization({ code: "ART", creditType }),
  ];
});

const balances = () => ["LAW", "ART"].map((code) => getOrganization(everything, code)?.balance);
const aMove = (change: Partial<CreditsMove> = {}): CreditsMove => ({
  move: "allocation",
  split: "each",
  amount: credits(10),
  note: "term 1",
  requestId: requestId(),
  ids,
  selection: ids.join(","),
  expected: null,
  ...change,
});

describe("a batch of many rows", () => {
  it("is done while this process answers others, as one batch", async () => {
    const move = aMove();
    expect(await turnsDuring(runBatch("moveCredits", 2, move, operator))).toBe(0);
    const large = runBatch("moveCredits", ROWS_FOR_THREAD, aMove(), operator);
    expect(await turnsDuring(large)).toBeGreaterThan(1);
    expect(value(await large)).toEqual({ batch: 2, changed: 2, isRepeat: false, total: credits(20) });
    expect(balances()).toEqual([credits(50), credits(20)]);
    // The same request, now in a thread.
    const repeat = await runBatch("moveCredits", ROWS_FOR_THREAD, move, operator);
    expect(value(repeat)).toMatchObject({ batch: 1, isRepeat: true });
    expect(verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0)).toEqual([]);
  });

  it("is refused as it is without a thread", async () => {
    const short = await runBatch("moveCredits", ROWS_FOR_THREAD, aMove({ amount: credits(999) }), operator);
    expect(short).toMatchObject({
      ok: false,
      code: "insufficient_credits",
      message: "JPY Credits has only 970 available; 1,998 are needed.",
    });
    const viewer = await aPortalUser("viewer");
    await expect(runBatch("moveCredits", ROWS_FOR_THREAD, aMove(), viewer)).rejects.toThrow(ForbiddenError);
    const { membership } = await aMember(ids[0] ?? 0);
    const dean = await aPortalUser(null, "dean@example.edu");
    await aGrant(dean, "admin", { organizationId: ids[1] ?? 0 });
    const set = {
      ids: [membership],
      selection: "",
      requestId: requestId(),
      expected: null,
      field: "role",
      to: "admin",
    } as const;
    const outside = runBatch("changeMemberships", ROWS_FOR_THREAD, set, dean);
    await expect(outside).rejects.toThrow(OutsideScopeError);
    expect(balances()).toEqual([credits(30), 0n]);
    expect(database().select().from(batches).all()).toEqual([]);
  });

  it("waits for the one before it, and also runs after one that failed", async () => {
    const viewer = await aPortalUser("viewer");
    const failing = runBatch("moveCredits", ROWS_FOR_THREAD, aMove(), viewer);
    const reduced = runBatch(
      "moveCredits",
      ROWS_FOR_THREAD,
      aMove({ move: "return", ids: ids.slice(0, 1) }),
      operator,
    );
    const undo = { batch: 1, note: null, requestId: requestId(), expected: null };
    const reversed = runBatch("reverseBatch", ROWS_FOR_THREAD, undo, operator);
    await expect(failing).rejects.toThrow(ForbiddenError);
    expect(value(await reduced)).toMatchObject({ batch: 1, changed: 1 });
    expect(value(await reversed)).toMatchObject({ batch: 2, changed: 1, total: credits(10) });
    expect(balances()).toEqual([credits(30), 0n]);
  });
});
