import { expect } from "vitest";

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

/** How long health checks take while `work` runs and for a moment after it. @returns the slowest, in milliseconds */
export async function slowestHealthMs(url: string, work: () => Promise<void>): Promise<number> {
  let ended = false;
  const working = work().finally(() => {
    ended = true;
  });
  let slowest = 0;
  while (!ended) slowest = Math.max(slowest, await healthMs(url));
  slowest = Math.max(slowest, await healthMs(url));
  await working;
  return slowest;
}
