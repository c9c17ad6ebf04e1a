import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { commandsReference, environmentReference } from "#tests/support/reference.ts";

const markdown = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.join(folder, file));

const PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", ...markdown("docs")];

/** The anchors of a page, as GitHub makes them from its headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("the documentation", () => {
  it("links only to files and headings that exist", () => {
    const broken = PAGES.flatMap((page) => {
      const prose = readFileSync(page, "utf8").replace(/```[\s\S]*?```/g, "");
      return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
        if (/^[a-z]+:/.test(target)) return [];
        const [file = "", anchor] = target.split("#");
        const destination = file === "" ? page : path.join(path.dirname(page), file);
        if (!existsSync(destination)) return [`${page}: ${target}`];
        if (anchor === undefined || !destination.endsWith(".md")) return [];
        return anchorsOf(readFileSync(destination, "utf8")).includes(anchor) ? [] : [`${page}: ${target}`];
      });
    });
    expect(broken).toEqual([]);
  });

  it("names only files that exist, except where records of decisions tell of the past", () => {
    const pages = PAGES.filter((page) => !/decisions.\d/.test(page));
    const missing = pages.flatMap((page) => {
      const files = readFileSync(page, "utf8").matchAll(
        /`((?:app|components|db|docs|lib|scripts|tests)\/[\w./()[\]-]+\.(?:ts|tsx|mjs|md|json|csv|css))`/g,
      );
      return [...files].flatMap(([, file = ""]) => (existsSync(file) ? [] : [`${page}: ${file}`]));
    });
    expect(missing).toEqual([]);
  });

  it("numbers its decision records without a gap, lists each in the index, and gives each every section", () => {
    const folder = "docs/decisions";
    const records = readdirSync(folder).filter((file) => file !== "README.md");
    const index = readFileSync(path.join(folder, "README.md"), "utf8");
    const numbers = records.map((file) => Number(/^(\d{4})-[a-z0-9-]+\.md$/.exec(file)?.[1]));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(records.map((_, position) => position + 1));
    for (const file of records) {
      expect(index, file).toContain(`](${file})`);
      const text = readFileSync(path.join(folder, file), "utf8");
      const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
      expect(headings, file).toEqual(["Context", "Decision", "Consequences", "Alternatives"]);
      expect(text, file).toMatch(/^# \d{4}\. .+\n\n- Date: \d{4}-\d\d-\d\d\n- Status: .+\n/);
    }
  });

  it("has the reference of commands that the code generates (npm run docs:reference)", () => {
    expect(readFileSync("docs/reference/commands.md", "utf8")).toBe(commandsReference());
  });

  it("has the reference of settings that the code generates", () => {
    expect(readFileSync("docs/reference/environment.md", "utf8")).toBe(environmentReference());
  });
});
