import fc from "fast-check";
import { expect, it } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { creditTypes, organizations } from "#db/schema/index.ts";
import { moveCredits } from "#lib/batches/commands/credits.ts";
import { reverseBatch } from "#lib/batches/commands/reversals.ts";
import { changeOrganizationsAllowance } from "#lib/organizations/commands/allowances.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { aCreditType, aMember, anOrganization, operator, requestId } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

// What batches should do, with numbers in arrays and nothing of the product's own rules.

const POOL = 50;
/** Active members of the three organizations. */
const MEMBERS = [0, 1, 3];

type Done = { before: number[]; after: number[]; entries?: number[]; isReversed: boolean };

class Model {
  pool = POOL;
  readonly balances = [0, 0, 0];
  readonly allowances = [-1, -1, -1];
  readonly batches: Done[] = [];

  move(
    kind: "allocation" | "return",
    split: "each" | "member" | "target",
    amount: number,
    chosen: number[],
  ): boolean {
    const sign = kind === "allocation" ? 1 : -1;
    const moved = [0, 0, 0];
    for (const n of chosen) {
      if (split === "each") moved[n] = sign * amount;
      else if (split === "member") moved[n] = sign * amount * (MEMBERS[n] ?? 0);
      else moved[n] = sign * Math.max(0, sign * (amount - (this.balances[n] ?? 0)));
    }
    return this.apply(moved);
  }

  private apply(moved: number[]): boolean {
    const after = this.balances.map((balance, n) => balance + (moved[n] ?? 0));
    const pool = this.pool - moved.reduce((sum, one) => sum + one, 0);
    if (moved.every((one) => one === 0) || pool < 0 || after.some((balance) => balance < 0)) return false;
    this.set(after, pool);
    this.batches.push({ before: [], after: [], entries: moved, isReversed: false });
    return true;
  }

  private set(balances: number[], pool: number): void {
    this.balances.splice(0, 3, ...balances);
    this.pool = pool;
  }

  allowance(to: number, chosen: number[]): boolean {
    const before = [...this.allowances];
    for (const n of chosen) this.allowances[n] = to;
    if (before.every((one, n) => one === this.allowances[n])) return false;
    this.batches.push({ before, after: [...this.allowances], isReversed: false });
    return true;
  }

  reverse(number: number): boolean {
    const batch = this.batches[number];
    if (!batch || batch.isReversed) return false;
    if (batch.entries) {
      const opposite = batch.entries.map((one) => -one);
      if (!this.apply(opposite)) return false;
    } else {
      const goesBack = [0, 1, 2].filter(
        (n) => batch.before[n] !== batch.after[n] && this.allowances[n] === batch.after[n],
      );
      if (goesBack.length === 0) return false;
      for (const n of goesBack) this.allowances[n] = batch.before[n] ?? 0;
      this.batches.push({ before: [], after: [], isReversed: true });
    }
    batch.isReversed = true;
    // A reversal is a batch that cannot be reversed.
    const last = this.batches.at(-1);
    if (last) last.isReversed = true;
    return true;
  }
}

const chosen = fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 });
const step = fc.oneof(
  fc.record({
    do: fc.constant("move" as const),
    kind: fc.constantFrom("allocation" as const, "return" as const),
    split: fc.constantFrom("each" as const, "member" as const, "target" as const),
    amount: fc.integer({ min: 1, max: 20 }),
    chosen,
  }),
  fc.record({ do: fc.constant("allowance" as const), to: fc.integer({ min: -1, max: 3 }), chosen }),
  // Somebody changes one allowance by itself.
  fc.record({
    do: fc.constant("edit" as const),
    to: fc.integer({ min: 0, max: 3 }),
    n: fc.integer({ min: 0, max: 2 }),
  }),
  fc.record({ do: fc.constant("reverse" as const), number: fc.integer({ min: 0, max: 8 }) }),
);

const micro = (whole: number) => BigInt(whole) * 1_000_000n;
const limit = (whole: number) => (whole < 0 ? null : micro(whole));

it("does what a simple model does, whatever the order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      const creditType = await aCreditType({ name: `Credits ${requestId()}`, available: micro(POOL) });
      const ids: number[] = [];
      for (const [n, members] of MEMBERS.entries()) {
        const code = `${n}-${requestId()}`;
        const people = Array.from({ length: members }, (_, m) => `${code}-${m}@example.edu`);
        const id = await anOrganization({ code, creditType, members: people });
        await aMember(id, { email: `${code}-inactive@example.edu`, active: false });
        ids.push(id);
      }
      const model = new Model();
      const numbers: number[] = [];
      const request = (some: number[]) => ({
        ids: some.map((n) => ids[n] ?? 0),
        selection: some.join(","),
        requestId: requestId(),
        expected: null,
      });
      for (const one of steps) {
        let isDone: boolean;
        let result: { ok: boolean; value?: { batch: number | null } };
        if (one.do === "move") {
          isDone = model.move(one.kind, one.split, one.amount, one.chosen);
          const amount = micro(one.amount);
          const move = { move: one.kind, split: one.split, amount, note: null, ...request(one.chosen) };
          result = await moveCredits(move, operator);
        } else if (one.do === "allowance") {
          isDone = model.allowance(one.to, one.chosen);
          const change = { ...request(one.chosen), monthlyAllowance: limit(one.to) };
          result = await changeOrganizationsAllowance(change, operator);
        } else if (one.do === "edit") {
          model.allowances[one.n] = one.to;
          const edit = { id: ids[one.n] ?? 0, name: "Edited", monthlyAllowance: limit(one.to) };
          expect((await updateOrganization(edit, operator)).ok).toBe(true);
          continue;
        } else {
          isDone = model.reverse(one.number);
          const batch = numbers[one.number] ?? 0;
          result = await reverseBatch(
            { batch, note: null, requestId: requestId(), expected: null },
            operator,
          );
        }
        expect(result.ok).toBe(isDone);
        if (result.ok) numbers.push(result.value?.batch ?? 0);
      }
      const rows = database()
        .select()
        .from(organizations)
        .all()
        .filter(({ id }) => ids.includes(id));
      expect(rows.map(({ balance }) => balance)).toEqual(model.balances.map(micro));
      expect(rows.map(({ monthlyAllowance }) => monthlyAllowance)).toEqual(model.allowances.map(limit));
      const pool = database()
        .select()
        .from(creditTypes)
        .all()
        .find(({ id }) => id === creditType);
      expect(pool?.available).toBe(micro(model.pool));
    }),
    { numRuns: 40 },
  );
  closeDatabase();
  expect(verifyDatabase(databaseFile()).checks.filter(({ faults }) => faults > 0)).toEqual([]);
});
