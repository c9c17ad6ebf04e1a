// Mutation testing: changes the code in one place at a time and lists the changes that no test notices.
//   npm run mutate -- --mutate 'lib/ledger/*.ts' --testFiles 'tests/lib/ledger/*.test.ts'
// `--testFiles` names the concept's own tests, because those are the ones that should notice, and because each change
// then takes a second. The report goes to test-results/mutation.html.

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "tests/mutation/vitest.config.ts", related: true },
  mutate: [
    "lib/{credits,time,text,csv}.ts",
    "lib/{ledger,usage,members,organizations,credit-types,transactions,audit,verify,portal-users,api-keys}/**/*.ts",
    "db/*.ts",
  ],
  coverageAnalysis: "perTest",
  // Code that runs while a module loads: vitest would have to start again for each change of it.
  ignoreStatic: true,
  concurrency: 1,
  timeoutMS: 20_000,
  reporters: ["clear-text", "html", "progress-append-only"],
  clearTextReporter: { allowColor: false, reportTests: false },
  htmlReporter: { fileName: "test-results/mutation.html" },
  tempDirName: ".stryker-tmp",
  ignorePatterns: ["/.next", "/data", "/docs", "/public", "/test-results"],
  // Stryker rewrites the paths in tsconfig.json by an API that TypeScript 7 no longer has. They need no rewriting.
  tsconfigFile: "none.json",
};
