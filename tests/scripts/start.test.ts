import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { eventually, freePort } from "#tests/support/server.ts";

// The real scripts in a small project of their own. npm, Next, the native packages and the server are stand-ins that
// write down when they are called: the whole test run itself starts with the real ones.
const NPM = `
  const { appendFileSync, cpSync, rmSync } = require("node:fs");
  appendFileSync("calls", "npm " + process.argv.slice(2, 4).join(" ") + "\\n");
  if (process.env.NPM_SAYS) { console.error(process.env.NPM_SAYS); process.exit(1); }
  cpSync("packages", "node_modules", { recursive: true });
`;
const NEXT = `
  const { appendFileSync, mkdirSync, writeFileSync } = require("node:fs");
  const [command, ...args] = process.argv.slice(2);
  appendFileSync("calls", "next " + command + "\\n");
  if (command === "build") {
    if (process.env.BUILD_SAYS) { console.error(process.env.BUILD_SAYS); process.exit(1); }
    mkdirSync(".next/static", { recursive: true });
    writeFileSync(".next/BUILD_ID", "1");
  }
`;
const SERVER = `
  import { createServer } from "node:http";
  createServer((_, answer) => answer.end("hello")).listen(process.env.PORT, () =>
    console.log(
      "arenas " + process.env.MALLOC_ARENA_MAX + ", own pages from " + process.env.MALLOC_MMAP_THRESHOLD_ +
      ", pid " + process.pid));
  process.on("SIGTERM", () => process.exit(143));
`;

let project: string;
let children: ChildProcess[];

function put(file: string, text: string): void {
  const target = path.join(project, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text, { mode: 0o755 });
}

beforeEach(() => {
  children = [];
  project = makeTemporaryDirectory();
  cpSync("scripts", path.join(project, "scripts"), { recursive: true });
  put("package.json", JSON.stringify({ scripts: { start: "node scripts/start.mjs" } }));
  put("package-lock.json", "{}");
  put("app/page.tsx", "one");
  put("npm/npm-cli.js", NPM);
  put("packages/next/dist/bin/next", NEXT);
  put("lib/server/main.ts", SERVER);
  put("packages/better-sqlite3/index.js", "module.exports = class { close() {} };");
  put("packages/@node-rs/argon2/index.js", "");
  put("packages/.bin/node", `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
});

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  removeDirectory(project);
});

type Run = { child: ChildProcess; output: () => string };

/** `pretend` is the Node version that only this process believes to be; `everyNode` makes all of them believe it. */
function start(
  args: string[],
  environment: Record<string, string> = {},
  { pretend = "", everyNode = false }: { pretend?: string; everyNode?: boolean } = {},
): Run {
  if (pretend) put("lie.mjs", `Object.defineProperty(process, "version", { value: "${pretend}" });`);
  const lie = `--import=${path.join(project, "lie.mjs")}`;
  const child = spawn(
    process.execPath,
    [...(pretend && !everyNode ? [lie] : []), "scripts/start.mjs", ...args],
    {
      cwd: project,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        NODE_ENV: "test",
        PATH: process.env.PATH ?? "",
        npm_execpath: path.join(project, "npm/npm-cli.js"),
        ...(pretend && everyNode ? { NODE_OPTIONS: lie } : {}),
        ...environment,
      },
    },
  );
  children.push(child);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      printed += chunk;
    });
  }
  return { child, output: () => printed };
}

async function ended(run: Run): Promise<{ code: number | null; lastLine: string; output: string }> {
  const [code] = await once(run.child, "close");
  return { code, output: run.output(), lastLine: run.output().trim().split("\n").at(-1) ?? "" };
}

function calls(): string[] {
  if (!readdirSync(project).includes("calls")) return [];
  const lines = readFileSync(path.join(project, "calls"), "utf8").trim().split("\n");
  rmSync(path.join(project, "calls"));
  return lines;
}

const served = (run: Run) => eventually("the server", () => /pid (\d+)/.exec(run.output())?.[1]).then(Number);
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("npm start", () => {
  test("names a file .env that cannot be read, in one line, before it does anything", async () => {
    symlinkSync("nowhere", path.join(project, ".env"));
    expect(await ended(start([]))).toMatchObject({
      code: 1,
      output: `${path.join(project, ".env")} cannot be read (ENOENT). Run this as a user who may read it.\n`,
    });
    expect(calls()).toEqual([]);
  });

  test("lets glibc return memory, unless the operator has set how", async () => {
    const settings = process.platform === "linux" ? ["2", "32768"] : ["undefined", "undefined"];
    const run = start([], { PORT: String(await freePort()) });
    await served(run);
    expect(run.output()).toContain(`arenas ${settings[0]}, own pages from ${settings[1]}, `);
    const other = start([], { PORT: String(await freePort()), MALLOC_ARENA_MAX: "1" });
    await served(other);
    expect(other.output()).toContain(`arenas 1, own pages from ${settings[1]}, `);
    // An older Node runs the server in another process.
    const older = start([], { PORT: String(await freePort()) }, { pretend: "v20.0.0" });
    await served(older);
    expect(older.output()).toContain("arenas 2, own pages from 32768, ");
  });

  test("stores the code that Node has compiled", async () => {
    const run = start([], { PORT: String(await freePort()) });
    await served(run);
    const cache = path.join(project, ".next", "cache", "node");
    // A folder for this Node, and in it a file for each module.
    const isModule = (name: string) => name.includes(path.sep);
    await eventually("a stored module", () =>
      existsSync(cache) && readdirSync(cache, { recursive: true, encoding: "utf8" }).some(isModule)
        ? true
        : null,
    );
  });

  test("does each step once, and again only when what it was made from has changed", async () => {
    expect(await ended(start(["--prepare"]))).toMatchObject({
      code: 0,
      output: "Installing packages …\nBuilding …\n",
    });
    expect(calls()).toEqual(["npm install --no-save", "next build"]);

    expect(await ended(start(["--prepare"]))).toMatchObject({ code: 0, output: "" });
    expect(calls()).toEqual([]);

    put("app/page.tsx", "two");
    expect(await ended(start(["--prepare"]))).toMatchObject({ code: 0, output: "Building …\n" });

    put("package-lock.json", "{ }");
    await ended(start(["--prepare"]));
    expect(calls()).toEqual(["next build", "npm install --no-save", "next build"]);
  });

  test("serves in its own process, and a signal ends it", async () => {
    const port = await freePort();
    const run = start([], { PORT: String(port), DATA_DIR: path.join(project, "kept") });
    expect(await served(run)).toBe(run.child.pid);
    expect(await (await fetch(`http://localhost:${port}`)).text()).toBe("hello");
    run.child.kill("SIGTERM");
    expect(await ended(run)).toMatchObject({ code: 143 });
  });

  test("runs again in the installed Node when the machine's is too old, and ends with it", async () => {
    const run = start([], { PORT: String(await freePort()) }, { pretend: "v20.20.2" });
    const pid = await served(run);
    expect(pid).not.toBe(run.child.pid);
    run.child.kill("SIGTERM");
    expect(await ended(run)).toMatchObject({ code: 143 });
    expect(isAlive(pid)).toBe(false);
  });

  test("leaves no server behind when the first process is killed outright", async () => {
    const run = start([], { PORT: String(await freePort()) }, { pretend: "v20.20.2" });
    const pid = await served(run);
    run.child.kill("SIGKILL");
    await eventually("the server's end", () => !isAlive(pid) || null);
  });

  test("ends with npm when npm gets the signal", async () => {
    await ended(start(["--prepare"]));
    const npm = spawn("npm", ["start"], {
      cwd: project,
      stdio: ["ignore", "pipe", "ignore"],
      env: { NODE_ENV: "test", PATH: process.env.PATH ?? "", PORT: String(await freePort()) },
    });
    children.push(npm);
    let printed = "";
    npm.stdout.on("data", (chunk) => {
      printed += chunk;
    });
    const pid = Number(await eventually("the server", () => /pid (\d+)/.exec(printed)?.[1]));
    npm.kill("SIGTERM");
    await eventually("the server's end", () => !isAlive(pid) || null);
  });
});

describe("one clear line", () => {
  test("when Node is too old and there is no other", async () => {
    const run = start(["--prepare"], {}, { pretend: "v20.20.2", everyNode: true });
    expect(await ended(run)).toMatchObject({
      code: 1,
      lastLine:
        "Bursar needs Node 22.18 or newer; this is v20.20.2. Install it from https://nodejs.org and run this again.",
    });
  });

  test.each(["::", "127.0.0.1"])(
    "when the port is taken on %s, before anything is installed",
    async (host) => {
      const other = createServer().listen(0, host);
      await once(other, "listening");
      const { port } = other.address() as { port: number };
      const answer = await ended(start([], { PORT: String(port) }));
      other.close();
      expect(answer).toMatchObject({
        code: 1,
        output: expect.stringMatching(/^Port \d+ is taken\. .*PORT=\d+ npm start\n$/),
      });
      expect(answer.output).toContain(String(port));
      expect(calls()).toEqual([]);
    },
  );

  test.each(["0", "65536", "abc", "3000.5", "-1"])("when PORT is %s", async (port) => {
    expect(await ended(start([], { PORT: port }))).toMatchObject({
      code: 1,
      output: `PORT is "${port}"; it must be a number from 1 to 65535.\n`,
    });
  });

  test("when HOST is not this machine's", async () => {
    expect(await ended(start([], { HOST: "203.0.113.9", PORT: String(await freePort()) }))).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^Cannot listen on 203\.0\.113\.9, port \d+ \(EADDRNOTAVAIL\)/),
    });
  });

  test("when the data folder cannot be one", async () => {
    put("taken", "a file");
    const environment = { DATA_DIR: path.join(project, "taken"), PORT: String(await freePort()) };
    expect(await ended(start([], environment))).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^The data folder .*\/taken is not writable \(\w+\)\. .* set DATA_DIR/),
    });
  });

  test.each([
    ["npm error code ENOTFOUND", "the package registry cannot be reached (ENOTFOUND)"],
    ["npm error code EACCES", "is not writable"],
    ["npm error code ENOSPC", "the disk is full"],
    ["gyp ERR! not found: make", "no C++ compiler works"],
    ["npm error something else", "npm's own words are above"],
  ])("when npm says %j", async (says, line) => {
    const answer = await ended(start(["--prepare"], { NPM_SAYS: says }));
    expect(answer.code).toBe(1);
    expect(answer.output).toContain(says);
    expect(answer.lastLine).toMatch(/^npm install failed/);
    expect(answer.lastLine).toContain(line);
  });

  test("when there is no npm", async () => {
    const answer = await ended(start(["--prepare"], { npm_execpath: "", PATH: path.join(project, "empty") }));
    expect(answer).toMatchObject({
      code: 1,
      lastLine: "npm was not found. Install Node with npm, and run this again.",
    });
  });

  test("when a native package does not load", async () => {
    put("packages/better-sqlite3/index.js", 'throw new Error("no binary for this machine\\nat line 1");');
    const answer = await ended(start(["--prepare"]));
    expect(answer.code).toBe(1);
    expect(answer.lastLine).toMatch(
      /^A native package does not load on .*no binary for this machine.*compiler/,
    );
  });

  test("when the build fails; the next start builds again", async () => {
    const answer = await ended(start(["--prepare"], { BUILD_SAYS: "Type error: x" }));
    expect(answer).toMatchObject({ code: 1, lastLine: "The build failed; its own words are above." });
    expect(answer.output).toContain("Type error: x");
    expect(await ended(start(["--prepare"]))).toMatchObject({ code: 0, output: "Building …\n" });
  });
});
