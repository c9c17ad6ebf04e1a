import { spawn } from "node:child_process";
import { once } from "node:events";

export type Run = { code: number | null; out: string; err: string };

/** Runs a command to its end, with nothing but these variables in its environment. */
export async function run(
  command: string,
  args: readonly string[],
  environment: Record<string, string | undefined>,
): Promise<Run> {
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { NODE_ENV: "test", PATH: process.env.PATH ?? "", ...environment },
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

/** Runs the operator's command line to its end, on the test's DATA_DIR or another. */
export function bursar(args: readonly string[], directory = process.env.DATA_DIR): Promise<Run> {
  return run(process.execPath, ["scripts/bursar.mjs", ...args], { DATA_DIR: directory });
}
