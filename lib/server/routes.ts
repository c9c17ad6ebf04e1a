import { readFileSync } from "node:fs";
import path from "node:path";

export type RouteMatcher = (pathname: string) => string;

/** The name of every path that no route has. One name, because otherwise strangers could fill the metrics. */
export const NO_ROUTE = "(none)";

/** No route of ours has a longer path, in characters. */
const PATH_MAX_LENGTH = 2_048;

/** `pathname` without the slashes at its end. */
function withoutTrailingSlashes(pathname: string): string {
  let end = pathname.length;
  while (end > 1 && pathname[end - 1] === "/") end -= 1;
  return pathname.slice(0, end);
}

/** Finds the route of the build, such as `/organizations/[code]`, that a path belongs to. */
export function routeMatcher(routes: readonly string[]): RouteMatcher {
  const fixed = new Set(routes.filter((route) => !route.includes("[")));
  const patterned = routes
    .filter((route) => route.includes("["))
    // The route with the longest fixed beginning comes first, as in Next.
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
    if (pathname.length > PATH_MAX_LENGTH) return NO_ROUTE;
    const trimmed = withoutTrailingSlashes(pathname);
    if (fixed.has(trimmed)) return trimmed;
    return patterned.find(({ pattern }) => pattern.test(trimmed))?.route ?? NO_ROUTE;
  };
}

/** The routes that Next's build has written down; none before the first build. */
export function builtRoutes(): string[] {
  const file = path.join(process.cwd(), ".next", "app-path-routes-manifest.json");
  try {
    const routes: Record<string, string> = JSON.parse(readFileSync(file, "utf8"));
    return [...new Set(Object.values(routes))];
  } catch {
    return [];
  }
}
