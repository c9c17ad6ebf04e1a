import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic" } },
  test: {
    // One failing expectation is a failed run; so is a test left on `.only`.
    allowOnly: false,
    restoreMocks: true,
    // How long `expect.poll` waits at most. A second, which is the default, is too short on a busy machine.
    expect: { poll: { timeout: 20_000 } },
    // A snapshot is written when asked for with `-u` and never because its file is missing.
    update: "none",
    // Every core: left to itself, vitest leaves one free, and on two cores a project with one worker comes last.
    maxWorkers: "100%",
    // Groups run one after the other, from the quickest to the slowest; each has the machine for itself. Vitest puts
    // group 0 with isolated files on one worker last, so the numbers begin at 1.
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          // A component's test asks for a browser's globals itself: `// @vitest-environment jsdom`.
          environment: "node",
          include: ["tests/**/*.test.{ts,tsx}"],
          exclude: ["tests/{scripts,e2e,security,faults}/**"],
          setupFiles: ["tests/support/setup.ts"],
          // next-auth imports "next/server" without an ending, which Node itself does not find.
          server: { deps: { inline: ["next-auth"] } },
          // A limit for what hangs, generous for a busy machine.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "scripts",
          environment: "node",
          // Each test starts processes, half a second for each. They share the group of the quick tests, so that one
          // worker waits for processes while the other computes.
          include: ["tests/scripts/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          environment: "node",
          include: ["tests/e2e/**/*.test.ts"],
          // Each file has a server and a browser of its own, so two files run at a time.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "security",
          environment: "node",
          include: ["tests/security/**/*.test.ts"],
          // Each starts servers of its own.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: "faults",
          environment: "node",
          include: ["tests/faults/**/*.test.ts"],
          // They kill and measure: nothing else may run beside them.
          fileParallelism: false,
          // In their long form they run for hours.
          testTimeout: process.env.FAULTS_SCALE ? 24 * 3_600_000 : 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
