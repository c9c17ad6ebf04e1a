import { setTimeout as pause } from "node:timers/promises";
import { Client } from "./client.ts";

// React renders in the server's one thread, where queries run too. The benchmark asks for a long page and measures how long the
// server's shortest answer takes until the page has come.

/** Pages that have more than a screenful. */
const LONG_PAGES = [
  "/overview",
  "/organizations?print=1",
  "/members?print=1",
  "/members?role=admin&print=1",
  "/transactions?print=1",
  "/audit?print=1",
  "/transactions?tab=spending&by=organization&period=12-months&rows=500",
];

export type LongestWait = { path: string; milliseconds: number };

/** The longest wait for the server's health while each long page is made, the longest first; each page was made before. */
export async function longestWaits(client: Client): Promise<LongestWait[]> {
  const other = new Client(client.url, {}, 1);
  const waits: LongestWait[] = [];
  for (const path of LONG_PAGES) {
    await page(client, path);
    waits.push({ path, milliseconds: await longestWait(other, () => page(client, path)) });
  }
  other.close();
  return waits.sort((one, another) => another.milliseconds - one.milliseconds);
}

async function page(client: Client, path: string): Promise<void> {
  const { status } = await client.send({ path });
  if (status !== 200) throw new Error(`${path} answered ${status}`);
}

async function longestWait(client: Client, make: () => Promise<void>): Promise<number> {
  let isDone = false;
  let longest = 0;
  const making = make().finally(() => {
    isDone = true;
  });
  while (!isDone) {
    const askedAt = performance.now();
    await client.send({ path: "/api/health/live" });
    longest = Math.max(longest, performance.now() - askedAt);
    await pause(1);
  }
  await making;
  return longest;
}
