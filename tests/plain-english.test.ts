import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync } from "oxc-parser";
import { expect, test } from "vitest";

/** Words that have stopped readers, as docs/development/style.md explains. Each is odd wherever it is used. */
const BANNED =
  /\b(anew|lest|whoever|whomever|hence|of late|cannot be meant|to the letter|stands? (here|there|in|on)|this very|the same says|from the first one on)\b/i;

function filesUnder(folder: string, ending: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => ending.test(file))
    .map((file) => path.join(folder, file));
}

/** The sentences of a page: no code, and no quotations, which may show what not to write. */
function proseOf(markdown: string): string {
  return markdown.replace(/```[\s\S]*?```|`[^`]*`|"[^"\n]*"/g, "");
}

type Node = { type: string; [key: string]: unknown };

/** Every text that a source file may show: string literals, template literals and the text of elements. */
function textsOf(file: string, source: string): string[] {
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const child of value) visit(child);
      return;
    }
    if (typeof value !== "object" || value === null) return;
    const node = value as Node;
    if (node.type === "ImportDeclaration") return;
    if ((node.type === "Literal" || node.type === "JSXText") && typeof node.value === "string") {
      texts.push(node.value);
    }
    if (node.type === "TemplateElement") texts.push((node.value as { raw: string }).raw);
    for (const [key, child] of Object.entries(node)) if (key !== "parent") visit(child);
  };
  visit(parseSync(file, source).program);
  return texts;
}

test("the search for words sees prose, literals, templates and elements, and neither code nor comments", () => {
  expect(proseOf('It `stands in` the "house".\n```\nanew\n```\nEnd.')).toBe("It  the .\n\nEnd.");
  const source =
    'import x from "lest"; /* hence */ const a = "one", b = `two`; <p title="four">five {"six"}</p>;';
  expect(textsOf("page.tsx", source)).toEqual(["one", "two", "four", "five ", "six"]);
});

test("no page of the documentation has a word that stops readers", () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    ...filesUnder("docs", /\.md$/),
  ];
  expect(
    pages.flatMap((page) =>
      (BANNED.exec(proseOf(readFileSync(page, "utf8"))) ?? []).slice(0, 1).map((word) => `${page}: ${word}`),
    ),
  ).toEqual([]);
});

test("the interface writes one word in one way", () => {
  const files = ["app", "components"].flatMap((folder) => filesUnder(folder, /\.tsx?$/));
  const texts = files.flatMap((file) => textsOf(file, readFileSync(file, "utf8")));
  expect(texts.filter((text) => /\be-mail|\d %/i.test(text))).toEqual([]);
});

test("no text of the interface has a word that stops readers", () => {
  const files = ["app", "components"].flatMap((folder) => filesUnder(folder, /\.tsx?$/));
  const faults = files.flatMap((file) =>
    textsOf(file, readFileSync(file, "utf8"))
      .filter((text) => BANNED.test(text))
      .map((text) => `${file}: ${text.trim()}`),
  );
  expect(faults).toEqual([]);
});
