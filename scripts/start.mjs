// `npm start`: installs, builds and serves, each only when needed. `--prepare` stops before serving.
import nodeModule from "node:module";
import { fileURLToPath } from "node:url";
import {
  build,
  enableCompileCache,
  endWithNpm,
  ensureDataDirectory,
  ensureNativePackages,
  ensureNode,
  ensurePortFree,
  install,
  limitUnusedMemory,
  loadSettingsFile,
  root,
  SERVER_FLAGS,
  wantedPort,
} from "./prepare.mjs";

const serves = !process.argv.includes("--prepare");
process.chdir(root);
if (serves) limitUnusedMemory();
endWithNpm();
loadSettingsFile();

// Checks what a person can correct before the install and the build, which take minutes.
const host = process.env.HOST || undefined;
const port = wantedPort();
if (serves) {
  ensureDataDirectory();
  await ensurePortFree(port, host);
}

install();
await ensureNode(fileURLToPath(import.meta.url), serves ? SERVER_FLAGS : []);
ensureNativePackages();
build();
if (!serves) process.exit(0);

process.removeAllListeners("warning");
enableCompileCache();
await import("../lib/server/main.ts");
// At once, and not only at the end, which may be a kill.
nodeModule.flushCompileCache?.();
