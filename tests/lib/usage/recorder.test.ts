import { subscribe, unsubscribe } from "node:diagnostics_channel";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatabaseBusyError, database, openDatabase } from "#db/client.ts";
import { organizations } from "#db/schema/index.ts";
import { returnCredits } from "#lib/ledger/commands/transfers.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import type { Reporter } from "#lib/usage/queries/spenders.ts";
import { recordInNextGroup } from "#lib/usage/recorder.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { credits, operator, requestId, usageEvent, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();
beforeEach(makeSmallEnterprise);
afterEach(() => {
  expect(verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite")).ok).toBe(true);
});

const balance = () => database().select().from(organizations).get()?.balance;
const hundred = () => Array.from({ length: 100 }, () => recordInNextGroup(usageEvent(), operator));

/** How many of the results are which: "recorded", or the code of the refusal. */
async function outcomes(results: ReturnType<typeof hundred>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const result of await Promise.all(results)) {
    const outcome = result.ok ? result.value.status : result.code;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

describe("100 events at the same time", () => {
  it("never overspend a balance that holds 37 of them", async () => {
    const left = credits(1000 - 37);
    value(
      await returnCredits({ organization: 1, amount: left, note: null, requestId: requestId() }, operator),
    );
    expect(await outcomes(hundred())).toEqual({ recorded: 37, insufficient_credits: 63 });
    expect(balance()).toBe(0n);
  });

  it("never overspend an allowance that holds 37 of them", async () => {
    value(
      await updateOrganization({ id: 1, name: "Law", monthlyAllowance: credits(37) + 999_999n }, operator),
    );
    expect(await outcomes(hundred())).toEqual({ recorded: 37, allowance_exceeded: 63 });
    expect(balance()).toBe(credits(1000 - 37));
  });

  it("are one event under one id, with 100 equal answers", async () => {
    const event = usageEvent();
    const results = await Promise.all(Array.from({ length: 100 }, () => recordInNextGroup(event, operator)));
    const [first, ...others] = results.map(value);
    expect(first?.status).toBe("recorded");
    for (const other of others) expect(other).toEqual({ ...first, status: "duplicate" });
    expect(balance()).toBe(credits(999));
  });

  it("share transactions", async () => {
    let writes = 0;
    const count = () => {
      writes += 1;
    };
    subscribe("bursar.write", count);
    await Promise.all(hundred());
    unsubscribe("bursar.write", count);
    expect(writes).toBe(1);
  });
});

it("records 600 at once in 3 transactions, and answers each", async () => {
  let writes = 0;
  const count = () => {
    writes += 1;
  };
  subscribe("bursar.write", count);
  const results = Array.from({ length: 600 }, () => recordInNextGroup(usageEvent(), operator));
  expect(await outcomes(results)).toEqual({ recorded: 600 });
  unsubscribe("bursar.write", count);
  expect([writes, balance()]).toEqual([3, credits(400)]);
});

it("fails one event alone when only that cannot be recorded", async () => {
  const nobody = { kind: "portal_user" } as unknown as Reporter;
  const results = await Promise.allSettled(
    Array.from({ length: 9 }, (_, index) => recordInNextGroup(usageEvent(), index === 4 ? nobody : operator)),
  );
  expect(results.map(({ status }) => status)).toEqual(
    results.map((_, index) => (index === 4 ? "rejected" : "fulfilled")),
  );
  expect(balance()).toBe(credits(1000 - 8));
});

it("fails an event that has waited for the lock long enough, and keeps those that came later", async () => {
  const other = openDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite"));
  other.$client.exec("BEGIN IMMEDIATE");
  const first = recordInNextGroup(usageEvent(), operator, 100);
  // The first is alone in its group: Node has begun to record it before the next two arrive.
  await nextTurn();
  await nextTurn();
  const second = recordInNextGroup(usageEvent(), operator, 100);
  const later = recordInNextGroup(usageEvent(), operator, 600_000);
  await expect(first).rejects.toThrow(DatabaseBusyError);
  await expect(second).rejects.toThrow(DatabaseBusyError);
  other.$client.exec("ROLLBACK");
  other.$client.close();
  expect(value(await later).status).toBe("recorded");
  expect(balance()).toBe(credits(999));
});

it("fails them all when the database cannot write, and none of the next", async () => {
  database().$client.pragma("query_only = ON");
  const failed = await Promise.allSettled(hundred());
  database().$client.pragma("query_only = OFF");
  expect(new Set(failed.map(({ status }) => status))).toEqual(new Set(["rejected"]));
  expect(balance()).toBe(credits(1000));
  expect(await outcomes(hundred())).toEqual({ recorded: 100 });
});
