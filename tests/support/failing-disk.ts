import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";

export type FailingDisk = {
  /** For the process whose disk fails. */
  environment: Record<string, string>;
  fail: (what: "write" | "sync") => void;
  repair: () => void;
};

/**
 * A disk that fails on demand, for a process that is started with its environment.
 *
 * @param folder where the library and the switch are stored, outside of `under`
 * @param under the folder that fails
 */
export function failingDisk(folder: string, under: string): FailingDisk {
  const library = path.join(folder, "failing-disk.so");
  const compiled = spawnSync(
    "cc",
    ["-shared", "-fPIC", "-O1", "-o", library, "tests/faults/shim/failing-disk.c", "-ldl"],
    { encoding: "utf8" },
  );
  if (compiled.status !== 0) {
    throw new Error(
      `This test makes a disk fail with a C library, and needs a C compiler as "cc": ${compiled.stderr}`,
    );
  }
  const switched = path.join(folder, "switch");
  return {
    environment: { LD_PRELOAD: library, FAILING_DISK: switched, FAILING_DISK_UNDER: under },
    fail: (what) => writeFileSync(switched, what),
    repair: () => rmSync(switched),
  };
}
