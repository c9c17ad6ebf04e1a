// After `BURSAR_STANDALONE=1 next build`: completes .next/standalone, the folder that a container image is made of. Next
// copies into it what it loads itself. The server, its threads and the command line run from source, so this adds
// their sources and packages. Another folder may be named instead.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { hintCompilation } from "./compile-hints.mjs";
import { compressStaticFiles } from "./compress.mjs";
import { root } from "./prepare.mjs";

const target = path.resolve(process.argv[2] ?? path.join(root, ".next", "standalone"));
const copy = (name) =>
  cpSync(path.join(root, name), path.join(target, name), { recursive: true, dereference: true });

/** Next's own output has what the server needs of these. */
const FROM_NEXT = /^(next|next-auth|react|react-dom)$/;
/** Imports and exports of values, which may go over several lines, and imports at run time. */
const IMPORTS = /^(?:import|\} from|export)(?! type)[^"]*"([^"]+)"|\bimport\("([^"]+)"\)/gm;

function importsOf(file) {
  const source = readFileSync(path.join(root, file), "utf8");
  return [...source.matchAll(IMPORTS)].map(([, whenLoaded, atRunTime]) => whenLoaded ?? atRunTime);
}

/** The files of app/ that `file` needs: the routes that the server calls itself, and what these import. */
function filesOfApp(file, files = new Set()) {
  for (const name of importsOf(file)) {
    const imported = name.startsWith("#app/")
      ? name.slice(1)
      : name.startsWith(".") && file.startsWith("app/")
        ? path.posix.join(path.posix.dirname(file), name)
        : null;
    if (imported !== null && !files.has(imported)) filesOfApp(imported, files.add(imported));
  }
  return files;
}

/** The packages that these files import, and the packages that those need in turn. */
function packagesOf(files) {
  const packages = new Set();
  const add = (name) => {
    const manifest = path.join(root, "node_modules", name, "package.json");
    if (packages.has(name) || FROM_NEXT.test(name) || !existsSync(manifest)) return;
    packages.add(name);
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(manifest, "utf8"));
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) add(needed);
  };
  for (const file of files) {
    for (const specifier of importsOf(file)) {
      const [, name] = /^((?:@[^/]+\/)?[^/#.:][^/#:]*)(?:\/|$)/.exec(specifier) ?? [];
      if (name) add(name);
    }
  }
  return packages;
}

const FOLDERS = ["db", "lib"];
const sources = FOLDERS.flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.posix.join(folder, file)),
);
const app = filesOfApp("lib/server/api-routes.ts");

hintCompilation(path.join(root, ".next"));
for (const folder of [...FOLDERS, ".next/static", "public"])
  if (existsSync(path.join(root, folder))) copy(folder);
for (const file of ["package.json", "next.config.mjs", "scripts/bursar.mjs", "docs/usage-api.md", ...app])
  copy(file);
for (const name of packagesOf([...sources, ...app])) copy(`node_modules/${name}`);
const staticFolder = path.join(target, ".next", "static");
if (existsSync(staticFolder)) compressStaticFiles(staticFolder);
// Removes Next's own server, which has none of our steps, and sources that Next copies although its build has bundled
// them.
for (const name of ["server.js", "components", "tests"]) {
  rmSync(path.join(target, name), { recursive: true, force: true });
}
