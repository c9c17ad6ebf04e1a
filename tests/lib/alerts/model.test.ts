import path from "node:path";
import { and, eq, inArray, ne } from "drizzle-orm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { database } from "#db/client.ts";
import { alerts } from "#db/schema/index.ts";
import { createRule } from "#lib/alerts/commands/rules.ts";
import { endPeriods } from "#lib/alerts/jobs/ends.ts";
import { checkStaleOrganizations } from "#lib/alerts/jobs/stale.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import { checkAlerts } from "#lib/verify/alerts.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  operator,
  requestId,
  spend,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const NOW = new Date("2026-11-26T10:00:00Z");
const LAST_MONTH = new Date("2026-10-10T10:00:00Z");
const NEXT_MONTH = new Date("2026-12-01T10:00:00Z");
const ALLOWANCE = 100;

/** What the rules should do, in whole credits and with plain sums: no limits that are stored, no crossings. */
class Model {
  balance = 400;
  allocations: { entry: number; amount: number; reversed: boolean }[] = [];
  month = 0;
  lastMonth = 100;
  /** The rules with an unresolved alert, and how often each has opened one. */
  open = new Set<string>();
  opened = new Map<string, number>();

  private judge(name: string, isCrossed: boolean, isClear: boolean): void {
    if (isCrossed && !this.open.has(name)) {
      this.open.add(name);
      this.opened.set(name, (this.opened.get(name) ?? 0) + 1);
    } else if (isClear) this.open.delete(name);
  }

  /** Where a month ends. */
  endMonth(): void {
    this.lastMonth = this.month;
    this.month = 0;
    for (const name of this.open) if (/^(month_growth|allowance_share) /.test(name)) this.open.delete(name);
  }

  /** After each posting. */
  update(): void {
    this.judge("balance_amount 50", this.balance < 50, this.balance >= 52.5);
    const last = this.allocations.findLast(({ reversed }) => !reversed)?.amount;
    for (const percent of [20, 60]) {
      if (last === undefined) this.open.delete(`balance_share ${percent}`);
      else {
        this.judge(
          `balance_share ${percent}`,
          this.balance * 100 < last * percent,
          this.balance * 100 >= last * (percent + 5),
        );
      }
    }
    for (const percent of [50, 100]) {
      if (this.lastMonth <= 0) this.open.delete(`month_growth ${percent}`);
      else
        this.judge(
          `month_growth ${percent}`,
          this.month >= this.lastMonth * (1 + percent / 100),
          this.month < this.lastMonth * (1 + (percent - 5) / 100),
        );
    }
    for (const percent of [80, 100]) {
      this.judge(
        `allowance_share ${percent}`,
        this.month >= (ALLOWANCE * 5 * percent) / 100,
        this.month < (ALLOWANCE * 5 * (percent - 5)) / 100,
      );
    }
  }
}

type Step = { kind: "spend" | "allocation" | "return" | "reversal" | "month"; amount: number };
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom("spend", "spend", "spend", "allocation", "return", "reversal", "month"),
    // Multiples of 20, so that figures often are exactly at a limit.
    amount: fc.integer({ min: 1, max: 10 }).map((n) => n * 20),
  }) as fc.Arbitrary<Step>,
  { minLength: 5, maxLength: 25 },
);

const WATCHED = ["balance_amount", "balance_share", "month_growth", "allowance_share"];

/** The alerts about an organization, as the model names its rules. */
function stored(organization: number, creditsRule: bigint) {
  const rows = database()
    .select({ kind: alerts.kind, threshold: alerts.threshold, state: alerts.state })
    .from(alerts)
    .where(
      and(
        eq(alerts.organizationId, organization),
        inArray(alerts.kind, WATCHED),
        ne(alerts.threshold, 1_000_000n),
      ),
    )
    .all()
    .map(({ kind, threshold, state }) => ({
      name: `${kind} ${threshold === creditsRule ? 50 : threshold}`,
      state,
    }));
  const opened = new Map<string, number>();
  for (const { name } of rows) opened.set(name, (opened.get(name) ?? 0) + 1);
  return {
    open: rows.flatMap(({ name, state }) => (state === "resolved" ? [] : [name])).sort(),
    opened: Object.fromEntries([...opened].sort()),
  };
}

/** What `verify` finds about the limits that postings compare with. */
function limitFaults(): string[] {
  const faults: string[] = [];
  checkAlerts(database().$client, (row, message) => faults.push(`${row}: ${message}`));
  return faults;
}

test("after each posting, and where a month ends, there are the alerts that a simple model has", async () => {
  const creditType = await aCreditType({ available: credits(10_000_000), at: LAST_MONTH });
  const seen = new Set<string>();
  let sequence = 0;
  const everywhere = { organization: null, tag: null };
  value(await createRule({ ...everywhere, kind: "balance_amount", threshold: credits(50) }, operator));
  value(await createRule({ ...everywhere, kind: "balance_share", threshold: 60n }, operator));
  await fc.assert(
    fc.asyncProperty(steps, async (sequenceOfSteps) => {
      sequence += 1;
      const code = `S${sequence}`;
      const member = `${code.toLowerCase()}@example.edu`;
      const organization = await anOrganization({ code, creditType, at: LAST_MONTH });
      await aMember(organization, {
        email: member,
        allowance: { allowance: "own", monthlyAllowance: credits(ALLOWANCE * 5) },
        at: LAST_MONTH,
      });
      const model = new Model();
      const entries: { id: number; at: Date; step: Step; reversed: boolean }[] = [];
      let at = NOW;
      const transfer = { organization, note: null };
      const allocate = async (amount: number, at: Date) => {
        const receipt = value(
          await allocateCredits(
            { ...transfer, amount: credits(amount), requestId: requestId() },
            operator,
            at,
          ),
        );
        model.allocations.push({ entry: receipt.entryId, amount, reversed: false });
        return receipt.entryId;
      };
      await allocate(500, LAST_MONTH);
      const event = { organization: code, member, application: "essay-coach" };
      value(await spend({ ...event, credits: credits(100) }, LAST_MONTH));
      model.update();
      for (const step of sequenceOfSteps) {
        const { kind, amount } = step;
        if (kind === "month") {
          if (at === NEXT_MONTH) continue;
          at = NEXT_MONTH;
          await endPeriods(at);
          expect(limitFaults()).toEqual([]);
          // Otherwise the next posting has to find the new limits.
          if (amount > 100) expect(await checkStaleOrganizations(at)).toBe(true);
          model.endMonth();
        } else if (kind === "spend") {
          const outcome = await spend({ ...event, credits: credits(amount) }, at);
          if (!outcome.ok) continue;
          model.balance -= amount;
          model.month += amount;
          const id = database().$client.prepare("SELECT max(id) FROM ledger_entries").pluck().get();
          entries.push({ id: Number(id), at, step, reversed: false });
        } else if (kind === "allocation") {
          entries.push({ id: await allocate(amount, at), at, step, reversed: false });
          model.balance += amount;
        } else if (kind === "return") {
          const request = { ...transfer, amount: credits(amount), requestId: requestId() };
          const outcome = await returnCredits(request, operator, at);
          if (!outcome.ok) continue;
          model.balance -= amount;
          entries.push({ id: outcome.value.entryId, at, step, reversed: false });
        } else {
          const entry = entries.filter(({ reversed }) => !reversed).at((amount / 20) % 3);
          if (!entry) continue;
          const request = { entry: entry.id, note: null, requestId: requestId() };
          if (!(await reverseEntry(request, operator, at)).ok) continue;
          entry.reversed = true;
          const back = entry.step.amount;
          model.balance += entry.step.kind === "allocation" ? -back : back;
          if (entry.step.kind === "spend") {
            if (entry.at === at) model.month -= back;
            else model.lastMonth -= back;
          }
          for (const one of model.allocations) if (one.entry === entry.id) one.reversed = true;
        }
        model.update();
        const { open, opened } = stored(organization, credits(50));
        expect({ open, opened }).toEqual({
          open: [...model.open].sort(),
          opened: Object.fromEntries([...model.opened].sort()),
        });
        for (const name of open) seen.add(name);
      }
      expect(limitFaults()).toEqual([]);
    }),
    { numRuns: 60, seed: 1 },
  );
  expect([...seen].sort()).toEqual([
    "allowance_share 100",
    "allowance_share 80",
    "balance_amount 50",
    "balance_share 20",
    "balance_share 60",
    "month_growth 100",
    "month_growth 50",
  ]);
  const report = verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite"));
  expect(report.checks.filter((check) => check.faults > 0)).toEqual([]);
}, 120_000);
