import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { actionId } from "#tests/support/actions.ts";
import { idleHealthMs, slowestHealthMs } from "#tests/support/health.ts";
import type { HttpBrowser } from "#tests/support/http-browser.ts";
import { EMAILS, type Portal, startPortal } from "./portal.ts";

// Filling an empty portal with demo data takes seconds. Nobody else may wait for it.

/** As for the requests of `hang.test.ts`. The fill takes seconds, and an idle health check takes milliseconds. */
const SLOWEST_RATIO = 300;

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
  const idleMs = await idleHealthMs(server.url);
  const viewer = await server.signedIn(EMAILS.viewer);
  const fill = () => owner.act("/settings/demo", actionId("fillDemoAction"), { back: "/organizations" });
  const steps: Progress[] = [];
  let isFilled = false;
  const slowest = await slowestHealthMs(server.url, async () => {
    const filled = fill().finally(() => {
      isFilled = true;
    });
    while (!isFilled) {
      const { progress } = await progressNow(owner);
      if (progress) steps.push(progress);
      await sleep(50);
    }
    expect((await filled).headers["x-action-redirect"]).toBe("/organizations;push");
  });
  expect(slowest / idleMs).toBeLessThan(SLOWEST_RATIO);
  const done = steps.map((step) => step?.done ?? 0);
  expect(done).toEqual(done.toSorted((one, other) => one - other));
  expect(new Set(done).size).toBeGreaterThan(2);
  expect((await owner.send("/organizations")).text).toContain("Demo University");
  expect(await progressNow(owner)).toEqual({ status: 200, progress: null });
  expect(await progressNow(viewer)).toEqual({ status: 404, progress: null });
  expect((await fill()).text).toContain("The portal is not empty. The demo fills only a new one.");
});
