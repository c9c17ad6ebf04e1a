import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

type Locked = Partial<Record<"dependencies" | "optionalDependencies", Record<string, string>>>;

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
  packages: Record<string, Locked>;
};

/** Where npm looks for a dependency of the package in this folder: beneath it, then beneath each folder above. */
function places(folder: string, dependency: string): string[] {
  const parents = folder.split(/\/?node_modules\//).slice(1);
  return [...parents.keys(), parents.length].map((depth) =>
    [...parents.slice(0, depth), dependency].map((name) => `node_modules/${name}`).join("/"),
  );
}

// npm leaves other platforms out of the lock if node_modules has only this one's. Then a Mac installs what is not locked.
it("locks the packages of every platform", () => {
  const missing = Object.entries(packages).flatMap(([folder, locked]) =>
    Object.keys({ ...locked.dependencies, ...locked.optionalDependencies })
      .filter((name) => !places(folder, name).some((place) => packages[place]))
      .map((name) => `${name} of ${folder}`),
  );
  expect(missing).toEqual([
    // Their maker has published the program for Linux on x64 only.
    "@flydotio/litestream-darwin-arm64 of node_modules/@flydotio/litestream",
    "@flydotio/litestream-darwin-x64 of node_modules/@flydotio/litestream",
    "@flydotio/litestream-linux-arm64 of node_modules/@flydotio/litestream",
  ]);
});
