// The operator's command line. Plain JavaScript for any Node: it only finds the right one and hands over.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (!existsSync(path.join(root, "node_modules", "commander"))) {
  console.error("Bursar is not installed yet. Run npm start once, or npm install.");
  process.exit(1);
}
if (major > 22 || (major === 22 && minor >= 18)) {
  // Relative file names start from the folder where the command was typed.
  const typedIn = process.env.INIT_CWD ?? process.cwd();
  process.chdir(root);
  process.removeAllListeners("warning");
  // Caches compiled code, because compiling takes a third of a short command's time. Without a writable folder there is
  // no cache.
  module.enableCompileCache(path.join(root, "node_modules", ".cache", "bursar"));
  const { main } = await import("../lib/cli/main.ts");
  await main(process.argv.slice(2), typedIn);
} else {
  const own = path.join(root, "node_modules", ".bin", "node");
  if (!existsSync(own)) {
    console.error(`Bursar needs Node 22.18 or newer; this is ${process.version}.`);
    process.exit(1);
  }
  const { status } = spawnSync(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}
