import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";

const dockerfile = readFileSync("Dockerfile", "utf8").replaceAll("\\\n", " ");
const instructions = dockerfile
  .split("\n")
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => ({ name: line.split(" ", 1)[0] ?? "", rest: line.replace(/^\w+ +/, "") }));
const all = (name: string) => instructions.filter((one) => one.name === name).map((one) => one.rest);
const ignored = readFileSync(".dockerignore", "utf8").split("\n").filter(Boolean);

describe("the Dockerfile", () => {
  test("copies what is there and what .dockerignore lets through", () => {
    const sources = all("COPY")
      .filter((line) => !line.startsWith("--from"))
      .flatMap((line) => line.split(/ +/).slice(0, -1));
    expect(sources).toContain("package-lock.json");
    for (const source of sources) {
      expect(existsSync(source), source).toBe(true);
      expect(ignored).not.toContain(source);
    }
    for (const folder of ["app", "components", "db", "lib", "scripts"]) expect(ignored).not.toContain(folder);
    for (const secret of ["data", ".env*", ".git"]) expect(ignored).toContain(secret);
  });

  test("runs a supported Node as a user without rights, by number, and keeps one volume", () => {
    expect(all("FROM").every((line) => line.startsWith("node:24-"))).toBe(true);
    expect(all("USER")).toEqual(["1000:0"]);
    expect(all("VOLUME")).toEqual(["/data"]);
    expect(all("ENV").join(" ")).toMatch(/DATA_DIR=\/data/);
    // HOST is not set, so the portal listens on all interfaces of the container unless the operator sets it.
    expect(all("ENV").join(" ")).not.toMatch(/HOST/);
    const [, flags = ""] =
      /node (--.*) scripts/.exec(JSON.parse(readFileSync("package.json", "utf8")).scripts.start) ?? [];
    expect(all("CMD").map((line) => JSON.parse(line))).toEqual([
      ["node", ...flags.split(" "), "lib/server/main.ts"],
    ]);
  });
});

describe("the image's folder", () => {
  let folder: string;
  let data: string;
  beforeEach(() => {
    folder = makeTemporaryDirectory();
    data = makeTemporaryDirectory();
  });
  afterEach(() => {
    removeDirectory(folder);
    removeDirectory(data);
  });

  test("has all that the command line and the import's thread load, and neither tests nor tools", () => {
    const build = spawnSync(process.execPath, ["scripts/standalone.mjs", folder], { encoding: "utf8" });
    expect(build.stderr).toBe("");
    const bursar = (...args: string[]) =>
      spawnSync(process.execPath, ["scripts/bursar.mjs", ...args], {
        cwd: folder,
        encoding: "utf8",
        env: { PATH: "/usr/bin:/bin", NODE_ENV: "production", DATA_DIR: data },
      });
    const done = { status: 0, stderr: `Data folder: ${data}\n` };
    expect(bursar("demo")).toMatchObject(done);
    expect(bursar("verify")).toMatchObject(done);
    expect(bursar("backup", path.join(data, "b"))).toMatchObject(done);
    expect(bursar("restore", path.join(data, "b"))).toMatchObject(done);
    expect(
      bursar("user", "create", "a@example.edu", "--password", "correct horse battery staple"),
    ).toMatchObject(done);
    // They stop where they ask for their task, having loaded everything.
    const errorOfThread = (name: string) =>
      spawnSync(process.execPath, [`lib/server/${name}.ts`], {
        cwd: folder,
        encoding: "utf8",
        env: { NODE_ENV: "production", DATA_DIR: data },
      }).stderr;
    expect(errorOfThread("import-thread")).toMatch(
      /Cannot read properties of (null|undefined) \(reading 'id'\)/,
    );
    expect(errorOfThread("batch-thread")).toMatch(/Cannot destructure property 'name'/);
    const packages = readdirSync(path.join(folder, "node_modules"));
    for (const name of ["next", "react", "typescript", "vitest", "tailwindcss"])
      expect(packages).not.toContain(name);
    expect(readdirSync(folder)).not.toContain("tests");
    // A slow machine takes seconds for each of its processes.
  }, 300_000);
});
