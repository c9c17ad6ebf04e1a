// `npm run bench`: installs, builds the product and the reference application, then measures. `-- --small` takes two
// minutes, `-- --only list,views` a part.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, ensureNativePackages, ensureNode, fail, install, root, say } from "./prepare.mjs";

process.chdir(root);
install();
await ensureNode(fileURLToPath(import.meta.url));
ensureNativePackages();
build();

const reference = path.join("tests", "bench", "reference");
if (!existsSync(path.join(reference, ".next", "BUILD_ID"))) {
  say("Building the reference application …");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join("node_modules", "next", "dist", "bin", "next"), "build", reference],
    { encoding: "utf8", env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } },
  );
  if (status !== 0)
    fail("The reference application could not be built; its own words are above.", stdout + stderr);
}
process.removeAllListeners("warning");
await import("../tests/bench/bench.ts");
