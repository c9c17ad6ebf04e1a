import { readFileSync } from "node:fs";
import path from "node:path";
import subsetFont from "subset-font";

const PACKAGE = path.resolve("node_modules", "@fontsource-variable", "inter", "files");

/** The file of the package that has the characters of a file of `app/fonts`. */
const SOURCES: Record<string, string> = {
  "inter-latin.woff2": "inter-latin-wght-normal.woff2",
  "inter-latin-a.woff2": "inter-latin-ext-wght-normal.woff2",
};

/** The faces of `app/fonts.css`: the name of the file, its least and greatest weight, and its characters. */
export function fontFaces(): { name: string; min: number; max: number; characters: string }[] {
  const faces = readFileSync(path.resolve("app", "fonts.css"), "utf8").split("@font-face").slice(1);
  return faces.map((face) => {
    const name = /url\(".+\/(.+?)"\)/.exec(face)?.[1];
    const [, min, max] = /font-weight: (\d+) (\d+);/.exec(face) ?? [];
    const range = /unicode-range:([^;]+);/.exec(face)?.[1];
    if (!name || !min || !max || !range) throw new Error(`a face lacks a file, a weight or a range: ${face}`);
    return { name, min: Number(min), max: Number(max), characters: charactersOf(range) };
  });
}

/** The files of `app/fonts`, each with the characters and weights that `app/fonts.css` gives it. */
export async function smallFonts(): Promise<{ file: string; content: Buffer }[]> {
  const fonts: { file: string; content: Buffer }[] = [];
  for (const { name, min, max, characters } of fontFaces()) {
    const source = SOURCES[name];
    if (!source) continue;
    const content = await subsetFont(readFileSync(path.join(PACKAGE, source)), characters, {
      targetFormat: "woff2",
      variationAxes: { wght: { min, max, default: min } },
    });
    fonts.push({ file: path.join("app", "fonts", name), content });
  }
  return fonts;
}

/** The characters of a `unicode-range` such as "U+0100-017F, U+1E9E". */
function charactersOf(range: string): string {
  return [...range.matchAll(/U\+([0-9A-F]+)(?:-([0-9A-F]+))?/g)]
    .map(([, first = "", last = first]) => {
      const from = Number.parseInt(first, 16);
      const count = Number.parseInt(last, 16) - from + 1;
      return String.fromCodePoint(...Array.from({ length: count }, (_, index) => from + index));
    })
    .join("");
}
