import path from "node:path";
import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it, test } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries, creditTypes, ledgerEntries, organizations } from "#db/schema/index.ts";
import { plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import { allocateCredits } from "#lib/ledger/commands/transfers.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import { importUsageFile, USAGE_COLUMNS } from "#lib/usage/import.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { credits, operator, requestId, spend, usageEvent, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { llmRequests } from "#tests/support/llm-requests.ts";

useFreshDatabase();
beforeEach(makeSmallEnterprise);

const NOW = new Date("2026-11-24T12:00:00Z");
const csv = (...rows: (readonly string[])[]) => Buffer.from(formatCsv([USAGE_COLUMNS, ...rows]));
const row = (id: string, change: Partial<Record<(typeof USAGE_COLUMNS)[number], string>> = {}) =>
  USAGE_COLUMNS.map(
    (column) =>
      ({
        id,
        organization: "LAW",
        member: "ana@example.edu",
        application: "essay-coach",
        credits: "1.5",
        occurred_at: "2026-11-23T10:00:00Z",
        ...change,
      })[column],
  );
const run = (file: Uint8Array, dryRun = false) => importUsageFile(file, operator, { dryRun, now: NOW });
const entries = () => database().select().from(ledgerEntries).all().length;
const balance = () => database().select().from(organizations).get()?.balance;

it("records each row once: again, it skips them all", async () => {
  const file = csv(row("a"), row("b", { credits: "0.000001", member: "BO@example.edu" }), row("c"));
  expect(await run(file)).toMatchObject({ ok: true, value: { rows: 3, recorded: 3, skipped: 0 } });
  expect(balance()).toBe(credits(997) - 1n);
  expect(await run(csv(row("d"), row("a"), row("d")))).toMatchObject({
    ok: true,
    value: { rows: 3, recorded: 1, skipped: 2 },
  });
  expect(await run(file)).toMatchObject({ ok: true, value: { recorded: 0, skipped: 3 } });
});

it("writes one audit entry for what it recorded, and none where it recorded nothing", async () => {
  const imported = () =>
    database()
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.action, "usage.imported"))
      .all()
      .map(({ actorKind, subjectLabel, after }) => ({
        actorKind,
        subjectLabel,
        after: JSON.parse(after ?? ""),
      }));
  const file = csv(row("a"), row("b", { credits: "0.000001" }));
  const options = { fileName: "usage.csv", now: NOW };
  expect(await importUsageFile(file, operator, { ...options, dryRun: true })).toMatchObject({ ok: true });
  expect(
    await importUsageFile(csv(row("x", { member: "none@example.edu" })), operator, options),
  ).toMatchObject({
    ok: false,
  });
  expect(imported()).toEqual([]);
  expect(await importUsageFile(file, operator, options)).toMatchObject({ ok: true });
  expect(await importUsageFile(file, operator, options)).toMatchObject({ ok: true, value: { recorded: 0 } });
  expect(imported()).toEqual([
    {
      actorKind: "operator",
      subjectLabel: "usage.csv",
      after: { fileName: "usage.csv", byteLength: file.length, events: 2, credits: "1.500001" },
    },
  ]);
});

it("knows what came through the usage API", async () => {
  const at = new Date("2026-11-23T10:00:00Z");
  value(await spend({ id: "a", credits: 1_500_000n, occurredAt: at }, NOW));
  expect(await run(csv(row("a"), row("b")))).toMatchObject({ ok: true, value: { recorded: 1, skipped: 1 } });
  expect(
    await recordBatch([usageEvent({ id: "b", credits: 1_500_000n, occurredAt: at })], operator),
  ).toMatchObject([{ ok: true, value: { status: "duplicate" } }]);
});

it("changes nothing on a dry run, and reports the same", async () => {
  const before = entries();
  const file = csv(row("a"), row("a"));
  expect(await run(file, true)).toMatchObject({ ok: true, value: { recorded: 1, skipped: 1 } });
  expect(entries()).toBe(before);
  expect(await run(csv(row("a", { credits: "5000" })), true)).toMatchObject({ ok: false });
});

it("takes columns in any order, with others, a missing instant for now, and names what it ignores", async () => {
  const file = Buffer.from(
    "\uFEFFoccurred_at,cost,Credits,application,member,organization,id\r\n,9,2,=tutor,ana@example.edu,law,x\r\n",
  );
  expect(await run(file)).toMatchObject({ ok: true, value: { recorded: 1, ignoredColumns: ["cost"] } });
});

it("notes how it was read: its encoding, empty rows, and amounts that may mean a thousand times more", async () => {
  const file = Buffer.from(
    "id,organization,member,application,credits\r\nx,LAW,ana@example.edu,Tutora\u0301,1.000\r\n,,,,\r\n".normalize(),
    "latin1",
  );
  expect(await run(file)).toMatchObject({
    ok: true,
    value: {
      recorded: 1,
      emptyRows: 1,
      fileNotes: [expect.stringContaining("Windows-1252")],
      noteCount: 1,
      notes: [{ line: 2, message: "credits: 1.000 was read as 1, with a decimal separator." }],
    },
  });
  expect(balance()).toBe(credits(999));
});

describe("records nothing of a file with an error, and reports its line", () => {
  test.each([
    [row("x", { id: "" }), "id: Must not be empty."],
    [row("x".repeat(10_000)), "id: At most 200 characters; this has more."],
    [row("x\u0007"), "id: Holds an invisible character (U+0007)."],
    [row("x", { organization: "NOPE" }), "organization: There is no organization with the code NOPE."],
    [row("x", { organization: "" }), "organization: Enter a code."],
    [row("x", { member: "nobody@example.edu" }), "member: nobody@example.edu is not a member of LAW."],
    [row("x", { member: "nobody" }), "member: Enter an email address"],
    [row("x", { application: " " }), "application: Must not be empty."],
    [row("x", { credits: "-1" }), "credits: Must not be negative."],
    [row("x", { credits: "1e3" }), "credits: Must be a number"],
    [row("x", { credits: `0.${"0".repeat(500)}1` }), "credits: At most 400 characters."],
    [row("x", { credits: "10000000000000" }), "credits: At most 1,000,000,000,000."],
    [row("x", { credits: "" }), "credits: Enter an amount."],
    [row("x", { occurred_at: "yesterday" }), "occurred_at: Must be an instant"],
    [row("x", { occurred_at: "2026-11-23T10:00:00" }), "occurred_at: Must be an instant"],
    [row("x", { occurred_at: "2026-02-29T10:00:00Z" }), "occurred_at: Must be an instant"],
    [row("x", { occurred_at: "1970-01-01T00:00:00Z" }), "occurred_at: Must not be before the year 2000."],
    [row("x", { occurred_at: "2026-11-25T10:00:00Z" }), "occurred_at: Must not be in the future."],
    [row("x", { credits: "5000" }), "LAW has 997 credits left; 5000 are needed."],
    [row("a", { credits: "1.6" }), "id: The id a was used before for another event."],
    [[...row("x"), "more"], "The row has 7 cells, the header 6."],
  ])("%#: %j", async (bad, message) => {
    const before = entries();
    const result = await run(csv(row("a"), row("b"), bad));
    expect(result).toMatchObject({ ok: false, report: { errorCount: 1, errors: [{ line: 4 }] } });
    expect(result.report.errors[0]?.message).toContain(message);
    expect(entries()).toBe(before);
    expect(balance()).toBe(credits(1000));
  });

  test("an allowance that only the file's own rows use up", async () => {
    const rows = Array.from({ length: 5 }, (_, index) => row(`m${index}`, { credits: "240" }));
    expect(await run(csv(...rows))).toMatchObject({
      ok: false,
      report: { errorCount: 1, errors: [{ line: 6, message: expect.stringContaining("40") }] },
    });
  });

  test("every error of many is counted, the first are named", async () => {
    const rows = Array.from({ length: 500 }, (_, index) => row(`m${index}`, { credits: "x" }));
    const result = await run(csv(...rows));
    expect(result.report.errorCount).toBe(500);
    expect(result.report.errors).toHaveLength(200);
    expect(result).toMatchObject({ message: "The file has 500 errors. Nothing was imported." });
  });

  test("a refusal by its own line in a later thousand", async () => {
    const rows = Array.from({ length: 1_500 }, (_, index) =>
      row(`m${index}`, { credits: "0.1", ...(index === 1_399 && { member: "nobody@example.edu" }) }),
    );
    expect(await run(csv(...rows))).toMatchObject({
      ok: false,
      report: { rows: 1_500, errorCount: 1, errors: [{ line: 1_401 }] },
    });
  });

  test("every refusal of many is counted, the first 200 are named", async () => {
    const rows = Array.from({ length: 300 }, (_, index) =>
      row(`m${index}`, { member: "nobody@example.edu" }),
    );
    const { report } = await run(csv(...rows));
    expect([report.errorCount, report.errors.length, report.errors.at(-1)?.line]).toEqual([300, 200, 201]);
  });

  test("no file, no rows, another table", async () => {
    expect(await run(Buffer.from(""))).toMatchObject({ ok: false, report: { errors: [{ line: 1 }] } });
    expect(await run(csv())).toMatchObject({
      report: { errors: [{ message: expect.stringContaining("no event") }] },
    });
    expect(await run(Buffer.from("a,b\n1,2\n"))).toMatchObject({ ok: false });
  });
});

test("19,366 real requests, to the last micro-credit, in seconds, and once", async () => {
  for (const id of [1, 2]) {
    const code = id === 1 ? "LAW" : "ART";
    value(await updateOrganization({ id, name: code, monthlyAllowance: null }, operator));
    value(
      await allocateCredits(
        { organization: id, amount: credits(1000), note: null, requestId: requestId() },
        operator,
      ),
    );
  }
  const requests = llmRequests();
  expect(requests).toHaveLength(19_366);
  // The rule: in turn ana in LAW, ana in ART, bo in LAW.
  const whose = [
    ["LAW", "ana@example.edu"],
    ["ART", "ana@example.edu"],
    ["LAW", "bo@example.edu"],
  ];
  const rows = requests.map(({ at, credits: amount }, index) => {
    const [organization = "", member = ""] = whose[index % 3] ?? [];
    return [`llm-${index}`, organization, member, "chat", plainCredits(amount), at.toISOString()];
  });
  const sum = requests.reduce((total, request) => total + request.credits, 0n);
  const started = performance.now();
  expect(await run(csv(...rows))).toMatchObject({ ok: true, value: { recorded: 19_366, skipped: 0 } });
  console.log(`19,366 rows in ${Math.round(performance.now() - started)} ms`);
  expect(database().select().from(creditTypes).get()?.totalSpent).toBe(sum);
  expect(await run(csv(...rows))).toMatchObject({ ok: true, value: { recorded: 0, skipped: 19_366 } });
  expect(database().select().from(creditTypes).get()?.totalSpent).toBe(sum);
  expect(verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite")).ok).toBe(true);
});
