import { beforeEach, describe, expect, it } from "vitest";
import { write } from "#db/client.ts";
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
      resting: [],
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

  it("tells owners, and nobody else, of webhook endpoints that rest", async () => {
    const endpoint = {
      kind: "webhook",
      name: "Finance",
      url: "https://example.edu/hook",
      events: ["*"],
    } as const;
    const { id } = value(await createEndpoint(endpoint, operator));
    const resting = (role: "owner" | "admin") => attentionOf({ id: 0, scope: everything, role }, NOW).resting;
    expect(resting("owner")).toEqual([]);
    await write((tx) => tx.update(webhookEndpoints).set({ state: "resting" }).run());
    expect(resting("owner")).toEqual([{ id, name: "Finance" }]);
    expect(resting("admin")).toEqual([]);
  });
});
