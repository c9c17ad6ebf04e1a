import { beforeEach, expect, test } from "vitest";
import { database, databaseFile } from "#db/client.ts";
import { creditTypes } from "#db/schema/index.ts";
import { createRule } from "#lib/alerts/commands/rules.ts";
import { changeOrganizationsAllowance } from "#lib/organizations/commands/allowances.ts";
import { createOrganization, updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { changeOrganizationsTags, removeTag, renameTag } from "#lib/organizations/commands/tags.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { auditedSince, lastAuditId } from "#tests/support/audit.ts";
import {
  aCreditType,
  aGrant,
  anOrganization,
  aPortalUser,
  credits,
  operator,
  requestId,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

// What each command about organizations answers and writes into the audit trail, whole.

useFreshDatabase();

let last = 0;
const written = () => auditedSince(last);
beforeEach(async () => {
  await aCreditType({ available: credits(100) });
  await aCreditType({ name: "EUR Credits", currency: "EUR" });
  await anOrganization({ code: "LAW", creditType: 1, members: ["ana@example.edu", "bo@example.edu"] });
  await anOrganization({ code: "ART", creditType: 1, balance: credits(5) });
  last = lastAuditId();
});
/** All and the active organizations and the memberships of each credit type. */
const counters = () =>
  database()
    .select()
    .from(creditTypes)
    .all()
    .map(({ organizations, activeOrganizations, members }) => [organizations, activeOrganizations, members]);

const conflict = { ok: false, code: "idempotency_conflict" };

test("creating an organization", async () => {
  const med = { name: "Medicine", code: "MED", creditType: 1, monthlyAllowance: credits(3) };
  const tags = ["faculty:med"];
  expect(value(await createOrganization({ ...med, tags, initialCredits: credits(7) }, operator))).toEqual({
    ...{ id: 3, code: "MED", name: "Medicine", initialCredits: 7_000_000n, sameName: null },
  });
  expect(value(await createOrganization({ ...med, code: "MED-2", name: "MEDICINE" }, operator))).toEqual({
    ...{ id: 4, code: "MED-2", name: "MEDICINE", initialCredits: 0n, sameName: "MED" },
  });
  const refusal = async (change: object) => createOrganization({ ...med, code: "X", ...change }, operator);
  expect(await refusal({ code: "law" })).toEqual({
    ...{ ok: false, code: "code_taken", message: "The code LAW is taken by LAW.", field: "code" },
  });
  expect(await refusal({ creditType: 9 })).toEqual({
    ok: false,
    code: "credit_type_not_found",
    message: "This credit type does not exist. Choose another.",
    field: "creditType",
  });
  expect(await refusal({ initialCredits: credits(1000) })).toEqual({
    ok: false,
    code: "insufficient_credits",
    message: "JPY Credits has 88 credits.",
    field: "initialCredits",
  });
  expect(written()).toEqual([
    'organization.created organization 3 MED, 3: null > {"name":"Medicine","code":"MED","creditType":"JPY Credits","status":"active","monthlyAllowance":"3","tags":"faculty:med"}',
    'credits.allocated organization 3 MED, 3: {"balance":"0"} > {"balance":"7","entry":3}',
    'organization.created organization 4 MED-2, 4: null > {"name":"MEDICINE","code":"MED-2","creditType":"JPY Credits","status":"active","monthlyAllowance":"3"}',
  ]);
});

test("editing an organization, which moves its counters to its new credit type", async () => {
  const law = { id: 1, name: "Faculty of Law", monthlyAllowance: null };
  const moved = { ...law, code: "LAWS", creditType: 2, tags: ["faculty:law"] };
  expect(counters()).toEqual([
    [2, 2, 2],
    [0, 0, 0],
  ]);
  for (const changed of [true, false]) {
    expect(value(await updateOrganization(moved, operator))).toEqual({
      ...{ code: "LAWS", name: "Faculty of Law", changed },
    });
    expect(counters()).toEqual([
      [1, 1, 0],
      [1, 1, 2],
    ]);
  }
  value(await changeOrganizationsActive([1], false, operator));
  value(await updateOrganization({ ...law, creditType: 1 }, operator));
  expect(counters()).toEqual([
    [2, 1, 2],
    [0, 0, 0],
  ]);
  expect(written()).toEqual([
    'organization.updated organization 1 LAWS, 1: {"name":"LAW","code":"LAW","creditType":"JPY Credits","tags":null} > {"name":"Faculty of Law","code":"LAWS","creditType":"EUR Credits","tags":"faculty:law"}',
    'organization.deactivated organization 1 LAWS, 1: {"status":"active"} > {"status":"inactive"}',
    'organization.updated organization 1 LAWS, 1: {"creditType":"EUR Credits"} > {"creditType":"JPY Credits"}',
  ]);
  expect(verifyDatabase(databaseFile())).toMatchObject({ ok: true });
});

test("correcting the code of an organization whose credits have moved, and back", async () => {
  const art = { id: 2, name: "ART", monthlyAllowance: null };
  expect(await updateOrganization({ ...art, creditType: 2 }, operator)).toEqual({
    ok: false,
    code: "credit_type_fixed",
    message: "The credit type cannot change once credits have moved.",
    field: "creditType",
  });
  value(await updateOrganization({ ...art, code: "ARTS" }, operator));
  expect(await updateOrganization({ ...art, id: 1, code: "Art" }, operator)).toEqual({
    ...{ ok: false, code: "code_taken", message: "The code ART is a former code of ART.", field: "code" },
  });
  value(await updateOrganization({ ...art, code: "ART" }, operator));
  expect(await updateOrganization({ ...art, id: 9 }, operator)).toEqual({
    ...{ ok: false, code: "organization_not_found", message: "This organization does not exist." },
  });
  expect(written()).toEqual([
    'organization.updated organization 2 ARTS, 2: {"code":"ART"} > {"code":"ARTS"}',
    'organization.updated organization 2 ART, 2: {"code":"ARTS"} > {"code":"ART"}',
  ]);
});

test("changing several organizations", async () => {
  const form = { ids: [1, 2, 2], selection: "1,2", expected: null, requestId: requestId() };
  const allowance = (change: object) =>
    changeOrganizationsAllowance({ ...form, monthlyAllowance: credits(4), ...change }, operator);
  for (const isRepeat of [false, true]) {
    expect(value(await allowance({}))).toEqual({ batch: 1, changed: 2, isRepeat });
  }
  expect(await allowance({ monthlyAllowance: credits(5) })).toMatchObject(conflict);
  expect(await allowance({ requestId: requestId() })).toEqual({
    ...{
      ok: false,
      code: "nothing_to_change",
      message: "Nothing to change: all have this allowance already.",
    },
  });
  const stale = { requestId: requestId(), expected: "x", monthlyAllowance: null };
  expect(await allowance(stale)).toMatchObject({ ok: false, code: "stale_preview" });

  const [status, tagging] = ["a request of a form", "a request of another"];
  expect(value(await changeOrganizationsActive([1, 2], false, operator, status))).toMatchObject({ batch: 2 });
  // Other rows under the same request, although their numbers have the same digits.
  expect(await changeOrganizationsActive([12], false, operator, status)).toMatchObject(conflict);
  const tags = { to: "add", tags: ["b:2", "a:1"] } as const;
  expect(value(await changeOrganizationsTags([1, 2], tags, operator, tagging))).toMatchObject({ batch: 3 });
  expect(await changeOrganizationsTags([12], tags, operator, tagging)).toMatchObject(conflict);
  expect(value(await changeOrganizationsTags([2], { to: "remove", tags: ["b:2"] }, operator))).toEqual({
    ...{ changed: 1, batch: null },
  });
  const many = Array.from({ length: 19 }, (_, n) => `k:${n}`);
  expect(await changeOrganizationsTags([2, 1], { to: "add", tags: many }, operator)).toEqual({
    ok: false,
    code: "too_many_tags",
    message: "LAW (LAW) would have 21 tags; at most 20. Nothing was changed.",
    field: "tags",
  });
  expect(written()).toEqual([
    'organization.updated organization 1 LAW, 1: {"monthlyAllowance":null} > {"monthlyAllowance":"4"}',
    'organization.updated organization 2 ART, 2: {"monthlyAllowance":null} > {"monthlyAllowance":"4"}',
    'batch.recorded batch 1 1, null: null > {"kind":"allowance","changes":2}',
    'organization.deactivated organization 1 LAW, 1: {"status":"active"} > {"status":"inactive"}',
    'organization.deactivated organization 2 ART, 2: {"status":"active"} > {"status":"inactive"}',
    'batch.recorded batch 2 2, null: null > {"kind":"status","changes":2}',
    'organization.updated organization 1 LAW, 1: {"tags":null} > {"tags":"a:1 b:2"}',
    'organization.updated organization 2 ART, 2: {"tags":null} > {"tags":"a:1 b:2"}',
    'batch.recorded batch 3 3, null: null > {"kind":"tags","changes":2}',
    'organization.updated organization 2 ART, 2: {"tags":"a:1 b:2"} > {"tags":"a:1"}',
  ]);
});

test("renaming and removing a tag, which grants and rules of alerts have too", async () => {
  value(await changeOrganizationsTags([1, 2], { to: "add", tags: ["a:1"] }, operator));
  value(await changeOrganizationsTags([2], { to: "add", tags: ["a:2"] }, operator));
  await aGrant(await aPortalUser(null), "viewer", { tag: "a:1" });
  value(await createRule({ kind: "refusals", threshold: 7n, organization: null, tag: "a:1" }, operator));
  last = lastAuditId();
  const renaming = value(await renameTag({ tag: "a:1", to: "a:2" }, operator));
  expect(renaming).toMatchObject({ question: { changes: 1, total: 2 } });
  const expected = "question" in renaming ? renaming.question.expected : "";
  expect(value(await renameTag({ tag: "a:1", to: "a:2", expected }, operator))).toEqual({
    ...{ organizations: 2, merged: true },
  });
  expect(await renameTag({ tag: "a:2", to: "a:2" }, operator)).toEqual({
    ...{ ok: false, code: "same_tag", message: "The tag has this name already.", field: "to" },
  });
  expect(value(await removeTag({ tag: "a:2" }, operator))).toEqual({ organizations: 2 });
  expect(await removeTag({ tag: "a:2" }, operator)).toEqual({
    ok: false,
    code: "tag_not_found",
    message: "No organization has the tag a:2 any more. Nothing was changed.",
  });
  expect(written()).toEqual([
    'organization.updated organization 1 LAW, 1: {"tags":"a:1"} > {"tags":"a:2"}',
    'organization.updated organization 2 ART, 2: {"tags":"a:1 a:2"} > {"tags":"a:2"}',
    'grant.updated grant 1 nobody@example.edu, null: {"tag":"a:1"} > {"tag":"a:2"}',
    'alert_rule.updated alert_rule 19 More than 7 refusals an hour, null: {"tag":"a:1"} > {"tag":"a:2"}',
    'tag.renamed tag null a:2, null: {"tag":"a:1"} > {"tag":"a:2","organizations":2}',
    'organization.updated organization 1 LAW, 1: {"tags":"a:2"} > {"tags":null}',
    'organization.updated organization 2 ART, 2: {"tags":"a:2"} > {"tags":null}',
    'tag.removed tag null a:2, null: {"tag":"a:2"} > {"tag":null,"organizations":2}',
  ]);
});
