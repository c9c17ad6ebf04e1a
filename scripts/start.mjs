// `npm start`: installs, builds and serves, each only when needed. `--prepare` stops before serving.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import {
  build,
  endWithNpm,
  ensureDataDirectory,
  ensureNativePackages,
  ensureNode,
  ensurePortFree,
  install,
  root,
  SERVER_HEAP,
  say,
  wantedPort,
} from "./prepare.mjs";

const serves = !process.argv.includes("--prepare");
const host = process.env.HOST || undefined;
process.chdir(root);
endWithNpm();

// What a person can put right is said before the minutes of work, not after.
const port = wantedPort();
if (serves) {
  ensureDataDirectory();
  await ensurePortFree(port, host);
}

install();
await ensureNode(fileURLToPath(import.meta.url), serves ? SERVER_HEAP : []);
ensureNativePackages();
build();
if (!serves) process.exit(0);

const directory = ensureDataDirectory();
await ensurePortFree(port, host);
const shown =
  !host || host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host;
say(`Bursar: http://${shown}:${port}, data in ${directory}`);

// Next's own command, in this process: one process to watch, and a signal reaches the server itself.
process.env.NODE_ENV = "production";
process.env.NEXT_TELEMETRY_DISABLED = "1";
// lib/portal/shutdown.ts ends the server; Next's own way waits for the slowest reader and does not close the database.
process.env.NEXT_MANUAL_SIG_HANDLE = "true";
const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
process.argv = [
  process.argv[0],
  next,
  "start",
  "--port",
  String(port),
  ...(host ? ["--hostname", host] : []),
];
createRequire(import.meta.url)(next);
