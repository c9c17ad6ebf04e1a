import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeTemporaryDirectory } from "./database.ts";

export type TestServer = {
  /** "http://localhost:41234" */
  url: string;
  directory: string;
  process: ChildProcess;
  /** What it has printed so far, or the last megabytes of it. */
  output: () => string;
  /** The one-time code for /setup, from the console. */
  setupCode: () => Promise<string>;
  /** Runs the operator's tool on its data. @returns what `--json` prints. */
  bursar: (...args: string[]) => Record<string, unknown>;
  stop: () => Promise<void>;
  /** Ends it at once, by SIGKILL. */
  kill: () => Promise<void>;
};

/** How much of a server's output is kept, in characters: one that serves for hours prints a line a request. */
const KEPT_OUTPUT = 5_000_000;

/** What `npm start` sets before its process begins. */
const START_ENVIRONMENT = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "32768",
  NODE_COMPILE_CACHE: path.join(".next", "cache", "node"),
};

/** V8's flags of package.json's "start". */
const SERVER_FLAGS = ["--max-semi-space-size=16", "--heap-growing-percent=40"];

/** What Node runs to serve on a port, in which folder, and as which user and group. */
export type Serve = (port: number) => { cwd: string; args: string[]; uid?: number; gid?: number };

/**
 * Each process chooses from a range of its own. The ranges end below the ports that a system gives to programs that ask
 * for any port (from 32768 on Linux), because no other program may get a port before the server of a test listens on it.
 */
const FIRST_PORT = 10_000;
const PORTS_A_PROCESS = 100;
const RANGES = 220;
let portsChosen = 0;

/** A port that nobody listens on, and that no other test gets in the next seconds. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + (process.pid % RANGES) * PORTS_A_PROCESS + (portsChosen % PORTS_A_PROCESS);
    portsChosen += 1;
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}

/** Polls until `find` returns a value. The error names what it waited for. */
export async function eventually<T>(
  what: string,
  find: () => T | null | undefined | Promise<T | null | undefined>,
  seconds = 60,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const polledValue = await find();
    if (polledValue !== null && polledValue !== undefined) return polledValue;
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await sleep(50);
  }
}

type Options = {
  directory?: string;
  environment?: Record<string, string>;
  /** Flags of Node, e.g. `--import=…`. */
  nodeOptions?: readonly string[];
  /** `npm start`'s server in this project unless told otherwise. */
  serve?: Serve;
};

/**
 * Starts the production server as `npm start` does, on a free port. With `directory` it serves an existing data
 * folder, which then stays when it stops.
 */
export async function startServer(options: Options = {}): Promise<TestServer> {
  const server = await launchServer(options);
  try {
    await eventually(`${server.url} to be ready`, async () => {
      if (server.process.exitCode !== null) throw new Error("the server ended by itself");
      const answer = await fetch(`${server.url}/api/health/ready`).catch(() => null);
      return answer?.ok ? true : null;
    });
  } catch (error) {
    await server.stop();
    throw new Error(`${error instanceof Error ? error.message : error}\n${server.output()}`);
  }
  return server;
}

/** {@link startServer}, without waiting until it is ready. */
export async function launchServer(options: Options = {}): Promise<TestServer> {
  const directory = options.directory ?? makeTemporaryDirectory();
  const port = Number(options.environment?.PORT) || (await freePort());
  const { args, ...place } = options.serve?.(port) ?? {
    cwd: process.cwd(),
    args: [...SERVER_FLAGS, "lib/server/main.ts"],
  };
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), ...args], {
    ...place,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? "",
      ...START_ENVIRONMENT,
      NODE_ENV: "production",
      DATA_DIR: directory,
      PORT: String(port),
      ...options.environment,
    },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      printed += chunk;
      if (printed.length > 2 * KEPT_OUTPUT) printed = printed.slice(-KEPT_OUTPUT);
    });
  }

  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, "exit");
    }
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
  };

  return {
    url: `http://localhost:${port}`,
    directory,
    process: child,
    output: () => printed,
    setupCode: () => eventually("the setup code", () => /Setup code: ([A-Z0-9-]+)/.exec(printed)?.[1]),
    bursar: (...args) => bursar(directory, args),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

function bursar(directory: string, args: readonly string[]): Record<string, unknown> {
  const run = spawnSync(process.execPath, ["scripts/bursar.mjs", ...args, "--json"], {
    encoding: "utf8",
    env: { NODE_ENV: "test", PATH: process.env.PATH ?? "", DATA_DIR: directory },
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}
