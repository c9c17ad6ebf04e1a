import { spawn } from "node:child_process";
import { once } from "node:events";

export type Run = { code: number | null; out: string; err: string };

/** Runs the operator's command line to its end, on the test's DATA_DIR or another. */
export async function bursar(args: readonly string[], directory = process.env.DATA_DIR): Promise<Run> {
  const child = spawn(process.execPath, ["scripts/bursar.mjs", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { NODE_ENV: "test", PATH: process.env.PATH ?? "", DATA_DIR: directory },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, "close");
  return { code, out, err };
}
