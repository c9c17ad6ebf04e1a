import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

// The settings of memory must be the same in each way of starting a server, or one of them holds more than the others.
const PLACES: [file: string, line: RegExp][] = [
  ["package.json", /"start": "node (.+) scripts\/start\.mjs"/],
  ["scripts/prepare.mjs", /SERVER_FLAGS = \[(.+)\];/],
  ["Dockerfile", /CMD \["node", (.+), "lib\/server\/main\.ts"\]/],
  ["docs/deploy/bursar.service", /ExecStart=\S+ (.+) lib\/server\/main\.ts/],
  ["tests/support/server.ts", /SERVER_FLAGS = \[(.+)\];/],
];

test.each(PLACES)("%s starts the server with V8's flags", (file, line) => {
  const text = line.exec(readFileSync(file, "utf8"))?.[1] ?? "";
  const flags = text.split(/[\s,]+/).map((flag) => flag.replaceAll('"', ""));
  expect(flags).toEqual(["--max-semi-space-size=16", "--heap-growing-percent=40"]);
});

test.each(["scripts/prepare.mjs", "Dockerfile", "docs/deploy/bursar.service", "tests/support/server.ts"])(
  "%s starts the server with glibc's settings",
  (file) => {
    const settings = readFileSync(file, "utf8").match(/MALLOC_[A-Z_]+(=|: ")\d+/g) ?? [];
    expect(settings.map((setting) => setting.replace(': "', "="))).toEqual([
      "MALLOC_ARENA_MAX=2",
      "MALLOC_MMAP_THRESHOLD_=32768",
    ]);
  },
);
