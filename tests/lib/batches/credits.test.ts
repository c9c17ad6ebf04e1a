import { beforeEach, describe, expect, it } from "vitest";
import { database, databaseFile } from "#db/client.ts";
import { auditEntries, batches, ledgerEntries } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { type CreditsMove, moveCredits } from "#lib/batches/commands/credits.ts";
import { previewOf } from "#lib/batches/preview.ts";
import { movePools, moveSubjects } from "#lib/batches/queries/moves.ts";
import { planMove, type Split } from "#lib/batches/rules/credits.ts";
import { getCreditType } from "#lib/credit-types/queries.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import { changeMembershipsActive } from "#lib/members/commands/memberships.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aCreditType,
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

useFreshDatabase();

let pool: number;
let law: number;
let art: number;
beforeEach(async () => {
  pool = await aCreditType({ available: credits(1_000) });
  law = await anOrganization({ code: "LAW", creditType: pool, balance: credits(30) });
  art = await anOrganization({ code: "ART", creditType: pool, balance: credits(5) });
});

const balance = (code: string) => getOrganization(everything, code)?.balance;
const available = () => getCreditType(everything, pool)?.available;
const aMove = (change: Partial<CreditsMove>): CreditsMove => ({
  move: "allocation",
  split: "each",
  amount: credits(10),
  note: null,
  requestId: requestId(),
  ids: [law, art],
  selection: `${law},${art}`,
  expected: null,
  ...change,
});
const previewNow = (split: Split, amount: bigint, ids = [law, art]) =>
  previewOf(split, planMove({ kind: "allocation", split, amount }, moveSubjects(ids, split), movePools()));
const faults = () => verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0);

it("adds the same credits to each, as one batch", async () => {
  const move = aMove({ note: "term 1" });
  expect(value(await moveCredits(move, operator))).toEqual({
    batch: 1,
    changed: 2,
    isRepeat: false,
    total: credits(20),
  });
  expect([balance("LAW"), balance("ART"), available()]).toEqual([credits(40), credits(15), credits(945)]);
  const entries = database()
    .select({ kind: ledgerEntries.kind, external: ledgerEntries.externalId, note: ledgerEntries.note })
    .from(ledgerEntries)
    .all()
    .slice(-2);
  const entry = { kind: "allocation", external: move.requestId, note: "term 1" };
  expect(entries).toEqual([entry, entry]);
  const [batch] = database().select().from(batches).all();
  expect(batch).toMatchObject({
    id: 1,
    kind: "allocation",
    firstEntryId: 4,
    lastEntryId: 5,
    reversesId: null,
  });
  const trail = database().select().from(auditEntries).all().slice(-3);
  expect(trail.map(({ id }) => id)).toEqual([
    batch?.firstAuditId,
    (batch?.firstAuditId ?? 0) + 1,
    batch?.lastAuditId,
  ]);
  expect(
    trail.map(({ action, subjectLabel, before, after }) => [action, subjectLabel, before, after]),
  ).toEqual([
    ["credits.allocated", "LAW", '{"balance":"30"}', '{"balance":"40","entry":4,"note":"term 1"}'],
    ["credits.allocated", "ART", '{"balance":"5"}', '{"balance":"15","entry":5,"note":"term 1"}'],
    ["batch.recorded", "1", null, '{"kind":"allocation","changes":2,"note":"term 1"}'],
  ]);
  expect(faults()).toEqual([]);
});

it("counts active members alone, and leaves out organizations without any", async () => {
  await aMember(law, { email: "ana@example.edu" });
  await aMember(law, { email: "ben@example.edu" });
  const { membership } = await aMember(law, { email: "cho@example.edu" });
  value(await changeMembershipsActive([membership], false, operator));
  const receipt = value(await moveCredits(aMove({ split: "member", amount: 1_500_000n }), operator));
  expect(receipt).toMatchObject({ changed: 1, total: 3_000_000n });
  expect([balance("LAW"), balance("ART")]).toEqual([credits(33), credits(5)]);
});

it("brings balances up to a target, or down to it", async () => {
  value(await moveCredits(aMove({ split: "target", amount: credits(20) }), operator));
  expect([balance("LAW"), balance("ART"), available()]).toEqual([credits(30), credits(20), credits(950)]);
  value(await moveCredits(aMove({ move: "return", split: "target", amount: 0n, ids: [law, art] }), operator));
  expect([balance("LAW"), balance("ART"), available()]).toEqual([0n, 0n, credits(1_000)]);
  expect(faults()).toEqual([]);
});

describe("moves nothing", () => {
  const nothingMoved = () => {
    expect([balance("LAW"), balance("ART"), available()]).toEqual([credits(30), credits(5), credits(965)]);
    expect(database().select().from(batches).all()).toEqual([]);
  };

  it("where the pool lacks some of it", async () => {
    const result = await moveCredits(aMove({ amount: 482_500_001n }), operator);
    expect(result).toMatchObject({
      code: "insufficient_credits",
      message: "JPY Credits has only 965 available; 965.000002 are needed.",
    });
    nothingMoved();
  });

  it("where an organization has less than it would return", async () => {
    const result = await moveCredits(aMove({ move: "return" }), operator);
    expect(result).toMatchObject({ code: "insufficient_credits", message: "ART has only 5." });
    nothingMoved();
  });

  it("where all have the target", async () => {
    const result = await moveCredits(aMove({ split: "target", amount: credits(5) }), operator);
    expect(result).toMatchObject({ code: "nothing_to_change" });
    nothingMoved();
  });

  it("for who is no admin of the enterprise", async () => {
    const viewer = await aPortalUser("viewer");
    await expect(moveCredits(aMove({}), viewer)).rejects.toThrow(ForbiddenError);
    nothingMoved();
  });
});

describe("between the preview and the move", () => {
  it("a move of one's own amounts goes on when balances have changed", async () => {
    const expected = previewNow("each", credits(10));
    value(
      await returnCredits(
        { organization: law, amount: credits(1), note: null, requestId: requestId() },
        operator,
      ),
    );
    value(await moveCredits(aMove({ expected }), operator));
    expect(balance("LAW")).toBe(credits(39));
  });

  it("a target goes on while one percent more is needed, and is asked again above that", async () => {
    const expected = previewNow("target", credits(130));
    const take = (amount: bigint) =>
      returnCredits({ organization: law, amount, note: null, requestId: requestId() }, operator);
    value(await take(2_250_001n));
    const move = aMove({ split: "target", amount: credits(130), expected });
    expect(await moveCredits(move, operator)).toMatchObject({ code: "stale_preview" });
    value(
      await allocateCredits({ organization: law, amount: 1n, note: null, requestId: requestId() }, operator),
    );
    expect(value(await moveCredits(move, operator))).toMatchObject({ total: 227_250_000n });
    expect([balance("LAW"), balance("ART")]).toEqual([credits(130), credits(130)]);
  });

  it("other organizations are another move", async () => {
    const expected = previewNow("each", credits(10));
    expect(await moveCredits(aMove({ ids: [law], expected }), operator)).toMatchObject({
      code: "stale_preview",
    });
  });
});

describe("the same request again", () => {
  it("moves nothing", async () => {
    const move = aMove({});
    value(await moveCredits(move, operator));
    // A view may have other organizations by then.
    expect(value(await moveCredits({ ...move, ids: [law] }, operator))).toMatchObject({
      batch: 1,
      changed: 2,
      isRepeat: true,
    });
    expect([balance("LAW"), balance("ART")]).toEqual([credits(40), credits(15)]);
  });

  it("is refused with other values, and with the id of another request", async () => {
    const move = aMove({});
    value(await moveCredits(move, operator));
    expect(await moveCredits({ ...move, amount: 1n }, operator)).toMatchObject({
      code: "idempotency_conflict",
    });
    const id = requestId();
    value(await allocateCredits({ organization: law, amount: 1n, note: null, requestId: id }, operator));
    expect(await moveCredits(aMove({ requestId: id }), operator)).toMatchObject({
      code: "idempotency_conflict",
    });
  });
});

describe("at the same moment", () => {
  it("of two batches that the pool has too little for, one is done", async () => {
    const results = await Promise.all([
      moveCredits(aMove({ amount: credits(300) }), operator),
      moveCredits(aMove({ amount: credits(300) }), operator),
    ]);
    expect(results.map((result) => (result.ok ? "done" : result.code)).sort()).toEqual([
      "done",
      "insufficient_credits",
    ]);
    expect(available()).toBe(credits(365));
    expect(faults()).toEqual([]);
  });

  it("one request that is sent twice is done once", async () => {
    const move = aMove({});
    const results = await Promise.all([moveCredits(move, operator), moveCredits(move, operator)]);
    expect(results.map((result) => value(result).isRepeat).sort()).toEqual([false, true]);
    expect([balance("LAW"), balance("ART")]).toEqual([credits(40), credits(15)]);
  });
});
