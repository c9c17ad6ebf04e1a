import { beforeEach, describe, expect, it } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { backUp } from "#lib/backup/commands/backup.ts";
import { restoreBackup } from "#lib/backup/commands/restore.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import { moveSpendingDaysToToday } from "#lib/runway/commands.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  operator,
  requestId,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const at = (day: string) => new Date(`2026-${day}T12:00:00Z`);
let law: number;

beforeEach(async () => {
  const creditType = await aCreditType({ available: credits(10_000) });
  law = await anOrganization({ creditType, balance: credits(1_000), members: ["ana@example.edu"] });
  const art = await anOrganization({ creditType, code: "ART", balance: credits(1_000) });
  await aMember(art, { email: "bo@example.edu" });
  await moveSpendingDaysToToday(at("11-26"));
});

/** What LAW and ART spent in the 30 days, and how many days are left, as the list sorts by them. */
function figures(): Record<string, [spent: number, daysLeft: number]> {
  const rows = database()
    .$client.prepare("SELECT code, spent_last_30_days, days_left FROM organizations ORDER BY id")
    .raw()
    .all() as [string, bigint, bigint][];
  return Object.fromEntries(rows.map(([code, sum, days]) => [code, [Number(sum) / 1e6, Number(days)]]));
}

/** The first of the 30 days. */
const from = () =>
  Number(database().$client.prepare("SELECT spent_last_30_days_from FROM settings").pluck().get());

function expectSound(): void {
  expect(verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0)).toEqual([]);
}

const spend = (amount: number, day: string, change: Parameters<typeof spent>[0] = {}) =>
  spent({ credits: credits(amount), occurredAt: at(day), ...change }, at("11-26"));

describe("what was spent in the last 30 days", () => {
  it("has the spending of today and of the 29 days before, late usage in its own day", async () => {
    expect(from()).toBe(20_261_028);
    await spend(5, "11-26");
    await spend(20, "10-28");
    await spend(100, "10-27");
    await spend(300, "11-01", { organization: "ART", member: "bo@example.edu" });
    // 1,000 - 125 are left at 25 in 30 days; 700 at 300.
    expect(figures()).toEqual({ LAW: [25, 1050], ART: [300, 70] });
    expectSound();
  });

  it("is less by what was reversed, in the day of the entry", async () => {
    await spend(30, "11-20");
    await spend(100, "10-20");
    const ids = database()
      .$client.prepare("SELECT id FROM ledger_entries WHERE kind = 'spend' ORDER BY id")
      .pluck();
    const [recent, old] = ids.all().map(Number);
    for (const entry of [recent, old]) {
      value(await reverseEntry({ entry: entry ?? 0, note: "twice", requestId: requestId() }, operator));
    }
    expect(figures().LAW).toEqual([0, 100_000]);
    expectSound();
  });

  it("follows the balance when credits are added or returned", async () => {
    await spend(300, "11-20");
    expect(figures().LAW).toEqual([300, 70]);
    const move = (amount: number) => ({
      organization: law,
      amount: credits(amount),
      note: null,
      requestId: requestId(),
    });
    value(await returnCredits(move(700), operator));
    expect(figures().LAW).toEqual([300, 0]);
    value(await allocateCredits(move(90), operator));
    expect(figures().LAW).toEqual([300, 9]);
    expectSound();
  });

  it.each([
    "UPDATE organizations SET spent_last_30_days = 26000000 WHERE id = 1",
    "UPDATE settings SET spent_last_30_days_from = 20261027",
  ])("is reported by verify after %j", async (sql) => {
    await spend(25, "11-20");
    await spend(1, "10-27");
    database().$client.exec(sql);
    expect(verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0)).toEqual([
      {
        name: "organizations",
        faults: 1,
        mismatches: [
          {
            row: "organizations 1 (LAW)",
            message: sql.includes("settings")
              ? "spent_last_30_days is 25, it should be 26"
              : "spent_last_30_days is 26, it should be 25",
          },
        ],
      },
    ]);
  });

  it("counts an event of 0 credits as nothing", async () => {
    await spend(0, "11-26");
    expect(figures().LAW).toEqual([0, 100_000]);
  });
});

describe("another day", () => {
  beforeEach(async () => {
    for (const [amount, day] of [
      [1, "10-28"],
      [2, "10-29"],
      [4, "11-04"],
      [8, "11-26"],
    ] as const)
      await spend(amount, day);
    await spend(16, "10-28", { organization: "ART", member: "bo@example.edu" });
  });

  it.each([
    ["11-26", 20_261_028, 15, 16],
    ["11-27", 20_261_029, 14, 0],
    // The portal was off for a week.
    ["12-03", 20_261_104, 12, 0],
    ["12-04", 20_261_105, 8, 0],
    ["12-31", 20_261_202, 0, 0],
    // The clock, or a time zone, goes back.
    ["11-25", 20_261_027, 15, 16],
  ])("on %s the 30 days begin with %i", async (day, first, ofLaw, ofArt) => {
    const moves = day !== "11-26";
    expect(await moveSpendingDaysToToday(at(day))).toBe(moves);
    expect(from()).toBe(first);
    expect(figures()).toMatchObject({ LAW: [ofLaw, expect.anything()], ART: [ofArt, expect.anything()] });
    expectSound();
    // A second time there is nothing to do.
    expect(await moveSpendingDaysToToday(at(day))).toBe(false);
  });

  it("comes back to the same sums", async () => {
    for (const day of ["12-31", "11-27", "11-26"]) await moveSpendingDaysToToday(at(day));
    expect(figures()).toMatchObject({ LAW: [15, expect.anything()], ART: [16, expect.anything()] });
    expectSound();
  });

  it("counts usage of days that came after the portal last looked", async () => {
    await spent({ credits: credits(32), occurredAt: at("11-28") }, at("11-28"));
    expect(figures().LAW?.[0]).toBe(47);
    await moveSpendingDaysToToday(at("11-28"));
    expect(figures().LAW?.[0]).toBe(44);
    expectSound();
  });

  it("begins with the time zone that an owner chooses", async () => {
    const settings = { enterpriseName: "Uni", dateFormat: "DD/MM/YYYY" } as const;
    const days = new Set<number>();
    // Their clocks are 25 hours apart.
    for (const timeZone of ["Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
      value(await updateSettings({ ...settings, timeZone }, operator));
      days.add(from());
      expectSound();
    }
    expect(days.size).toBe(2);
  });

  it("is today's right after a restore of an older backup", async () => {
    const file = `${databaseFile()}.backup`;
    value(await backUp(file, operator));
    closeDatabase();
    value(await restoreBackup(file, operator, { now: at("12-03") }));
    expect(from()).toBe(20_261_104);
    expect(figures()).toMatchObject({ LAW: [12, expect.anything()], ART: [0, expect.anything()] });
    expectSound();
  });
});
