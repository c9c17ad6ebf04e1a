import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { write } from "#db/client.ts";
import { portalUserGrants } from "#db/schema/index.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { updateMember } from "#lib/members/commands/members.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { findAnything, pagesOf, suggestionsFor, type Searcher as User } from "#lib/search/queries.ts";
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

useFreshDatabase();

type Searcher = Omit<User, "id">;

const owner: Searcher = { role: "owner", scope: everything };

/** The hits as lines: "organization: Law School (LAW · 500 credits) → /organizations/LAW". */
const lines = (q: string, searcher: Searcher = owner) =>
  findAnything(searcher, q).flatMap(({ kind, hits }) =>
    hits.map(({ title, detail, href }) => `${kind}: ${title}${detail && ` (${detail})`} → ${href}`),
  );

/** Ana's address was another one before. */
async function changeEmail(): Promise<void> {
  for (const email of ["a.lee@example.edu", "ana@example.edu"]) {
    value(await updateMember({ id: 1, name: "Ana Lee", email }, operator));
  }
}

let viewer: Searcher;
let law: number;
let lawKey: { id: number; key: string };
const AT = new Date("2026-11-24T10:00:00Z");

beforeEach(async () => {
  viewer = { role: "viewer", scope: scopeOf(await aPortalUser("viewer")) };
  const creditType = await aCreditType({ name: "SGD Credits", currency: "SGD", available: credits(10_000) });
  law = await anOrganization({ code: "LAW", name: "Law School", creditType, balance: credits(500) });
  await anOrganization({ code: "MKT", name: "Marketing", creditType, balance: credits(300) });
  await anOrganization({ code: "LAWN", name: "Garden", creditType });
  await anOrganization({ code: "OUTLAW", name: "École 100%", creditType });
  await aMember(law, { email: "ana@example.edu", name: "Ana Lee" });
  const event = { organization: "LAW", member: "ana@example.edu", application: "essay-coach" };
  await spend({ ...event, id: "req-7f3", credits: 47_000n, occurredAt: AT });
  lawKey = value(await createApiKey({ organization: law, name: "Essay coach", expires: null }, operator));
});

describe("organizations", () => {
  it("come with the exact code first, then by the start of code and name, then by what contains the text", () => {
    expect(lines("law").filter((line) => line.startsWith("organization"))).toEqual([
      "organization: Law School (LAW · 499.953 credits) → /organizations/LAW",
      "organization: Garden (LAWN · 0 credits) → /organizations/LAWN",
      "organization: École 100% (OUTLAW · 0 credits) → /organizations/OUTLAW",
    ]);
  });

  it("are found without accents and case, and % is an ordinary character", () => {
    expect(lines("ecole")).toEqual(["organization: École 100% (OUTLAW · 0 credits) → /organizations/OUTLAW"]);
    expect(lines("0%")).toEqual(["organization: École 100% (OUTLAW · 0 credits) → /organizations/OUTLAW"]);
    expect(lines("%")).toHaveLength(1);
    expect(lines("law%")).toEqual([]);
  });

  it("of codes that differ by an accent alone come with the code that was typed", async () => {
    await anOrganization({ code: "ABC", name: "Zoology", creditType: 1 });
    await anOrganization({ code: "ÁBC", name: "Archaeology", creditType: 1 });
    const titles = (q: string) => lines(q).map((line) => line.split(" (")[0]);
    expect(titles("abc")).toEqual(["organization: Zoology", "organization: Archaeology"]);
    expect(titles("ábc")).toEqual(["organization: Archaeology", "organization: Zoology"]);
    expect(titles("add 5 to ABC")).toEqual(["action: Add 5 credits to Zoology"]);
    expect(titles("add 5 to ÁBC")).toEqual(["action: Add 5 credits to Archaeology"]);
    // Neither of them, so either may be meant.
    expect(titles("add 5 to ÀBC")).toEqual([
      "action: Add 5 credits to Archaeology",
      "action: Add 5 credits to Zoology",
    ]);
  });

  it("tell that they are inactive", async () => {
    value(await changeOrganizationsActive([law], false, operator));
    expect(lines("law school")).toEqual([
      "organization: Law School (LAW · 499.953 credits · Inactive) → /organizations/LAW",
    ]);
  });

  it("are six at most, with a link to all", async () => {
    const creditType = await aCreditType({ name: "Others" });
    for (let number = 1; number <= 7; number++) {
      await anOrganization({ code: `DEPT${number}`, name: `Department ${number}`, creditType });
    }
    const [group] = findAnything(owner, "department");
    expect(group?.hits.map(({ title }) => title)).toEqual([
      "Department 1",
      "Department 2",
      "Department 3",
      "Department 4",
      "Department 5",
      "Department 6",
    ]);
    expect(group?.more).toBe("/organizations?q=department");
  });
});

describe("members", () => {
  it("are found by email, former email, and words of the name in any order", async () => {
    const line = /^member: Ana Lee \(ana@example\.edu\) → \/members\/\d+$/;
    await changeEmail();
    for (const q of ["ana@example.edu", "ANA", "lee ana", "a.lee@example.edu", "xample"]) {
      expect(lines(q), q).toEqual([expect.stringMatching(line)]);
    }
  });

  it("come with the exact email before those who only begin alike", async () => {
    await aMember(law, { email: "bo@example.edu", name: "Zoe" });
    await aMember(law, { email: "bo@example.edu.sg", name: "Abel" });
    expect(lines("bo@example.edu").map((line) => line.split(" ")[1])).toEqual(["Zoe", "Abel"]);
  });
});

describe("transactions", () => {
  it("are found by number and by external id", () => {
    const purchase = "transaction: Purchase #1 (10,000 credits · SGD Credits · ";
    for (const q of ["1", "#1", "no. 1", "transaction 1"]) {
      expect(
        lines(q).filter((line) => line.startsWith(purchase)),
        q,
      ).toHaveLength(1);
    }
    expect(lines("req-7f3")).toEqual([
      "transaction: Spend #4 (0.047 credits · Law School · 24/11/2026 · req-7f3) → /transactions/4",
    ]);
    expect(lines("req-7f")).toEqual([]);
    expect(lines("#99")).toEqual([]);
  });
});

describe("API keys", () => {
  it("are found by the start of the key or by the whole key, which is not shown again", () => {
    const prefix = lawKey.key.slice(0, 12);
    const hit = [`api_key: Essay coach (${prefix}… · Law School) → /api-keys/1`];
    expect(lines(prefix)).toEqual(hit);
    expect(lines(prefix.slice(0, 6))).toEqual(hit);
    expect(lines(lawKey.key)).toEqual(hit);
    expect(lines("bur_")).toEqual([]);
  });
});

describe("actions", () => {
  const actions = (q: string, searcher: Searcher = owner) =>
    lines(q, searcher).filter((line) => line.startsWith("action"));

  it("lead to the filled form", () => {
    expect(actions("add 500 to MKT")).toEqual([
      "action: Add 500 credits to Marketing (MKT · balance 300 credits) → /organizations/MKT/credits/add?amount=500",
    ]);
    expect(actions("return 20.5 from law")).toEqual([
      "action: Return 20.5 credits from Law School (LAW · balance 499.953 credits) → /organizations/LAW/credits/return?amount=20.5",
    ]);
    expect(actions("add credits to mkt")).toEqual([
      "action: Add credits to Marketing (MKT · balance 300 credits) → /organizations/MKT/credits/add",
    ]);
    expect(actions("purchase 1,000 of sgd")).toEqual([
      "action: Record a purchase of 1,000 credits for SGD Credits (9,200 credits available) → /credit-types/1/purchase?amount=1000",
    ]);
    expect(actions("reverse #4")).toEqual([
      "action: Reverse transaction #4 (Spend · 0.047 credits · Law School) → /transactions/4/reverse",
    ]);
    expect(actions("deactivate MKT")).toEqual([
      "action: Deactivate Marketing (MKT) → /organizations/status?id=2&to=deactivate&back=%2Forganizations%2FMKT",
    ]);
    expect(actions("activate MKT")).toEqual([]);
    expect(actions("add member bo@example.edu to LAW")).toEqual([
      "action: Add bo@example.edu to Law School (LAW) → /members/new?organization=LAW&email=bo%40example.edu&back=%2Forganizations%2FLAW%2Fmembers",
    ]);
    expect(actions("create organization Fine Arts")).toEqual([
      "action: Create organization Fine Arts → /organizations/new?name=Fine+Arts",
    ]);
    expect(actions("create key for LAW")).toEqual([
      "action: Create an API key for Law School (LAW) → /api-keys/new?organization=LAW&back=%2Forganizations%2FLAW%2Fapi-keys",
    ]);
  });

  it("offer each organization that a name may mean", () => {
    expect(actions("add 5 to la").map((line) => line.split(" (")[0])).toEqual([
      "action: Add 5 credits to Garden",
      "action: Add 5 credits to Law School",
      "action: Add 5 credits to École 100%",
    ]);
    expect(actions("add 5 to nobody")).toEqual([]);
  });

  it("are not offered to those who may not take them", async () => {
    const all = [
      "add 500 to MKT",
      "return 20 from LAW",
      "purchase 1 of sgd",
      "reverse #4",
      "deactivate MKT",
      "add member bo@example.edu to LAW",
      "add member",
      "create organization Arts",
      "create key for LAW",
    ];
    expect(all.flatMap((q) => actions(q, viewer))).toEqual([]);
    const manager = await aPortalUser(null, "manager@example.edu");
    await aGrant(manager, "admin", { organizationId: law });
    const searcher = { role: null, scope: scopeOf(manager) };
    expect(all.flatMap((q) => actions(q, searcher)).map((line) => line.split(" → ")[0])).toEqual([
      "action: Add bo@example.edu to Law School (LAW)",
      "action: Add a member",
      "action: Create an API key for Law School (LAW)",
    ]);
    expect(actions("add member bo@example.edu to MKT", searcher)).toEqual([]);
  });
});

describe("outside the scope", () => {
  const QUERIES = [
    "law",
    "LAWN",
    "OUTLAW",
    "mkt",
    "ana",
    "ana@example.edu",
    "a.lee@example.edu",
    "lee",
    "#4",
    "req-7f3",
    "add 5 to LAW",
    "reverse #4",
    "school",
  ];

  it("nothing is found, counted or named", async () => {
    await changeEmail();
    const guest = await aPortalUser(null, "guest@example.edu");
    await aGrant(guest, "admin", { organizationId: 2 });
    const searcher = { role: null, scope: scopeOf(guest) };
    const hitLines = [...QUERIES, lawKey.key, "1", "#1"].flatMap((q) => lines(q, searcher));
    expect(hitLines).toEqual(["organization: Marketing (MKT · 300 credits) → /organizations/MKT"]);
  });

  it("what is inside is found, with its people and entries", async () => {
    const guest = await aPortalUser(null, "guest@example.edu");
    await aGrant(guest, "viewer", { organizationId: law });
    const searcher = { role: null, scope: scopeOf(guest) };
    expect(QUERIES.flatMap((q) => lines(q, searcher)).map((line) => line.split(" (")[0])).toEqual([
      "organization: Law School",
      "member: Ana Lee",
      "member: Ana Lee",
      "member: Ana Lee",
      "transaction: Spend #4",
      "transaction: Spend #4",
      "organization: Law School",
    ]);
  });

  it("an account without grants finds its own pages alone", async () => {
    const nobody = await aPortalUser(null);
    const searcher = { role: null, scope: scopeOf(nobody) };
    expect(
      ["law", "ana", "#1", "settings", "tags", "credit types"].flatMap((q) => lines(q, searcher)),
    ).toEqual([]);
    expect(lines("password", searcher)).toEqual(["page: Change password (Account) → /account/password"]);
  });
});

describe("before anything is typed", () => {
  it("the user's latest changes are shown, each thing once, as far as they are in the scope", async () => {
    const admin = await aPortalUser("admin");
    value(await changeOrganizationsActive([law], false, admin));
    value(await changeOrganizationsActive([law, 2], true, admin));
    value(await changeOrganizationsActive([2], false, admin));
    value(await updateMember({ id: 1, name: "Ana B. Lee", email: "ana@example.edu" }, admin));
    const recent = (user: { id: number; role: "admin" | null }) =>
      suggestionsFor({ ...user, scope: scopeOf(user) })
        .filter(({ kind }) => kind === "recent")
        .flatMap(({ hits }) => hits.map(({ title, detail, href }) => `${title} (${detail}) → ${href}`));
    expect(recent({ id: admin.id, role: "admin" })).toEqual([
      "Ana B. Lee (ana@example.edu · Member changed) → /members/1",
      "Marketing (MKT · Organization deactivated) → /organizations/MKT",
      "Law School (LAW · Organization activated) → /organizations/LAW",
    ]);
    const other = await aPortalUser("admin", "other@example.edu");
    expect(recent({ id: other.id, role: "admin" })).toEqual([]);
    await write((tx) => tx.delete(portalUserGrants).where(eq(portalUserGrants.portalUserId, admin.id)).run());
    await aGrant(admin, "viewer", { organizationId: 2 });
    expect(recent({ id: admin.id, role: null })).toEqual([
      "Marketing (MKT · Organization deactivated) → /organizations/MKT",
    ]);
  });
});

describe("pages", () => {
  it("are those that the role may open", () => {
    const titles = (searcher: Searcher) =>
      pagesOf(searcher).flatMap(({ hits }) => hits.map(({ title }) => title));
    expect(titles(viewer)).toEqual([
      "Overview",
      "Alerts",
      "Organizations",
      "Credit types",
      "Members",
      "Transactions",
      "Refusals",
      "API keys",
      "Audit",
    ]);
    expect(titles(owner)).toEqual([
      "Overview",
      "Alerts",
      "Organizations",
      "Create Organization",
      "Import organizations",
      "Import credits",
      "Credit types",
      "Add Credit Type",
      "Members",
      "Add member",
      "Import members",
      "Transactions",
      "Refusals",
      "API keys",
      "Create API key",
      "Audit",
      "Settings",
    ]);
  });

  it("come first where the title is the whole search, and with the page of a setting", () => {
    expect(lines("time zone")).toEqual(["page: Time zone (Settings) → /settings"]);
    expect(lines("time zone", viewer)).toEqual([]);
    expect(lines("marketing")).toEqual(["organization: Marketing (MKT · 300 credits) → /organizations/MKT"]);
  });
});

it("bounds what it reads of a search, and takes any text", () => {
  for (const q of [
    "",
    "   ",
    "\0",
    "'",
    '"',
    "\\",
    "x".repeat(100_000),
    "\ud800",
    "qq\nzz",
    "*",
    "_",
    "( ) OR 1=1",
  ]) {
    expect(lines(q), q.slice(0, 20)).toEqual([]);
  }
});
