import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";

const { hintCompilation } = (await import(path.resolve("scripts", "compile-hints.mjs"))) as {
  hintCompilation: (folder: string) => void;
};

let build: string;

beforeEach(() => {
  build = makeTemporaryDirectory();
  mkdirSync(path.join(build, "static"));
  writeFileSync(path.join(build, "static", "main.js"), "begin();");
  writeFileSync(path.join(build, "static", "page.js"), "page();");
});

afterEach(() => removeDirectory(build));

const script = (name: string) => readFileSync(path.join(build, "static", name), "utf8");

test("a script that every page begins with gets the hint in its first line, once", () => {
  writeFileSync(
    path.join(build, "build-manifest.json"),
    JSON.stringify({ rootMainFiles: ["static/main.js"], lowPriorityFiles: ["static/page.js"] }),
  );
  hintCompilation(build);
  expect(script("main.js")).toBe("//# allFunctionsCalledOnLoad\nbegin();");
  hintCompilation(build);
  expect(script("main.js")).toBe("//# allFunctionsCalledOnLoad\nbegin();");
  expect(script("page.js")).toBe("page();");
});

test("a build without a list of scripts stays as it is", () => {
  hintCompilation(build);
  expect(script("main.js")).toBe("begin();");
});
