import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { hasPlaceholders, type QuickStart, quickStartPrograms } from "#lib/api-keys/rules/quick-start.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";

const directory = makeTemporaryDirectory();
afterAll(() => removeDirectory(directory));

const START: QuickStart = {
  origin: "https://bursar.example.edu",
  key: `bur_${"x".repeat(43)}`,
  keyId: 7,
  organization: "MKT",
  member: "ana@example.edu",
};
const codeOf = (language: string, start = START) =>
  quickStartPrograms(start).find((program) => program.language === language)?.code ?? "";

it("fills in the address, the key, the organization and a member", () => {
  expect(codeOf("curl")).toBe(`curl -sS 'https://bursar.example.edu/api/v1/usage' \\
  -H 'Authorization: Bearer bur_${"x".repeat(43)}' \\
  -H 'Content-Type: application/json' \\
  -d '{
    "id": "quick-start-7",
    "organization": "MKT",
    "member": "ana@example.edu",
    "application": "quick-start",
    "credits": "0.01"
  }'`);
  expect(hasPlaceholders(START)).toBe(false);
  for (const field of ["key", "organization", "member"]) {
    expect(hasPlaceholders({ ...START, [field]: null })).toBe(true);
  }
  expect(quickStartPrograms(START).map(({ language, label }) => [language, label])).toEqual([
    ["curl", "curl"],
    ["javascript", "JavaScript"],
    ["python", "Python"],
  ]);
});

it("names what must be replaced where it is not known", () => {
  const start = { ...START, key: null, organization: null, member: null };
  for (const language of ["curl", "javascript", "python"]) {
    const code = codeOf(language, start);
    expect(code).toContain("Bearer bur_YOUR_KEY");
    expect(code).toContain("YOUR_ORGANIZATION");
    expect(code).toContain("member@example.edu");
  }
  expect(hasPlaceholders(start)).toBe(true);
});

it("keeps a text with quotes, backslashes and dollars as it is, in a shell and in JavaScript", async () => {
  const odd = { ...START, organization: 'R&D\'s "$HOME" `id` \\ 日本', member: "o'neil@example.edu" };
  const fake = path.join(directory, "curl");
  // Prints its last argument, which is the body.
  writeFileSync(fake, '#!/bin/sh\nfor last; do :; done\nprintf %s "$last"\n');
  chmodSync(fake, 0o755);
  const body = execFileSync("/bin/sh", ["-c", codeOf("curl", odd)], {
    env: { ...process.env, PATH: `${directory}:/usr/bin:/bin` },
    encoding: "utf8",
  });
  const expected = {
    id: "quick-start-7",
    organization: odd.organization,
    member: odd.member,
    application: "quick-start",
    credits: "0.01",
  };
  expect(JSON.parse(body)).toEqual(expected);

  const sent: unknown[] = [];
  const run = new Function("fetch", "console", `return (async () => { ${codeOf("javascript", odd)} })()`);
  await run(
    async (url: string, init: { body: string }) => {
      sent.push(url, JSON.parse(init.body));
      return new Response("{}");
    },
    { log: () => {} },
  );
  expect(sent).toEqual(["https://bursar.example.edu/api/v1/usage", expected]);
});
