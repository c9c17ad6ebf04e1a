import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

/** The output of a separate process, because the settings are read once in a process. */
function printed(code: string, settings: Record<string, string> = {}) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { log, errorFields } from "#lib/log.ts"; import { loadConfig } from "#lib/config.ts"; ${code}`,
    ],
    { encoding: "utf8", env: { NODE_ENV: "test", PATH: process.env.PATH, ...settings } },
  );
  return { lines: stdout.split("\n").slice(0, -1), stderr, status };
}

test("a line is a JSON object, also the last before the process ends", () => {
  const { lines } = printed(
    'log.debug("no"); log.info("one", { n: 1, gone: undefined }); log.warn("two\\nlines"); process.exit(0)',
  );
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { time: expect.stringMatching(/^\d{4}-.*Z$/), level: "info", message: "one", n: 1 },
    { time: expect.any(String), level: "warn", message: "two\nlines" },
  ]);
});

test("LOG_LEVEL leaves out what is below it; LOG_FORMAT=pretty is for a person", () => {
  const { lines } = printed('log.info("no"); log.error("yes", { path: "/a b", n: 2 })', {
    LOG_LEVEL: "error",
    LOG_FORMAT: "pretty",
  });
  expect(lines).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} ERROR yes path="\/a b" n=2$/)]);
});

test("what the start announces is in the log's format, whatever LOG_LEVEL is", () => {
  const code = 'log.info("no"); log.announce("Setup code: ABCD"); process.exit(0)';
  const json = printed(code, { LOG_LEVEL: "error" });
  expect(json.lines.map((line) => JSON.parse(line))).toEqual([
    { time: expect.stringMatching(/^\d{4}-.*Z$/), level: "info", message: "Setup code: ABCD" },
  ]);
  const pretty = printed(code, { LOG_LEVEL: "error", LOG_FORMAT: "pretty" });
  expect(pretty.lines).toEqual(["Setup code: ABCD"]);
});

test("an error has its message and its stack", () => {
  const { lines } = printed(
    'log.error("x", errorFields(Object.assign(new TypeError("bad", { cause: new Error("deep") }), { code: "E1" })))',
  );
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    error: "bad",
    name: "TypeError",
    code: "E1",
    cause: "deep",
    stack: expect.stringContaining("at "),
  });
});

test.each([
  ["LOG_LEVEL", "loud"],
  ["LOG_FORMAT", "xml"],
])("%s=%s is refused", (name, value) => {
  const { stderr, status } = printed("loadConfig()", { [name]: value });
  expect(status).toBe(1);
  expect(stderr).toContain(`${name} must be one of`);
});

test("continues after the reader of the log has closed it", async () => {
  const code =
    'import { log } from "#lib/log.ts"; let n = 0; const timer = setInterval(() => { log.info("x".repeat(99_999)); if (++n === 20) { clearInterval(timer); console.error("alive"); } }, 10);';
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const [status] = await once(child, "close");
  expect([status, said]).toEqual([0, "alive\n"]);
});
