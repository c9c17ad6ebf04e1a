import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  importFaults,
  importFaultsUnder,
  moduleCycles,
  moduleCyclesUnder,
  mutualConcepts,
  sourceFiles,
  waysToPackage,
} from "#tests/support/import-rules.ts";

test("every import keeps to the table of folders in docs/architecture.md", () => {
  const files = sourceFiles(process.cwd());
  for (const folder of ["app", "components", "db", "lib"]) {
    expect(files.filter((file) => file.startsWith(`${folder}/`)).length, folder).toBeGreaterThan(15);
  }
  expect(importFaultsUnder(process.cwd())).toEqual([]);
});

test.each([
  ["db/client.ts", 'import { done } from "#lib/result.ts";', "db/ imports nothing of ours"],
  ["lib/text.ts", 'import { database } from "#db/client.ts";', "lib/*.ts import only one another"],
  ["lib/text.ts", 'export * from "#lib/audit/commands.ts";', "lib/*.ts import only one another"],
  ["lib/members/rules.ts", 'import type { Reader } from "#db/client.ts";', "only pure modules"],
  ["lib/members/rules.ts", 'import { list } from "./queries.ts";', "only pure modules"],
  ["lib/members/rules.ts", 'import { useState } from "react";', "without Next and React"],
  ["lib/members/search-params.ts", 'import { eq } from "drizzle-orm";', "also run in the browser"],
  ["lib/members/queries.ts", 'import { createMember } from "./commands.ts";', "reads do not import writes"],
  [
    "lib/members/queries/list.ts",
    'import { createMember } from "../commands.ts";',
    "reads do not import writes",
  ],
  ["lib/members/queries.ts", 'import { cookies } from "next/headers";', "without Next and React"],
  ["lib/members/commands.ts", 'const flash = await import("#app/flash.ts");', "only db/ and lib/"],
  ["lib/server/http.ts", 'import { POST } from "#app/api/v1/usage/route.ts";', "only db/ and lib/"],
  ["lib/members/commands.ts", 'import { serving } from "#lib/server/request-log.ts";', "by app/ alone"],
  ["components/ui/card.tsx", 'import { x } from "#components/members/card.tsx";', "only ui and pure"],
  ["components/members/card.tsx", 'import { list } from "#lib/members/queries.ts";', "types of lib/"],
  ["components/members/form.tsx", 'import { act } from "#app/action.ts";', "types of lib/"],
  ["app/page.tsx", 'import { server } from "#tests/support/server.ts";', "app, components, db and lib"],
  ["app/members/page.tsx", 'import { x } from "../../lib/credits.ts";', "stay in their folder"],
  ["app/members/page.tsx", 'import { x } from "#lib/credits";', "carry the file's ending"],
])("%s may not %s", (file, source, fault) => {
  expect(importFaults(file, source).join("\n")).toContain(fault);
});

test.each([
  ["db/client.ts", 'import * as schema from "./schema/index.ts";'],
  ["lib/members/rules.ts", 'import { z } from "zod"; import { parseCredits } from "#lib/credits.ts";'],
  ["lib/members/commands.ts", 'import { recordAudit } from "#lib/audit/commands.ts";'],
  ["lib/portal-users/session.ts", 'import { cookies } from "next/headers";'],
  ["lib/server/api-routes.ts", 'import { POST } from "#app/api/v1/usage/route.ts";'],
  ["db/client.ts", 'import { processWide } from "#lib/process-wide.ts";'],
  ["db/checkpoints.ts", 'import { startThread } from "#lib/thread.ts";'],
  ["components/members/card.tsx", 'import type { Row } from "#lib/members/queries.ts";'],
  ["components/members/card.tsx", 'import { useState } from "react"; import Link from "next/link";'],
  ["app/members/page.tsx", 'import { listMembers } from "#lib/members/queries.ts";'],
])("%s may %s", (file, source) => {
  expect(importFaults(file, source)).toEqual([]);
});

test("lib/ and app/ run SQL by Drizzle's builder or by statement(), and in no third way", () => {
  const thirdWay = /\b(database\(\)|db|tx|reader)\s*\.(all|get|run|values)\s*[<(]|\$client\.prepare\b/;
  expect(thirdWay.test("database().all<Row>(sql`SELECT 1`)")).toBe(true);
  const places = sourceFiles(process.cwd())
    .filter((file) => /^(lib|app)\//.test(file))
    .filter((file) => thirdWay.test(readFileSync(file, "utf8")));
  expect(places).toEqual([]);
});

test("lib/thread.ts starts every thread", () => {
  const places = sourceFiles(process.cwd())
    .filter((file) => /^(app|components|db|lib)\//.test(file))
    .filter((file) => /\bnew Worker\b/.test(readFileSync(file, "utf8")));
  expect(places).toEqual(["lib/thread.ts"]);
});

test("a cycle of imports is found, with the way that leads back", () => {
  const graph = new Map([
    ["a.ts", ["b.ts"]],
    ["b.ts", ["c.ts", "d.ts"]],
    ["c.ts", ["b.ts"]],
    ["d.ts", []],
  ]);
  expect(moduleCycles(graph)).toEqual(["b.ts → c.ts → b.ts"]);
});

test("no module imports itself through others", () => {
  expect(moduleCyclesUnder(process.cwd())).toEqual([]);
});

test("concepts do not import each other, but for one pair", () => {
  // Every audit entry about access opens its alert where the entry is written, and alerts record what people do with them.
  expect(mutualConcepts(process.cwd())).toEqual(["alerts ↔ audit"]);
});

test("the browser loads zod only for the choice of events", () => {
  // Its 31 KB are most of a page's own scripts. It also tries whether it may run text as a program, which the page's policy
  // refuses and browsers report.
  expect(waysToPackage(process.cwd(), "zod")).toEqual([
    "components/notifications/endpoint-forms.tsx → components/notifications/event-choice.tsx → lib/outbox/rules/choice.ts",
    "components/notifications/event-choice.tsx → lib/outbox/rules/choice.ts",
    "components/notifications/mail-forms.tsx → components/notifications/event-choice.tsx → lib/outbox/rules/choice.ts",
  ]);
});
