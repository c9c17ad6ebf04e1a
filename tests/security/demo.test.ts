import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { actionId } from "#tests/support/actions.ts";
import { slowestHealthMs } from "#tests/support/health.ts";
import type { HttpBrowser } from "#tests/support/http-browser.ts";
import { EMAILS, type Portal, startPortal } from "./portal.ts";

// Filling an empty portal with demo data takes seconds. Nobody else may wait for it.

/**
 * How much of the time of the fill the slowest health check may take. A fill that blocked the server would let one wait to
 * its end, on a fast machine and on a busy one.
 */
const LARGEST_SHARE = 1 / 3;

let server: Portal;
let owner: HttpBrowser;
beforeAll(async () => {
  server = await startPortal();
  owner = await server.signedIn(EMAILS.owner);
});
afterAll(() => server?.stop());

type Progress = { done: number; total: number } | null;

async function progressNow(browser: HttpBrowser): Promise<{ status: number; progress: Progress }> {
  const { status, text } = await browser.send("/settings/demo/progress");
  return { status, ...(JSON.parse(text) as { progress: Progress }) };
}

it("a portal that is filled with demo data answers others, tells how far it is, and refuses a second time", async () => {
  const viewer = await server.signedIn(EMAILS.viewer);
  const fill = () => owner.act("/settings/demo", actionId("fillDemoAction"), { back: "/organizations" });
  const steps: Progress[] = [];
  let isFilled = false;
  const began = performance.now();
  let fillMs = 0;
  const slowest = await slowestHealthMs(server.url, async () => {
    const filled = fill().finally(() => {
      isFilled = true;
      fillMs = performance.now() - began;
    });
    while (!isFilled) {
      const { progress } = await progressNow(owner);
      if (progress) steps.push(progress);
      await sleep(50);
    }
    expect((await filled).headers["x-action-redirect"]).toBe("/organizations;push");
  });
  expect(slowest / fillMs).toBeLessThan(LARGEST_SHARE);
  const done = steps.map((step) => step?.done ?? 0);
  expect(done).toEqual(done.toSorted((one, other) => one - other));
  expect(new Set(done).size).toBeGreaterThan(2);
  expect((await owner.send("/organizations")).text).toContain("Demo University");
  expect(await progressNow(owner)).toEqual({ status: 200, progress: null });
  expect(await progressNow(viewer)).toEqual({ status: 404, progress: null });
  expect((await fill()).text).toContain("The portal is not empty. The demo fills only a new one.");
});
