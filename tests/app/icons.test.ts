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

/** Side of an icon in the library, in units of its drawing. */
const SIDE = 24;

/** With hundredths, because what is smaller shows at no size and the stylesheet has to arrive in one round trip. */
const round = (value: string) => value.replace(/\d*\.\d{3,}/g, (number) => Number(number).toFixed(2));

function draw(shapes: readonly Shape[]): string {
  const elements = shapes.map(([element, { key, ...attributes }]) => {
    const words = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}='${round(value)}'`);
    return `<${element}${words.join("")}/>`;
  });
  return elements.join("");
}

/**
 * All icons side by side in one image, of which each shows its part, because a browser builds a document for each SVG
 * image: docs/decisions/0106-one-image-of-icons.md.
 */
function stylesheet(icons: readonly { name: string; shapes: readonly Shape[] }[]): string {
  const last = icons.length - 1;
  // Each icon is in a group of the icon before, so that all groups are alike, which compresses well.
  const drawn = icons.map(({ shapes }) => draw(shapes)).join(`<g transform='translate(${SIDE})'>`);
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 ${icons.length * SIDE} ${SIDE}' fill='none' stroke='#000' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'>${drawn}${"</g>".repeat(last)}</svg>`;
  const escaped = svg.replace(/[<>#]/g, (letter) => encodeURIComponent(letter));
  // The image is a variable, because the build writes a mask several times: for old browsers with a prefix.
  const place = `calc(var(--icon) * 100% / ${last}) 0 / ${icons.length * 100}% 100%`;
  const rules = icons.map(({ name }, index) => `.icon-${name} {\n  --icon: ${index};\n}\n`);
  return [
    "/* Lucide's icons (ISC), drawn from the library by tests/app/icons.test.ts. */\n",
    `:root {\n  --icons: url("data:image/svg+xml,${escaped}");\n}\n`,
    `.icon {\n  mask: var(--icons) ${place};\n}\n`,
    ...rules,
  ].join("");
}

it("draws the library's icons into the stylesheet", async () => {
  const icons = await Promise.all(ICONS.map(async (name) => ({ name, shapes: await shapesOf(name) })));
  await expect(stylesheet(icons)).toMatchFileSnapshot(path.resolve("app", "icons.css"));
});

it("has each of them once, in order", () => {
  expect([...new Set(ICONS)].sort()).toEqual([...ICONS]);
});
