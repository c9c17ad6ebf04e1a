import { subscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { getCACertificates } from "node:tls";
import { type CheckpointReport, startCheckpoints } from "#db/checkpoints.ts";
import { dataDirectory, prepareDataDirectory } from "#db/data-directory.ts";
import { networkFileSystem } from "#db/network-file-system.ts";
import { openSound } from "#db/open.ts";
import { loadConfig } from "#lib/config.ts";
import { failInterruptedImports, startRemovingOldImports } from "#lib/imports/commands.ts";
import { startSavingUses } from "#lib/last-uses/queue.ts";
import { errorFields, log } from "#lib/log.ts";
import { authSecret } from "#lib/portal-users/secrets.ts";
import { startSavingRefusals } from "#lib/refusals/queue.ts";
import { moveSpendingDaysToToday } from "#lib/runway/commands.ts";
import { startScheduler } from "#lib/scheduler/jobs.ts";
import { logConsole } from "./console.ts";
import { ensureFirstOwner } from "./first-owner.ts";
import { createPortalServer } from "./http.ts";
import { registerJobs } from "./jobs.ts";
import { startMetrics } from "./metrics.ts";
import { stopOnSignals } from "./shutdown.ts";

// The program that `npm start`, `npm run dev`, the container and the tests run: settings, database, server. It runs from
// source; what Next serves is bundled by the build.

const development = process.argv.includes("--dev");

function logCheckpoint(report: CheckpointReport): void {
  if ("error" in report) log.error("the thread of checkpoints failed", errorFields(report.error));
  else if (report.fault === null) log.info("the write-ahead log is copied into the database again");
  else log.warn("the write-ahead log was not copied into the database", { code: report.fault });
}

/** Locks and the write-ahead log of SQLite are only reliable where all processes share one machine's memory. */
function warnOfNetworkFileSystem(): void {
  const folder = prepareDataDirectory();
  const name = networkFileSystem(folder);
  if (name === null) return;
  log.warn(
    `the data folder ${folder} is on a network file system (${name}), where SQLite can lose data; move it to a disk of this machine`,
    { fileSystem: name },
  );
}

/** Node reads this setting before the portal reads `.env`, and goes on where the file cannot be read. */
function warnOfUnreadCertificates(): void {
  if (!process.env.NODE_EXTRA_CA_CERTS || getCACertificates("extra").length > 0) return;
  log.warn(
    "NODE_EXTRA_CA_CERTS has no effect: name a readable file of certificates, in the environment and not in .env",
    { file: process.env.NODE_EXTRA_CA_CERTS },
  );
}

/**
 * Gives Next the configuration that the build has written down. The image has only what Next needs to serve, which is not
 * enough to read next.config.mjs.
 */
function giveBuiltConfig(): void {
  const file = path.join(process.cwd(), ".next", "required-server-files.json");
  if (!existsSync(file)) return;
  const { config } = JSON.parse(readFileSync(file, "utf8"));
  process.env.__NEXT_PRIVATE_STANDALONE_CONFIG = JSON.stringify(config);
}

/** Next behind our own server. It is loaded late, because React reads NODE_ENV when it is loaded. */
async function startNext(hostname: string, port: number) {
  // Next adds a listener for WebSockets to the server that it is given, and never closes what it does not know.
  const upgrades = createServer();
  if (!development) giveBuiltConfig();
  const { default: next } = await import("next");
  const app = next({ dev: development, dir: process.cwd(), hostname, port, httpServer: upgrades });
  await app.prepare();
  return { handler: app.getRequestHandler(), upgrades };
}

/** Why the server cannot listen there, in one line. */
function listenFault(error: NodeJS.ErrnoException, host: string | null, port: number): string {
  if (error.code === "EADDRINUSE") {
    return `Port ${port} is taken. Stop the program that listens there, or set PORT to another.`;
  }
  if (error.code === "EACCES")
    return `Port ${port} may not be opened by this user. Set PORT to 1024 or more.`;
  return `Cannot listen on ${host ?? "any address"}, port ${port} (${error.code}). Check HOST and PORT.`;
}

/** The address to open on this machine. */
function localUrl(host: string | null, port: number): string {
  if (!host || host === "0.0.0.0" || host === "::") return `http://localhost:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function main(): Promise<void> {
  const mode = development ? "development" : "production";
  Object.assign(process.env, { NODE_ENV: mode, NEXT_TELEMETRY_DISABLED: "1" });
  process.chdir(path.join(import.meta.dirname, "..", ".."));
  const { host, port, appUrl, metricsToken } = loadConfig(process.cwd());
  logConsole();
  const url = localUrl(host, port);
  authSecret();
  if (metricsToken !== null) startMetrics();
  subscribe("bursar.storage-fault", (fault) =>
    log.error("a write was refused by the storage", errorFields(fault)),
  );
  warnOfNetworkFileSystem();
  warnOfUnreadCertificates();
  openSound();
  startCheckpoints(logCheckpoint);
  await failInterruptedImports();
  await startRemovingOldImports();
  startSavingRefusals();
  startSavingUses();
  // Before the first page, because the portal may have been off for days.
  await moveSpendingDaysToToday();
  registerJobs();
  await ensureFirstOwner(appUrl?.origin ?? url);

  const { handler, upgrades } = await startNext(host ?? "localhost", port);
  const server = createPortalServer({
    next: handler,
    development,
    ...(development && { upgrade: (...upgrade) => upgrades.emit("upgrade", ...upgrade) }),
  });
  // One request's failure must not end everybody's.
  process.on("unhandledRejection", (error) => log.error("a promise was rejected", errorFields(error)));
  process.on("uncaughtException", (error) => log.error("an error was not caught", errorFields(error)));
  server.listen({ port, ...(host && { host }) });
  await once(server, "listening").catch((error) => {
    throw new Error(listenFault(error, host, port));
  });
  startScheduler();
  stopOnSignals();
  log.announce(`Bursar: ${url}, data in ${dataDirectory()}`);
}

try {
  await main();
} catch (error) {
  // Without its settings, database and port the portal answers nothing: print why, in one line, and stop.
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
