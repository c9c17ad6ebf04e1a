import path from "node:path";
import { build } from "esbuild";

/** Node finds packages from here. */
const FOLDER = "node_modules/.cache/bursar-tests";

/**
 * Bundles `run-worker.ts` into one file, because the imports of a start take more time than all else in it. Where the
 * program looks for the files of its threads, the bundle finds those of the source.
 *
 * @returns the path of the bundle
 */
export async function bundleWorker(): Promise<string> {
  const outfile = path.resolve(FOLDER, `run-worker-${process.pid}.mjs`);
  await build({
    entryPoints: ["tests/support/run-worker.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    minifySyntax: true,
    // Native modules stay where they are.
    external: ["better-sqlite3", "@node-rs/argon2"],
    define: { "import.meta.dirname": JSON.stringify(path.resolve("db")) },
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  return outfile;
}
