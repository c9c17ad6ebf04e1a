import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openDatabase } from "#db/client.ts";
import type { ScaleName } from "./scale.ts";

/** The files that determine the data. A change of any of them builds the data again. */
const BUILDERS = ["scale.ts", "names.ts", "enterprise.ts", "entries.ts", "build-data.ts"];

/** A data folder of this scale. It is built once, must be clean by `verify`, and stays in the temporary folder. */
export function benchmarkData(scale: ScaleName): string {
  const hash = createHash("sha256");
  for (const file of BUILDERS) hash.update(readFileSync(path.join(import.meta.dirname, file)));
  const folder = path.join(tmpdir(), "bursar-bench");
  const directory = path.join(folder, `${scale}-${hash.digest("hex").slice(0, 12)}`);
  if (existsSync(directory)) {
    // Migrate the stored data once, instead of the copy of every run.
    openDatabase(path.join(directory, "bursar.sqlite")).$client.close();
    rmSync(path.join(directory, "snapshots"), { recursive: true, force: true });
    return directory;
  }
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  console.log(`Building the ${scale} data …`);
  const { status } = spawnSync(
    process.execPath,
    [path.join(import.meta.dirname, "build-data.ts"), scale, unfinished, "--verify"],
    { stdio: "inherit" },
  );
  if (status !== 0) throw new Error(`the ${scale} data could not be built`);
  renameSync(unfinished, directory);
  return directory;
}
