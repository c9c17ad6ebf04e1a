import { asc } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import { outboxEvents, webhookEndpoints } from "#db/schema/index.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { allocateCredits } from "#lib/ledger/commands/transfers.ts";
import { changeMembershipsActive } from "#lib/members/commands/memberships.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { appendEvent } from "#lib/outbox/append.ts";
import { changeData, EVENTS, isAlert, isEventType } from "#lib/outbox/rules/events.ts";
import { setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { refused } from "#lib/result.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  aPortalUser,
  credits,
  operator,
  requestId,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const stored = () => database().select().from(outboxEvents).orderBy(asc(outboxEvents.id)).all();

/** The stored events that record a change. Alerts of the figures in these tests come beside them. */
const changes = () => stored().filter(({ type }) => isEventType(type) && !isAlert(type));

/** An endpoint that gets these events; where it is does not matter here. */
async function anEndpoint(events: readonly string[], state: "active" | "paused" | "resting" = "active") {
  await write((tx) =>
    tx
      .insert(webhookEndpoints)
      .values({
        name: "Finance",
        kind: "webhook",
        urlSealed: "v1.x",
        urlShown: "https://example.edu/hook",
        events: JSON.stringify(events),
        state,
        createdAt: new Date(0),
      })
      .run(),
  );
}

const low = {
  type: "organization.balance_low",
  subject: "organization:7",
  organizationId: 7,
  data: {
    title: "Law has 5 credits left",
    text: "",
    path: "/organizations/LAW",
    organization: null,
    figures: { balance: "5" },
  },
} as const;

describe("appendEvent", () => {
  it("stores the event with an id of its own", async () => {
    const eventId = await write((tx) => appendEvent(tx, low, new Date(1_000)));
    expect(eventId).toMatch(/^evt_[\w-]{22}$/);
    expect(stored()).toEqual([
      {
        id: 1,
        eventId,
        type: "organization.balance_low",
        subject: "organization:7",
        organizationId: 7,
        data: JSON.stringify(low.data),
        createdAt: new Date(1_000),
        dispatchedAt: null,
      },
    ]);
  });

  it("stores nothing if its transaction is rolled back", async () => {
    await write((tx) => {
      appendEvent(tx, low);
      return refused("no", "No.");
    });
    expect(stored()).toEqual([]);
  });
});

describe("the events of changes", () => {
  it("are not stored while nobody has asked for them", async () => {
    await anEndpoint(["pool.low"]);
    await anEndpoint(["*"], "paused");
    await anOrganization({ balance: credits(10), members: ["ana@example.edu"] });
    expect(changes()).toEqual([]);
  });

  it("have who changed what, before and after, in the order of the changes", async () => {
    const organization = await anOrganization({ balance: credits(5), members: ["ana@example.edu"] });
    await anEndpoint(["credits.*", "organization.updated", "member.deactivated"]);
    const admin = await aPortalUser("admin");
    const type = await aCreditType({ name: "Pool", available: credits(3) });
    value(
      await updateOrganization(
        { id: organization, name: "Law", code: "LAW", creditType: 1, monthlyAllowance: credits(2) },
        admin,
      ),
    );
    value(await changeMembershipsActive([1], false, admin));
    expect(changes().map(({ type, subject, organizationId }) => [type, subject, organizationId])).toEqual([
      ["credits.purchased", `credit_type:${type}`, null],
      ["organization.updated", `organization:${organization}`, organization],
      ["member.deactivated", "membership:1", organization],
    ]);
    const data = changes().map((event) => JSON.parse(event.data));
    expect(data[1]).toEqual({
      actor: { kind: "portal_user", label: "admin@example.edu" },
      subject: { kind: "organization", id: organization, label: "LAW" },
      organization: { id: organization, code: "LAW", name: "Law" },
      before: { name: "LAW", monthlyAllowance: null },
      after: { name: "Law", monthlyAllowance: "2" },
    });
    for (const one of data) expect(changeData.parse(one)).toEqual(one);
  });

  it("have no fingerprint of a key, and no key", async () => {
    await anEndpoint(["*"]);
    const { key } = value(await createApiKey({ organization: null, name: "Coach", expires: null }, operator));
    const [event] = changes();
    expect(event?.type).toBe("api_key.created");
    expect(JSON.parse(event?.data ?? "").after).toEqual({
      name: "Coach",
      keyPrefix: key.slice(0, 12),
      organization: null,
      expires: null,
    });
    expect(event?.data).not.toContain(key);
  });

  it("are stored while an endpoint is suspended, so that it gets them later", async () => {
    await anEndpoint(["credits.allocated"], "resting");
    const organization = await anOrganization({ balance: credits(1) });
    const allocation = { organization, amount: credits(1), note: null, requestId: requestId() };
    expect(await allocateCredits(allocation, operator)).toMatchObject({ ok: false });
    expect(changes().map(({ type }) => type)).toEqual(["credits.allocated"]);
  });

  it("tell of an account that loses its access by being disabled, and gets it back", async () => {
    await anEndpoint(["grant.*"]);
    const owner = await aPortalUser("owner");
    const { id } = await aPortalUser("viewer", "dean@example.edu");
    value(await setPortalUserDisabled({ id, disabled: true }, owner));
    value(await setPortalUserDisabled({ id, disabled: false }, owner));
    expect(changes().map(({ type, data }) => [type, JSON.parse(data).subject.label])).toEqual([
      ["grant.removed", "dean@example.edu"],
      ["grant.added", "dean@example.edu"],
    ]);
  });

  it("follow a membership to its organization", async () => {
    await anEndpoint(["member.added"]);
    const organization = await anOrganization();
    const { membership } = await aMember(organization);
    expect(changes()).toMatchObject([{ subject: `membership:${membership}`, organizationId: organization }]);
  });
});

it("no two events have the same label", () => {
  const labels = Object.values(EVENTS).map(({ label }) => label);
  expect(labels.filter((label, place) => labels.indexOf(label) !== place)).toEqual([]);
  expect(labels).toContain("Credits were added to an organization");
});
