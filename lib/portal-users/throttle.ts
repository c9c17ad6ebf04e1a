import { and, count, eq, lt, sql } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { signInAddresses, signInFailures } from "#db/schema/index.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { emailKey } from "#lib/email.ts";
import { addressBlock, failuresThatCount, SIGN_IN_LIMITS, waitBeforeTry } from "./rules.ts";
import { tokenHash } from "./secrets.ts";

type Limit = (typeof SIGN_IN_LIMITS)[keyof typeof SIGN_IN_LIMITS];
type Counter = { key: string; limit: Limit };

/** A try that was let through and counts as failed until {@link settleTry} says otherwise. */
export type Try = { userId: number | null; block: string | null; counters: Counter[] };

const DAY_MS = 24 * 3600 * 1000;
/** How long an address stays familiar without a sign-in. */
const FAMILIAR_MS = 90 * DAY_MS;
/** Strangers make these rows: beyond so many, the oldest go. */
const MAX_ROWS = 100_000;
/** How often the rows are counted. */
const COUNT_EVERY = 500;
let tries = 0;

function failuresOf(tx: Transaction, key: string) {
  return tx
    .select({ failures: signInFailures.failures, lastAt: signInFailures.lastAt })
    .from(signInFailures)
    .where(eq(signInFailures.key, key))
    .get();
}

function addFailure(tx: Transaction, { key, limit }: Counter, now: Date): number {
  const failures = failuresThatCount(failuresOf(tx, key), limit, now) + 1;
  tx.insert(signInFailures)
    .values({ key, failures, lastAt: now })
    .onConflictDoUpdate({ target: signInFailures.key, set: { failures, lastAt: now } })
    .run();
  return failures;
}

function tidy(tx: Transaction, now: Date): void {
  tx.delete(signInFailures)
    .where(lt(signInFailures.lastAt, new Date(now.getTime() - DAY_MS)))
    .run();
  tx.delete(signInAddresses)
    .where(lt(signInAddresses.lastAt, new Date(now.getTime() - FAMILIAR_MS)))
    .run();
  tries += 1;
  if (tries % COUNT_EVERY !== 0) return;
  const rows = tx.select({ rows: count() }).from(signInFailures).get()?.rows ?? 0;
  const excess = Number(rows) - MAX_ROWS;
  if (excess > 0) {
    tx.run(sql`DELETE FROM ${signInFailures} WHERE ${signInFailures.key} IN
      (SELECT ${signInFailures.key} FROM ${signInFailures} ORDER BY ${signInFailures.lastAt} LIMIT ${excess})`);
  }
}

/**
 * May this try be made? Then it is counted as failed at once, so that tries in parallel, in other processes too, each
 * find the ones before them. A number is the wait in milliseconds, and nothing is counted.
 *
 * Whoever fails somewhere else delays nobody at an address from which the account has signed in before: no stranger
 * can keep a person out.
 */
export function beginTry(
  tx: Transaction,
  input: { email: string; user: { id: number; email: string } | undefined; address: string | null },
  now = new Date(),
): number | Try {
  tidy(tx, now);
  const block = input.address ? addressBlock(input.address) : null;
  const email = emailKey(input.email.slice(0, 1_000));
  const account: Counter = { key: tokenHash(`account ${email}`), limit: SIGN_IN_LIMITS.account };
  const counters = [account];
  if (block) counters.push({ key: tokenHash(`address ${block}`), limit: SIGN_IN_LIMITS.address });

  const isFamiliar =
    input.user !== undefined &&
    block !== null &&
    tx
      .select({ at: signInAddresses.lastAt })
      .from(signInAddresses)
      .where(and(eq(signInAddresses.portalUserId, input.user.id), eq(signInAddresses.address, block)))
      .get() !== undefined;
  const familiar: Counter = { key: tokenHash(`both ${block} ${email}`), limit: SIGN_IN_LIMITS.familiar };
  const passes = isFamiliar && waitBeforeTry(failuresOf(tx, familiar.key), familiar.limit, now) === 0;
  if (!passes) {
    const wait = Math.max(
      ...counters.map(({ key, limit }) => waitBeforeTry(failuresOf(tx, key), limit, now)),
    );
    if (wait > 0) return wait;
  }
  if (isFamiliar) counters.push(familiar);
  for (const counter of counters) {
    const failures = addFailure(tx, counter, now);
    if (counter === account && input.user && failures === account.limit.free) {
      const { id, email: label } = input.user;
      recordAudit(tx, { kind: "system" }, [
        {
          action: "portal_user.sign_in_delayed",
          subject: { kind: "portal_user", id, label },
          after: { failures, address: input.address },
        },
      ]);
    }
  }
  return { userId: input.user?.id ?? null, block, counters };
}

/** A try at one's own current password, by somebody who holds a session. */
export function beginOwnPasswordTry(tx: Transaction, userId: number, now = new Date()): number | Try {
  const counter: Counter = { key: tokenHash(`own password ${userId}`), limit: SIGN_IN_LIMITS.account };
  const wait = waitBeforeTry(failuresOf(tx, counter.key), counter.limit, now);
  if (wait > 0) return wait;
  addFailure(tx, counter, now);
  return { userId: null, block: null, counters: [counter] };
}

/** Takes the count of a try back that succeeded, or that was never made. After a success its address is familiar. */
export function settleTry(
  tx: Transaction,
  { userId, block, counters }: Try,
  outcome: "succeeded" | "not made",
  now = new Date(),
): void {
  for (const { key, limit } of counters) {
    if (outcome === "succeeded" && limit === SIGN_IN_LIMITS.familiar) {
      tx.delete(signInFailures).where(eq(signInFailures.key, key)).run();
    } else {
      tx.update(signInFailures)
        .set({ failures: sql`max(0, ${signInFailures.failures} - 1)` })
        .where(eq(signInFailures.key, key))
        .run();
    }
  }
  if (outcome === "succeeded" && userId !== null && block !== null) {
    tx.insert(signInAddresses)
      .values({ portalUserId: userId, address: block, lastAt: now })
      .onConflictDoUpdate({
        target: [signInAddresses.portalUserId, signInAddresses.address],
        set: { lastAt: now },
      })
      .run();
  }
}

/** A password that was set anew by its owner or the operator: what failed before it no longer counts. */
export function forgetFailures(tx: Transaction, email: string): void {
  tx.delete(signInFailures)
    .where(eq(signInFailures.key, tokenHash(`account ${emailKey(email)}`)))
    .run();
}
