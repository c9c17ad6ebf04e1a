import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import type { Serve } from "#tests/support/server.ts";

const NOT_LINKED = [".next", "proxy.ts", "data", ".git"];
/** What the build's two lists of middleware say when there is none. */
const MIDDLEWARE = "/_middleware";

let copy: string | undefined;

/** The same build, served as if proxy.ts had never been: Next runs what these lists name, and they name nothing. */
function copyWithoutProxy(): string {
  const root = process.cwd();
  const directory = makeTemporaryDirectory();
  for (const name of readdirSync(root)) {
    if (!NOT_LINKED.includes(name)) symlinkSync(path.join(root, name), path.join(directory, name));
  }
  for (const name of readdirSync(path.join(root, ".next"))) {
    if (name === "cache") continue;
    cpSync(path.join(root, ".next", name), path.join(directory, ".next", name), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  const server = path.join(directory, ".next", "server");
  const file = path.join(server, "functions-config-manifest.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  if (!(MIDDLEWARE in manifest.functions))
    throw new Error("the build does not name the proxy where it used to");
  delete manifest.functions[MIDDLEWARE];
  writeFileSync(file, JSON.stringify(manifest));
  return directory;
}

const withoutProxy: Serve = (port) => {
  copy ??= copyWithoutProxy();
  return {
    cwd: copy,
    args: [path.join(copy, "node_modules", "next", "dist", "bin", "next"), "start", "--port", String(port)],
  };
};

/** With the proxy and without it: what is refused must be refused alike. */
export const BOTH_WAYS = [
  ["as it is served", undefined],
  ["without proxy.ts", withoutProxy],
] as const;

export function removeCopy(): void {
  if (copy) removeDirectory(copy);
  copy = undefined;
}
