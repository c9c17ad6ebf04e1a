import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { addMember } from "#lib/members/commands/members.ts";
import { importMembersFile } from "#lib/members/import.ts";
import { listMembers } from "#lib/members/queries/member-list.ts";
import { addMemberInput } from "#lib/members/rules.ts";
import { membersSearchParams } from "#lib/members/search-params.ts";
import { formerCodesOf } from "#lib/organization-codes/queries.ts";
import { createOrganization, updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { importOrganizationsFile } from "#lib/organizations/import.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import { spendableBy } from "#lib/usage/queries/spendable.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { everything, operator, usageEvent, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { application, body, newKey } from "#tests/support/usage-api.ts";

useFreshDatabase();

let owner: Actor;
beforeEach(async () => {
  const { id, email } = value(await createPortalUser({ email: "o@example.edu", role: "owner" }, operator));
  owner = { kind: "portal_user", id, email, role: "owner", address: null };
});

let law: number;
let creditType: number;
const correct = (code: string, id = law) =>
  updateOrganization({ id, name: "Faculty of Law", code, monthlyAllowance: 1_000_000_000n }, owner);
const faults = () =>
  verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite")).checks.filter(
    (one) => one.faults > 0,
  );

beforeEach(async () => {
  const made = await makeSmallEnterprise();
  law = made.organizations[0] ?? 0;
  creditType = made.creditType;
  value(await correct("R&D / Law"));
});

describe("a code that an owner corrected", () => {
  it("is audited, and the code before still finds the organization", () => {
    expect(database().select().from(auditEntries).all().at(-1)).toMatchObject({
      action: "organization.updated",
      subjectLabel: "R&D / Law",
      before: JSON.stringify({ code: "LAW" }),
      after: JSON.stringify({ code: "R&D / Law" }),
    });
    expect(getOrganization(everything, "law")?.code).toBe("R&D / Law");
    expect(getOrganization(everything, "r&d  /  law")?.code).toBe("R&D / Law");
    expect(formerCodesOf(everything, law)).toEqual(["LAW"]);
    const inLaw = { ...membersSearchParams.defaults, organization: "LAW" };
    expect(listMembers(everything, inLaw).items.map(({ email }) => email)).toEqual([
      "ana@example.edu",
      "bo@example.edu",
    ]);
    const view = { ...transactionsSearchParams.defaults, organization: "LAW" };
    expect(transactionFilter(everything, view, 20261125).organization?.id).toBe(law);
    expect(faults()).toEqual([]);
  });

  it("is understood in usage and checks, also with a key of the organization", async () => {
    const recorded = await recordBatch([{ ...usageEvent(), organization: "LAW" }], operator);
    expect(recorded).toMatchObject([
      { ok: true, value: { status: "recorded", organization: { code: "R&D / Law" } } },
    ]);
    const question = { organization: "law", member: "ana@example.edu", credits: null };
    expect(spendableBy(question, operator)).toMatchObject({
      ok: true,
      value: { organization: { code: "R&D / Law" } },
    });
    const answer = await application(await newKey(law)).usage(body({ id: "old-2", organization: "LAW" }));
    expect([answer.status, answer.json.organization]).toMatchObject([201, { code: "R&D / Law" }]);
    const other = await application(await newKey(law)).usage(body({ id: "old-3", organization: "ART" }));
    expect([other.status, other.json.code]).toEqual([403, "forbidden_organization"]);
  });

  it("cannot be taken by another organization, by a form or by a file", async () => {
    const input = { name: "New", code: "law", creditType, monthlyAllowance: null };
    expect(await createOrganization(input, operator)).toMatchObject({
      ok: false,
      code: "code_taken",
      message: "The code LAW is a former code of Faculty of Law.",
    });
    const added = await importOrganizationsFile(
      Buffer.from("name,code,credit_type\nNew,LAW,JPY Credits\n"),
      operator,
    );
    expect(added.report.errors).toEqual([{ line: 2, message: "code: LAW is taken by Faculty of Law." }]);
  });

  it("names the organization in files that change it and in files of members", async () => {
    const changed = await importOrganizationsFile(Buffer.from("code,name\nLAW,School of Law\n"), operator, {
      mode: "change",
    });
    expect([changed.report.changed, changed.report.errors]).toEqual([1, []]);
    expect(getOrganization(everything, "R&D / Law")?.name).toBe("School of Law");
    const twice = await importOrganizationsFile(Buffer.from("code,name\nLAW,A\nR&D / Law,B\n"), operator, {
      mode: "change",
    });
    expect(twice.report.errors).toEqual([{ line: 3, message: "code: R&D / Law is already on line 2." }]);
    const members = await importMembersFile(
      Buffer.from("organization,email\nLAW,di@example.edu\n"),
      operator,
    );
    expect([members.report.added, members.report.errors]).toEqual([1, []]);
    const cy = {
      organization: "LAW",
      name: "Cy",
      email: "cy@example.edu",
      role: "viewer",
      allowance: "organization",
    };
    expect(value(await addMember(addMemberInput.parse(cy), operator)).organization).toBe("R&D / Law");
    expect(faults()).toEqual([]);
  });

  it("can be taken back, and a change of case leaves no former code", async () => {
    value(await correct("LAW"));
    expect(formerCodesOf(everything, law)).toEqual(["R&D / Law"]);
    value(await correct("Law"));
    expect(formerCodesOf(everything, law)).toEqual(["R&D / Law"]);
    expect(faults()).toEqual([]);
  });

  it("is checked by verify", () => {
    database().run("UPDATE organization_former_codes SET code_key = 'art'");
    expect(faults().flatMap((check) => check.mismatches)).toEqual([
      { row: "organization_former_codes 1 (LAW)", message: "code_key does not belong to its name" },
      { row: "organization_former_codes 1", message: "ART is also the code of an organization" },
    ]);
  });
});
