// Stores the scripts and stylesheets of the build compressed, beside the originals, and lib/server/static-files.ts sends them.
// The best compression takes seconds, which is too long for a request. It makes them a seventh smaller.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/**
 * Writes `NAME.br` and `NAME.gz` for each script and stylesheet in `folder` and the folders in it, unless they are there: a
 * file of the build never changes under its name.
 */
export function compressStaticFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) compressStaticFiles(file);
    else if (/\.(js|css)$/.test(entry.name) && !(existsSync(`${file}.br`) && existsSync(`${file}.gz`))) {
      const content = readFileSync(file);
      const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
      writeFileSync(`${file}.br`, brotliCompressSync(content, { params }));
      writeFileSync(`${file}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
    }
  }
}
