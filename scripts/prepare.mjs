// What `npm start` and `npm test` share: packages, the right Node, the production build.
// It runs before anything is installed and on whatever Node the machine has, so: plain JavaScript, no dependencies,
// nothing newer than Node 16.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import nodeModule, { createRequire } from "node:module";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { hintCompilation } from "./compile-hints.mjs";
import { compressStaticFiles } from "./compress.mjs";

/** The project's folder, whatever the current one is. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const local = (...parts) => path.join(root, ...parts);

export const NEEDED_NODE = [22, 18];

/** Is `version` ("v22.18.0") one that Bursar runs on? */
export function isNodeNewEnough(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor >= NEEDED_NODE[1]);
}

export function say(line) {
  console.log(line);
}

/** Prints one line for the person and ends. */
export function fail(line, details = "") {
  if (details.trim()) console.error(`${details.trim()}\n`);
  console.error(line);
  process.exit(1);
}

/**
 * Loads `.env` as lib/config.ts does, because the checks before the start need it. A Node older than 20.12 cannot load
 * it.
 */
export function loadSettingsFile() {
  const file = local(".env");
  if (!process.loadEnvFile || !lstatSync(file, { throwIfNoEntry: false })) return;
  try {
    // Node names every failure of the next call ENOENT.
    accessSync(file, constants.R_OK);
    process.loadEnvFile(file);
  } catch (error) {
    fail(`${file} cannot be read (${error.code || error}). Run this as a user who may read it.`);
  }
}

function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`${file}\0`);
    hash.update(readFileSync(local(file)));
    hash.update("\0");
  }
  return hash.digest("hex");
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function tail(text, lines = 30) {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

/** Runs to the end without showing the output; `command` is never a shell's text. */
function runQuietly(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" },
    ...options,
  });
  const output = `${result.stdout || ""}${result.stderr || ""}${result.error ? result.error.message : ""}`;
  return { ok: result.status === 0, output };
}

// ── Packages ─────────────────────────────────────────────────────────────────────────────────────────────────────

const installStamp = local("node_modules", ".bursar-install");

/** What an install of the present lock writes into its stamp. */
function presentInstall() {
  return `${hashOf(["package.json", "package-lock.json"])} ${process.platform} ${process.arch}`;
}

/** The cause in npm's output, in one line. */
export function explainNpm(output) {
  const code =
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/.exec(
      output,
    );
  if (code) {
    return `npm install failed: the package registry cannot be reached (${code[1]}). Connect to the internet, or point npm at a registry you can reach, and run this again.`;
  }
  if (/\bEACCES\b|\bEPERM\b|\bEROFS\b/.test(output)) {
    return `npm install failed: ${local("node_modules")} is not writable. Make ${root} yours and run this again.`;
  }
  if (/\bENOSPC\b/.test(output)) return "npm install failed: the disk is full. Make room and run this again.";
  if (/gyp ERR|not found: make|no acceptable C compiler/i.test(output)) {
    return "npm install failed: a package must be compiled here and no C++ compiler works. Install one (Debian: apt-get install build-essential python3) and run this again.";
  }
  if (/spawn\S* npm\S* ENOENT|npm ENOENT/.test(output))
    return "npm was not found. Install Node with npm, and run this again.";
  return "npm install failed; npm's own words are above.";
}

/** Installs the locked packages unless the last install here was of the same lock. Never changes the lock. */
export function install() {
  const stamp = presentInstall();
  if (read(installStamp) === stamp) return;
  say("Installing packages …");
  const args = [
    "install",
    // Leaves package-lock.json unchanged, even if npm would add to it.
    "--no-save",
    "--include=dev",
    "--include=optional",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=5000",
  ];
  const npmCli = process.env.npm_execpath;
  const result =
    npmCli && /npm-cli\.[cm]?js$/.test(npmCli)
      ? runQuietly(process.execPath, [npmCli, ...args])
      : runQuietly("npm", args, { shell: process.platform === "win32" });
  if (!result.ok) fail(explainNpm(result.output), tail(result.output));
  // A Node that cannot run here (musl, an old glibc) must not hide the machine's own from npm's scripts.
  const node = localNode();
  if (node && !runQuietly(node, ["--version"]).ok) rmSync(node, { force: true });
  writeFileSync(installStamp, stamp);
}

// ── Node ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function localNode() {
  const node = local("node_modules", ".bin", "node");
  return process.platform !== "win32" && existsSync(node) ? node : null;
}

/**
 * V8's flags for a server, as in package.json's "start". By default V8 lets the heap grow to half a gigabyte when a
 * tenth of that is in use. With these flags it collects when the heap has grown by two fifths; the limit is V8's own.
 * Measured in docs/performance.md.
 */
export const SERVER_FLAGS = ["--max-semi-space-size=16", "--heap-growing-percent=40"];

/**
 * glibc's settings for {@link limitUnusedMemory}. It otherwise gives each thread an area of memory of its own and returns
 * little of it. V8's compilers take memory in pieces of 32 KB, up to 77 MB at once; a piece of this size is returned as
 * soon as it is free. Measured in docs/performance.md.
 */
const ALLOCATOR = { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "32768" };

/**
 * Lets this process return memory that it no longer uses. Only the environment can set this, before the process begins,
 * so the process replaces itself. Does nothing where it cannot, and changes nothing that the operator has set.
 */
export function limitUnusedMemory() {
  if (process.platform !== "linux" || !process.execve) return;
  if (Object.keys(ALLOCATOR).every((name) => process.env[name])) return;
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
    ...ALLOCATOR,
    ...process.env,
  });
}

/**
 * Lets Node store what it compiles of our sources, and read it at the next start: it then does not load its compiler of
 * TypeScript, which takes 20 MB and a second. Does nothing where the folder cannot be written.
 */
export function enableCompileCache() {
  nodeModule.enableCompileCache?.(local(".next", "cache", "node"));
}

/**
 * Returns in a Node that is new enough. An older one runs `script` with `flags` in the Node that was installed with the
 * packages, passes signals on to it, and ends as it ends.
 */
export async function ensureNode(script, flags = []) {
  if (isNodeNewEnough(process.version)) {
    endWithParent();
    return;
  }
  const node = localNode();
  if (!node || process.env.BURSAR_RERUN) {
    fail(
      `Bursar needs Node ${NEEDED_NODE.join(".")} or newer; this is ${process.version}. Install it from https://nodejs.org and run this again.`,
    );
  }
  const child = spawn(node, [...flags, script, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...ALLOCATOR, ...process.env, BURSAR_RERUN: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve) => {
    child.on("error", (error) => fail(`The installed Node does not run here: ${error.message}`));
    child.on("exit", (status, signal) => resolve(signal ? 1 : status));
  });
  process.exit(code);
}

/** Ends this process when the older Node that runs it is killed and cannot pass a signal on. */
function endWithParent() {
  if (!process.env.BURSAR_RERUN || !process.channel) return;
  delete process.env.BURSAR_RERUN;
  process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref();
}

/**
 * Ends this process when npm is ended. npm runs a script through a shell, sends a signal to that shell only, and the shell
 * does not pass it on: without this the server would stay behind and hold its port. No event tells of the end of a parent.
 */
export function endWithNpm() {
  if (!process.env.npm_lifecycle_event || process.platform === "win32") return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, 500);
  timer.unref();
}

/** Loads the native packages once, so that a machine without a binary for them is told so in one line. */
export function ensureNativePackages() {
  const require = createRequire(import.meta.url);
  try {
    const Sqlite = require("better-sqlite3");
    new Sqlite(":memory:").close();
    require("@node-rs/argon2");
  } catch (error) {
    fail(
      `A native package does not load on ${process.platform}-${process.arch} (${String(error.message).split("\n")[0]}). Delete node_modules and run this again; where no ready-made binary exists, a C++ compiler is needed (Debian: apt-get install build-essential python3).`,
    );
  }
}

// ── Build ────────────────────────────────────────────────────────────────────────────────────────────────────────

const buildStamp = local(".next", "bursar-build");
const SOURCE_FOLDERS = ["app", "components", "db", "lib", "public", "scripts"];
/** Files at the top that the build never reads. */
const NOT_SOURCES = /^(vitest|drizzle)\.config\.|^biome\.json$|^next-env\.d\.ts$/;

function filesUnder(folder) {
  return readdirSync(local(folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(file) : [file];
  });
}

/** What a build of the present sources writes into its stamp. */
function presentBuild() {
  const top = readdirSync(root).filter((name) => /\.(m?[jt]s|json)$/.test(name) && !NOT_SOURCES.test(name));
  const sources = [
    ...top,
    ...SOURCE_FOLDERS.filter((folder) => existsSync(local(folder))).flatMap(filesUnder),
  ];
  return `${hashOf(sources.sort())} ${process.version.split(".")[0]}`;
}

/** Builds for production unless the last build here was of the same sources. */
export function build() {
  const stamp = presentBuild();
  if (read(buildStamp) === stamp && existsSync(local(".next", "BUILD_ID"))) return;
  say("Building …");
  rmSync(buildStamp, { force: true });
  const result = runQuietly(
    process.execPath,
    [local("node_modules", "next", "dist", "bin", "next"), "build"],
    {
      // A build must not contain the server's settings.
      env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    },
  );
  if (!result.ok) fail("The build failed; its own words are above.", tail(result.output, 60));
  hintCompilation(local(".next"));
  compressStaticFiles(local(".next", "static"));
  writeFileSync(buildStamp, stamp);
}

// ── What the server needs ────────────────────────────────────────────────────────────────────────────────────────

/** Folder by folder: Node's own recursive mkdir never ends where a parent refuses, as under /proc. */
function makeDirectory(directory) {
  if (existsSync(directory)) return;
  const parent = path.dirname(directory);
  if (parent !== directory) makeDirectory(parent);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(directory)) throw error;
  }
}

/** The data folder, made if missing; one line when it cannot be written. */
export function ensureDataDirectory() {
  const directory = path.resolve(root, process.env.DATA_DIR || "data");
  try {
    makeDirectory(directory);
    // Refuses a file, because the check of permissions below would accept it.
    opendirSync(directory).closeSync();
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    const file = path.join(directory, "bursar.sqlite");
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
  } catch (error) {
    fail(
      `The data folder ${directory} is not writable (${error.code || error.message}). Make it writable or set DATA_DIR to a folder that is.`,
    );
  }
  return directory;
}

/** PORT, or 3000. */
export function wantedPort() {
  const text = process.env.PORT || "3000";
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
    fail(`PORT is "${text}"; it must be a number from 1 to 65535.`);
  }
  return port;
}

/** Ends with one line if this process cannot listen at `host` and `port`. */
export function ensurePortFree(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => {
      if (error.code === "EADDRINUSE") {
        fail(
          `Port ${port} is taken. Stop what listens there, or choose another: PORT=${port < 65535 ? port + 1 : 3000} npm start`,
        );
      }
      if (error.code === "EACCES") {
        fail(`Port ${port} may not be opened by this user. Choose one from 1024 up: PORT=3000 npm start`);
      }
      fail(`Cannot listen on ${host || "any address"}, port ${port} (${error.code}). Check HOST and PORT.`);
    });
    server.listen({ port, ...(host ? { host } : {}), exclusive: true }, () => server.close(() => resolve()));
  });
}
