import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { freePort, startServer, type TestServer } from "#tests/support/server.ts";

// The steps of the Dockerfile, one after the other, in folders that hold only what the image would.

type Step = { name: string; rest: string };

const ignored = readFileSync(".dockerignore", "utf8").split("\n").filter(Boolean);
const isIgnored = (name: string) =>
  ignored.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );

let folder: string;
let app: string;
let data: string;
let server: TestServer | undefined;

/** The image's folders, as folders of this test. */
const here = (text: string) =>
  text
    .replaceAll(/\/src\b/g, path.join(folder, "src"))
    .replaceAll(/\/app\b/g, app)
    .replaceAll(/\/data\b/g, data);

function stepsOf(stage: number): Step[] {
  const [, ...stages] = readFileSync("Dockerfile", "utf8")
    .replaceAll("\\\n", " ")
    .split(/^FROM .*$/m);
  return (stages[stage] ?? "")
    .split("\n")
    .filter((line) => /^[A-Z]+ /.test(line))
    .map((line) => ({ name: line.split(" ", 1)[0] ?? "", rest: line.replace(/^\w+ +/, "") }));
}

/** How this machine reaches the registry of packages: a build without it would try again for many minutes. */
const networkSettings = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^((https?|no)_proxy|node_extra_ca_certs|npm_config_\w+)$/i.test(name),
    ),
  );

function run(command: string, cwd: string): void {
  // chown needs root, and the image's build runs as root.
  const script =
    process.getuid?.() === 0 ? here(command) : here(command).replaceAll(/chown \S+ \S+/g, "true");
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script], {
    cwd,
    encoding: "utf8",
    env: {
      NODE_ENV: "production",
      PATH: `${path.dirname(process.execPath)}:${process.env.PATH ?? ""}`,
      HOME: process.env.HOME ?? "",
      ...networkSettings(),
    },
  });
  expect(status, `${script}\n${stdout}\n${stderr}`).toBe(0);
}

function copyInto(target: string, sources: readonly string[]): void {
  for (const source of sources) {
    for (const name of source === "." ? readdirSync(".") : [source]) {
      if (!isIgnored(name)) cpSync(name, path.join(target, name), { recursive: true });
    }
  }
}

beforeAll(() => {
  folder = makeTemporaryDirectory();
  // Other users of the machine may enter it, as they may enter the folders of an image.
  chmodSync(folder, 0o755);
  app = path.join(folder, "image");
  data = path.join(folder, "volume");
  for (const name of ["src", "image"]) mkdirSync(path.join(folder, name));
});
afterAll(async () => {
  await server?.stop();
  removeDirectory(folder);
});

it("builds an image that serves, on the address and port of its settings, and ends with one line where it cannot", async () => {
  for (const { name, rest } of stepsOf(0)) {
    if (name === "COPY") copyInto(path.join(folder, "src"), rest.split(/ +/).slice(0, -1));
    if (name === "RUN") run(rest, path.join(folder, "src"));
  }
  expect(existsSync(path.join(folder, "src", "node_modules", "vitest"))).toBe(false);
  for (const { name, rest } of stepsOf(1)) {
    if (name === "COPY") {
      const [source = ""] = rest.split(/ +/).filter((word) => !word.startsWith("--"));
      cpSync(here(source), app, { recursive: true, verbatimSymlinks: true });
    }
    if (name === "RUN") run(rest, app);
  }
  const [, ...args] = JSON.parse(stepsOf(1).find(({ name }) => name === "CMD")?.rest ?? "[]") as string[];
  // Some platforms run a container with any user id and the group 0. Only root can start a process as another user.
  const user = process.getuid?.() === 0 ? { uid: 12_345, gid: 0 } : {};
  const serve = () => ({ cwd: app, args, ...user });
  removeDirectory(path.join(folder, "src"));
  server = await startServer({ directory: data, serve, environment: { HOST: "127.0.0.1" } });
  if (user.uid !== undefined) expect(statSync(path.join(data, "bursar.sqlite")).uid).toBe(user.uid);
  // The answer that it is ready may arrive before the line that it printed earlier.
  await expect.poll(server.output).toMatch(/"message":"Bursar: http:\/\/127\.0\.0\.1:\d+, data in /);
  const page = await fetch(`${server.url}/setup`);
  expect(page.status).toBe(200);
  const [, script = ""] = /src="(\/_next\/static\/[^"]+\.js)"/.exec(await page.text()) ?? [];
  expect((await fetch(`${server.url}${script}`)).status).toBe(200);
  expect((await fetch(`${server.url}/favicon.ico`)).status).toBe(200);
  expect((await fetch(`${server.url}/api/v1/usage`, { method: "POST" })).status).toBe(401);

  const { port } = new URL(server.url);
  for (const [settings, line] of [
    [{ PORT: port }, `Port ${port} is taken. Stop the program that listens there, or set PORT to another.`],
    [{ PORT: "99999" }, "PORT must be a number from 1 to 65535."],
    [
      { PORT: String(await freePort()), HOST: "203.0.113.9" },
      /^Cannot listen on 203\.0\.113\.9, port \d+ \(EADDRNOTAVAIL\)\. Check HOST and PORT\.$/,
    ],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: app,
      encoding: "utf8",
      env: { NODE_ENV: "production", PATH: process.env.PATH ?? "", DATA_DIR: data, ...settings },
    });
    expect([status, stderr.trim()]).toEqual([
      1,
      typeof line === "string" ? line : expect.stringMatching(line),
    ]);
  }
}, 900_000);
