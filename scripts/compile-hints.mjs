// Chromium otherwise compiles most functions of a script when they are first called, one by one, and the page waits for
// each. React and Next call most of theirs as they begin: this took half of the longest task of a page.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * With this first line, V8 compiles a whole script beside the page while the script arrives
 * (https://v8.dev/blog/explicit-compile-hints). To other browsers it is a comment.
 */
const HINT = "//# allFunctionsCalledOnLoad\n";

/** Writes the hint into the scripts that every page begins with. `folder` is that of the build, `.next`. */
export function hintCompilation(folder) {
  const manifest = path.join(folder, "build-manifest.json");
  if (!existsSync(manifest)) return;
  for (const name of JSON.parse(readFileSync(manifest, "utf8")).rootMainFiles) {
    const file = path.join(folder, name);
    const script = readFileSync(file, "utf8");
    if (!script.startsWith(HINT)) writeFileSync(file, HINT + script);
  }
}
