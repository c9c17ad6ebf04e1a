import { config } from "#lib/config.ts";
import { addressBlock } from "#lib/network-address.ts";
import { processWide } from "#lib/process-wide.ts";
import { createRateLimit, type RateLimit, type RateLimited } from "#lib/rate-limit.ts";
import { type Application, applicationOf, keyHashOf } from "./authentication.ts";

const WINDOW_SECONDS = 60;
/** How many requests without a valid key an address may send in a minute before it gets 429. */
const WRONG_KEYS_A_MINUTE = 300;

type Throttle = {
  /** Requests by the hash of their key. */
  keys: RateLimit;
  /** Requests without a valid key, by address. */
  strangers: RateLimit;
};

/** The process's one count of the usage API's requests. */
function throttle(): Throttle {
  const windowSeconds = WINDOW_SECONDS;
  return processWide("lib/api-keys/throttle", () => ({
    keys: createRateLimit({ quota: config().apiRateLimit, windowSeconds, maxSubjects: 100_000 }),
    strangers: createRateLimit({ quota: WRONG_KEYS_A_MINUTE, windowSeconds, maxSubjects: 10_000 }),
  }));
}

/** The rate limit that an answer reports. */
export type Limit = RateLimited & { quota: number; windowSeconds: number };

function take({ quota, windowSeconds, take }: RateLimit, subject: string | number, now: number): Limit {
  return { ...take(subject, now), quota, windowSeconds };
}

/** `limit` is null where there is none. */
export type Admission =
  | { ok: true; application: Application; limit: Limit | null }
  | { ok: false; code: "unauthorized" | "rate_limited"; message: string; limit: Limit | null };

/**
 * Authenticates an application by its `Authorization` header, within the limit of its key. A valid key is accepted
 * however many invalid ones come from the same address. Keys have 256 random bits, so they cannot be guessed, and one
 * misconfigured sender must not block the others in its network.
 */
export function admit(header: string | null, address: string | null, now: Date = new Date()): Admission {
  const { keys, strangers } = throttle();
  const at = now.getTime();
  const hash = keyHashOf(header);
  const wrong = (message: string): Admission => {
    const limit = take(strangers, address === null ? "" : addressBlock(address), at);
    return limit.allowed
      ? { ok: false, code: "unauthorized", message, limit: null }
      : { ok: false, code: "rate_limited", message: "Too many wrong keys from this address.", limit };
  };
  if (!hash.ok) return wrong(hash.message);
  const application = applicationOf(hash.value, { address, now });
  if (!application.ok) return wrong(application.message);
  const limit = keys.quota === 0 ? null : take(keys, hash.value, at);
  if (limit && !limit.allowed) {
    return { ok: false, code: "rate_limited", message: "Too many requests with this key.", limit };
  }
  return { ok: true, application: application.value, limit };
}
