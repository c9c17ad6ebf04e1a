import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fontFaces, smallFonts } from "#tests/support/fonts.ts";

it("has the small fonts of its stylesheet, as `npm run fonts` makes them from the package", async () => {
  const fonts = await smallFonts();
  expect(fonts.map(({ file }) => file)).toEqual([
    "app/fonts/inter-latin-a.woff2",
    "app/fonts/inter-latin.woff2",
  ]);
  for (const { file, content } of fonts) expect(content.equals(readFileSync(file)), file).toBe(true);
});

it("has each letter of a small font in no other file, and all files in the same weights", () => {
  const faces = fontFaces();
  const small = faces.filter(({ name }) => /^inter-latin(-a)?\.woff2$/.test(name));
  expect(small).toHaveLength(2);
  const shared = small.flatMap(({ name, characters }) =>
    faces
      .filter((other) => other.name !== name)
      .flatMap((other) => [...characters].filter((character) => other.characters.includes(character))),
  );
  // Three marks that are set over or under letters of several files, and a dagger.
  expect([...new Set(shared)].sort()).toEqual(["\u0304", "\u0308", "\u0329", "\u2020"]);
  expect([...new Set(faces.map(({ min, max }) => `${min} ${max}`))]).toEqual(["400 600"]);
});
