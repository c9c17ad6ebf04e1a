import { beforeEach, describe, expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import { auditEntries, creditTypes } from "#db/schema/index.ts";
import { type Actor, ForbiddenError } from "#lib/actor.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { insertOrganizations } from "#lib/organizations/commands/insert.ts";
import { createOrganization, updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { listOrganizations, organizationIds } from "#lib/organizations/queries/list.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { organizationTotals, totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { createOrganizationInput } from "#lib/organizations/rules.ts";
import { type OrganizationsView, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { aPortalUser, everything, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

const operator: Actor = { kind: "operator" };
let admin: Actor;
let viewer: Actor;

useFreshDatabase();
beforeEach(async () => {
  admin = await aPortalUser("admin");
  viewer = await aPortalUser("viewer");
});

function addCreditType(name: string, currency: string): number {
  return database()
    .insert(creditTypes)
    .values({ name, nameKey: name.toLowerCase(), currency, exchangeRate: 1_000_000n, createdAt: new Date() })
    .returning({ id: creditTypes.id })
    .get().id;
}

let sgd: number;
let jpy: number;
beforeEach(() => {
  sgd = addCreditType("SGD Credits", "SGD");
  jpy = addCreditType("JPY Credits", "JPY");
});

const input = (name: string, code: string, creditType = sgd, monthlyAllowance = "") =>
  createOrganizationInput.parse({ name, code, creditType: String(creditType), monthlyAllowance });

async function created(name: string, code: string, creditType = sgd): Promise<number> {
  const result = await createOrganization(input(name, code, creditType), operator);
  if (!result.ok) throw new Error(result.message);
  return result.value.id;
}

const list = (change: Partial<OrganizationsView> = {}) =>
  listOrganizations(
    everything,
    { ...organizationsSearchParams.defaults, ...change },
    totalsByCreditType(everything),
  );
const namesFor = (q: string) => list({ q, sort: "name" }).items.map((item) => item.name);

/** The counters, recomputed from the rows. */
function countedAgain() {
  return database().all<{ id: bigint; organizations: bigint; active: bigint }>(
    "SELECT credit_type_id AS id, count(*) AS organizations, sum(active) AS active FROM organizations GROUP BY 1 ORDER BY 1",
  );
}
function counters() {
  return database().all<{ id: bigint; organizations: bigint; active: bigint }>(
    "SELECT id, organizations, active_organizations AS active FROM credit_types WHERE organizations > 0 ORDER BY 1",
  );
}

describe("creating", () => {
  it("names another organization with the same name, in whatever case and accents", async () => {
    const sameName = async (name: string, code: string) =>
      value(await createOrganization(input(name, code), operator)).sameName;
    expect(await sameName("École des Arts", "ART")).toBeNull();
    expect(await sameName("ecole des arts", "ART2")).toBe("ART");
    expect(await sameName("École des Sciences", "SCI")).toBeNull();
  });

  it("makes it active, counted and audited", async () => {
    await createOrganization(
      input("Marketing", "MKT", sgd, "1000"),
      operator,
      new Date("2025-03-03T04:00:00Z"),
    );
    expect(list().items).toMatchObject([
      {
        name: "Marketing",
        code: "MKT",
        active: true,
        createdAt: new Date("2025-03-03T04:00:00Z"),
        monthlyAllowance: 1_000_000_000n,
        creditTypeName: "SGD Credits",
        balance: 0n,
        spent: 0n,
        members: 0,
      },
    ]);
    expect(organizationTotals(totalsByCreditType(everything))).toMatchObject({
      organizations: 1,
      activeOrganizations: 1,
    });
    expect(database().select().from(auditEntries).all()).toMatchObject([
      { action: "organization.created", subjectLabel: "MKT", actorKind: "operator" },
    ]);
  });

  it.each(["mkt", "ＭＫＴ", "  MKT "])("refuses %j beside MKT, at the field", async (code) => {
    await created("Marketing", "MKT");
    const again = await createOrganization(input("Other", code), operator);
    expect(again).toMatchObject({ ok: false, field: "code", code: "code_taken" });
    expect(list().counts.all).toBe(1);
    expect(database().select().from(auditEntries).all()).toHaveLength(1);
  });

  it("lets one of two simultaneous creations of a code win", async () => {
    const results = await Promise.all([
      createOrganization(input("First", "Twin"), operator),
      createOrganization(input("Second", "TWIN"), operator),
    ]);
    expect(results.map((result) => result.ok).sort()).toEqual([false, true]);
    expect(list().counts.all).toBe(1);
  });

  it("gives it its initial credits in the same transaction, or is refused whole", async () => {
    const pool = { creditType: sgd, amount: 5_000_000n, note: null, requestId: "purchase-1" };
    await purchaseCredits(pool, operator);
    const much = { ...input("Marketing", "MKT"), initialCredits: 5_000_001n };
    expect(await createOrganization(much, operator)).toMatchObject({
      ok: false,
      field: "initialCredits",
      message: "SGD Credits has 5 credits.",
    });
    expect(getOrganization(everything, "MKT")).toBeNull();
    expect(database().select().from(auditEntries).all()).toHaveLength(1);
    await createOrganization({ ...much, initialCredits: 5_000_000n }, operator);
    expect(getOrganization(everything, "MKT")).toMatchObject({ balance: 5_000_000n, creditsMoved: true });
    expect(
      database()
        .select()
        .from(auditEntries)
        .all()
        .map((entry) => entry.action),
    ).toEqual(["credits.purchased", "organization.created", "credits.allocated"]);
  });

  it("refuses a credit type that is unknown or archived", async () => {
    expect(await createOrganization(input("A", "A", 99), operator)).toMatchObject({ field: "creditType" });
    database().update(creditTypes).set({ archivedAt: new Date() }).run();
    expect(await createOrganization(input("A", "A"), operator)).toMatchObject({ field: "creditType" });
  });

  it("refuses a viewer, whatever page let them through", async () => {
    await expect(createOrganization(input("A", "A"), viewer)).rejects.toThrow(ForbiddenError);
    await expect(changeOrganizationsActive([1], false, viewer)).rejects.toThrow(ForbiddenError);
  });
});

describe("changing", () => {
  it("writes what changed, before and after, and finds it under its new name", async () => {
    const id = await created("Marketing", "MKT");
    await updateOrganization(
      { id, name: "Département", code: "DEP", creditType: jpy, monthlyAllowance: 0n },
      operator,
    );
    expect(namesFor("departement")).toEqual(["Département"]);
    expect(namesFor("marketing")).toEqual([]);
    expect(getOrganization(everything, "dep")).toMatchObject({ creditTypeId: jpy, monthlyAllowance: 0n });
    const last = database().select().from(auditEntries).all().at(-1);
    expect(JSON.parse(last?.before ?? "")).toEqual({
      name: "Marketing",
      code: "MKT",
      monthlyAllowance: null,
      creditType: "SGD Credits",
    });
    expect(counters()).toEqual(countedAgain());
  });

  it("refuses another's code, and its own code is no clash", async () => {
    await created("A", "A1");
    const id = await created("B", "B1");
    expect(
      await updateOrganization({ id, name: "B", code: "a1", monthlyAllowance: null }, operator),
    ).toMatchObject({
      field: "code",
    });
    expect(
      await updateOrganization({ id, name: "B", code: "b1", monthlyAllowance: null }, operator),
    ).toMatchObject({
      ok: true,
    });
  });

  it("keeps code and credit type once credits have moved", async () => {
    const id = await created("A", "A1");
    database().run("UPDATE organizations SET credits_moved = 1");
    const change = (fields: object) =>
      updateOrganization({ id, name: "A", monthlyAllowance: null, ...fields }, admin);
    expect(await change({ code: "A2" })).toMatchObject({
      ok: false,
      code: "code_fixed",
      field: "code",
      message: "Credits have moved, so only an owner can correct the code.",
    });
    expect(await change({ creditType: jpy })).toMatchObject({ ok: false, field: "creditType" });
    expect(await change({ name: "Still A" })).toMatchObject({ ok: true });
  });

  it("audits nothing when nothing changed", async () => {
    const id = await created("A", "A1");
    await updateOrganization(
      { id, name: "A", code: "A1", creditType: sgd, monthlyAllowance: null },
      operator,
    );
    expect(database().select().from(auditEntries).all()).toHaveLength(1);
  });
});

describe("status", () => {
  it("changes many at once, counts and audits only those that changed", async () => {
    const ids = [await created("A", "A"), await created("B", "B", jpy), await created("C", "C")];
    expect(await changeOrganizationsActive(ids, false, operator)).toMatchObject({ value: { changed: 3 } });
    expect(await changeOrganizationsActive(ids.slice(1), true, operator)).toMatchObject({
      value: { changed: 2 },
    });
    expect(await changeOrganizationsActive(ids, true, operator)).toMatchObject({ value: { changed: 1 } });
    expect(counters()).toEqual(countedAgain());
    expect(database().select().from(auditEntries).all()).toHaveLength(3 + 3 + 2 + 1);
  });
});

describe("searching", () => {
  beforeEach(async () => {
    await created("École Polytechnique", "FR-POLY");
    await created("Universidad Técnica Nacional", "CR-UTN");
    await created("Universidad Nacional Técnica", "XX-1");
    await created("100% Testing_Lab", "T_1");
    await created('"Angel Kanchev" University', "BG-AK");
    await created("东京大学", "JP-1");
    await created("Straße 😀", "DE-1");
  });

  it.each([
    ["ecole", ["École Polytechnique"]],
    ["ÉCOLE", ["École Polytechnique"]],
    ["poly fr-", ["École Polytechnique"]],
    ["universidad técnica", ["Universidad Nacional Técnica", "Universidad Técnica Nacional"]],
    ["STRASSE", ["Straße 😀"]],
    ["😀", ["Straße 😀"]],
    ["%", ["100% Testing_Lab"]],
    ["_", ["100% Testing_Lab"]],
    ["g_l", ["100% Testing_Lab"]],
    ['"angel', ['"Angel Kanchev" University']],
    ['""', []],
    ["大学", ["东京大学"]],
    ["东京大", ["东京大学"]],
    ["jp", ["东京大学"]],
    ["AND", []],
    ["poly AND fr", []],
    ["poly*", []],
    ["NEAR(poly)", []],
    ["search_text:poly", []],
    ["'; DROP TABLE organizations; --", []],
    ["\\", []],
  ])("%j finds %j", (q, names) => {
    expect(namesFor(q)).toEqual(names);
  });

  it("counts the tabs under the search and the credit type", async () => {
    const id = await created("Universidad Tercera", "U-3", jpy);
    await changeOrganizationsActive([id], false, operator);
    expect(list({ q: "universidad", status: "active" }).counts).toEqual({ all: 3, active: 2, inactive: 1 });
    expect(list({ q: "universidad", type: jpy }).counts).toEqual({ all: 1, active: 0, inactive: 1 });
    expect(list({ type: jpy }).counts).toEqual({ all: 1, active: 0, inactive: 1 });
    expect(list({ type: 999 }).counts).toEqual({ all: 0, active: 0, inactive: 0 });
    expect(list().counts).toEqual({ all: 8, active: 7, inactive: 1 });
    expect(list({ type: sgd }).counts).toEqual({ all: 7, active: 7, inactive: 0 });
  });
});

describe("pages and order", () => {
  it("keeps a file's order within one import, pages through all of it, and shows the last page past the end", async () => {
    const names = Array.from({ length: 51 }, (_, n) => `Org ${n}`);
    await write((tx) =>
      insertOrganizations(
        tx,
        names.map((name, n) => ({
          name,
          code: `C${n}`,
          creditTypeId: sgd,
          active: true,
          monthlyAllowance: null,
        })),
        operator,
      ),
    );
    const pages = [1, 2, 3].flatMap((page) => list({ page }).items.map((item) => item.name));
    expect(pages).toEqual(names);
    expect(list({ page: 1e9 })).toMatchObject({ page: 3, pages: 3 });
    expect(list({ page: 1e9 }).items.map((item) => item.name)).toEqual(names.slice(-3));
    expect(organizationIds(everything, organizationsSearchParams.defaults)).toHaveLength(names.length);
  });

  // Each column orders the three differently, and two of them tie in their members.
  it.each([
    ["created", [3, 1, 2]],
    ["-created", [2, 1, 3]],
    ["name", [2, 1, 3]],
    ["-name", [3, 1, 2]],
    ["members", [2, 1, 3]],
    ["-members", [3, 1, 2]],
    ["balance", [1, 3, 2]],
    ["-balance", [2, 3, 1]],
    ["spent", [3, 2, 1]],
    ["-spent", [1, 2, 3]],
  ] as const)("sorts by %s", async (sort, ids) => {
    for (const [name, code] of [
      ["b", "B"],
      ["Á", "A"],
      ["c", "C"],
    ] as const) {
      await created(name, code);
    }
    database().run(`UPDATE organizations SET
      created_at = CASE id WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 1 END,
      members = CASE id WHEN 2 THEN 1 ELSE 4 END,
      balance = CASE id WHEN 1 THEN 5 WHEN 2 THEN 9 ELSE 7 END,
      spent = CASE id WHEN 1 THEN 30 WHEN 2 THEN 20 ELSE 10 END`);
    expect(list({ sort }).items.map((item) => item.id)).toEqual(ids);
    expect(organizationIds(everything, { ...organizationsSearchParams.defaults, sort })).toEqual(ids);
  });
});

describe("many at once", () => {
  // More than the statement that changes them takes ids.
  const MANY = 10_001;

  it("changes all of 10,001, counts them, and leaves alone those that have the status already", async () => {
    const ids = await write((tx) =>
      insertOrganizations(
        tx,
        Array.from({ length: MANY }, (_, n) => ({
          name: `Org ${n}`,
          code: `C${n}`,
          creditTypeId: sgd,
          active: true,
          monthlyAllowance: null,
        })),
        operator,
      ),
    );
    expect(await changeOrganizationsActive(ids, false, operator)).toEqual({
      ok: true,
      value: { changed: MANY, batch: null },
    });
    expect(list().counts).toEqual({ all: MANY, active: 0, inactive: MANY });
    expect(counters()).toEqual(countedAgain());
    expect(await changeOrganizationsActive(ids, false, operator)).toEqual({
      ok: true,
      value: { changed: 0, batch: null },
    });
  });
});

it("lets a viewer change nothing", async () => {
  const id = await created("Marketing", "MKT");
  const attempts = [
    () => updateOrganization({ id, name: "Other", monthlyAllowance: null }, viewer),
    () => changeOrganizationsActive([id], false, viewer),
    () => createOrganization(input("Law", "LAW"), viewer),
  ];
  for (const attempt of attempts) await expect(attempt()).rejects.toThrow(ForbiddenError);
  expect(getOrganization(everything, "MKT")).toMatchObject({ name: "Marketing", active: true });
});
