import { readFileSync } from "node:fs";
import path from "node:path";

export type RouteMatcher = (pathname: string) => string;

/** What a path is called that no route has: one name, or strangers could fill the metrics with theirs. */
export const NO_ROUTE = "(none)";

/** From the routes of the build, such as `/organizations/[code]`, the one that a path belongs to. */
export function routeMatcher(routes: readonly string[]): RouteMatcher {
  const fixed = new Set(routes.filter((route) => !route.includes("[")));
  const patterned = routes
    .filter((route) => route.includes("["))
    // The one with the longest beginning that is fixed comes first, as Next decides.
    .sort((one, other) => other.indexOf("[") - one.indexOf("[") || other.length - one.length)
    .map((route) => ({
      route,
      pattern: new RegExp(
        `^${route
          .split("/")
          .map((part) =>
            part.startsWith("[...") || part.startsWith("[[...")
              ? ".+"
              : part.startsWith("[")
                ? "[^/]+"
                : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"),
          )
          .join("/")}$`,
      ),
    }));
  return (pathname) => {
    if (pathname.startsWith("/_next/")) return "/_next";
    let end = pathname.length;
    while (end > 1 && pathname[end - 1] === "/") end -= 1;
    const plain = pathname.slice(0, end);
    if (fixed.has(plain)) return plain;
    return patterned.find(({ pattern }) => pattern.test(plain))?.route ?? NO_ROUTE;
  };
}

/** The routes that Next's build has written down. */
export function builtRoutes(): string[] {
  const file = path.join(/* turbopackIgnore: true */ process.cwd(), ".next", "app-path-routes-manifest.json");
  try {
    const routes: Record<string, string> = JSON.parse(readFileSync(file, "utf8"));
    return [...new Set(Object.values(routes))];
  } catch {
    // The development server has none.
    return [];
  }
}
