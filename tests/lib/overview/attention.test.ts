import { beforeEach, describe, expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import { webhookEndpoints } from "#db/schema/index.ts";
import { attentionOf } from "#lib/overview/attention.ts";
import { byTopic } from "#lib/overview/rules/attention.ts";
import { saveRefusals } from "#lib/refusals/commands/save.ts";
import { createEndpoint } from "#lib/webhooks/commands/endpoints.ts";
import {
  aCreditType,
  aGrant,
  aMember,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  scopeOf,
  spend,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

describe("the topics", () => {
  const alert = (kind: Parameters<typeof byTopic>[0][number]["kind"], subject: string) => ({ kind, subject });

  it("are in the order of their urgency, each with the newest alerts", () => {
    const alerts = [
      alert("key_unused", "api_key:1"),
      alert("pool_share", "credit_type:1"),
      alert("balance_share", "organization:9"),
      alert("balance_share", "organization:8"),
    ];
    expect(byTopic(alerts)).toEqual([
      { topic: "running_dry", alerts: [alerts[2], alerts[3]] },
      { topic: "pool_low", alerts: [alerts[1]] },
      { topic: "api_key", alerts: [alerts[0]] },
    ]);
  });

  it("have one alert of each subject, of the kind that tells most and then the newest, and three at most", () => {
    const alerts = [
      alert("balance_share", "organization:1"),
      alert("balance_days", "organization:1"),
      ...[2, 3, 4, 5].map((id) => alert("balance_share", `organization:${id}`)),
    ];
    expect(byTopic(alerts)).toEqual([{ topic: "running_dry", alerts: [alerts[1], alerts[2], alerts[3]] }]);
    const twice = [
      { ...alert("allowance_share", "membership:1"), threshold: 100 },
      { ...alert("allowance_share", "membership:1"), threshold: 80 },
    ];
    expect(byTopic(twice)).toEqual([{ topic: "allowance", alerts: [twice[0]] }]);
  });

  it("leave out refusals, which have figures of their own", () => {
    expect(byTopic([alert("refusals", "organization:1")])).toEqual([]);
  });
});

describe("what needs attention", () => {
  useFreshDatabase();
  const NOW = new Date("2026-11-24T12:00:00Z");
  let law: number;
  let art: number;

  beforeEach(async () => {
    const creditType = await aCreditType({ available: credits(100_000) });
    law = await anOrganization({ code: "LAW", creditType, balance: credits(100) });
    art = await anOrganization({
      code: "ART",
      creditType,
      balance: credits(100),
      monthlyAllowance: credits(50),
    });
    await aMember(law, { email: "ana@example.edu" });
    await aMember(art, { email: "ana@example.edu" });
  });

  const refusals = (
    organization: string,
    code: "insufficient_credits" | "member_inactive",
    hours: number,
  ) => ({
    at: NOW.getTime() - hours * 3_600_000,
    lastAt: NOW.getTime() - hours * 3_600_000,
    apiKeyId: null,
    keyOrganizationId: null,
    organization,
    member: "ana@example.edu",
    application: "essay-coach",
    request: "event" as const,
    code,
    requests: 5,
    amount: credits(1),
    remaining: null,
  });

  it("is nothing at first", () => {
    expect(attentionOf({ id: 0, scope: everything }, NOW)).toEqual({
      topics: [],
      refused: [],
      suspended: [],
    });
  });

  it("is what alerts have opened, in the scope", async () => {
    expect(await spend({ organization: "LAW", credits: credits(95) })).toMatchObject({ ok: true });
    expect(await spend({ organization: "ART", credits: credits(50) })).toMatchObject({ ok: true });
    const { topics } = attentionOf({ id: 0, scope: everything }, new Date());
    expect(
      topics.map(({ topic, alerts }) => [topic, alerts.map(({ organization }) => organization?.code)]),
    ).toEqual(
      expect.arrayContaining([
        ["running_dry", expect.arrayContaining(["LAW"])],
        ["allowance", ["ART"]],
      ]),
    );
    const user = await aPortalUser(null);
    expect(attentionOf({ id: user.id, scope: scopeOf(user) }, new Date()).topics).toEqual([]);
    await aGrant(user, "viewer", { organizationId: art });
    const ofArt = attentionOf({ id: user.id, scope: scopeOf(user) }, new Date()).topics;
    expect(ofArt.flatMap(({ alerts }) => alerts.map(({ organization }) => organization?.code))).not.toContain(
      "LAW",
    );
    expect(ofArt.map(({ topic }) => topic)).toContain("allowance");
  });

  it("counts refusals of the last 24 hours by organization and reason, in the scope", async () => {
    await saveRefusals([
      refusals("LAW", "insufficient_credits", 1),
      refusals("LAW", "insufficient_credits", 3),
      refusals("ART", "member_inactive", 2),
      refusals("ART", "insufficient_credits", 25),
    ]);
    const { refused } = attentionOf({ id: 0, scope: everything }, NOW);
    expect(refused.map(({ organization, code, requests }) => [organization?.code, code, requests])).toEqual([
      ["LAW", "insufficient_credits", 10],
      ["ART", "member_inactive", 5],
    ]);
    const user = await aPortalUser(null);
    await aGrant(user, "viewer", { organizationId: art });
    const inPart = attentionOf({ id: user.id, scope: scopeOf(user) }, NOW).refused;
    expect(inPart.map(({ code }) => code)).toEqual(["member_inactive"]);
    expect(law).not.toBe(art);
  });

  describe("in a part of the enterprise", () => {
    it.each([0, 1_000])(
      "of two organizations and %i more, has an older alert of an urgent kind behind many newer ones of another",
      async (more) => {
        database().$client.exec(`WITH RECURSIVE n(i) AS (SELECT 101 UNION ALL SELECT i + 1 FROM n WHERE i < 100 + ${more})
        INSERT INTO organizations (id, name, code, code_key, credit_type_id, active, created_at, name_key, search_text)
        SELECT i, i, i, i, 1, 1, 0, i, i FROM n WHERE ${more} > 0;
        INSERT INTO organization_tags SELECT id, 'faculty:law' FROM organizations`);
        const alert = (id: number, kind: string) =>
          `(${id}, '${kind}', 1, 'organization', ${id}, ${law}, 0, 'open', 0, ${id}, 1)`;
        const rows = Array.from({ length: 400 }, (_, i) => alert(i + 2, "allowance_share"));
        database().$client.exec(`INSERT INTO alerts (id, kind, threshold, subject_kind, subject_id, organization_id, period,
        state, value, opened_at, announced) VALUES ${[alert(1, "balance_amount"), ...rows].join()}`);
        const user = await aPortalUser(null);
        await aGrant(user, "viewer", { tag: "faculty:law" });
        const { topics } = attentionOf({ id: user.id, scope: scopeOf(user) }, NOW);
        expect(topics.map(({ topic, alerts }) => [topic, alerts.map(({ id }) => id)])).toEqual([
          ["running_dry", [1]],
          ["allowance", [401, 400, 399]],
        ]);
      },
    );

    it("has the refusals of each organization, also where one has thousands", async () => {
      database().$client.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
        INSERT INTO refusals (at, last_at, organization_id, organization_text, member_email, member_key, application,
          application_key, request, code, requests, amount)
        SELECT ${NOW.getTime()} - i, 0, ${law}, '', '', '', '', '', 'event', 'insufficient_credits', 1, 1 FROM n`);
      await saveRefusals([refusals("ART", "member_inactive", 2)]);
      const user = await aPortalUser(null);
      for (const organizationId of [law, art]) await aGrant(user, "viewer", { organizationId });
      expect(
        attentionOf({ id: user.id, scope: scopeOf(user) }, NOW).refused.map(
          ({ organization, code, requests }) => [organization?.code, code, requests],
        ),
      ).toEqual([
        ["LAW", "insufficient_credits", 2_000],
        ["ART", "member_inactive", 5],
      ]);
    });
  });

  it("tells owners, and nobody else, of webhook endpoints that rest", async () => {
    const endpoint = {
      kind: "webhook",
      name: "Finance",
      url: "https://example.edu/hook",
      events: ["*"],
    } as const;
    const { id } = value(await createEndpoint(endpoint, operator));
    const suspended = (role: "owner" | "admin") =>
      attentionOf({ id: 0, scope: everything, role }, NOW).suspended;
    expect(suspended("owner")).toEqual([]);
    await write((tx) => tx.update(webhookEndpoints).set({ state: "resting" }).run());
    expect(suspended("owner")).toEqual([{ id, name: "Finance" }]);
    expect(suspended("admin")).toEqual([]);
  });
});
