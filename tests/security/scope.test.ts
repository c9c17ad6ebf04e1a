import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { GROUPINGS } from "#lib/transactions/rules/grouping.ts";
import { operator, value } from "#tests/support/builders.ts";
import type { HttpBrowser } from "#tests/support/http-browser.ts";
import { foundOutside, type Model, makeModel, markersOutside } from "#tests/support/scope-model.ts";
import { PASSWORD, type Portal, startPortal } from "./portal.ts";

// The pages, files and suggestions of a running portal, as people with grants on random organizations and tags get them:
// no text of anything outside is in them. A failure names the seed.

const SEEDS = [11, 12];

describe.each(SEEDS)("with the seed %i", (seed) => {
  let portal: Portal;
  let model: Model;
  const emails = ["first@example.edu", "second@example.edu", "third@example.edu"];
  beforeAll(async () => {
    portal = await startPortal({
      fill: async () => {
        model = await makeModel(seed);
        const move = database().$client.prepare(
          "UPDATE portal_user_grants SET portal_user_id = ? WHERE portal_user_id = ?",
        );
        const end = database().$client.prepare("DELETE FROM portal_user_grants WHERE portal_user_id = ?");
        for (const [index, { actor }] of model.users.entries()) {
          const account = { email: emails[index] ?? "", role: "viewer" as const, password: PASSWORD };
          const { id } = value(await createPortalUser(account, operator));
          end.run(id);
          move.run(id, actor.id);
        }
      },
    });
  });
  afterAll(async () => {
    await portal?.stop();
  });

  it.each([0, 1, 2])(
    "user %i gets nothing of what is outside",
    async (index) => {
      const user = model.users[index];
      if (!user) throw new Error("no user");
      const visitor = await portal.signedIn(emails[index] ?? "");
      const outside = markersOutside(model, user.organizations);
      const isInside = ({ id }: { id: number }) => user.organizations.has(id);
      const statuses = await statusesOf(visitor, addresses(model), outside, seed);

      for (const { id, code } of model.organizations) {
        const expected = isInside({ id }) ? 200 : 404;
        for (const tab of ["", "/members", "/transactions", "/refusals", "/api-keys", "/members/export"]) {
          expect([seed, code, tab, statuses.get(`/organizations/${code}${tab}`)]).toEqual([
            seed,
            code,
            tab,
            expected,
          ]);
        }
      }
      for (const { member } of model.memberships) {
        const seen = model.memberships.some(
          (one) => one.member === member && user.organizations.has(one.organization),
        );
        expect([seed, member, statuses.get(`/members/${member}`)]).toEqual([seed, member, seen ? 200 : 404]);
      }
      for (const { id, organization } of tried(model)) {
        const expected = user.organizations.has(organization) ? 200 : 404;
        expect([seed, id, statuses.get(`/transactions/${id}`)]).toEqual([seed, id, expected]);
      }
    },
    // Hundreds of pages, which take a slow machine minutes.
    600_000,
  );
});

/** Some entries of the ledger. */
const tried = ({ spends, otherEntries }: Model) => [...spends.slice(0, 12), ...otherEntries.slice(0, 8)];

/** The addresses of everything that shows organizations, people, entries or changes, inside and outside. */
function addresses(model: Model): string[] {
  const views = ["", "?view=table&sort=-spent", "?q=zq", "?status=inactive"].map(
    (query) => `/organizations${query}`,
  );
  const members = ["", "?sort=-spent", "?sort=-active&role=creator", "?q=zq", "?status=inactive"];
  const [spend] = model.spends;
  const transactions = [
    "",
    "?period=this-month",
    "?kind=spend&by=tag%3Azqt1x",
    ...[...GROUPINGS, "tag%3Azqt1x"].map((by) => `?tab=spending&by=${by}`),
    "?tab=spending&by=member&period=12-months&per=month",
    "?from=2026-09-01&to=2026-10-31",
    `?application=${spend?.application ?? 1}`,
    `?member=${spend?.member ?? 1}`,
  ];
  const suggestions = ["member", "application", "model", "organization", "tag", "object", "scope"].flatMap(
    (name) => ["zq", "a", "p"].map((text) => `/transactions/suggest?${name}=${text}`),
  );
  return [
    ...views,
    "/organizations/export?format=figures",
    ...members.flatMap((query) => [`/members${query}`, `/members/export${query || "?"}&format=figures`]),
    ...transactions.flatMap((query) => [
      `/transactions${query}`,
      `/transactions/export${query}`,
      `/transactions/export${query || "?"}&format=summary`,
      `/transactions/export${query || "?"}&format=spending`,
    ]),
    ...suggestions,
    ...["/organizations", "/members", "/transactions", "/audit"].map((list) => `${list}?print=1`),
    "/members?sort=-spent&print=1",
    ...["", "?q=zq", "?status=active&sort=-spent"].flatMap((view) => [
      `/members/status?all=1&to=deactivate&view=${encodeURIComponent(view)}`,
      `/members/bulk?all=1&set=role&role=viewer&view=${encodeURIComponent(view)}`,
    ]),
    `/transactions?member=${spend?.member ?? 1}&print=1`,
    "/refusals",
    "/refusals?code=allowance_exceeded",
    "/refusals?code=organization_not_found",
    `/refusals?member=${spend?.member ?? 1}`,
    "/refusals/export",
    "/audit",
    "/audit?kind=membership",
    "/audit?action=credits.allocated",
    "/audit/export",
    "/api-keys",
    "/account/sessions",
    ...model.organizations.flatMap(({ code }) => [
      ...["", "/members", "/transactions", "/refusals", "/api-keys", "/settings", "/members/export"].map(
        (tab) => `/organizations/${code}${tab}`,
      ),
      `/members?organization=${code}`,
      `/organizations/${code}/statement`,
      `/organizations/${code}/members?print=1`,
      `/organizations/${code}/transactions?print=1`,
      `/organizations/${code}/transactions?tab=spending`,
      `/transactions?organization=${code}`,
      `/transactions/export?organization=${code}`,
      `/refusals?organization=${code}`,
      `/refusals/export?organization=${code}`,
      `/audit?q=${code}`,
    ]),
    ...[...new Set(model.memberships.map(({ member }) => member))].flatMap((member) => [
      `/members/${member}`,
      `/members/${member}/refusals`,
    ]),
    ...tried(model).map(({ id }) => `/transactions/${id}`),
  ];
}

/** The status of each address, after its text was searched for what is outside; what the address has itself is no find. */
async function statusesOf(
  visitor: HttpBrowser,
  addresses: readonly string[],
  outside: readonly string[],
  seed: number,
): Promise<Map<string, number>> {
  const statuses = new Map<string, number>();
  for (const address of addresses) {
    const answer = await visitor.send(address);
    statuses.set(address, answer.status);
    const location = String(answer.headers.location ?? "");
    const unknown = outside.filter((marker) => !address.toLowerCase().includes(marker));
    expect([seed, address, foundOutside(answer.text + location, unknown)]).toEqual([seed, address, []]);
    expect([seed, address, answer.status]).toEqual([seed, address, expect.toBeOneOf([200, 307, 403, 404])]);
  }
  return statuses;
}
