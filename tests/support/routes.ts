import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync } from "oxc-parser";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** "app/(portal)/members/[id]/page.tsx" is "/members/[id]". */
function routeOf(file: string): string {
  const parts = path.posix.dirname(file).split("/").slice(1);
  return `/${parts.filter((part) => !/^\(.*\)$/.test(part)).join("/")}`;
}

function exportsOf(file: string): string[] {
  const { module } = parseSync(file, readFileSync(file, "utf8"));
  return module.staticExports.flatMap(({ entries }) =>
    entries.flatMap((entry) => entry.exportName.name ?? []),
  );
}

/** Every page and handler of app/, as "GET /members/[id]". */
export function routesOfSource(): string[] {
  const files = readdirSync("app", { recursive: true, encoding: "utf8" }).map((file) =>
    path.posix.join("app", file.split(path.sep).join("/")),
  );
  return files
    .flatMap((file) => {
      const name = path.posix.basename(file);
      if (/^page\.[jt]sx?$/.test(name)) return [`GET ${routeOf(file)}`];
      if (!/^route\.[jt]sx?$/.test(name)) return [];
      return exportsOf(file)
        .filter((method) => METHODS.includes(method))
        .map((method) => `${method} ${routeOf(file)}`);
    })
    .sort();
}
