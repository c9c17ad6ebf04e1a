import { expect } from "vitest";

/** How often {@link watchPauses} looks at the clock, and from which delay on it calls that a pause, in milliseconds. */
const LOOK_MS = 10;
const PAUSE_MS = 100;

/**
 * Adds up the pauses of this process. A pause of the machine stops the server too, which then makes nobody wait. A busy
 * server does not stop this process.
 */
function watchPauses(): { pausedMs: () => number; stop: () => void } {
  let lastLook = performance.now();
  let pausedMs = 0;
  const look = () => {
    const now = performance.now();
    const delayMs = now - lastLook - LOOK_MS;
    if (delayMs > PAUSE_MS) pausedMs += delayMs;
    lastLook = now;
    return pausedMs;
  };
  const timer = setInterval(look, LOOK_MS);
  return { pausedMs: look, stop: () => clearInterval(timer) };
}

async function healthMs(url: string): Promise<number> {
  const began = performance.now();
  const answer = await fetch(`${url}/api/health/live`);
  await answer.text();
  expect(answer.status).toBe(200);
  return performance.now() - began;
}

/** What a health check takes on an idle server: the median of 50, in milliseconds. */
export async function idleHealthMs(url: string): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < 50; count += 1) times.push(await healthMs(url));
  return times.sort((one, other) => one - other)[25] ?? 0;
}

/**
 * How long health checks take while `work` runs and for a moment after it, without the pauses of this
 * process. @returns the slowest, in milliseconds
 */
export async function slowestHealthMs(url: string, work: () => Promise<void>): Promise<number> {
  let ended = false;
  const working = work().finally(() => {
    ended = true;
  });
  const pauses = watchPauses();
  let slowest = 0;
  const check = async () => {
    const pausedBefore = pauses.pausedMs();
    const tookMs = await healthMs(url);
    slowest = Math.max(slowest, tookMs - (pauses.pausedMs() - pausedBefore));
  };
  try {
    while (!ended) await check();
    await check();
  } finally {
    pauses.stop();
  }
  await working;
  return slowest;
}
