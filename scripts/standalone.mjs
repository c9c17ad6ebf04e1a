// After `BURSAR_STANDALONE=1 next build`: completes .next/standalone, the folder that a container image is made of. Next
// puts into it what its server was seen to load; the import's thread and the operator's command line run from source.
// Another folder may be named instead.
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./prepare.mjs";

const target = path.resolve(process.argv[2] ?? path.join(root, ".next", "standalone"));
const copy = (from, to = from) =>
  cpSync(path.join(root, from), path.join(target, to), { recursive: true, dereference: true });

/** The server has what it needs of these from Next itself, and the command line does not load them. */
const SERVERS_OWN = /^(next|next-auth|react|react-dom)$/;

/** Packages that source files name in imports of values, and those that these need in turn. */
function packagesOf(folders) {
  const wanted = new Set();
  for (const folder of folders) {
    for (const file of readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts")) continue;
      const source = readFileSync(path.join(root, folder, file), "utf8");
      for (const [, name] of source.matchAll(
        /^(?:import|\} from|export)(?! type)[^"]*"((?:@[^/"]+\/)?[^/"#.:]+)/gm,
      )) {
        wanted.add(name);
      }
    }
  }
  const add = (name) => {
    if (SERVERS_OWN.test(name)) return wanted.delete(name);
    const manifest = path.join(root, "node_modules", name, "package.json");
    if (!existsSync(manifest)) return;
    wanted.add(name);
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(manifest, "utf8"));
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies }))
      if (!wanted.has(next)) add(next);
  };
  for (const name of [...wanted]) add(name);
  return wanted;
}

for (const folder of ["db", "lib"]) copy(folder);
for (const file of ["package.json", "scripts/bursar.mjs"]) copy(file);
for (const folder of [".next/static", "public"]) if (existsSync(path.join(root, folder))) copy(folder);
for (const name of packagesOf(["db", "lib"])) {
  if (existsSync(path.join(root, "node_modules", name))) copy(`node_modules/${name}`);
}
