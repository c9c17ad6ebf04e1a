import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync } from "oxc-parser";
import { expect, it } from "vitest";

/** A class of `app/icons.css`, which does not come from Tailwind. */
const NOT_TAILWIND = ["icon-"];

type Node = { type: string; [key: string]: unknown };
const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

function children(node: Node): Node[] {
  return Object.values(node).flatMap((value) => [value].flat().filter(isNode));
}

function nodesOf(node: Node, type: string): Node[] {
  return [...(node.type === type ? [node] : []), ...children(node).flatMap((child) => nodesOf(child, type))];
}

/**
 * Pieces of class names that a template joins to something computed. Tailwind reads the source as text and makes only
 * the classes that it finds whole: `order-2${…}` is none.
 */
function joinedClasses(file: string, source: string): string[] {
  const { program } = parseSync(file, source);
  const attributes = nodesOf(program as unknown as Node, "JSXAttribute").filter(
    (attribute) => isNode(attribute.name) && attribute.name.name === "className",
  );
  return attributes
    .flatMap((attribute) => nodesOf(attribute, "TemplateLiteral"))
    .flatMap((template) => {
      const texts = (template.quasis as { value: { raw: string } }[]).map(({ value }) => value.raw);
      return texts.flatMap((text, index) => [
        ...(index < texts.length - 1 ? (/\S+$/.exec(text) ?? []) : []),
        ...(index > 0 ? (/^\S+/.exec(text) ?? []) : []),
      ]);
    })
    .filter((piece) => !NOT_TAILWIND.includes(piece));
}

// "#" is a dollar sign, so that these texts are no templates themselves.
it.each([
  ["<i className={`order-2#{odd ? ' muted' : ''}`} />", ["order-2"]],
  ["<i className={`#{size}-md block`} />", ["-md"]],
  ["<i className={`block #{odd ? `p-#{size}` : 'm-1'}`} />", ["p-"]],
  ["<i className={`block #{odd ? 'p-1' : 'm-1'} #{more}`} />", []],
  ["<i title={`no-#{size}`} className='block' />", []],
])("%s", (source, pieces) => {
  expect(joinedClasses("x.tsx", `const x = ${source.replaceAll("#", "$")};`)).toEqual(pieces);
});

it("no class name is joined to something computed", () => {
  const files = ["app", "components"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".tsx"))
      .map((file) => path.join(folder, file)),
  );
  expect(files.length).toBeGreaterThan(80);
  const faults = files.flatMap((file) =>
    joinedClasses(file, readFileSync(file, "utf8")).map((piece) => `${file}: ${piece}`),
  );
  expect(faults).toEqual([]);
});
