import { readdirSync, readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { database, databaseFile } from "#db/client.ts";
import type { Actor } from "#lib/actor.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { hasEvents, keyUsage } from "#lib/api-keys/usage.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import { reverseUsage } from "#lib/usage/reversals.ts";
import type { UsageEvent } from "#lib/usage/rules/event.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
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
  usageEvent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

const NOW = new Date("2026-11-24T12:00:00Z");
const YESTERDAY = new Date("2026-11-23T12:00:00Z");

let law: number;
let art: number;
let ofLaw: Actor & { kind: "api_key" };
let ofAll: Actor & { kind: "api_key" };

async function newKey(organization: number | null): Promise<Actor & { kind: "api_key" }> {
  const { id, name } = value(
    await createApiKey({ organization, name: "essay-coach", expires: null }, operator, YESTERDAY),
  );
  return { kind: "api_key", id, name, organizationId: organization, address: null };
}

beforeEach(async () => {
  [law = 0, art = 0] = (await makeSmallEnterprise()).organizations;
  ofLaw = await newKey(law);
  ofAll = await newKey(null);
});

/** Reports one event with a key. @returns its id. */
async function report(
  key: Actor & { kind: "api_key" | "operator" },
  change: Partial<UsageEvent> = {},
): Promise<string> {
  const event = usageEvent({ occurredAt: NOW, ...change });
  const [outcome] = await recordBatch([event], key, { now: NOW });
  value(outcome);
  return event.id;
}

const entryOf = (externalId: string) =>
  Number(
    database().$client.prepare("SELECT id FROM ledger_entries WHERE external_id = ?").pluck().get(externalId),
  );
const usageOf = (id: number, limit = 8) => keyUsage(everything, id, { from: 20_261_101, limit });
const latestIds = (id: number, limit?: number) => usageOf(id, limit)?.latest.map((item) => item.externalId);
const rows = () =>
  database()
    .$client.prepare("SELECT * FROM api_key_days ORDER BY api_key_id, day, credit_type_id")
    .raw()
    .all();
const faults = () =>
  verifyDatabase(databaseFile())
    .checks.filter(({ faults }) => faults > 0)
    .flatMap(({ mismatches }) => mismatches);

describe("the use of a key", () => {
  it("is nothing before its first event", () => {
    expect(usageOf(ofLaw.id)).toEqual({ spending: [], latest: [] });
    expect(hasEvents(everything, ofLaw.id)).toBe(false);
    expect(usageOf(99)).toBeNull();
  });

  it("is what its events spent, by day, and these events, the newest first", async () => {
    const first = await report(ofLaw, { credits: credits(2), occurredAt: YESTERDAY });
    const second = await report(ofLaw, { credits: credits(3) });
    await report(operator, { credits: credits(40) });
    await report(ofAll, { credits: credits(50) });
    expect(usageOf(ofLaw.id)?.spending).toEqual([
      {
        creditType: { id: 1, name: "JPY Credits", currency: "JPY" },
        spent: credits(5),
        events: 2,
        days: [
          { day: 20_261_123, spent: credits(2) },
          { day: 20_261_124, spent: credits(3) },
        ],
      },
    ]);
    expect(latestIds(ofLaw.id)).toEqual([second, first]);
    expect(latestIds(ofLaw.id, 1)).toEqual([second]);
    expect([hasEvents(everything, ofLaw.id), hasEvents(everything, ofAll.id)]).toEqual([true, true]);
    expect(faults()).toEqual([]);
  });

  it("has no amount of events that were taken back, by whomever", async () => {
    const portal = await report(ofLaw, { credits: credits(2) });
    const api = await report(ofLaw, { credits: credits(3) });
    await report(ofLaw, { credits: credits(4) });
    value(await reverseEntry({ entry: entryOf(portal), note: null, requestId: requestId() }, operator, NOW));
    const another = await newKey(law);
    const reversal = { id: api, source: "", organization: null, note: null };
    expect(await reverseUsage(reversal, another, { now: NOW })).toMatchObject({ ok: true });
    expect(usageOf(ofLaw.id)?.spending).toMatchObject([{ spent: credits(4), events: 3 }]);
    expect([usageOf(another.id)?.spending, latestIds(another.id)]).toEqual([[], []]);
    expect(faults()).toEqual([]);
  });

  it("of the whole enterprise is told by credit type", async () => {
    const type = await aCreditType({ name: "EUR Credits", currency: "EUR", available: credits(100) });
    await anOrganization({
      code: "BIO",
      creditType: type,
      balance: credits(50),
      members: ["eve@example.edu"],
    });
    await report(ofAll, { credits: credits(1) });
    const ofBio = await report(ofAll, {
      organization: "BIO",
      member: "eve@example.edu",
      credits: credits(2),
    });
    expect(
      usageOf(ofAll.id)?.spending.map(({ creditType, spent, events }) => [creditType.name, spent, events]),
    ).toEqual([
      ["EUR Credits", credits(2), 1],
      ["JPY Credits", credits(1), 1],
    ]);
    expect(latestIds(ofAll.id)?.[0]).toBe(ofBio);
    expect(usageOf(ofAll.id)?.spending.map(({ days }) => days)).toEqual([
      [{ day: 20_261_124, spent: credits(2) }],
      [{ day: 20_261_124, spent: credits(1) }],
    ]);
    expect(faults()).toEqual([]);
  });

  it("counts an event of 0 credits", async () => {
    const id = await report(ofLaw, { credits: 0n });
    expect(usageOf(ofLaw.id)?.spending).toMatchObject([{ spent: 0n, events: 1 }]);
    expect(latestIds(ofLaw.id)).toEqual([id]);
    expect(faults()).toEqual([]);
  });

  it("does not exist outside the scope", async () => {
    await report(ofLaw);
    const dean = await aPortalUser(null, "dean@example.edu");
    await aGrant(dean, "viewer", { organizationId: art });
    for (const { id } of [ofLaw, ofAll]) {
      expect(keyUsage(scopeOf(dean), id, { from: 0, limit: 8 })).toBeNull();
      expect(hasEvents(scopeOf(dean), id)).toBe(false);
    }
    await aGrant(dean, "viewer", { organizationId: law });
    expect(keyUsage(scopeOf(dean), ofLaw.id, { from: 0, limit: 8 })?.latest).toHaveLength(1);
    expect(keyUsage(scopeOf(dean), ofAll.id, { from: 0, limit: 8 })).toBeNull();
  });
});

describe("the sums by key and day", () => {
  beforeEach(async () => {
    await report(ofLaw, { credits: credits(2), occurredAt: YESTERDAY });
    const taken = await report(ofLaw, { credits: credits(3) });
    value(await reverseEntry({ entry: entryOf(taken), note: null, requestId: requestId() }, operator, NOW));
    await report(ofAll, { credits: credits(5) });
  });

  it("are those that the upgrade adds up from the ledger", () => {
    const before = rows();
    expect(before).toEqual([
      [BigInt(ofLaw.id), 20_261_123n, 1n, credits(2), 1n],
      [BigInt(ofLaw.id), 20_261_124n, 1n, 0n, 1n],
      [BigInt(ofAll.id), 20_261_124n, 1n, credits(5), 1n],
    ]);
    const file = readdirSync("db/migrations").find((name) => name.endsWith("_api_key_days.sql")) ?? "";
    const [, fill = ""] = readFileSync(`db/migrations/${file}`, "utf8").split("--> statement-breakpoint");
    database().$client.exec(`DELETE FROM api_key_days; ${fill}`);
    expect(rows()).toEqual(before);
  });

  it.each([
    ["UPDATE api_key_days SET spent = spent + 1 WHERE day = 20261123", "spent is 2.000001, it should be 2"],
    ["UPDATE api_key_days SET events = 7 WHERE day = 20261123", "events is 7, it should be 1"],
    ["DELETE FROM api_key_days WHERE day = 20261123", "spent is empty, it should be 2"],
    ["UPDATE api_key_days SET day = 20261122 WHERE day = 20261123", "spent is 2, it should be 0"],
  ])("are checked by verify: %s", (sql, message) => {
    database().$client.exec(sql);
    expect(faults().map((fault) => fault.message)).toContain(message);
    expect(faults().every(({ row }) => row.startsWith("api_key_days "))).toBe(true);
  });
});
