import path from "node:path";
import { expect, it } from "vitest";
import { ICONS } from "#components/ui/icon.tsx";

type Shape = [element: string, attributes: Record<string, string>];

/** An icon's shapes, from its own file of the library. */
async function shapesOf(name: string): Promise<Shape[]> {
  const file = path.resolve("node_modules", "lucide-react", "dist", "esm", "icons", `${name}.mjs`);
  const { __iconData } = (await import(file)) as { __iconData: { node: Shape[] } };
  return __iconData.node;
}

function rule(name: string, shapes: readonly Shape[]): string {
  const drawn = shapes.map(([element, { key, ...attributes }]) => {
    const words = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}='${value}'`);
    return `<${element}${words.join("")}/>`;
  });
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='#000' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'>${drawn.join("")}</svg>`;
  const escaped = svg.replace(/[<>#]/g, (letter) => encodeURIComponent(letter));
  return `.icon-${name} {\n  --icon: url("data:image/svg+xml,${escaped}");\n}\n`;
}

it("draws the library's icons into the stylesheet", async () => {
  const rules = await Promise.all(ICONS.map(async (name) => rule(name, await shapesOf(name))));
  const css = `/* Lucide's icons (ISC), drawn from the library by tests/app/icons.test.ts. */\n${rules.join("")}`;
  await expect(css).toMatchFileSnapshot(path.resolve("app", "icons.css"));
});

it("has each of them once, in order", () => {
  expect([...new Set(ICONS)].sort()).toEqual([...ICONS]);
});
