import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { database } from "#db/client.ts";
import { batchProgress, runBatch } from "#lib/batches/thread.ts";
import type { BatchProgress } from "#lib/batches/thread-messages.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { operator } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

test("the thread that fills a portal tells how far it is, and a second one is refused", async () => {
  database();
  const fill = () => runBatch("fillDemo", Number.POSITIVE_INFINITY, operator);
  const steps: BatchProgress[] = [];
  let isFilled = false;
  const filled = fill().finally(() => {
    isFilled = true;
  });
  const second = fill();
  while (!isFilled) {
    const progress = batchProgress("fillDemo");
    if (progress) steps.push(progress);
    // Another command has no progress.
    expect(batchProgress("moveCredits")).toBeNull();
    await sleep(20);
  }
  expect(await filled).toMatchObject({ ok: true, value: { organizations: 13 } });
  expect(getSettings().enterpriseName).toBe("Demo University");
  const done = steps.map((step) => step.done);
  expect(done).toEqual(done.toSorted((one, other) => one - other));
  expect(new Set(done).size).toBeGreaterThan(2);
  expect(new Set(steps.map(({ total }) => total)).size).toBe(1);
  expect(await second).toMatchObject({ ok: false, code: "not_empty" });
  expect(batchProgress("fillDemo")).toBeNull();
});
