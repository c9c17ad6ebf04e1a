import { and, count, eq, gte, inArray, lt, sql } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { signInAddresses, signInFailures } from "#db/schema/index.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { emailKey } from "#lib/email.ts";
import { addressBlock } from "#lib/network-address.ts";
import { processWide } from "#lib/process-wide.ts";
import { FREE_AT_BUSY_ADDRESS, failuresThatCount, SIGN_IN_LIMITS, waitBeforeTry } from "./rules.ts";
import { tokenHash } from "./secrets.ts";

type Limit = (typeof SIGN_IN_LIMITS)[keyof typeof SIGN_IN_LIMITS];
type Counter = { key: string; limit: Limit };
/** A counter with a try in it: what the try wrote to the row, and the time that the row had before. */
type CountedIn = Counter & {
  failures: number;
  at: Date;
  /** Null if no failure before this try counts. */
  before: Date | null;
};

/** A try that counts as failed until {@link settleTry} removes it from the count. */
export type Try = {
  /**
   * The wait that the answer to a failed try names, in milliseconds. It does not depend on whether the account exists.
   */
  waitMs: number;
  /** Whether the try may succeed. The password is compared in any case, so that the answer takes the same time. */
  mayPass: boolean;
  counters: CountedIn[];
  /** The counter that this try filled, so that the next try waits; null if it filled none. */
  filled: Counter | null;
};

const DAY_MS = 24 * 3600 * 1000;
/** How long an account's address is remembered after its last sign-in. */
const FAMILIAR_MS = 90 * DAY_MS;
/** Strangers can add rows, so beyond this number the oldest are deleted. */
const MAX_ROWS = 100_000;
/** Tries from one count of the rows to the next. */
const COUNT_EVERY = 500;
const tries = processWide("lib/portal-users/throttle", () => ({ count: 0 }));

function failuresOf(tx: Transaction, key: string) {
  return tx
    .select({ failures: signInFailures.failures, lastAt: signInFailures.lastAt })
    .from(signInFailures)
    .where(eq(signInFailures.key, key))
    .get();
}

function addFailure(tx: Transaction, { key, limit }: Counter, now: Date): CountedIn {
  const row = failuresOf(tx, key);
  const earlier = failuresThatCount(row, limit, now);
  const failures = earlier + 1;
  tx.insert(signInFailures)
    .values({ key, failures, lastAt: now })
    .onConflictDoUpdate({ target: signInFailures.key, set: { failures, lastAt: now } })
    .run();
  return { key, limit, failures, at: now, before: row && earlier > 0 ? row.lastAt : null };
}

/** Counts a try as failed by each of these counters. `filled` is the account's counter, if this try filled it. */
function countTry(
  tx: Transaction,
  counters: readonly Counter[],
  now: Date,
): Pick<Try, "counters" | "filled"> {
  const counted = counters.map((counter) => addFailure(tx, counter, now));
  const full = counted.find(
    ({ limit, failures }) => limit === SIGN_IN_LIMITS.account && failures === limit.free,
  );
  return { counters: counted, filled: full ?? null };
}

function tidy(tx: Transaction, now: Date): void {
  tx.delete(signInFailures)
    .where(lt(signInFailures.lastAt, new Date(now.getTime() - DAY_MS)))
    .run();
  tx.delete(signInAddresses)
    .where(lt(signInAddresses.lastAt, new Date(now.getTime() - FAMILIAR_MS)))
    .run();
  tries.count += 1;
  if (tries.count % COUNT_EVERY !== 0) return;
  const rows = tx.select({ rows: count() }).from(signInFailures).get()?.rows ?? 0;
  const excess = Number(rows) - MAX_ROWS;
  if (excess > 0) {
    const oldest = tx
      .select({ key: signInFailures.key })
      .from(signInFailures)
      .orderBy(signInFailures.lastAt)
      .limit(excess);
    tx.delete(signInFailures).where(inArray(signInFailures.key, oldest)).run();
  }
}

/**
 * Counts a try as failed before its password is compared, so that tries in parallel, in other processes too, each find
 * the ones before them.
 *
 * What a stranger can observe depends only on the email and the address of the try, and not on whether the account
 * exists: a try that must wait is answered with the same words, after the same work, and writes the same one row.
 * Failures from elsewhere do not keep an account out at an address from which it has signed in before, and failures of
 * other accounts do not keep it out at an address that is new to it.
 */
export function beginTry(
  tx: Transaction,
  input: { email: string; user: { id: number } | undefined; address: string | null },
  now = new Date(),
): Try {
  tidy(tx, now);
  const block = input.address === null ? null : addressBlock(input.address);
  const email = emailKey(input.email);
  const account: Counter = { key: tokenHash(`account ${email}`), limit: SIGN_IN_LIMITS.account };
  const address: Counter = { key: tokenHash(`address ${block}`), limit: SIGN_IN_LIMITS.address };
  const pair: Counter = { key: tokenHash(`both ${block} ${email}`), limit: SIGN_IN_LIMITS.pair };
  const waitFor = ({ key, limit }: Counter) => waitBeforeTry(failuresOf(tx, key), limit, now);

  const pairFailures = failuresThatCount(failuresOf(tx, pair.key), pair.limit, now);
  const addressCounts = block !== null && pairFailures >= FREE_AT_BUSY_ADDRESS;
  const waitMs = Math.max(waitFor(account), addressCounts ? waitFor(address) : 0);
  const mayPass =
    waitMs === 0 || (block !== null && isFamiliar(tx, input.user?.id, block) && waitFor(pair) === 0);

  const counters = waitMs > 0 ? [pair] : [account, ...(block === null ? [] : [address]), pair];
  return { waitMs, mayPass, ...countTry(tx, counters, now) };
}

/** Has this account signed in from this address in the last 90 days? */
function isFamiliar(tx: Transaction, userId: number | undefined, block: string): boolean {
  return (
    tx
      .select({ at: signInAddresses.lastAt })
      .from(signInAddresses)
      .where(and(eq(signInAddresses.portalUserId, userId ?? 0), eq(signInAddresses.address, block)))
      .get() !== undefined
  );
}

/** Notes that an account has signed in from this address. */
export function rememberAddress(tx: Transaction, userId: number, address: string, now = new Date()): void {
  tx.insert(signInAddresses)
    .values({ portalUserId: userId, address: addressBlock(address), lastAt: now })
    .onConflictDoUpdate({
      target: [signInAddresses.portalUserId, signInAddresses.address],
      set: { lastAt: now },
    })
    .run();
}

/**
 * A try at the second factor, counted as {@link beginTry} counts passwords: by the account, and by the account at one
 * address. Only a person who typed the right password gets this far, so that nobody else can delay an account; and the
 * failures of somebody who knows the password do not keep its owner out where the owner has signed in before.
 */
export function beginSecondFactorTry(
  tx: Transaction,
  user: { id: number },
  clientAddress: string | null,
  now = new Date(),
): Try {
  tidy(tx, now);
  const block = clientAddress === null ? null : addressBlock(clientAddress);
  const account: Counter = { key: tokenHash(`second factor ${user.id}`), limit: SIGN_IN_LIMITS.account };
  const pair: Counter = { key: tokenHash(`second factor ${block} ${user.id}`), limit: SIGN_IN_LIMITS.pair };
  const waitFor = ({ key, limit }: Counter) => waitBeforeTry(failuresOf(tx, key), limit, now);

  const waitMs = waitFor(account);
  const mayPass = waitMs === 0 || (block !== null && isFamiliar(tx, user.id, block) && waitFor(pair) === 0);
  const counters = waitMs > 0 ? [pair] : [account, pair];
  return { waitMs, mayPass, ...countTry(tx, counters, now) };
}

/** A try at one's own current password, in a session. */
export function beginOwnPasswordTry(tx: Transaction, userId: number, now = new Date()): Try {
  const counter: Counter = { key: tokenHash(`own password ${userId}`), limit: SIGN_IN_LIMITS.account };
  const waitMs = waitBeforeTry(failuresOf(tx, counter.key), counter.limit, now);
  return { waitMs, mayPass: waitMs === 0, ...countTry(tx, waitMs === 0 ? [counter] : [], now) };
}

/**
 * Records in the audit trail that tries at an account wait from now on, if this failed try filled its counter. To be
 * called when the comparison has failed, because a right answer delays nobody.
 *
 * The row is written with its own value, so that a full counter costs one write whether or not the account exists.
 */
export function auditDelay(
  tx: Transaction,
  { filled }: Try,
  action: "portal_user.sign_in_delayed" | "portal_user.second_factor_delayed",
  user: { id: number; email: string } | undefined,
  address: string | null,
): void {
  if (filled === null) return;
  const { free } = filled.limit;
  const isFull = and(eq(signInFailures.key, filled.key), gte(signInFailures.failures, free));
  const { changes } = tx
    .update(signInFailures)
    .set({ failures: sql`${signInFailures.failures}` })
    .where(isFull)
    .run();
  // Fewer now: an earlier try, which was counted before its comparison, has succeeded since.
  if (Number(changes) === 0 || !user) return;
  recordAudit(tx, { kind: "system" }, [
    {
      action,
      subject: { kind: "portal_user", id: user.id, label: user.email },
      after: { failures: free, address },
    },
  ]);
}

/**
 * Removes a try from one count, and its time from the row, because waits are counted from the last failure. A row that
 * a later try has written keeps the time of that one, which may fail.
 */
function uncount(tx: Transaction, { key, failures, at, before }: CountedIn): void {
  const row = failuresOf(tx, key);
  if (!row) return;
  const isRow = eq(signInFailures.key, key);
  if (row.failures <= 1) {
    tx.delete(signInFailures).where(isRow).run();
    return;
  }
  const isLast = row.failures === failures && row.lastAt.getTime() === at.getTime();
  tx.update(signInFailures)
    .set({ failures: row.failures - 1, lastAt: isLast && before ? before : row.lastAt })
    .where(isRow)
    .run();
}

/** Removes a try from the count because it succeeded, or because its password was never compared. */
export function settleTry(tx: Transaction, { counters }: Try, outcome: "succeeded" | "not made"): void {
  for (const counter of counters) {
    if (outcome === "succeeded" && counter.limit === SIGN_IN_LIMITS.pair) {
      tx.delete(signInFailures).where(eq(signInFailures.key, counter.key)).run();
    } else {
      uncount(tx, counter);
    }
  }
}

/** After a new password, the failures of the account before it no longer count. */
export function forgetFailures(tx: Transaction, email: string): void {
  tx.delete(signInFailures)
    .where(eq(signInFailures.key, tokenHash(`account ${emailKey(email)}`)))
    .run();
}
