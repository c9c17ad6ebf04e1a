// `npm start`: installs, builds and serves, each only when needed. `--prepare` stops before serving.
import { fileURLToPath } from "node:url";
import {
  build,
  endWithNpm,
  ensureDataDirectory,
  ensureNativePackages,
  ensureNode,
  ensurePortFree,
  install,
  loadSettingsFile,
  root,
  SERVER_FLAGS,
  wantedPort,
} from "./prepare.mjs";

const serves = !process.argv.includes("--prepare");
process.chdir(root);
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
await import("../lib/server/main.ts");
