import { defineConfig } from "vitest/config";

// The quick tests alone, as Stryker repeats them for each mutant. Those that start processes are left out, because a
// child process runs the code without the mutant.
export default defineConfig({
  oxc: { jsx: { runtime: "automatic" } },
  test: {
    environment: "node",
    include: ["tests/**/*.test.{ts,tsx}"],
    exclude: [
      "tests/{e2e,security,faults,scripts,bench}/**",
      "tests/import-rules.test.ts",
      "tests/lib/log.test.ts",
    ],
    setupFiles: ["tests/support/setup.ts"],
    restoreMocks: true,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
