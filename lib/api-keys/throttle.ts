import { config } from "#lib/config.ts";
import { addressBlock } from "#lib/portal-users/rules.ts";
import { processWide } from "#lib/process-wide.ts";
import { createRateLimit, type RateLimit, type RateLimited } from "#lib/rate-limit.ts";
import { type Application, applicationOf, keyHashOf } from "./authentication.ts";

const WINDOW_SECONDS = 60;
/** How often an address may come with what is no key, in a minute. */
const WRONG_KEYS_A_MINUTE = 300;
const MAX_KNOWN_KEYS = 10_000;

type Throttle = {
  /** Requests by key. */
  keys: RateLimit;
  /** Wrong keys by address. */
  strangers: RateLimit;
  /** Hashes of keys that were right of late. */
  known: Set<string>;
};

/** The process's one count of the usage API's requests. */
function throttle(): Throttle {
  const windowSeconds = WINDOW_SECONDS;
  return processWide("lib/api-keys/throttle", () => ({
    keys: createRateLimit({ quota: config().apiRateLimit, windowSeconds, maxSubjects: 100_000 }),
    strangers: createRateLimit({ quota: WRONG_KEYS_A_MINUTE, windowSeconds, maxSubjects: 10_000 }),
    known: new Set<string>(),
  }));
}

/** What a request is told of its limit. */
export type Limit = RateLimited & { quota: number; windowSeconds: number };

function take({ quota, windowSeconds, take }: RateLimit, subject: string | number, now: number): Limit {
  return { ...take(subject, now), quota, windowSeconds };
}

/** `limit` is null where there is none. */
export type Admission =
  | { ok: true; application: Application; limit: Limit | null }
  | { ok: false; code: "unauthorized" | "rate_limited"; message: string; limit: Limit | null };

/**
 * Lets an application in by its `Authorization` header, within the limits of its key. After too many wrong keys from an
 * address, no key from there is looked at that was not right before: guessing is bounded, and nobody else is locked out.
 */
export function admit(header: string | null, address: string | null, now: Date = new Date()): Admission {
  const { keys, strangers, known } = throttle();
  const at = now.getTime();
  const block = address === null ? "" : addressBlock(address);
  const hash = keyHashOf(header);
  const isKnown = hash.ok && known.has(hash.value);
  if (!isKnown && strangers.isSpent(block, at)) {
    const limit = take(strangers, block, at);
    return { ok: false, code: "rate_limited", message: "Too many wrong keys from this address.", limit };
  }
  const found = hash.ok ? applicationOf(hash.value, { address, now }) : hash;
  if (!found.ok) {
    if (hash.ok) known.delete(hash.value);
    strangers.take(block, at);
    return { ok: false, code: "unauthorized", message: found.message, limit: null };
  }
  if (hash.ok && !isKnown) {
    if (known.size >= MAX_KNOWN_KEYS) known.clear();
    known.add(hash.value);
  }
  const limit = keys.quota === 0 ? null : take(keys, found.value.id, at);
  if (limit && !limit.allowed) {
    return { ok: false, code: "rate_limited", message: "Too many requests with this key.", limit };
  }
  return { ok: true, application: found.value, limit };
}
