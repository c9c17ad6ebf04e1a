import path from "node:path";
import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { database } from "#db/client.ts";
import { memberships, organizations } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { countPeople, listMembers, membershipIdPieces } from "#lib/members/queries/member-list.ts";
import { listMemberships } from "#lib/members/queries/memberships.ts";
import { membershipsSearchParams, membersSearchParams } from "#lib/members/search-params.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aGrant,
  aMember,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  requestId,
  scopeOf,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const NOW = new Date("2026-11-26T10:00:00Z");
const LAST_MONTH = new Date("2026-10-20T10:00:00Z");

let law: number;
let art: number;
/** Ana is in both organizations; Bo, Cy and Di are in Law alone. Law's allowance is 100, that of Arts has no limit. */
beforeEach(async () => {
  vi.setSystemTime(NOW);
  law = await anOrganization({
    code: "LAW",
    balance: credits(10_000),
    monthlyAllowance: credits(100),
    members: ["ana@example.edu", "bo@example.edu"],
  });
  art = await anOrganization({ code: "ART", balance: credits(10_000), members: ["ana@example.edu"] });
  await aMember(law, {
    email: "cy@example.edu",
    role: "admin",
    allowance: { allowance: "own", monthlyAllowance: credits(10) },
  });
  await aMember(law, {
    email: "di@example.edu",
    role: "viewer",
    active: false,
    allowance: { allowance: "unlimited", monthlyAllowance: null },
  });
  return () => vi.useRealTimers();
});

const near = (change: object = {}, scope = everything) =>
  listMembers(scope, { ...membersSearchParams.defaults, used: "80", ...change }).items.map(
    ({ email }) => email,
  );
const nearIn = (id: number) =>
  listMemberships(
    everything,
    { id, members: 4 },
    { ...membershipsSearchParams.defaults, used: "80" },
    202_611,
  ).items.map(({ email }) => email);
const uses = (member: string, amount: bigint, occurredAt = NOW, organization = "LAW") =>
  spent({ member, organization, credits: amount, occurredAt });
/** What `verify` finds wrong with the counters of memberships. */
const faults = () =>
  verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite"))
    .checks.filter(({ name }) => /^membership/.test(name))
    .flatMap(({ mismatches }) => mismatches);
const setAllowance = (id: number, allowance: bigint | null) =>
  database().update(organizations).set({ monthlyAllowance: allowance }).where(eq(organizations.id, id)).run();

describe("the filter “80% or more of the allowance”", () => {
  it("has those who spent that much this month, to the micro-credit", async () => {
    await uses("ana@example.edu", credits(80) - 1n);
    await uses("bo@example.edu", credits(80));
    await uses("cy@example.edu", credits(8));
    expect(near()).toEqual(["bo@example.edu", "cy@example.edu"]);
    await uses("ana@example.edu", 1n);
    expect(near()).toEqual(["ana@example.edu", "bo@example.edu", "cy@example.edu"]);
    expect(near({ role: "admin" })).toEqual(["cy@example.edu"]);
    expect(near({ q: "ana" })).toEqual(["ana@example.edu"]);
    expect(near({ organization: "ART" })).toEqual([]);
    expect(nearIn(law)).toEqual(["ana@example.edu", "bo@example.edu", "cy@example.edu"]);
    expect(nearIn(art)).toEqual([]);
    const ids = [...membershipIdPieces(everything, { ...membersSearchParams.defaults, used: "80" })].flat();
    expect(ids).toEqual([1, 2, 4]);
  });

  it("has nobody who has no limit, may spend nothing, or spent it last month", async () => {
    await uses("ana@example.edu", credits(5_000), NOW, "ART");
    await uses("bo@example.edu", credits(90), LAST_MONTH);
    expect(near()).toEqual([]);
    setAllowance(law, 0n);
    expect(near()).toEqual([]);
    await uses("bo@example.edu", 0n);
    expect(near()).toEqual([]);
  });

  it("follows the allowances: the organization's, and a membership's own", async () => {
    await uses("ana@example.edu", credits(40));
    await uses("bo@example.edu", credits(50));
    await uses("cy@example.edu", credits(7));
    expect(near()).toEqual([]);
    setAllowance(law, credits(60));
    expect(near()).toEqual(["bo@example.edu"]);
    setAllowance(law, null);
    expect(near()).toEqual([]);
    setAllowance(law, credits(50));
    expect(near()).toEqual(["ana@example.edu", "bo@example.edu"]);
    const own = (id: number, change: object) =>
      database().update(memberships).set(change).where(eq(memberships.id, id)).run();
    own(2, { allowance: "unlimited" });
    own(4, { monthlyAllowance: credits(8) });
    expect(near()).toEqual(["ana@example.edu", "cy@example.edu"]);
    own(2, { allowance: "organization" });
    expect(near()).toEqual(["ana@example.edu", "bo@example.edu", "cy@example.edu"]);
    expect(faults()).toEqual([]);
  });

  it("follows a reversal, and a late event of last month changes nothing", async () => {
    await uses("bo@example.edu", credits(90));
    const [entry = 0] = statement(sql`SELECT max(id) FROM ledger_entries`).numbers();
    await spent({ member: "bo@example.edu", credits: credits(1), occurredAt: LAST_MONTH }, NOW);
    expect(near()).toEqual(["bo@example.edu"]);
    value(await reverseEntry({ entry, note: null, requestId: requestId() }, operator, NOW));
    expect(near()).toEqual([]);
    expect(faults()).toEqual([]);
  });

  it("is of the organizations in the reader's scope", async () => {
    await uses("ana@example.edu", credits(90));
    const reader = await aPortalUser(null);
    await aGrant(reader, "viewer", { organizationId: art });
    expect(near({}, scopeOf(reader))).toEqual([]);
    await aGrant(reader, "viewer", { organizationId: law });
    expect(near({}, scopeOf(reader))).toEqual(["ana@example.edu"]);
  });
});

it("a row has what was spent of each allowance this month, and last month in all", async () => {
  await uses("ana@example.edu", credits(30), LAST_MONTH);
  await uses("ana@example.edu", credits(2), LAST_MONTH, "ART");
  await uses("ana@example.edu", credits(7));
  const [ana] = listMembers(everything, { ...membersSearchParams.defaults, q: "ana" }).items;
  expect(ana?.spentLastMonth).toBe(32_000_000n);
  expect(
    ana?.organizations.map(({ code, spentThisMonth, effectiveAllowance }) => [
      code,
      spentThisMonth,
      effectiveAllowance,
    ]),
  ).toEqual([
    ["LAW", 7_000_000n, 100_000_000n],
    ["ART", 0n, null],
  ]);
  const reader = await aPortalUser(null);
  await aGrant(reader, "viewer", { organizationId: art });
  const [seen] = listMembers(scopeOf(reader), membersSearchParams.defaults).items;
  expect(seen?.spentLastMonth).toBe(2_000_000n);
});

it("counts people once, in the whole enterprise and in a part", async () => {
  expect(await countPeople(everything)).toBe(4);
  const reader = await aPortalUser(null);
  await aGrant(reader, "viewer", { organizationId: art });
  expect(await countPeople(scopeOf(reader))).toBe(1);
  await aGrant(reader, "viewer", { organizationId: law });
  expect(await countPeople(scopeOf(reader))).toBe(4);
});
