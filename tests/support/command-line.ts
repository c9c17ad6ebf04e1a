import { spawn } from "node:child_process";
import { once } from "node:events";
import { vi } from "vitest";
import { main } from "#lib/cli/main.ts";

/** How a command ended. `err` is without the line that names the data folder. */
export type Run = { code: number | null; out: string; err: string };

/** Standard error without the line that every command begins with; tests/lib/cli/data-folder.test.ts checks that line. */
export const withoutDataFolder = (err: string) => err.replace(/^Data folder: .*\n/, "");

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
  return { code, out, err: withoutDataFolder(err) };
}

/** Runs the operator's command line to its end as a process of its own, on the test's DATA_DIR or another. */
export function bursar(args: readonly string[], directory = process.env.DATA_DIR): Promise<Run> {
  return run(process.execPath, ["scripts/bursar.mjs", ...args], { DATA_DIR: directory });
}

/**
 * Runs the operator's command line inside the test's process, which takes milliseconds and not half a second. `folder`
 * is the one that file names are relative to. Only one may run at a time, because the process has one standard output.
 */
export async function bursarInProcess(args: readonly string[], folder = process.cwd()): Promise<Run> {
  let out = "";
  let err = "";
  const standardOutput = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    out += chunk;
    return true;
  });
  const standardError = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    err += chunk;
    return true;
  });
  // Vitest has put a console of its own in the place of Node's.
  const consoleError = vi.spyOn(console, "error").mockImplementation((line) => {
    err += `${line}\n`;
  });
  const listeners = [process.stdout, process.stderr].map((stream) => ({
    stream,
    before: stream.listeners("error"),
  }));
  const exitCode = process.exitCode;
  process.exitCode = undefined;
  try {
    await main([...args], folder);
    return { code: Number(process.exitCode ?? 0), out, err: withoutDataFolder(err) };
  } finally {
    process.exitCode = exitCode;
    for (const spy of [standardOutput, standardError, consoleError]) spy.mockRestore();
    for (const { stream, before } of listeners) {
      for (const listener of stream.listeners("error")) {
        if (!before.includes(listener)) stream.off("error", listener as () => void);
      }
    }
  }
}
