import { subscribe, unsubscribe } from "node:diagnostics_channel";
import path from "node:path";
import { asc, eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries, members, refusals } from "#db/schema/index.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { deleteOldRefusals, updateRefusalRetention } from "#lib/refusals/commands/retention.ts";
import { saveRefusals } from "#lib/refusals/commands/save.ts";
import { noteRefusal, savePendingRefusals } from "#lib/refusals/queue.ts";
import type { RefusalGroup } from "#lib/refusals/rules.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { credits, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { application, newKey } from "#tests/support/usage-api.ts";

useFreshDatabase();
let law = 0;
let art = 0;
beforeEach(async () => {
  const { organizations } = await makeSmallEnterprise();
  [law = 0, art = 0] = organizations;
});
afterEach(async () => {
  vi.useRealTimers();
  await savePendingRefusals();
  const { checks } = verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite"));
  expect(checks.filter(({ faults }) => faults > 0)).toEqual([]);
});

const MINUTE = Date.parse("2026-11-26T10:00:00Z");

const group = (change: Partial<RefusalGroup> = {}): RefusalGroup => ({
  at: MINUTE,
  lastAt: MINUTE,
  apiKeyId: 1,
  keyOrganizationId: null,
  organization: "LAW",
  member: "ana@example.edu",
  application: "essay-coach",
  request: "event",
  code: "insufficient_credits",
  amount: credits(5),
  remaining: credits(3),
  requests: 1,
  ...change,
});

const rows = () => database().select().from(refusals).orderBy(asc(refusals.id)).all();
const aKey = (organization: number | null) =>
  createApiKey({ organization, name: "coach", expires: null }, operator).then(value);

let n = 0;
const usage = (change: object = {}) => {
  n += 1;
  const member = "ana@example.edu";
  return {
    id: `refused-${n}`,
    organization: "LAW",
    member,
    application: "essay-coach",
    credits: "5000",
    ...change,
  };
};

test("a refused event is written after its answer, with who asked for what and what was left", async () => {
  // Equal refusals of a minute are one row.
  vi.useFakeTimers({ toFake: ["Date"] });
  const app = application(await newKey(null));
  expect((await app.usage(usage())).status).toBe(402);
  expect((await app.usage(usage({ credits: "4000.5" }))).status).toBe(402);
  expect(rows()).toEqual([]);
  await savePendingRefusals();
  const ana = database().select().from(members).where(eq(members.email, "ana@example.edu")).get();
  expect(rows()).toMatchObject([
    {
      organizationId: law,
      organizationText: "",
      memberId: ana?.id,
      memberEmail: "ana@example.edu",
      application: "essay-coach",
      apiKeyId: 1,
      request: "event",
      code: "insufficient_credits",
      requests: 2,
      amount: credits(9000) + 500_000n,
      remaining: credits(1000),
    },
  ]);
});

test("an entry of a batch, a CloudEvent and a check are written; what cannot be read and a mere no are not", async () => {
  const app = application(await newKey(null));
  await app.batch({
    events: [usage({ member: "eve@example.edu", credits: "1" }), usage({ credits: "?" }), usage()],
  });
  const data = { organization: "NIX", application: "tutor", credits: "2" };
  const event = {
    specversion: "1.0",
    id: "e1",
    source: "/tests",
    type: "usage",
    subject: "ana@example.edu",
    data,
  };
  expect((await app.events(event, { "Content-Type": "application/cloudevents+json" })).status).toBe(404);
  expect((await app.check("organization=LAW&member=eve@example.edu&credits=7")).status).toBe(404);
  expect((await app.check("organization=LAW&member=ana@example.edu&credits=9000")).json).toMatchObject({
    allowed: false,
  });
  expect((await application("bur_nobody").usage(usage())).status).toBe(401);
  await savePendingRefusals();
  expect(
    rows().map((row) => [
      row.request,
      row.code,
      row.organizationId,
      row.organizationText,
      row.memberId === null ? row.memberEmail : "known",
      row.application,
      row.amount,
      row.remaining,
    ]),
  ).toEqual([
    ["event", "member_not_found", law, "", "eve@example.edu", "essay-coach", credits(1), null],
    ["event", "insufficient_credits", law, "", "known", "essay-coach", credits(5000), credits(1000)],
    ["event", "organization_not_found", null, "NIX", "known", "tutor", credits(2), null],
    ["check", "member_not_found", law, "", "eve@example.edu", "", credits(7), null],
  ]);
});

test("a key's event for another organization belongs to the key's own, and names the other", async () => {
  const app = application(await newKey(art));
  expect((await app.usage(usage({ organization: "LAW" }))).status).toBe(403);
  await savePendingRefusals();
  expect(rows()).toMatchObject([
    { code: "forbidden_organization", organizationId: art, organizationText: "LAW" },
  ]);
});

test("each refusal is published for the metrics", async () => {
  const codes: string[] = [];
  const listen = (message: unknown) => codes.push((message as { code: string }).code);
  subscribe("bursar.refusal", listen);
  await application(await newKey(null)).usage(usage());
  unsubscribe("bursar.refusal", listen);
  expect(codes).toEqual(["insufficient_credits"]);
});

test("equal refusals of a minute are one row, also when they are written at different times", async () => {
  await aKey(null);
  await saveRefusals([group()]);
  await saveRefusals([
    group({ at: MINUTE + 30_000, lastAt: MINUTE + 31_000, requests: 4, amount: credits(8), remaining: 1n }),
    group({ at: MINUTE + 60_000, lastAt: MINUTE + 60_000 }),
  ]);
  expect(
    rows().map(({ at, lastAt, requests, amount, remaining }) => ({
      at,
      lastAt,
      requests,
      amount,
      remaining,
    })),
  ).toEqual([
    {
      at: new Date(MINUTE),
      lastAt: new Date(MINUTE + 31_000),
      requests: 5,
      amount: credits(13),
      remaining: 1n,
    },
    {
      at: new Date(MINUTE + 60_000),
      lastAt: new Date(MINUTE + 60_000),
      requests: 1,
      amount: credits(5),
      remaining: credits(3),
    },
  ]);
});

test("a minute has 100 rows of an organization and one for the others, however often they are written", async () => {
  await aKey(null);
  for (let write = 0; write < 3; write += 1) {
    await saveRefusals(Array.from({ length: 90 }, (_, i) => group({ member: `m${write}-${i}@example.edu` })));
  }
  await saveRefusals([group({ organization: "ART" })]);
  const ofLaw = rows().filter((row) => row.organizationId === law);
  expect(ofLaw).toHaveLength(101);
  expect(ofLaw.filter((row) => row.code === "others")).toMatchObject([
    {
      requests: 170,
      amount: credits(850),
      memberEmail: "",
      application: "",
      apiKeyId: null,
      remaining: null,
    },
  ]);
  expect(rows().filter((row) => row.organizationId === art)).toHaveLength(1);
});

test("all organizations that do not exist share one bound", async () => {
  await aKey(null);
  await saveRefusals(Array.from({ length: 500 }, (_, i) => group({ organization: `X${i}` })));
  expect(rows()).toHaveLength(101);
  expect(rows().at(-1)).toMatchObject({
    organizationId: null,
    organizationText: "",
    code: "others",
    requests: 400,
  });
});

test("beyond the bound of the table the oldest rows are deleted", async () => {
  await aKey(null);
  for (let minute = 0; minute < 8; minute += 1) {
    const at = MINUTE + minute * 60_000;
    await saveRefusals([group({ at, lastAt: at })], { rowsMax: 5 });
  }
  expect(rows().map(({ at }) => (at.getTime() - MINUTE) / 60_000)).toEqual([3, 4, 5, 6, 7]);
});

test("a refusal whose key a restore has removed is written without the key", async () => {
  await saveRefusals([group({ apiKeyId: 77 })]);
  expect(rows()).toMatchObject([{ organizationId: law, apiKeyId: null, requests: 1 }]);
});

test("what the operator reports is not noted", async () => {
  const request = { organization: "LAW", member: "ana@example.edu", request: "event", amount: 1n } as const;
  noteRefusal(request, { ok: false, code: "insufficient_credits", message: "" }, operator);
  await savePendingRefusals();
  expect(rows()).toEqual([]);
});

test("after a merge the refusals are the other person's", async () => {
  await aKey(null);
  await saveRefusals([
    group({ organization: "ART", member: "bo@example.edu" }),
    group({ organization: "ART" }),
  ]);
  const [bo, ana] = rows().map((row) => row.memberId);
  expect(bo).not.toBe(ana);
  value(await mergeMembers({ member: ana ?? 0, email: "bo@example.edu" }, operator));
  expect(rows().map((row) => row.memberId)).toEqual([ana, ana]);
});

test("refusals are kept for as long as the setting asks", async () => {
  await aKey(null);
  const day = 24 * 3_600_000;
  for (const days of [1, 89, 91, 200]) {
    const at = MINUTE - days * day;
    await saveRefusals([group({ at, lastAt: at })]);
  }
  expect(await deleteOldRefusals(new Date(MINUTE))).toBe(2);
  expect(await updateRefusalRetention({ refusalDays: 30 }, operator, { refusalDays: "60" })).toMatchObject({
    ok: false,
    code: "stale_edit",
  });
  expect(value(await updateRefusalRetention({ refusalDays: 30 }, operator, { refusalDays: "90" }))).toEqual({
    changed: true,
  });
  expect(await deleteOldRefusals(new Date(MINUTE))).toBe(1);
  expect(rows()).toHaveLength(1);
  const [entry] = database()
    .select()
    .from(auditEntries)
    .where(eq(auditEntries.action, "settings.updated"))
    .all();
  expect(entry).toMatchObject({ before: '{"refusalDays":"90"}', after: '{"refusalDays":"30"}' });
  const nobody = {
    kind: "portal_user",
    id: 9,
    email: "a@example.edu",
    role: "admin",
    address: null,
  } as const;
  await expect(updateRefusalRetention({ refusalDays: 5 }, nobody)).rejects.toThrow("owner");
});

test("old refusals are deleted in pieces", async () => {
  await aKey(null);
  const at = MINUTE - 100 * 24 * 3_600_000;
  for (let minute = 0; minute < 12; minute += 1) {
    const from = at + minute * 60_000;
    await saveRefusals(
      Array.from({ length: 100 }, (_, i) => group({ at: from, lastAt: from, member: `m${i}@example.edu` })),
    );
  }
  expect(await deleteOldRefusals(new Date(MINUTE))).toBe(1_200);
  expect(rows()).toEqual([]);
});
