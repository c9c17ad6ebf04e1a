// `npm start`: installs, builds and serves, each only when needed. `--prepare` stops before serving.
import { fileURLToPath } from "node:url";
import {
  build,
  ensureDataDirectory,
  ensureNativePackages,
  ensureNode,
  ensurePortFree,
  install,
  root,
  SERVER_FLAGS,
  wantedPort,
} from "./prepare.mjs";

const serves = !process.argv.includes("--prepare");
const host = process.env.HOST || undefined;
process.chdir(root);

// What a person can put right is said before the minutes of work, not after.
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

ensureDataDirectory();
process.removeAllListeners("warning");
await import("../lib/server/main.ts");
