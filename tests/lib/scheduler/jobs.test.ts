import { afterEach, expect, test } from "vitest";
import { closeDatabase, database } from "#db/client.ts";
import { scheduledJobs } from "#db/schema/index.ts";
import { forgetJobs, lastRuns, registerJob, runDueJobs } from "#lib/scheduler/jobs.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();
afterEach(forgetJobs);

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 10, 26, 7);
const at = (ms: number) => new Date(START + ms);

test("a job runs when its time has passed since the last run, also after a restart", async () => {
  const runs: number[] = [];
  const register = () =>
    registerJob("hourly", { everyMs: HOUR_MS, run: (now) => void runs.push(now.getTime() - START) });
  register();
  await runDueJobs(at(0));
  await runDueJobs(at(HOUR_MS - 1));
  expect(runs).toEqual([0]);
  expect(lastRuns()).toEqual(new Map([["hourly", at(0)]]));
  closeDatabase();
  forgetJobs();
  register();
  await runDueJobs(at(HOUR_MS - 1));
  expect(runs).toEqual([0]);
  await runDueJobs(at(HOUR_MS));
  expect(runs).toEqual([0, HOUR_MS]);
});

test("a job that fails is tried again after five minutes, and delays no other", async () => {
  const runs: string[] = [];
  let fails = true;
  registerJob("failing", {
    everyMs: 24 * HOUR_MS,
    run: () => {
      runs.push("failing");
      if (fails) throw new Error("the disk is away");
    },
  });
  registerJob("other", { everyMs: 24 * HOUR_MS, run: () => void runs.push("other") });
  await runDueJobs(at(0));
  await runDueJobs(at(5 * 60_000 - 1));
  expect(runs).toEqual(["failing", "other"]);
  expect(database().select().from(scheduledJobs).all()).toEqual([
    { name: "failing", lastRunAt: null, lastError: "the disk is away" },
    { name: "other", lastRunAt: at(0), lastError: null },
  ]);
  fails = false;
  await runDueJobs(at(5 * 60_000));
  expect(runs).toEqual(["failing", "other", "failing"]);
  await runDueJobs(at(10 * 60_000));
  expect(runs).toHaveLength(3);
  expect(lastRuns().get("failing")).toEqual(at(5 * 60_000));
});

test("a job is not started again while it runs", async () => {
  let begun = 0;
  let end = () => {};
  registerJob("slow", {
    everyMs: 1_000,
    run: () => {
      begun += 1;
      return new Promise((resolve) => {
        end = resolve;
      });
    },
  });
  const first = runDueJobs(at(0));
  await runDueJobs(at(5_000));
  expect(begun).toBe(1);
  end();
  await first;
  const second = runDueJobs(at(6_000));
  expect(begun).toBe(2);
  end();
  await second;
});

test("a frequent job writes nothing", async () => {
  let runs = 0;
  registerJob("frequent", {
    everyMs: 1_000,
    run: () => {
      runs += 1;
    },
  });
  await runDueJobs(at(0));
  await runDueJobs(at(999));
  await runDueJobs(at(1_000));
  expect(runs).toBe(2);
  expect(database().select().from(scheduledJobs).all()).toEqual([]);
});

test("a clock that was set back does not stop a job", async () => {
  const runs: number[] = [];
  registerJob("hourly", { everyMs: HOUR_MS, run: (now) => void runs.push(now.getTime() - START) });
  await runDueJobs(at(48 * HOUR_MS));
  await runDueJobs(at(0));
  expect(runs).toEqual([48 * HOUR_MS, 0]);
});
