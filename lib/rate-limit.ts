/** What one more request is told: may it pass, how many more may, and in how many seconds the count starts again. */
export type RateLimited = { allowed: boolean; remaining: number; resetSeconds: number };

/**
 * Counts requests by subject in fixed windows that start with a subject's first request. In this process's memory: two
 * processes allow twice as much. `quota` 0 is no limit.
 *
 * @param maxSubjects how many are remembered; beyond, the one whose window started first is forgotten.
 */
export function createRateLimit({
  quota,
  windowSeconds,
  maxSubjects,
}: {
  quota: number;
  windowSeconds: number;
  maxSubjects: number;
}) {
  const windows = new Map<string | number, { endsAt: number; count: number }>();

  function windowOf(subject: string | number, now: number): { endsAt: number; count: number } {
    const window = windows.get(subject);
    // A window that ends too far in the future started before the clock was set back.
    if (window && window.endsAt > now && window.endsAt <= now + windowSeconds * 1000) return window;
    windows.delete(subject);
    if (windows.size >= maxSubjects) {
      const [oldest] = windows.keys();
      if (oldest !== undefined) windows.delete(oldest);
    }
    const started = { endsAt: now + windowSeconds * 1000, count: 0 };
    windows.set(subject, started);
    return started;
  }

  /** Counts one request. `now` in milliseconds. */
  function take(subject: string | number, now: number): RateLimited {
    const window = windowOf(subject, now);
    const allowed = quota === 0 || window.count < quota;
    if (allowed) window.count += 1;
    return {
      allowed,
      remaining: quota - window.count,
      resetSeconds: Math.max(1, Math.ceil((window.endsAt - now) / 1000)),
    };
  }

  return { quota, windowSeconds, take };
}

export type RateLimit = ReturnType<typeof createRateLimit>;
