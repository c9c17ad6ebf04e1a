import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const CODE = `
  import { logConsole } from "#lib/server/console.ts";
  logConsole();
  console.log("\\u001b[32m✓\\u001b[39m Running %s took 11ms\\n", "next.config");
  console.error(new Error("bad"));
  process.exit(0);
`;

function printed(format: string): string[] {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", CODE], {
    encoding: "utf8",
    env: { NODE_ENV: "test", PATH: process.env.PATH, LOG_FORMAT: format },
  });
  return (stdout + stderr).trim().split("\n");
}

test("what a library prints is a line of JSON, without colours, and an error is one line too", () => {
  const lines = printed("json").map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { level: "info", message: "✓ Running next.config took 11ms", source: "console" },
    { level: "warn", message: expect.stringMatching(/^Error: bad\n {4}at /), source: "console" },
  ]);
});

test("with LOG_FORMAT=pretty it is printed as the library prints it", () => {
  expect(printed("pretty")[0]).toBe("\u001b[32m✓\u001b[39m Running next.config took 11ms");
});
