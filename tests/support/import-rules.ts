import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync } from "oxc-parser";

/** One import of a module: its specifier, and whether it imports only types. */
export type Import = { specifier: string; typeOnly: boolean };

const FOLDERS = ["app", "components", "db", "lib"];
/** Next looks for these at the top; they belong to app/. */
const TOP_FILES = ["instrumentation.ts"];

/** Every source file that the table of folders covers, by its path from the project's folder. */
export function sourceFiles(root: string): string[] {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" }).map((file) =>
      path.posix.join(folder, file.split(path.sep).join("/")),
    ),
  );
  const top = readdirSync(root).filter((file) => TOP_FILES.includes(file));
  return [...top, ...inFolders].filter((file) => /\.tsx?$/.test(file)).sort();
}

/** Static, dynamic and re-exporting imports of a file, read by a real parser. */
export function importsOf(file: string, source: string): Import[] {
  const { module, errors } = parseSync(file, source);
  const [error] = errors;
  if (error) throw new Error(`${file}: ${error.message}`);
  const importList: Import[] = module.staticImports.map((one) => ({
    specifier: one.moduleRequest.value,
    typeOnly: one.entries.length > 0 && one.entries.every((entry) => entry.isType),
  }));
  for (const one of module.staticExports) {
    for (const entry of one.entries) {
      if (entry.moduleRequest) {
        importList.push({ specifier: entry.moduleRequest.value, typeOnly: entry.isType });
      }
    }
  }
  for (const one of module.dynamicImports) {
    const text = source.slice(one.moduleRequest.start, one.moduleRequest.end);
    importList.push({ specifier: text.replace(/^["'`]|["'`]$/g, ""), typeOnly: false });
  }
  return importList;
}

/** "#lib/credits.ts" and "./rules.ts" become a path from the project's folder; a package stays null. */
function ownPath(file: string, specifier: string): string | null {
  if (specifier.startsWith("#")) return specifier.slice(1);
  if (specifier.startsWith(".")) return path.posix.join(path.posix.dirname(file), specifier);
  return null;
}

const isShared = (file: string) => /^lib\/[^/]+\.ts$/.test(file);
const isPure = (file: string) => isShared(file) || /^lib\/[^/]+\/(rules|search-params)(\.ts$|\/)/.test(file);
const isUnder = (file: string, ...folders: string[]) =>
  folders.some((folder) => file.startsWith(`${folder}/`));

const FRAMEWORK = /^(next|next-auth|react|react-dom)(\/|$)/;
const DATABASE = /^(drizzle-orm|better-sqlite3)(\/|$)/;
/** The modules of lib/ that may import Next: two turn a request's cookie into a user, one starts the server. */
const KNOWS_NEXT = [
  "lib/portal-users/auth.ts",
  "lib/portal-users/session.ts",
  "lib/server/main.ts",
  "lib/server/router-state.ts",
];
/** The routes of app/ that the server calls itself. */
const SERVER_ROUTES = /^app\/api\/v1\/.*\/route\.ts$/;

/** Why `file` may not import one of our own modules, or null. This is the table in docs/architecture.md. */
function ownFault(file: string, target: string, typeOnly: boolean): string | null {
  if (isUnder(file, "db")) {
    return isUnder(target, "db") || target === "lib/process-wide.ts" || target === "lib/thread.ts"
      ? null
      : "db/ imports nothing of ours but process-wide state and threads";
  }
  if (isShared(file)) return isShared(target) ? null : "lib/*.ts import only one another";
  if (isUnder(file, "lib")) {
    if (isPure(file)) {
      return isPure(target) ? null : "rules and search-params import only pure modules";
    }
    if (file === "lib/server/api-routes.ts" && SERVER_ROUTES.test(target)) return null;
    if (!isUnder(target, "db", "lib")) return "lib/ imports only db/ and lib/";
    if (isUnder(target, "lib/server") && !isUnder(file, "lib/server"))
      return "lib/server/ is imported by app/ alone";
    if (/\/queries(\.ts$|\/)/.test(file) && /\/commands(\.ts$|\/)/.test(target) && !typeOnly) {
      return "reads do not import writes";
    }
    return null;
  }
  if (isUnder(file, "components/ui")) {
    return isUnder(target, "components/ui") || isPure(target)
      ? null
      : "components/ui/ imports only ui and pure modules of lib/";
  }
  if (isUnder(file, "components")) {
    if (isUnder(target, "components") || isPure(target)) return null;
    return isUnder(target, "lib") && typeOnly
      ? null
      : "components/ import ui, pure modules of lib/ and types of lib/";
  }
  return isUnder(target, "app", "components", "db", "lib")
    ? null
    : "app/ imports app, components, db and lib";
}

function packageFault(file: string, name: string): string | null {
  if (isUnder(file, "db", "lib") && FRAMEWORK.test(name) && !KNOWS_NEXT.includes(file)) {
    return "db/ and lib/ run without Next and React";
  }
  if (
    isUnder(file, "lib") &&
    isPure(file) &&
    !isShared(file) &&
    (DATABASE.test(name) || name.startsWith("node:"))
  ) {
    return "rules and search-params also run in the browser";
  }
  if (isUnder(file, "components") && DATABASE.test(name)) return "components/ do not know the database";
  return null;
}

/** What is wrong with one file's imports, as lines for a person. */
export function importFaults(file: string, source: string): string[] {
  return importsOf(file, source).flatMap(({ specifier, typeOnly }) => {
    const target = ownPath(file, specifier);
    const faults = [target === null ? packageFault(file, specifier) : ownFault(file, target, typeOnly)];
    if (specifier.startsWith(".") && target?.split("/")[0] !== file.split("/")[0]) {
      faults.push("relative imports stay in their folder");
    }
    if (target !== null && !/\.\w+$/.test(target)) faults.push("imports carry the file's ending");
    return faults.flatMap((fault) => (fault ? [`${file} imports ${specifier}: ${fault}`] : []));
  });
}

export function importFaultsUnder(root: string): string[] {
  return sourceFiles(root).flatMap((file) => importFaults(file, readFileSync(path.join(root, file), "utf8")));
}

/** The own modules that each source file imports, by its path. */
function importGraph(
  root: string,
  isFollowed: (one: Import, target: string) => boolean,
): Map<string, string[]> {
  return new Map(
    sourceFiles(root).map((file) => [
      file,
      importsOf(file, readFileSync(path.join(root, file), "utf8")).flatMap((one) => {
        const target = ownPath(file, one.specifier);
        return target !== null && isFollowed(one, target) ? [target] : [];
      }),
    ]),
  );
}

/** The ways by which components of the browser load a package, each from the component to the module that imports it. */
export function waysToPackage(root: string, name: string): string[] {
  const read = (file: string) => readFileSync(path.join(root, file), "utf8");
  const graph = importGraph(root, ({ typeOnly }) => !typeOnly);
  const importsPackage = (file: string) =>
    importsOf(file, read(file)).some((one) => !one.typeOnly && one.specifier === name);
  const find = (file: string, seen: Set<string>): string[] | null => {
    if (seen.has(file) || !graph.has(file)) return null;
    seen.add(file);
    if (importsPackage(file)) return [file];
    for (const target of graph.get(file) ?? []) {
      // What a component imports of actions are addresses to send forms to.
      const way = /^"use server";/m.test(read(target)) ? null : find(target, seen);
      if (way) return [file, ...way];
    }
    return null;
  };
  return [...graph.keys()].flatMap((file) => {
    const way = /^"use client";/.test(read(file)) ? find(file, new Set()) : null;
    return way ? [way.join(" → ")] : [];
  });
}

/** Modules that import one another, directly or through others, each as the way that leads back to it. */
export function moduleCycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = [];
  const states = new Map<string, "open" | "done">();
  const visit = (file: string, way: readonly string[]): void => {
    states.set(file, "open");
    for (const target of graph.get(file) ?? []) {
      if (states.get(target) === "open") {
        cycles.push([...way.slice(way.indexOf(target)), target].join(" → "));
      } else if (!states.has(target)) visit(target, [...way, target]);
    }
    states.set(file, "done");
  };
  for (const file of graph.keys()) if (!states.has(file)) visit(file, [file]);
  return cycles;
}

export function moduleCyclesUnder(root: string): string[] {
  return moduleCycles(importGraph(root, () => true));
}

/** "alerts" of "lib/alerts/checks.ts"; null for a module that is of no concept. */
const conceptOf = (file: string): string | null => /^lib\/([^/]+)\//.exec(file)?.[1] ?? null;

/** Pairs of concepts that import each other's modules beyond pure rules and types: "batches ↔ members". */
export function mutualConcepts(root: string): string[] {
  const graph = importGraph(root, ({ typeOnly }, target) => !typeOnly && !isPure(target));
  const uses = new Set<string>();
  for (const [file, targets] of graph) {
    for (const target of targets) uses.add(`${conceptOf(file)} ${conceptOf(target)}`);
  }
  return [...uses]
    .flatMap((use) => {
      const [one = "", other = ""] = use.split(" ");
      return one < other && one !== "null" && other !== "null" && uses.has(`${other} ${one}`)
        ? [`${one} ↔ ${other}`]
        : [];
    })
    .sort();
}
