import { subscribe, unsubscribe } from "node:diagnostics_channel";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { Validator } from "@seriousme/openapi-schema-validator";
import { desc, eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import { GET as unknownPath } from "#app/api/v1/[[...path]]/route.ts";
import { handlersBeside } from "#app/api/v1/application.ts";
import { OPTIONS as optionsOfEvents } from "#app/api/v1/events/route.ts";
import { GET as getOpenApi } from "#app/api/v1/openapi.json/route.ts";
import { POST as postReverse } from "#app/api/v1/usage/[id]/reverse/route.ts";
import { POST as postUsage } from "#app/api/v1/usage/route.ts";
import { database, write } from "#db/client.ts";
import {
  applications,
  auditEntries,
  ledgerEntries,
  members,
  memberships,
  organizations,
} from "#db/schema/index.ts";
import { createApiKey, revokeApiKey } from "#lib/api-keys/commands.ts";
import { loadConfig } from "#lib/config.ts";
import { plainCredits } from "#lib/credits.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { setApprovedDomains } from "#lib/members/commands/approved-domains.ts";
import { addMember } from "#lib/members/commands/members.ts";
import { changeMembershipsActive, changeMembershipsActiveIn } from "#lib/members/commands/memberships.ts";
import { setApprovedDomainsInput } from "#lib/members/domain-rules.ts";
import { addMemberInput } from "#lib/members/rules.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import {
  changeOrganizationsActive,
  changeOrganizationsActiveIn,
} from "#lib/organizations/commands/status.ts";
import { reverseUsage } from "#lib/usage/reversals.ts";
import {
  batchAnswer,
  checkAnswer,
  problemAnswer,
  reversalAnswer,
  usageAnswer,
} from "#lib/usage/rules/wire/answers.ts";
import { BATCH_MAX_EVENTS } from "#lib/usage/rules/wire/inputs.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { credits, operator, requestId, spend, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { type Answered, application, body, bodyText, newKey } from "#tests/support/usage-api.ts";

useFreshDatabase();
// The clock does not move, because a month could begin between two requests of a test.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});
// The events of these tests have fixed times; how late one may be has tests of its own.
beforeEach(() => {
  process.env.USAGE_MAX_AGE_DAYS = "0";
  loadConfig();
});
afterEach(() => {
  delete process.env.USAGE_MAX_AGE_DAYS;
  loadConfig();
});

let law: number;
let ofLaw: ReturnType<typeof application>;
let ofAll: ReturnType<typeof application>;
beforeEach(async () => {
  law = (await makeSmallEnterprise()).organizations[0] ?? 0;
  ofLaw = application(await newKey(law));
  ofAll = application(await newKey(null));
});
afterEach(() => {
  const { checks } = verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite"));
  expect(checks.filter(({ faults }) => faults > 0)).toEqual([]);
});

const setAllowance = async (monthlyAllowance: bigint | null) =>
  value(await updateOrganization({ id: law, name: "Faculty of Law", monthlyAllowance }, operator));
const setMember = async (active: boolean) => {
  const ids = database().select().from(memberships).where(eq(memberships.organizationId, law)).all();
  value(
    await changeMembershipsActive(
      ids.map(({ id }) => id),
      active,
      operator,
    ),
  );
};
const memberNamed = (email: string) =>
  addMemberInput.parse({
    organization: "LAW",
    name: "Ana",
    email,
    role: "viewer",
    allowance: "organization",
  });
const spends = () => database().select().from(ledgerEntries).where(eq(ledgerEntries.kind, "spend")).all();
const balance = () => database().select().from(organizations).get()?.balance;

/** A problem of this status and code, well formed, after which nothing is recorded. */
function expectProblem(answer: Answered, status: number, code: string, field?: string): void {
  expect([answer.status, answer.json.code, answer.json.field, answer.json.detail]).toEqual([
    status,
    code,
    field,
    expect.any(String),
  ]);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(problemAnswer.parse(answer.json)).toMatchObject({ status, title: expect.stringMatching(/\w/) });
}

describe("POST /api/v1/usage", () => {
  it("records: 201 with what is left, in decimal strings", async () => {
    const answer = await ofLaw.usage(
      body({ id: "req-7f3", credits: "0.047", occurredAt: "2026-11-23T10:00:00Z", metadata: { model: "m" } }),
    );
    expect(answer).toMatchObject({ status: 201 });
    expect(answer.json).toEqual({
      id: "req-7f3",
      status: "recorded",
      credits: "0.047",
      organization: { code: "LAW", balance: "999.953" },
      member: {
        email: "ana@example.edu",
        spentThisMonth: "0.047",
        allowance: "1000",
        remaining: "999.953",
      },
    });
    expect(usageAnswer.strict().parse(answer.json)).toEqual(answer.json);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("ratelimit-policy")).toBe('"requests";q=120000;w=60');
    expect(answer.headers.get("ratelimit")).toMatch(/^"requests";r=\d+;t=\d+$/);
    expect(spends()).toMatchObject([{ externalId: "req-7f3", metadata: '{"model":"m"}', amount: 47_000n }]);
  });

  it("counts each request of a key", async () => {
    // The count is the process's and goes by the key's row id, which every test's database begins at 1 again.
    const left = async () =>
      Number(/r=(\d+)/.exec((await ofLaw.usage(body())).headers.get("ratelimit") ?? "")?.[1]);
    const first = await left();
    expect([await left(), await left()]).toEqual([first - 1, first - 2]);
  });

  it("answers the same event again as the first time: 200, duplicate, nothing charged", async () => {
    const event = body({ credits: 2, metadata: { b: [1.1, null], a: { y: "é", x: true } } });
    const first = await ofLaw.usage(event);
    await ofLaw.usage(body());
    const again = await ofLaw.usage({
      ...event,
      organization: " law ",
      member: "ANA@example.edu",
      credits: "2.000",
      metadata: { a: { x: true, y: "é" }, b: [1.1, null] },
    });
    expect(again.status).toBe(200);
    expect(again.json).toEqual({ ...first.json, status: "duplicate" });
    expect(spends()).toHaveLength(2);
  });

  test.each([
    { credits: "2" },
    { member: "bo@example.edu" },
    { application: "tutor" },
    { occurredAt: "2026-11-23T10:00:01Z" },
  ])("refuses its id with another body: %j", async (change) => {
    const event = body({ occurredAt: "2026-11-23T10:00:00Z" });
    await ofLaw.usage(event);
    expectProblem(await ofLaw.usage({ ...event, ...change }), 409, "idempotency_conflict", "id");
    expect(spends()).toHaveLength(1);
  });

  test.each([
    [{}, { metadata: { model: "gpt-4o" } }],
    [{ metadata: { model: "gpt-4o" } }, {}],
    [{}, { occurredAt: "2026-11-23T10:00:00Z" }],
    [{ occurredAt: "2026-11-23T10:00:00Z" }, {}],
    [{ occurredAt: "2026-11-23T10:00:00Z" }, { occurredAt: "2026-11-23T18:00:00+08:00", metadata: {} }],
    [{ credits: "0.0000014" }, { credits: "0.000001" }],
    [{ organization: null, metadata: null, occurredAt: null }, {}],
  ])("takes %j and then %j for the same event", async (first, then) => {
    const event = body({ organization: undefined });
    const recorded = await ofLaw.usage({ ...event, ...first });
    expect(recorded.status).toBe(201);
    expect(await ofLaw.usage({ ...event, ...then })).toMatchObject({
      status: 200,
      json: { ...recorded.json, status: "duplicate" },
    });
    expect(spends()).toHaveLength(1);
  });

  it("records an event of 0 credits, with an empty balance and allowance too", async () => {
    const answer = await ofLaw.usage(body({ credits: 0 }));
    expect(answer).toMatchObject({ status: 201, json: { credits: "0", organization: { balance: "1000" } } });
    await ofLaw.usage(body({ credits: "1000" }));
    await setAllowance(0n);
    expect((await ofLaw.usage(body({ credits: "0.0" }))).json).toMatchObject({
      credits: "0",
      organization: { balance: "0" },
      member: { spentThisMonth: "1000", allowance: "0", remaining: "0" },
    });
    expect(spends().map(({ amount }) => amount)).toEqual([0n, 1_000_000_000n, 0n]);
  });

  it("takes the ids of two organizations for two events, and those of the enterprise for one", async () => {
    const ofArt = application(await newKey(2));
    const own = body({ organization: undefined });
    expect((await ofLaw.usage(own)).status).toBe(201);
    expect((await ofArt.usage(own)).status).toBe(201);
    const shared = body();
    expect((await ofAll.usage(shared)).status).toBe(201);
    expectProblem(await ofAll.usage({ ...shared, organization: "ART" }), 409, "idempotency_conflict", "id");
  });

  it("lets an organization's key leave the organization out, and no other", async () => {
    expect((await ofLaw.usage(body({ organization: undefined }))).status).toBe(201);
    expectProblem(
      await ofAll.usage(body({ organization: undefined })),
      400,
      "invalid_request",
      "organization",
    );
  });

  it("adds an unknown member of an approved domain with the first event", async () => {
    value(await setApprovedDomains({ organization: law, domains: ["uni.example.edu"] }, operator));
    const event = body({ member: "New.Person@uni.example.edu" });
    expect((await ofLaw.check("member=New.Person%40uni.example.edu")).json).toMatchObject({ allowed: true });
    expect(await ofLaw.usage(event)).toMatchObject({
      status: 201,
      json: { member: { email: "New.Person@uni.example.edu", remaining: "999" } },
    });
    const added = database().select().from(members).where(eq(members.emailKey, "new.person@uni.example.edu"));
    expect(added.get()?.name).toBe("New.Person");
    expect((await ofLaw.usage(event)).status).toBe(200);
    expectProblem(await ofAll.usage({ ...event, organization: "ART" }), 404, "member_not_found", "member");
  });

  it("adds members of subdomains only where the approved domain includes them", async () => {
    value(await setApprovedDomains({ organization: law, domains: ["uni.example.edu"] }, operator));
    expectProblem(
      await ofLaw.usage(body({ member: "bo@cs.uni.example.edu" })),
      404,
      "member_not_found",
      "member",
    );
  });

  it.each([
    ["bo@uni.example.edu", 201],
    ["bo@cs.uni.example.edu", 201],
    ["bo@a.b.uni.example.edu", 201],
    ["bo@xn--bcher-kva.de", 201],
    ["bo@bücher.de", 201],
    ["bo@kids.bücher.de", 201],
    ["bo@otheruni.example.edu", 404],
    ["someone@example.edu", 404],
  ])("with *.uni.example.edu and *.bücher.de approved, %s is answered %i", async (member, status) => {
    const { domains } = setApprovedDomainsInput.parse({
      organization: String(law),
      domains: "*.uni.example.edu\n*.bücher.de",
    });
    value(await setApprovedDomains({ organization: law, domains }, operator));
    expect((await ofLaw.usage(body({ member }))).status).toBe(status);
  });

  it("knows a member by either form of an international domain, and guests of Entra ID", async () => {
    for (const email of ["ana@bücher.de", "ana_gmail.com#EXT#@contoso.onmicrosoft.com"]) {
      value(await addMember(memberNamed(email), operator));
    }
    expect((await ofLaw.usage(body({ member: "ana@xn--bcher-kva.de" }))).json).toMatchObject({
      status: "recorded",
      member: { email: "ana@bücher.de" },
    });
    expect(
      (await ofLaw.usage(body({ member: "Ana_Gmail.com#ext#@Contoso.onmicrosoft.com" }))).json,
    ).toMatchObject({
      status: "recorded",
      member: { email: "ana_gmail.com#EXT#@contoso.onmicrosoft.com" },
    });
    const again = await addMember(memberNamed("ana@XN--bcher-kva.de"), operator);
    expect(again).toMatchObject({ ok: false, field: "email" });
  });
});

describe("a refusal reports what is left, and records nothing", () => {
  let before = 0;
  beforeEach(() => {
    before = spends().length;
  });
  /** {@link expectProblem} of an answer after which no more was recorded than before. */
  const expectRefused = (...[answer, status, code, field]: Parameters<typeof expectProblem>) => {
    expectProblem(answer, status, code, field);
    expect(spends()).toHaveLength(before);
  };
  it("402 insufficient_credits", async () => {
    const answer = await ofLaw.usage(body({ credits: "1000.000001" }));
    expectRefused(answer, 402, "insufficient_credits");
    expect(answer.json).toMatchObject({ balance: "1000" });
  });

  it("402 allowance_exceeded", async () => {
    await setAllowance(credits(10));
    await ofLaw.usage(body({ credits: "4", occurredAt: "2026-10-23T10:00:00Z" }));
    before = spends().length;
    const answer = await ofLaw.usage(body({ credits: 6.000001, occurredAt: "2026-10-01T10:00:00+08:00" }));
    expectRefused(answer, 402, "allowance_exceeded");
    expect(answer.json).toMatchObject({
      month: "2026-10",
      allowance: "10",
      spentThisMonth: "4",
      remaining: "6",
    });
  });

  it("403 organization_inactive, and again when it is active", async () => {
    const event = body();
    value(await changeOrganizationsActive([law], false, operator));
    expectRefused(await ofLaw.usage(event), 403, "organization_inactive");
    expectRefused(await ofAll.check("organization=LAW&member=ana@example.edu"), 403, "organization_inactive");
    expect(spends()).toEqual([]);
    value(await changeOrganizationsActive([law], true, operator));
    expect((await ofLaw.usage(event)).status).toBe(201);
  });

  it("403 member_inactive", async () => {
    await setMember(false);
    const answer = await ofLaw.usage(body());
    expectRefused(answer, 403, "member_inactive", "member");
    expect(answer.json.detail).toBe("ana@example.edu is inactive in LAW.");
  });

  test.each(["ART", "NOPE"])("403 forbidden_organization: %s alike", async (organization) => {
    for (const answer of [
      await ofLaw.usage(body({ organization })),
      await ofLaw.check(`organization=${organization}&member=ana@example.edu`),
    ]) {
      expectRefused(answer, 403, "forbidden_organization", "organization");
    }
  });

  it("404 organization_not_found, member_not_found", async () => {
    expectRefused(
      await ofAll.usage(body({ organization: "NOPE" })),
      404,
      "organization_not_found",
      "organization",
    );
    expectRefused(await ofLaw.usage(body({ member: "no@example.edu" })), 404, "member_not_found", "member");
    expectRefused(
      await ofAll.usage(body({ organization: "ART", member: "bo@example.edu" })),
      404,
      "member_not_found",
      "member",
    );
  });

  it("400 too_many_applications: each key and each organization has a limit of its own", async () => {
    const names = (count: number, prefix: string, change = {}) => ({
      events: Array.from({ length: count }, (_, index) =>
        body({ application: `${prefix}-${index}`, credits: 0, ...change }),
      ),
    });
    expect((await ofLaw.batch(names(201, "law"))).json).toMatchObject({
      summary: { recorded: 200, duplicate: 0, refused: 1 },
    });
    before = spends().length;
    const answer = await ofLaw.usage(body({ application: "one-more" }));
    expectRefused(answer, 400, "too_many_applications", "application");
    expect((await ofLaw.usage(body({ application: "LAW-199" }))).status).toBe(201);
    // Another key does not help the organization, and the enterprise's may bring as many elsewhere.
    expect((await application(await newKey(law)).batch(names(1, "other"))).json).toMatchObject({
      summary: { refused: 1 },
    });
    expect((await ofAll.batch(names(201, "art", { organization: "ART" }))).json).toMatchObject({
      summary: { recorded: 200, refused: 1 },
    });
    // The operator's import is not bound.
    expect((await spend({ application: "imported" })).ok).toBe(true);
    // What is older than a day does not count.
    database()
      .update(applications)
      .set({ createdAt: new Date(Date.now() - 25 * 3_600_000) })
      .run();
    expect((await ofLaw.usage(body({ application: "one-more" }))).status).toBe(201);
  });
});

describe("the status at the time of the event", () => {
  const HOUR_MS = 3_600_000;
  const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS);
  const of = (hours: number, change = {}) =>
    ofLaw.usage(body({ occurredAt: ago(hours).toISOString(), ...change }));
  /** The status of the organization or of its members, changed that many hours ago. */
  const change = (what: "organization" | "members", active: boolean, hours: number) =>
    write((tx) => {
      const ids = tx.select().from(memberships).where(eq(memberships.organizationId, law)).all();
      const at = ago(hours);
      if (what === "organization") changeOrganizationsActiveIn(tx, [law], active, operator, at);
      else
        changeMembershipsActiveIn(
          tx,
          ids.map(({ id }) => id),
          active,
          operator,
          at,
        );
    });

  test.each([
    ["organization", "organization_inactive", undefined],
    ["members", "member_inactive", "member"],
  ] as const)("%s: usage from before a deactivation counts for 24 hours", async (what, code, field) => {
    await change(what, false, 2);
    expect((await of(3)).status).toBe(201);
    expect((await of(23.9)).status).toBe(201);
    expectProblem(await of(24.1), 403, code, field);
    expectProblem(await of(1), 403, code, field);
    expectProblem(await ofLaw.usage(body()), 403, code, field);
    // Active again from 1 hour ago to half an hour ago.
    await change(what, true, 1);
    expect((await of(1.5)).status).toBe(201);
    await change(what, false, 0.5);
    expect((await of(0.7)).status).toBe(201);
    expectProblem(await of(1.5), 403, code, field);
  });

  test.each([
    ["organization", "organization_inactive", undefined],
    ["members", "member_inactive", "member"],
  ] as const)(
    "%s: the clock was set back after the deactivation, and nothing new may be spent",
    async (what, code, field) => {
      await change(what, false, -0.5);
      expectProblem(await ofLaw.usage(body()), 403, code, field);
      expectProblem(await ofLaw.check("member=ana@example.edu"), 403, code, field);
    },
  );

  it("is the one of now for what may be spent", async () => {
    await change("organization", false, 2);
    expectProblem(await ofLaw.check("member=ana@example.edu"), 403, "organization_inactive");
  });
});

describe("the time of an event against the clock", () => {
  const DAY_MS = 24 * 3_600_000;
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

  it("may be 35 days ago, counted in the month in which it occurred", async () => {
    delete process.env.USAGE_MAX_AGE_DAYS;
    loadConfig();
    expect((await ofLaw.usage(body({ occurredAt: ago(35 * DAY_MS - 60_000) }))).status).toBe(201);
    const late = await ofLaw.usage(body({ occurredAt: ago(35 * DAY_MS + 60_000) }));
    expectProblem(late, 400, "invalid_request", "occurredAt");
    expect(late.json).toMatchObject({
      detail: "Must not be more than 35 days ago.",
      errors: [{ field: "occurredAt", detail: "Must not be more than 35 days ago." }],
    });
    expect(
      (await ofLaw.batch({ events: [body({ occurredAt: "2001-01-01T00:00:00Z" })] })).json,
    ).toMatchObject({
      results: [{ status: "refused", error: { status: 400, field: "occurredAt" } }],
    });
  });

  it("may be as many days ago as the operator's setting allows", async () => {
    process.env.USAGE_MAX_AGE_DAYS = "1";
    loadConfig();
    expect((await ofLaw.usage(body({ occurredAt: ago(DAY_MS - 60_000) }))).status).toBe(201);
    expect((await ofLaw.usage(body({ occurredAt: ago(DAY_MS + 60_000) }))).json.detail).toBe(
      "Must not be more than 1 day ago.",
    );
  });

  it("is not judged for a repeat, which a clock put back or a week of retries would refuse", async () => {
    const [ahead, old] = [body({ occurredAt: ago(-4 * 60_000) }), body({ occurredAt: ago(40 * DAY_MS) })];
    expect((await ofLaw.usage(ahead)).status).toBe(201);
    expect((await ofLaw.usage(old)).status).toBe(201);
    delete process.env.USAGE_MAX_AGE_DAYS;
    vi.setSystemTime(Date.now() - 3_600_000);
    expect((await ofLaw.usage(ahead)).json.status).toBe("duplicate");
    expect((await ofLaw.batch({ events: [ahead] })).json.results).toMatchObject([{ status: "duplicate" }]);
    vi.setSystemTime(Date.now() + 3_600_000);
    expect((await ofLaw.usage(old)).json.status).toBe("duplicate");
  });
});

describe("bad input: 400 invalid_request at its field, nothing recorded", () => {
  const AMOUNTS = [
    ...[
      "-1",
      '"-1"',
      "-0.0000001",
      '"-0.0000001"',
      '"NaN"',
      "1e309",
      '"1e309"',
      '"1e3"',
      '"0x10"',
      '""',
      '" "',
    ],
    ...["null", "[5]", "{}", "true", '"1,000"', '"+1"', '".5"', '"5."', '"1e-7"'],
    ...["10000000000000", '"10000000000000"', "1000000000000.000001", '"١"', '"1 "'.replace(" ", "\\u0000")],
    ...[
      "9007199254740993",
      "1000000000000.0000005",
      `0.${"0".repeat(60_000)}1`,
      `"0.${"0".repeat(60_000)}1"`,
    ],
    ...["1e99999999999999999999", `${"9".repeat(60_000)}`],
  ];
  const CASES: [field: string, json: string][] = [
    ...AMOUNTS.map((json): [string, string] => ["credits", json]),
    ["id", '""'],
    ["id", `"${"x".repeat(10_000)}"`],
    ["id", '"a\\u0000b"'],
    ["id", '"a\\u0007"'],
    ["id", '"a\\nb"'],
    ["id", '"\\ud800"'],
    ["id", '"\\u202e"'],
    ["id", "7"],
    ["id", "null"],
    ["organization", '""'],
    ["organization", "[]"],
    ["organization", `"${"x".repeat(65)}"`],
    ["member", '"ana"'],
    ["member", '""'],
    ["member", "5"],
    ["member", `"${"x".repeat(250)}@example.edu"`],
    ["application", '" "'],
    ["application", `"${"x".repeat(101)}"`],
    ["application", '"a\\u200bb"'],
    ["occurredAt", '"1970-01-01T00:00:00Z"'],
    ["occurredAt", '"1999-12-31T23:59:59.999Z"'],
    ["occurredAt", '"2099-01-01T00:00:00Z"'],
    ["occurredAt", `"2026-11-23T10:00:00.${"0".repeat(60_000)}Z"`],
    ["occurredAt", '"2027-02-29T10:00:00Z"'],
    ["occurredAt", '"2026-11-23T10:00:00"'],
    ["occurredAt", '"2026-11-23"'],
    ["occurredAt", '"2026-11-23T24:00:00Z"'],
    ["occurredAt", '"yesterday"'],
    ["occurredAt", "1795687200"],
    ["metadata", "[]"],
    ["metadata", '"text"'],
    ["metadata", "5"],
    ["metadata", '{"__proto__":{"admin":true}}'],
    ["metadata", '{"a":{"b":[{"__proto__":1}]}}'],
    ["metadata", `{"a":"${"x".repeat(5_000)}"}`],
    ["metadata", `{"a":${"[".repeat(9)}${"]".repeat(9)}}`],
    ["extra", "1"],
    ["__proto__", '{"credits":"5"}'],
    ["constructor", '{"prototype":{}}'],
    ["source", '"portal"'],
    ["Credits", '"1"'],
  ];

  it("each is refused, in a text as it comes", async () => {
    for (const [field, json] of CASES) {
      const { status, json: said } = await ofLaw.usage(bodyText(field, json));
      expect([json.slice(0, 40), status, said.code, said.field]).toEqual([
        ...[json.slice(0, 40), 400, "invalid_request"],
        field,
      ]);
    }
    expect(spends()).toEqual([]);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it("so is each that is missing", async () => {
    for (const field of ["id", "member", "application", "credits"]) {
      const answer = await ofLaw.usage(body({ [field]: undefined }));
      expectProblem(answer, 400, "invalid_request", field);
      expect(answer.json.errors).toEqual([{ field, detail: "Is missing." }]);
    }
  });

  it("names every field at fault", async () => {
    const answer = await ofLaw.usage({ id: "", credits: -1, x: 1 });
    expect((answer.json.errors as { field: string }[]).map(({ field }) => field).sort()).toEqual([
      "application",
      "credits",
      "id",
      "member",
      "x",
    ]);
  });

  it("lists ten fields at most, each in a few characters", async () => {
    const fields = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [`${index}`.padStart(10, "x"), 1]),
    );
    const unknown = await ofLaw.usage({ ...body(), ...fields });
    expect([unknown.status, (unknown.json.errors as unknown[]).length]).toEqual([400, 10]);
    const events = Array.from({ length: 1000 }, () => ({ ["x".repeat(3_000)]: 1 }));
    const answer = await ofLaw.batch({ events });
    expect(answer.json.summary).toEqual({ recorded: 0, duplicate: 0, refused: 1000 });
    expect(JSON.stringify(answer.json).length).toBeLessThan(JSON.stringify({ events }).length);
  });

  it("so is a body that is no object in JSON", async () => {
    const structured = { "content-type": "application/cloudevents+json" };
    for (const text of [
      ...["", " ", "{", "null", "[]", '"text"', "5", "true", "{'id':1}", "NaN", "{}x", '{"id":"a",}'],
      ...['{"id":"a","id":"b"}', "\u0000", "[".repeat(30_000), '{"a":'.repeat(10_000)],
    ]) {
      for (const answer of [
        await ofLaw.usage(text),
        await ofLaw.batch(text),
        await ofLaw.events(text, structured),
      ]) {
        expect([text.slice(0, 40), answer.status, answer.json.code]).toEqual([
          ...[text.slice(0, 40), 400, "invalid_request"],
        ]);
      }
    }
  });

  it("refuses what is not UTF-8", async () => {
    const bytes = Buffer.from(JSON.stringify(body({ application: "caf\u00e9" })), "latin1");
    expectProblem(await ofLaw.usage(bytes), 400, "invalid_request");
  });
});

describe("what an odd but true input means", () => {
  test.each([
    ["0.000001", 1n],
    ['"0.000001"', 1n],
    ["1e-6", 1n],
    ["5E-05", 50n],
    ["1e2", 100_000_000n],
    ["1.50", 1_500_000n],
    ['"001.5"', 1_500_000n],
    ["0.1", 100_000n],
    ["999.999999", 999_999_999n],
    ["0", 0n],
    ["-0", 0n],
    ['"-0"', 0n],
    ['"-0.000"', 0n],
    ['"0"', 0n],
    ["0.30000000000000004", 300_000n],
    ["1.1234567", 1_123_457n],
    ["0.0000005", 1n],
    ["5e-7", 1n],
    ['"0.00000049999999999999999999999999"', 0n],
    ["1e-7", 0n],
    ["5e-324", 0n],
    ['"1.0000005"', 1_000_001n],
    ['"999.9999995"', 1_000_000_000n],
    [`"0.${"0".repeat(300)}1"`, 0n],
  ])("credits %s", async (json, micro) => {
    const answer = await ofLaw.usage(bodyText("credits", json));
    expect([answer.status, answer.json.credits]).toEqual([201, plainCredits(micro)]);
    expect(balance()).toBe(credits(1000) - micro);
  });

  it("keeps every digit of a number with more than a binary float holds", async () => {
    const json = bodyText("credits", "123456789012.123456");
    expect((await ofLaw.usage(json)).json.detail).toBe(
      "LAW has 1000 credits left; 123456789012.123456 are needed.",
    );
  });

  test.each([
    ["2026-11-23T10:00:00+08:00", "2026-11-23T02:00:00.000Z"],
    ["2024-02-29T23:59:59.999999999Z", "2024-02-29T23:59:59.999Z"],
    ["2000-01-01T00:00:00Z", "2000-01-01T00:00:00.000Z"],
  ])("occurredAt %s", async (occurredAt, instant) => {
    expect((await ofLaw.usage(body({ occurredAt }))).status).toBe(201);
    expect(spends()[0]?.occurredAt.toISOString()).toBe(instant);
  });

  it("accepts a clock that is some minutes ahead, and no more", async () => {
    const ahead = (minutes: number) =>
      ofLaw.usage(body({ occurredAt: new Date(Date.now() + minutes * 60_000).toISOString() }));
    expect((await ahead(4)).status).toBe(201);
    expectProblem(await ahead(6), 400, "invalid_request", "occurredAt");
  });

  it("keeps the numbers of metadata as they were written", async () => {
    await ofLaw.usage(bodyText("metadata", '{"n":12345678901234567890.10,"constructor":"x"}'));
    expect(spends()[0]?.metadata).toBe('{"constructor":"x","n":12345678901234567890.10}');
  });
});

describe("who may", () => {
  test.each([null, "bur_short", `bur_${"A".repeat(43)}`])("401 with %s", async (key) => {
    for (const answer of [
      await application(key).usage(body()),
      await application(key).batch({ events: [] }),
      await application(key).events("{}"),
      await application(key).check("member=ana@example.edu"),
    ]) {
      expectProblem(answer, 401, "unauthorized");
      expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="Bursar usage API"');
    }
  });

  it("refuses a revoked and an expired key at the next request", async () => {
    const extraKey = value(await createApiKey({ organization: law, name: "x", expires: null }, operator));
    const theirs = application(extraKey.key);
    expect((await theirs.usage(body())).status).toBe(201);
    value(await revokeApiKey({ id: extraKey.id }, operator));
    expectProblem(await theirs.usage(body()), 401, "unauthorized");
    const expired = value(
      await createApiKey({ organization: law, name: "x", expires: 20200101 }, operator, new Date(0)),
    );
    expectProblem(await application(expired.key).usage(body()), 401, "unauthorized");
    expect(spends()).toHaveLength(1);
  });
});

describe("bodies", () => {
  /** A body that comes in pieces without a Content-Length, and whether its reader has ended it. */
  function endless() {
    const piece = new Uint8Array(1024 * 1024).fill(32);
    let taken = 0;
    let cancelled: () => void;
    const end = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        taken += piece.byteLength;
        controller.enqueue(piece);
      },
      cancel: () => cancelled(),
    });
    return { source, end, taken: () => taken };
  }

  it("413 by Content-Length, and by the size of the body, without waiting for its end", async () => {
    const large = { "content-length": String(11 * 1024 * 1024) };
    for (const send of [ofLaw.usage, ofLaw.batch]) {
      expectProblem(await send("{}", large), 413, "content_too_large");
      const { source, end, taken } = endless();
      expectProblem(await send(source), 413, "content_too_large");
      await end;
      expect(taken()).toBeLessThan(80 * 1024 * 1024);
    }
  });

  it("no problem that anybody counts, where the client disconnects before the end", async () => {
    const outcomes: unknown[] = [];
    const note = (message: unknown) => outcomes.push(message);
    subscribe("bursar.usage", note);
    try {
      const body = new ReadableStream({
        pull(controller) {
          controller.error(new DOMException("gone", "AbortError"));
        },
      });
      const headers = { Authorization: `Bearer ${await newKey(1)}`, "Content-Type": "application/json" };
      const sent = { method: "POST", headers, body, duplex: "half" };
      expect((await postUsage(new Request("http://localhost/api/v1/usage", sent))).status).toBe(499);
      expect(outcomes).toEqual([]);
    } finally {
      unsubscribe("bursar.usage", note);
    }
  });

  it("counts bytes and not characters", async () => {
    const padded = (text: string) => `${JSON.stringify(body()).slice(0, -1)}${text}}`;
    expect((await ofLaw.usage(padded(" ".repeat(64_000)))).status).toBe(201);
    expectProblem(await ofLaw.usage(`{"x":"${"é".repeat(33_000)}"}`), 413, "content_too_large");
  });

  test.each([
    [{ "content-type": "text/plain" }],
    [{ "content-type": "application/x-www-form-urlencoded" }],
    [{ "content-type": "application/json; charset=iso-8859-1" }],
    [{ "content-type": "application/cloudevents+xml" }],
    [{ "content-type": null }],
    [{ "content-encoding": "gzip, br" }],
    [{ "content-encoding": "br" }],
  ])("415 with %j", async (headers) => {
    for (const send of [ofLaw.usage, ofLaw.batch, ofLaw.events]) {
      // A body of text would bring a type of its own.
      expectProblem(await send(Buffer.from(JSON.stringify(body())), headers), 415, "unsupported_media_type");
    }
    expect(spends()).toEqual([]);
  });

  test.each(["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])(
    "takes %s",
    async (type) => {
      expect((await ofLaw.usage(body(), { "content-type": type })).status).toBe(201);
    },
  );
});

describe("bodies in gzip", () => {
  const gzip = { "content-encoding": "gzip" };

  it("are taken as what they unpack to", async () => {
    expect((await ofLaw.usage(gzipSync(JSON.stringify(body())), gzip)).status).toBe(201);
    const events = gzipSync(JSON.stringify({ events: [body(), body()] }));
    expect((await ofLaw.batch(events, gzip)).json.summary).toEqual({ recorded: 2, duplicate: 0, refused: 0 });
    expect((await ofLaw.batch(events, { "content-encoding": "X-GZip" })).json.summary).toMatchObject({
      duplicate: 2,
    });
  });

  it("may unpack to as much as a body may be, and no more", async () => {
    const padded = (bytes: number) => gzipSync(JSON.stringify(body()).padEnd(bytes));
    expect((await ofLaw.usage(padded(64 * 1024), gzip)).status).toBe(201);
    expectProblem(await ofLaw.usage(padded(64 * 1024 + 1), gzip), 413, "content_too_large");
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 32));
    expect(bomb.length).toBeLessThan(100_000);
    expectProblem(await ofLaw.batch(bomb, gzip), 413, "content_too_large");
  });

  it("400 for what is not gzip, or not all of it", async () => {
    expectProblem(await ofLaw.usage(body(), gzip), 400, "invalid_request");
    const cut = gzipSync(JSON.stringify(body())).subarray(0, 30);
    expectProblem(await ofLaw.usage(cut, gzip), 400, "invalid_request");
    expect(spends()).toEqual([]);
  });
});

describe("POST /api/v1/usage/batch", () => {
  it("answers each event separately, in order; a bad one does not affect the others", async () => {
    const again = body({ id: "again" });
    await ofLaw.usage(again);
    const { status, json } = await ofLaw.batch({
      events: [
        body({ id: "one", credits: "0.000001" }),
        body({ id: "bad", credits: "-1" }),
        body({ id: "", credits: "1" }),
        5,
        null,
        again,
        { ...again, credits: "3" },
        body({ id: "dear", credits: "1000" }),
        body({ id: "twice", credits: "2" }),
        body({ id: "twice", credits: "2" }),
        body({ id: "foreign", organization: "ART" }),
        body({ id: "last", credits: "996.999999" }),
        body({ id: "too late", credits: "0.000001" }),
      ],
    });
    expect(status).toBe(200);
    const answer = batchAnswer.parse(json);
    const short = answer.results.map((one) => [
      one.id,
      one.status === "refused" ? one.error.code : one.status,
    ]);
    expect(short).toEqual([
      ["one", "recorded"],
      ["bad", "invalid_request"],
      [null, "invalid_request"],
      [null, "invalid_request"],
      [null, "invalid_request"],
      ["again", "duplicate"],
      ["again", "idempotency_conflict"],
      ["dear", "insufficient_credits"],
      ["twice", "recorded"],
      ["twice", "duplicate"],
      ["foreign", "forbidden_organization"],
      ["last", "recorded"],
      ["too late", "insufficient_credits"],
    ]);
    expect(answer.results[1]).toMatchObject({ error: { status: 400, field: "credits" } });
    expect(answer.results.slice(3, 5)).toMatchObject(
      ["events[3]", "events[4]"].map((field) => ({
        error: {
          detail: `${field}: Must be an object.`,
          field,
          errors: [{ field, detail: "Must be an object." }],
        },
      })),
    );
    expect(balance()).toBe(0n);
  });

  it("takes 1,000 and no more", async () => {
    const events = (count: number) => ({
      events: Array.from({ length: count }, () => body({ credits: "0.000001" })),
    });
    expectProblem(await ofLaw.batch(events(BATCH_MAX_EVENTS + 1)), 400, "invalid_request", "events");
    expect(spends()).toEqual([]);
    expect((await ofLaw.batch(events(BATCH_MAX_EVENTS))).json.results).toHaveLength(1000);
    expect(balance()).toBe(credits(1000) - 1000n);
    expect((await ofLaw.batch(events(0))).json).toEqual({
      results: [],
      summary: { recorded: 0, duplicate: 0, refused: 0 },
    });
  });

  test.each([{ events: {} }, { events: null }, {}, { events: [], extra: 1 }, { Events: [] }])(
    "refuses %j whole",
    async (batch) => {
      expect(await ofLaw.batch(batch)).toMatchObject({ status: 400, json: { code: "invalid_request" } });
    },
  );
});

describe("GET /api/v1/usage/check", () => {
  it("reports what may still be spent, the smaller of allowance and balance", async () => {
    const answer = await ofLaw.check("member=ANA%40example.edu");
    expect(answer.json).toEqual({
      allowed: true,
      spendable: "1000",
      organization: { code: "LAW", balance: "1000" },
      member: { email: "ana@example.edu", spentThisMonth: "0", allowance: "1000", remaining: "1000" },
    });
    expect(checkAnswer.strict().parse(answer.json)).toEqual(answer.json);
    await ofLaw.usage(body({ credits: "999.5" }));
    const of = (query: string) => ofAll.check(`organization=law&member=${query}`);
    expect((await of("ana@example.edu&credits=0.5")).json).toMatchObject({ allowed: true, spendable: "0.5" });
    expect((await of("ana@example.edu&credits=0.500001")).json).toMatchObject({ allowed: false });
    expect((await of("bo@example.edu")).json).toMatchObject({
      spendable: "0.5",
      member: { remaining: "1000" },
    });
    await ofLaw.usage(body({ member: "bo@example.edu", credits: "0.5" }));
    expect((await of("bo@example.edu")).json).toMatchObject({ allowed: false, spendable: "0" });
  });

  it("is what remains of the allowance where that is less than the balance", async () => {
    await setAllowance(credits(10));
    await ofLaw.usage(body({ credits: "4" }));
    const of = async (query: string) => (await ofLaw.check(`member=ana@example.edu${query}`)).json;
    expect(await of("")).toMatchObject({ allowed: true, spendable: "6" });
    expect(await of("&credits=6")).toMatchObject({ allowed: true });
    expect(await of("&credits=7")).toMatchObject({ allowed: false, spendable: "6" });
    await setAllowance(0n);
    expect(await of("")).toMatchObject({ allowed: false, spendable: "0" });
  });

  it("has no limit to name where there is none", async () => {
    await setAllowance(null);
    expect((await ofLaw.check("member=ana@example.edu")).json).toMatchObject({
      spendable: "1000",
      member: { allowance: null, remaining: null },
    });
  });

  test.each([
    ["", "member"],
    ["member=ana", "member"],
    ["member=ana@example.edu&member=bo@example.edu", "member"],
    ["member=ana@example.edu&credits=abc", "credits"],
    ["member=ana@example.edu&credits=1e3", "credits"],
    ["member=ana@example.edu&x=1", "x"],
    ["member=ana@example.edu&__proto__=1", "__proto__"],
    ["member=ana@example.edu&organization=", "organization"],
  ])("400 for %j", async (query, field) => {
    expectProblem(await ofLaw.check(query), 400, "invalid_request", field);
  });

  it.each(["member", "organization", "credits"])(
    "refuses the parameter %s that comes twice",
    async (name) => {
      const answer = await ofLaw.check(`member=ana@example.edu&${name}=LAW&${name}=LAW`);
      expectProblem(answer, 400, "invalid_request", name);
      expect(answer.json.detail).toBe(`${name}: Comes more than once.`);
    },
  );

  it("404 for an unknown member", async () => {
    expectProblem(await ofLaw.check("member=no@example.edu"), 404, "member_not_found", "member");
  });
});

describe("POST /api/v1/events", () => {
  const event = (change: Record<string, unknown> = {}) => {
    const { id, member, ...data } = body({ organization: undefined });
    return {
      ...{ specversion: "1.0", id, source: "/essay-coach", type: "ai.usage", subject: member, data },
      time: "2026-11-23T10:00:00Z",
      datacontenttype: "application/json",
      ...change,
    };
  };
  const structured = (json: unknown) =>
    ofLaw.events(json, { "content-type": "application/cloudevents+json; charset=utf-8" });
  const batched = (json: unknown) =>
    ofLaw.events(json, { "content-type": "application/cloudevents-batch+json" });
  const binary = (
    { data, datacontenttype: _, ...attributes }: Record<string, unknown>,
    type = "application/json",
  ) =>
    ofLaw.events(data, {
      "content-type": type,
      ...Object.fromEntries(Object.entries(attributes).map(([name, text]) => [`ce-${name}`, String(text)])),
    });

  it("records one event once, in whichever mode it comes", async () => {
    const sample = event({ traceparent: "00-abc", source: "/é b%" });
    const first = await structured(sample);
    expect(first).toMatchObject({ status: 201, json: { id: sample.id, status: "recorded" } });
    const encoded = { ...sample, source: "/%C3%A9%20b%25" };
    expect(await binary(encoded)).toMatchObject({
      status: 200,
      json: { ...first.json, status: "duplicate" },
    });
    expect(batchAnswer.parse((await batched([sample, event()])).json).results).toMatchObject([
      { status: "duplicate" },
      { status: "recorded" },
    ]);
    expect(spends()[0]).toMatchObject({ source: "/é b%", externalId: sample.id });
    expect(spends()[0]?.occurredAt.toISOString()).toBe("2026-11-23T10:00:00.000Z");
  });

  it("names the time that is too far ahead as the sender called it", async () => {
    const time = new Date(Date.now() + 6 * 60_000).toISOString();
    expectProblem(await structured(event({ time })), 400, "invalid_request", "time");
    const sample = event();
    const inData = await structured({ ...sample, data: { ...sample.data, occurredAt: time } });
    expectProblem(inData, 400, "invalid_request", "data.occurredAt");
  });

  it("does not take the source that the portal's own entries have", async () => {
    const answer = await structured(event({ source: "portal" }));
    expectProblem(answer, 400, "invalid_request", "source");
    expect(answer.json.detail).toBe("The source “portal” is the portal's own.");
  });

  it("takes source and id together for the name of the event", async () => {
    const sample = event();
    expect((await structured(sample)).status).toBe(201);
    expect((await structured({ ...sample, source: "/tutor" })).status).toBe(201);
    expect((await ofLaw.usage(body({ id: sample.id }))).status).toBe(201);
    expectProblem(
      await structured({ ...sample, data: { ...sample.data, credits: "2" } }),
      409,
      "idempotency_conflict",
      "id",
    );
  });

  it("ignores another timestamp in a repeat, but not another time in its data", async () => {
    const sample = event();
    await structured(sample);
    expect((await structured({ ...sample, time: "2026-11-23T11:00:00Z" })).status).toBe(200);
    expect((await structured({ ...sample, time: undefined })).status).toBe(200);
    const at = (id: string, occurredAt: string) => event({ id, data: { ...sample.data, occurredAt } });
    expect((await structured(at(String(sample.id), "2026-11-23T11:00:00Z"))).status).toBe(200);
    expect((await structured(at("timed", "2026-11-23T11:00:00Z"))).status).toBe(201);
    expect((await structured(event({ id: "timed" }))).status).toBe(200);
    expectProblem(await structured(at("timed", "2026-11-23T12:00:00Z")), 409, "idempotency_conflict", "id");
  });

  it("takes the member from the data too, but not two of them", async () => {
    const { data } = event();
    const both = event({ data: { ...data, member: "ANA@example.edu" } });
    expect((await structured(both)).status).toBe(201);
    expect(
      (await structured(event({ subject: undefined, data: { ...data, member: "bo@example.edu" } }))).status,
    ).toBe(201);
    expectProblem(
      await structured(event({ data: { ...data, member: "bo@example.edu" } })),
      400,
      "invalid_request",
      "subject",
    );
    expectProblem(await structured(event({ subject: undefined })), 400, "invalid_request", "subject");
  });

  test.each([
    ["specversion", "0.3"],
    ["specversion", undefined],
    ["id", ""],
    ["id", undefined],
    ["source", ""],
    ["source", "x".repeat(501)],
    ["source", "portal"],
    ["type", ""],
    ["type", undefined],
    ["subject", "ana"],
    ["time", "yesterday"],
    ["time", "1970-01-01T00:00:00Z"],
    ["datacontenttype", "text/xml"],
    ["data", undefined],
    ["data_base64", "e30="],
    ["data_base64", "*"],
  ])("400 with %s %j", async (name, given) => {
    const answer = await structured(event({ [name]: given }));
    expectProblem(answer, 400, "invalid_request", name);
    expect((await batched([event({ [name]: given }), event()])).json.results).toMatchObject([
      { status: "refused", error: { code: "invalid_request" } },
      { status: "recorded" },
    ]);
  });

  it("400 for what is in the data, and for what is no CloudEvent", async () => {
    expectProblem(
      await structured(event({ data: { ...event().data, x: 1 } })),
      400,
      "invalid_request",
      "data.x",
    );
    expectProblem(
      await binary(event({ data: { application: "a", credits: -1 } })),
      400,
      "invalid_request",
      "data.credits",
    );
    expectProblem(await ofLaw.events(body()), 400, "invalid_request", "specversion");
    expectProblem(await binary(event(), "text/xml"), 415, "unsupported_media_type");
    expectProblem(await batched({}), 400, "invalid_request");
    expectProblem(await batched(Array.from({ length: 1001 }, () => 5)), 400, "invalid_request");
    expect(spends()).toEqual([]);
  });
});

describe("CloudEvents as SDKs send them", () => {
  const data = { application: "essay-coach", credits: "0.5" };
  const attributes = (id: string) => ({
    ...{ specversion: "1.0", id, source: "/essay-coach", type: "ai.usage", subject: "ana@example.edu" },
  });
  const headers = (id: string, change: Record<string, string | null> = {}) => ({
    ...Object.fromEntries(Object.entries(attributes(id)).map(([name, text]) => [`ce-${name}`, text])),
    ...change,
  });
  const bytes = Buffer.from(JSON.stringify(data));

  test.each([
    // Java's and Go's formats write what is not set as null.
    ["null attributes", { time: null, datacontenttype: null, dataschema: null, data_base64: null, data }],
    ["null data beside Base64", { data: null, data_base64: bytes.toString("base64") }],
    ["data in Base64", { data_base64: bytes.toString("base64") }],
    ["null fields of the data", { data: { ...data, organization: null, member: null, occurredAt: null } }],
  ])("structured: %s", async (_, change) => {
    for (const type of ["application/cloudevents+json", "application/json"]) {
      const event = { ...attributes(requestId()), ...change };
      expect(await ofLaw.events(event, { "content-type": type })).toMatchObject({
        status: 201,
        json: { credits: "0.5" },
      });
    }
  });

  it("structured and batched as application/json", async () => {
    const events = ["a", "b"].map((id) => ({ ...attributes(id), data }));
    expect((await ofLaw.events(events)).json).toMatchObject({ summary: { recorded: 2 } });
    expect((await ofLaw.events(events[0])).json).toMatchObject({ status: "duplicate" });
  });

  it("binary without a content type", async () => {
    const answer = await ofLaw.events(bytes, headers("a", { "content-type": null }));
    expect(answer).toMatchObject({ status: 201, json: { id: "a", credits: "0.5" } });
  });

  it("binary with headers that are percent-encoded, in quotes or plain", async () => {
    for (const [id, header] of [
      ["50% é", "50%25%20%C3%A9"],
      ["quoted", '"quoted"'],
      ["a b", "a b"],
    ] as const) {
      expect((await ofLaw.events(bytes, headers(header))).json).toMatchObject({ id, status: "recorded" });
    }
  });

  test.each(["100%", "%", "%zz", "caf\u00e9"])(
    "binary with the id %j: 400 that names the encoding",
    async (id) => {
      const answer = await ofLaw.events(bytes, headers(id));
      expectProblem(answer, 400, "invalid_request", "id");
      expect(answer.json.detail).toContain("id: Must be percent-encoded in a header");
    },
  );

  it("binary with an extension that the portal does not read, however it is written", async () => {
    expect((await ofLaw.events(bytes, headers("a", { "ce-tracestate": "x=50%" }))).status).toBe(201);
  });

  it("lets a sender ask whether it may deliver, as Azure Event Grid does", async () => {
    const ask = (headers: Record<string, string>) =>
      optionsOfEvents(new Request("http://localhost/api/v1/events", { method: "OPTIONS", headers }));
    const answer = ask({ "WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120" });
    expect([
      answer.status,
      answer.headers.get("webhook-allowed-origin"),
      answer.headers.get("webhook-allowed-rate"),
      answer.headers.get("allow"),
    ]).toEqual([200, "eventgrid.azure.net", "*", "POST, OPTIONS"]);
    const plain = ask({});
    expect([plain.status, plain.headers.get("webhook-allowed-origin")]).toEqual([204, null]);
  });
});

describe("POST /api/v1/usage/{id}/reverse", () => {
  const DAY_MS = 24 * 3_600_000;
  const reversals = () =>
    database().select().from(ledgerEntries).where(eq(ledgerEntries.kind, "reversal")).all();

  it("gives back what the event cost, once, and answers again as the first time", async () => {
    await setAllowance(credits(10));
    await ofLaw.usage(body({ id: "a/b é", credits: "9.5" }));
    const first = await ofLaw.reverse("a/b é");
    expect(first).toMatchObject({
      status: 201,
      json: {
        id: "a/b é",
        status: "reversed",
        credits: "9.5",
        organization: { code: "LAW", balance: "1000" },
      },
    });
    expect(reversalAnswer.strict().parse(first.json)).toEqual(first.json);
    expect((await ofLaw.check("member=ana@example.edu")).json).toMatchObject({ spendable: "10" });
    await ofLaw.usage(body({ credits: "1" }));
    expect(await ofLaw.reverse("a/b é", { note: "again" })).toMatchObject({
      status: 200,
      json: { ...first.json, status: "duplicate" },
    });
    expect(reversals()).toMatchObject([{ amount: 9_500_000n, reversesId: 4 }]);
    // The event stays known by its id.
    expect((await ofLaw.usage(body({ id: "a/b é", credits: "9.5" }))).json.status).toBe("duplicate");
  });

  it("is in the audit trail, by the key", async () => {
    await ofLaw.usage(body({ id: "a", credits: "2" }));
    await ofLaw.reverse("a", { note: " charged twice " });
    const entry = database().select().from(auditEntries).orderBy(desc(auditEntries.id)).get();
    expect(entry).toMatchObject({
      action: "entry.reversed",
      actorKind: "api_key",
      actorLabel: "tests",
      subjectLabel: "LAW",
      before: '{"balance":"998"}',
    });
    expect(JSON.parse(entry?.after ?? "")).toMatchObject({
      balance: "1000",
      reverses: 4,
      note: "charged twice",
    });
    expect(reversals()).toMatchObject([{ note: "charged twice" }]);
  });

  it("takes a CloudEvent by its source, and an event of 0 credits", async () => {
    const event = { specversion: "1.0", id: "a", source: "/s", type: "t", subject: "ana@example.edu" };
    await ofLaw.events({ ...event, data: { application: "x", credits: 0 } });
    expectProblem(await ofLaw.reverse("a"), 404, "event_not_found", "id");
    expect((await ofLaw.reverse("a", { source: "/s", organization: null })).json).toMatchObject({
      status: "reversed",
      credits: "0",
    });
  });

  it("takes back what a key of the same scope reported, and nothing else", async () => {
    await ofLaw.usage(body({ id: "of law" }));
    await ofAll.usage(body({ id: "of all" }));
    await spend({ id: "of the operator" });
    const ofArt = application(await newKey(2));
    for (const [key, id] of [
      [ofLaw, "of all"],
      [ofLaw, "of the operator"],
      [ofLaw, "of nobody"],
      [ofArt, "of law"],
      [ofAll, "of law"],
      [ofAll, "of the operator"],
    ] as const) {
      expectProblem(await key.reverse(id), 404, "event_not_found", "id");
    }
    expect(reversals()).toEqual([]);
    // Another key of the organization: keys are exchanged.
    expect((await application(await newKey(law)).reverse("of law")).status).toBe(201);
    expectProblem(await ofAll.reverse("of all", { organization: "ART" }), 404, "event_not_found", "id");
    expect((await ofAll.reverse("of all", { organization: "law" })).status).toBe(201);
  });

  it("does so for 30 days, and not what was reversed in the portal", async () => {
    await ofLaw.usage(body({ id: "a" }));
    await ofLaw.usage(body({ id: "b" }));
    const later = (days: number) =>
      reverseUsage(
        { id: "a", source: "", organization: null, note: null },
        { kind: "api_key", id: 1, name: "tests", organizationId: law, address: null },
        { now: new Date(Date.now() + days * DAY_MS) },
      );
    expect(await later(30.01)).toMatchObject({ ok: false, code: "reversal_expired" });
    expect(await later(29.99)).toMatchObject({ ok: true });
    value(await reverseEntry({ entry: 5, note: null, requestId: requestId() }, operator));
    expectProblem(await ofLaw.reverse("b"), 409, "already_reversed", "id");
  });

  test.each([
    ["x".repeat(201), "", 400, "id"],
    ["a", "[]", 400, undefined],
    ["a", { reason: "x" }, 400, "reason"],
    ["a", { note: "x".repeat(201) }, 400, "note"],
    ["a", { source: "" }, 400, "source"],
  ])("%#: 400", async (id, given, status, field) => {
    expectProblem(await ofLaw.reverse(id, given), status, "invalid_request", field);
  });

  it("401 without a key, 404 for an id that is not percent-encoded", async () => {
    expectProblem(await application(null).reverse("a"), 401, "unauthorized");
    const broken = new Request("http://localhost/api/v1/usage/%/reverse", {
      method: "POST",
      headers: { Authorization: `Bearer ${await newKey(law)}` },
    });
    expect((await postReverse(broken)).status).toBe(404);
  });
});

describe("around it", () => {
  it("405 with Allow for another method, 404 below /api/v1, both as problems", async () => {
    const { POST, ...beside } = handlersBeside("POST");
    expect(POST).toBeUndefined();
    expect(Object.keys(beside).sort()).toEqual(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"]);
    expect(beside.OPTIONS().status).toBe(204);
    const refused = beside.DELETE();
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
    expect(await refused.json()).toMatchObject({ code: "method_not_allowed" });
    expect(handlersBeside("GET").POST().headers.get("allow")).toBe("GET, HEAD, OPTIONS");
    expect(await unknownPath().json()).toMatchObject({ status: 404, code: "not_found" });
  });

  it("is described in valid OpenAPI 3.1, which names every code", async () => {
    const document = await getOpenApi().json();
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
    expect(Object.keys(document.paths)).toEqual([
      "/api/v1/usage",
      "/api/v1/usage/batch",
      "/api/v1/usage/{id}/reverse",
      "/api/v1/usage/check",
      "/api/v1/events",
    ]);
    expect(document.components.schemas.UsageEvent).toMatchObject({
      required: ["id", "member", "application", "credits"],
      additionalProperties: false,
    });
    // What an event may leave out, and each way in which one is sent.
    expect(document.components.schemas.CloudEvent).toMatchObject({
      required: ["specversion", "id", "source", "type"],
      anyOf: [{ required: ["data"] }, { required: ["data_base64"] }],
    });
    const { parameters, requestBody } = document.paths["/api/v1/events"].post;
    expect(parameters.map(({ name }: { name: string }) => name)).toContain("ce-subject");
    expect(requestBody.content["application/json"].schema.anyOf).toMatchObject([
      { $ref: "#/components/schemas/CloudEventData" },
      { $ref: "#/components/schemas/CloudEvent" },
      { type: "array", items: { $ref: "#/components/schemas/CloudEvent" } },
    ]);
    const text = JSON.stringify(document);
    for (const code of ["idempotency_conflict", "allowance_exceeded", "storage_full"])
      expect(text).toContain(code);
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
  });
});

describe("when the database refuses: a problem, nothing recorded in part, and the next request works", () => {
  const pragma = (text: string) => database().$client.pragma(text, { simple: true });

  it("507 when there is no room", async () => {
    const before = [balance(), spends().length];
    const pages = pragma("page_count");
    const events = Array.from({ length: 1000 }, () =>
      body({ credits: "0.000001", metadata: { text: "x".repeat(3_000) } }),
    );
    pragma(`max_page_count = ${pages}`);
    const answer = await ofLaw.batch({ events });
    pragma("max_page_count = 1073741823");
    expectProblem(answer, 507, "storage_full");
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    expect([balance(), spends().length]).toEqual(before);
    expect((await ofLaw.batch({ events })).status).toBe(200);
    expect(spends()).toHaveLength(1000);
  });

  it("503 when the file cannot be written, while reads go on", async () => {
    const event = body();
    pragma("query_only = ON");
    const answer = await ofLaw.usage(event);
    const check = await ofLaw.check("member=ana@example.edu");
    pragma("query_only = OFF");
    expectProblem(answer, 503, "storage_unavailable");
    expect(check.status).toBe(200);
    expect((await ofLaw.usage(event)).status).toBe(201);
  });
});
