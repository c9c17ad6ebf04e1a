// `npm run bench`: installs, builds the product and the reference application, then measures. `-- --small` takes two
// minutes, `-- --only list,views` a part.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, ensureNativePackages, ensureNode, fail, install, root, say } from "./prepare.mjs";

process.chdir(root);
install();
await ensureNode(fileURLToPath(import.meta.url));
ensureNativePackages();
build();

say("Building the reference application …");
const reference = spawnSync(
  process.execPath,
  [
    path.join("node_modules", "next", "dist", "bin", "next"),
    "build",
    path.join("tests", "bench", "reference"),
  ],
  { encoding: "utf8", env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } },
);
if (reference.status !== 0) {
  fail(
    "The reference application could not be built; its own words are above.",
    reference.stdout + reference.stderr,
  );
}
process.removeAllListeners("warning");
await import("../tests/bench/bench.ts");
