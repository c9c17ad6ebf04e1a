import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

it("lets V8 compile no call from WebAssembly to JavaScript, in any thread of the process", () => {
  // V8 prints its settings as they are, and ends.
  const settings = (first: string) =>
    execFileSync(
      process.execPath,
      ["--input-type=module", "-e", `${first}; (await import("node:v8")).setFlagsFromString("--help");`],
      { encoding: "utf8" },
    ).match(/--wasm-wrapper-tiering-budget=\d+/g);
  expect(settings("")).toEqual(["--wasm-wrapper-tiering-budget=1000"]);
  expect(settings('await import("./lib/thread.ts")')).toEqual(["--wasm-wrapper-tiering-budget=2147483647"]);
});
