import { beforeEach, describe, expect, it } from "vitest";
import { write } from "#db/client.ts";
import { portalUserGrants } from "#db/schema/index.ts";
import { ForbiddenError, OutsideScopeError } from "#lib/actor.ts";
import { createApiKey, revokeApiKey } from "#lib/api-keys/commands.ts";
import { getApiKey, listApiKeys } from "#lib/api-keys/queries.ts";
import {
  applicationsNamed,
  getApplication,
  listApplications,
  suggestApplications,
} from "#lib/applications/queries.ts";
import {
  creditTypeNames,
  creditTypeOptions,
  findCreditTypeByName,
  getCreditType,
  listCreditTypes,
} from "#lib/credit-types/queries.ts";
import { insertOrganizations } from "#lib/organizations/commands/insert.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { changeOrganizationsTags, renameTag } from "#lib/organizations/commands/tags.ts";
import { exportOrganizations } from "#lib/organizations/export.ts";
import { listOrganizations, organizationIds } from "#lib/organizations/queries/list.ts";
import {
  getOrganization,
  organizationBalances,
  organizationsByIds,
} from "#lib/organizations/queries/organizations.ts";
import { organizationTotals, totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import type { UpdateOrganizationInput } from "#lib/organizations/rules.ts";
import { type OrganizationsView, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import {
  aCreditType,
  aGrant,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  scopeOf,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

// A dean administers LAW, and reads LAW and ART by a tag, so that two grants overlap. MED is outside.
let law: number;
let art: number;
let med: number;
let dean: Awaited<ReturnType<typeof aPortalUser>>;
let nobody: typeof dean;

beforeEach(async () => {
  const jpy = await aCreditType({ available: credits(1_000) });
  law = await anOrganization({
    code: "LAW",
    name: "Law",
    creditType: jpy,
    balance: credits(100),
    members: ["ana@example.edu"],
  });
  art = await anOrganization({ code: "ART", name: "Art", creditType: jpy, balance: credits(10) });
  med = await anOrganization({
    code: "MED",
    name: "Medicine",
    balance: credits(7),
    members: ["eve@example.edu"],
  });
  value(await changeOrganizationsTags([law, art], { to: "add", tags: ["faculty:human"] }, operator));
  value(await changeOrganizationsTags([med], { to: "add", tags: ["faculty:science"] }, operator));
  dean = await aPortalUser(null, "dean@example.edu");
  nobody = await aPortalUser(null, "nothing@example.edu");
  await aGrant(dean, "admin", { organizationId: law });
  await aGrant(dean, "viewer", { tag: "faculty:human" });
});

const view = (change: Partial<OrganizationsView> = {}) => ({
  ...organizationsSearchParams.defaults,
  ...change,
});
function listed(user: { id: number }, change: Partial<OrganizationsView> = {}) {
  const scope = scopeOf(user);
  const page = listOrganizations(scope, view({ sort: "name", ...change }), totalsByCreditType(scope));
  return { codes: page.items.map(({ code }) => code), counts: page.counts };
}

describe("the list of organizations", () => {
  it("has those of overlapping grants once, and nothing without a grant", () => {
    expect(listed(dean)).toEqual({ codes: ["ART", "LAW"], counts: { all: 2, active: 2, inactive: 0 } });
    expect(listed(nobody)).toEqual({ codes: [], counts: { all: 0, active: 0, inactive: 0 } });
  });

  it.each([
    [{ q: "Medicine" }, []],
    [{ q: "a" }, ["ART", "LAW"]],
    [{ tag: ["faculty:science"] }, []],
    [{ tag: ["faculty:human"] }, ["ART", "LAW"]],
    [{ tag: ["faculty:human"], q: "law" }, ["LAW"]],
    [{ status: "inactive" }, []],
    [{ sort: "-balance" }, ["LAW", "ART"]],
    [{ page: 99 }, ["ART", "LAW"]],
  ] as const)("stays inside for %o, with counts that agree", (change, codes) => {
    const { codes: inView, counts } = listed(dean, change as Partial<OrganizationsView>);
    expect([inView, counts[(change as Partial<OrganizationsView>).status ?? "all"]]).toEqual([
      codes,
      codes.length,
    ]);
    expect(organizationIds(scopeOf(dean), view(change as Partial<OrganizationsView>))).not.toContain(med);
  });

  it("adds its figures up over the scope", () => {
    const totals = (user: { id: number }) => organizationTotals(totalsByCreditType(scopeOf(user)));
    expect(totals(dean)).toEqual({
      organizations: 2,
      activeOrganizations: 2,
      members: 1,
      balance: credits(110),
      spent: 0n,
    });
    expect(totals(nobody)).toEqual({
      organizations: 0,
      activeOrganizations: 0,
      members: 0,
      balance: 0n,
      spent: 0n,
    });
    expect(organizationTotals(totalsByCreditType(everything)).balance).toBe(credits(117));
    expect(organizationBalances(scopeOf(dean), 10).map(({ code }) => code)).toEqual(["LAW", "ART"]);
  });

  it("exports the scope alone, whatever the ids and codes that are asked for", () => {
    const csv = [...exportOrganizations(scopeOf(dean), view(), { figures: true })].join("");
    expect([csv.includes("LAW"), csv.includes("MED"), csv.includes("science")]).toEqual([true, false, false]);
    expect(organizationsByIds(scopeOf(dean), [med, law]).map(({ id }) => id)).toEqual([law]);
    expect(getOrganization(scopeOf(dean), "med")).toBeNull();
    expect(getOrganization(scopeOf(dean), "law")?.id).toBe(law);
    expect(getOrganization(scopeOf(nobody), "LAW")).toBeNull();
  });

  it("follows a tag: one that is removed, and one that is renamed", async () => {
    value(await changeOrganizationsTags([art], { to: "remove", tags: ["faculty:human"] }, operator));
    expect(listed(dean).codes).toEqual(["LAW"]);
    value(await changeOrganizationsTags([art], { to: "add", tags: ["faculty:human"] }, operator));
    value(await renameTag({ tag: "faculty:human", to: "faculty:humanities" }, operator));
    expect(listed(dean).codes).toEqual(["ART", "LAW"]);
  });

  it("pages through 1,200 organizations of one tag", async () => {
    const type = await aCreditType({ name: "Many" });
    await write((tx) =>
      insertOrganizations(
        tx,
        Array.from({ length: 1_200 }, (_, index) => ({
          name: `Unit ${index}`,
          code: `U-${index}`,
          creditTypeId: type,
          active: index % 2 === 0,
          monthlyAllowance: null,
          tags: ["region:north"],
        })),
        operator,
      ),
    );
    const head = await aPortalUser(null, "head@example.edu");
    await aGrant(head, "viewer", { tag: "region:north" });
    expect(listed(head).counts).toEqual({ all: 1_200, active: 600, inactive: 600 });
    expect(listed(head, { q: "unit 119" }).counts.all).toBe(12);
    expect(listed(head, { q: "law" }).codes).toEqual([]);
    expect(listed(head, { page: 50 }).codes).toHaveLength(24);
    expect(listed(head, { tag: ["faculty:human"] }).counts.all).toBe(0);
  });
});

describe("changes of organizations", () => {
  const input = { name: "Faculty of Law", monthlyAllowance: credits(5) };

  it("are of name and allowance for an organization admin, and of nothing else", async () => {
    expect(await updateOrganization({ id: law, ...input }, dean)).toMatchObject({
      ok: true,
      value: { changed: true },
    });
    const changes: [string, Partial<UpdateOrganizationInput>][] = [
      ["code", { code: "LAWS" }],
      ["creditType", { creditType: getOrganization(everything, "MED")?.creditTypeId ?? 0 }],
      ["tags", { tags: ["faculty:science"] }],
    ];
    for (const [field, change] of changes) {
      expect(await updateOrganization({ id: law, ...input, ...change }, dean)).toMatchObject({
        ok: false,
        code: "enterprise_field",
        field,
      });
    }
    await expect(changeOrganizationsActive([law], false, dean)).rejects.toThrow(ForbiddenError);
  });

  it("outside read like those of an organization that does not exist; those of a reader are forbidden", async () => {
    await expect(updateOrganization({ id: med, ...input }, dean)).rejects.toThrow(OutsideScopeError);
    const missing = await updateOrganization({ id: 999, ...input }, dean);
    expect(!missing.ok && missing.message).toBe(new OutsideScopeError().message);
    await expect(updateOrganization({ id: art, ...input }, dean)).rejects.toThrow(ForbiddenError);
  });

  it("are refused when the grant is lost between opening and sending", async () => {
    await write((tx) => tx.delete(portalUserGrants).run());
    await expect(updateOrganization({ id: law, ...input }, dean)).rejects.toThrow(OutsideScopeError);
  });
});

describe("pools and their names", () => {
  it("are none but for the enterprise; the names of its organizations are", () => {
    const scope = scopeOf(dean);
    const jpy = getOrganization(everything, "LAW")?.creditTypeId ?? 0;
    expect([listCreditTypes(scope), creditTypeOptions(scope)]).toEqual([[], []]);
    expect([getCreditType(scope, jpy), findCreditTypeByName(scope, "JPY Credits")]).toEqual([null, null]);
    expect(creditTypeNames(scope)).toEqual([{ id: jpy, name: "JPY Credits", currency: "JPY" }]);
    expect(creditTypeNames(scopeOf(nobody))).toEqual([]);
    expect(creditTypeNames(everything)).toHaveLength(2);
  });
});

describe("API keys", () => {
  const key = (organization: number | null, name: string) =>
    createApiKey({ organization, name, expires: null }, operator).then((result) => value(result).id);
  const first = { before: null, after: null };

  it("are those of the scope, without those of the enterprise", async () => {
    const ofLaw = await key(law, "law");
    const ofMed = await key(med, "med");
    const ofAll = await key(null, "all");
    const names = (owner: "all" | "enterprise" | number, user = dean) =>
      listApiKeys(scopeOf(user), owner, first).items.map(({ name }) => name);
    expect([names("all"), names("enterprise"), names(med), names("all", nobody)]).toEqual([
      ["law"],
      [],
      [],
      [],
    ]);
    expect([ofLaw, ofMed, ofAll].map((id) => getApiKey(scopeOf(dean), id)?.name)).toEqual([
      "law",
      undefined,
      undefined,
    ]);
    for (const id of [ofMed, ofAll, 999]) {
      expect(await revokeApiKey({ id }, dean)).toMatchObject({
        ok: false,
        message: "This key does not exist.",
      });
    }
    expect(await revokeApiKey({ id: ofLaw }, dean)).toMatchObject({ ok: true });
  });

  it("are created for managed organizations alone", async () => {
    const create = (organization: number | null) =>
      createApiKey({ organization, name: "k", expires: null }, dean);
    expect(await create(law)).toMatchObject({ ok: true });
    await expect(create(art)).rejects.toThrow(ForbiddenError);
    await expect(create(null)).rejects.toThrow(ForbiddenError);
    await expect(create(med)).rejects.toThrow(OutsideScopeError);
  });
});

describe("applications", () => {
  it("are those in which organizations of the scope have spent", async () => {
    await spent({ organization: "LAW", application: "essay-coach" });
    await spent({ organization: "MED", member: "eve@example.edu", application: "scanner" });
    const scope = scopeOf(dean);
    const id = (name: string) => applicationsNamed(everything, name)[0]?.id ?? 0;
    expect(listApplications(scope, "")).toMatchObject({ items: [{ nameKey: "essay-coach" }], total: 1 });
    expect(suggestApplications(scope, "s", 10).map(({ nameKey }) => nameKey)).toEqual(["essay-coach"]);
    expect([applicationsNamed(scope, "scanner"), getApplication(scope, id("scanner"))]).toEqual([[], null]);
    expect(getApplication(scope, id("essay-coach"))?.nameKey).toBe("essay-coach");
    expect(listApplications(scopeOf(nobody), "")).toEqual({ items: [], total: 0 });
  });
});
