import { beforeEach, describe, expect, it } from "vitest";
import { canonicalHref as refusalsAddress } from "#app/(portal)/refusals/canonical.ts";
import { canonicalHref as transactionsAddress } from "#app/(portal)/transactions/canonical.ts";
import {
  organizationMeant,
  suggestObjects,
  suggestOrganizations,
  suggestPeople,
  suggestScopes,
} from "#app/(portal)/transactions/suggestions.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { refusalsSearchParams } from "#lib/refusals/search-params.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  everything,
  operator,
  spend,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

// What a person types for an organization, a person or an application is a part of a name, often without its accents.

useFreshDatabase();

beforeEach(async () => {
  const creditType = await aCreditType({ available: credits(1_000) });
  const arts = await anOrganization({
    code: "EBA",
    name: "École des Beaux-Arts",
    creditType,
    balance: credits(10),
  });
  await anOrganization({ code: "LAW", name: "School of Law", creditType });
  await anOrganization({ code: "LAWLIB", name: "Law Library", creditType });
  await aMember(arts, { email: "zoe@example.edu", name: "Zoë Müller" });
  await aMember(arts, { email: "chloe.lim@example.edu", name: "Chloe Lim" });
  await aMember(arts, { email: "lim@example.edu", name: "Bo Lim" });
  value(await spend({ id: "1", organization: "EBA", member: "zoe@example.edu", application: "essay-coach" }));
});

const values = (suggestions: { value: string }[]) => suggestions.map(({ value }) => value);

describe("suggestions", () => {
  it("are organizations by a part of the name, whatever the accents, or by the code", () => {
    expect(suggestOrganizations(everything, "ecole arts", 10)).toEqual([
      { value: "EBA", label: "École des Beaux-Arts" },
    ]);
    expect(values(suggestOrganizations(everything, "law", 10))).toEqual(["LAWLIB", "LAW"]);
  });

  it("are people whose email or name begins with the text, then those who have it elsewhere", async () => {
    expect(values(await suggestPeople(everything, "lim", 10))).toEqual([
      "lim@example.edu",
      "chloe.lim@example.edu",
    ]);
    expect(values(await suggestPeople(everything, "muller", 10))).toEqual(["zoe@example.edu"]);
    expect(values(await suggestPeople(everything, "lim chloe", 10))).toEqual(["chloe.lim@example.edu"]);
    expect(values(await suggestPeople(everything, " ", 10))).toEqual([]);
  });

  it("are organizations and tags for what access is given on", async () => {
    const tagged = { to: "add", tags: ["law:yes", "site:lyon"] } as const;
    value(await changeOrganizationsTags([1], tagged, operator));
    expect(suggestScopes(everything, "law", 10)).toEqual([
      { value: "LAWLIB", label: "Law Library" },
      { value: "LAW", label: "School of Law" },
      { value: "law:yes", label: "" },
    ]);
    expect(values(suggestScopes(everything, "site:", 10))).toEqual(["site:lyon"]);
    expect(values(suggestScopes(everything, "law", 2))).toEqual(["LAWLIB", "law:yes"]);
    expect(values(suggestScopes(everything, "", 10))).toEqual(["law:yes", "site:lyon"]);
  });

  it("are both for the objects of the audit trail", async () => {
    expect(values(await suggestObjects(everything, "zoe", 10))).toEqual(["zoe@example.edu"]);
    expect(values(await suggestObjects(everything, "beaux", 10))).toEqual(["EBA"]);
  });
});

it("the organization of a form is a code, or the only one with the words", () => {
  expect(organizationMeant(everything, "law")).toBe("law");
  expect(organizationMeant(everything, "ecole")).toBe("EBA");
  expect(organizationMeant(everything, "lib")).toBe("LAWLIB");
  expect(organizationMeant(everything, "school nowhere")).toBe("school nowhere");
});

describe("the address of a form without JavaScript", () => {
  const ofTransactions = (raw: Record<string, string>) =>
    transactionsAddress(everything, raw, transactionsSearchParams.decode(raw), "/transactions");
  const ofRefusals = (raw: Record<string, string>) =>
    refusalsAddress(everything, raw, refusalsSearchParams.decode(raw), "/refusals");

  it.each([
    [{ member: "zoe" }, "?member=1"],
    [{ member: "muller" }, "?member=1"],
    [{ organization: "ecole" }, "?organization=EBA"],
  ])("has ids and codes for names: %j", async (raw, query) => {
    expect(await ofTransactions(raw)).toBe(`/transactions${query}`);
    expect(await ofRefusals(raw)).toBe(`/refusals${query}`);
  });

  it("has the application that a part of a name means", async () => {
    expect(await ofTransactions({ application: "coach" })).toBe("/transactions?application=1");
    expect(await ofRefusals({ application: "coach" })).toBe("/refusals?application=essay-coach");
    expect(await ofRefusals({ application: "ESSAY-COACH" })).toBeNull();
  });

  it("keeps what means several things or nothing", async () => {
    expect(await ofTransactions({ member: "lim" })).toBe("/transactions?member=3");
    expect(await ofTransactions({ organization: "l" })).toBeNull();
    expect(await ofRefusals({ application: "nothing" })).toBeNull();
  });
});
