import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync, Visitor } from "oxc-parser";
import { checkSync } from "recheck";
import { expect, test } from "vitest";

// Expressions read text that anybody may send. The checker searches for a text on which the time of a match grows faster
// than its length. 16 KB of slashes, or an amount with 60,000 zeros, were such texts once.

const FOLDERS = ["app", "components", "db", "lib"];

type Expression = { file: string; pattern: string; flags: string };

function sources(): { file: string; text: string }[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => path.join(folder, name)),
  ).map((file) => ({ file, text: readFileSync(file, "utf8") }));
}

/** Every expression literal of a source text, and how often it makes one of another text. */
function expressionsOf(file: string, text: string): { literals: Expression[]; made: number } {
  const { program, errors } = parseSync(file, text);
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  const literals: Expression[] = [];
  let count = 0;
  new Visitor({
    Literal(node) {
      if ("regex" in node) literals.push({ file, ...node.regex });
    },
    NewExpression({ callee }) {
      if (callee.type === "Identifier" && callee.name === "RegExp") count += 1;
    },
    CallExpression({ callee }) {
      if (callee.type === "Identifier" && callee.name === "RegExp") count += 1;
    },
  }).visit(program);
  return { literals, made: count };
}

/** A text on which the expression takes more than linear time, or null. */
function attackOn({ pattern, flags }: Expression): string | null {
  // The checker gives up after this time of the clock. On a busy machine one expression has taken more than 30 seconds.
  const diagnosis = checkSync(pattern, flags, {
    timeout: 240_000,
    randomSeed: 20_261_125,
    // A match counts as slow by the characters that it reads. By the clock, a busy machine made linear ones slow.
    seedingTimeout: null,
    incubationTimeout: null,
    attackTimeout: null,
  });
  if (diagnosis.status === "safe") return null;
  return diagnosis.status === "vulnerable"
    ? `${diagnosis.complexity.summary}: ${diagnosis.attack.pattern}`
    : "not checked";
}

test("no expression takes more than linear time", { timeout: 900_000 }, () => {
  const expressions = sources().flatMap(({ file, text }) => expressionsOf(file, text).literals);
  expect(expressions.length).toBeGreaterThan(80);
  const different = new Map(expressions.map((one) => [`/${one.pattern}/${one.flags}`, one]));
  const attacks = [...different].flatMap(([expression, one]) => {
    const attack = attackOn(one);
    return attack === null ? [] : [`${one.file}: ${expression} ${attack}`];
  });
  expect(attacks).toEqual([]);
});

test("no other expression is made at run time than of letters and of routes that the build names", () => {
  const makers = sources().filter(({ file, text }) => expressionsOf(file, text).made > 0);
  expect(makers.map(({ file }) => file).toSorted()).toEqual(["lib/server/routes.ts", "lib/text.ts"]);
});

test.each([
  ["/0+$/", "0+$", ""],
  ["/^(a+)+$/", "^(a+)+$", ""],
  ["/\\/+$/", "\\/+$", ""],
])("the checker finds %s", (_, pattern, flags) => {
  expect(attackOn({ file: "", pattern, flags })).toMatch(/^(2nd degree polynomial|exponential): /);
});
