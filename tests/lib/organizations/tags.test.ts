import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { database, databaseFile } from "#db/client.ts";
import { auditEntries, portalUserGrants } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { addGrants } from "#lib/grants/commands.ts";
import { createOrganization, updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { changeOrganizationsTags, removeTag, renameTag } from "#lib/organizations/commands/tags.ts";
import { exportOrganizations } from "#lib/organizations/export.ts";
import { importOrganizationsFile } from "#lib/organizations/import.ts";
import { listOrganizations, organizationIds } from "#lib/organizations/queries/list.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { createOrganizationInput, organizationFormValues } from "#lib/organizations/rules.ts";
import { type OrganizationsView, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { idsChangedByTags, listTags, suggestTags } from "#lib/organizations/tag-queries.ts";
import { scopeOfUser, wholeScope } from "#lib/scope/scope.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { aCreditType, aGrant, aPortalUser, everything, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

let creditType: number;
beforeEach(async () => {
  creditType = await aCreditType();
});

async function add(code: string, tags = "", name = code, type = creditType): Promise<number> {
  const input = createOrganizationInput.parse({ name, code, creditType: String(type), tags });
  return value(await createOrganization(input, operator)).id;
}

const tagsOf = (code: string) => getOrganization(everything, code)?.tags;
const view = (change: Partial<OrganizationsView>) => ({ ...organizationsSearchParams.defaults, ...change });
const list = (change: Partial<OrganizationsView>) => {
  const { items, counts } = listOrganizations(
    everything,
    view({ sort: "name", ...change }),
    totalsByCreditType(everything),
  );
  return { codes: items.map(({ code }) => code), counts };
};
const audit = () =>
  database()
    .select({
      action: auditEntries.action,
      subject: auditEntries.subjectLabel,
      before: auditEntries.before,
      after: auditEntries.after,
    })
    .from(auditEntries)
    .all()
    .map(({ action, subject, before, after }) => [action, subject, before, after]);
const faults = () => verifyDatabase(databaseFile()).checks.filter((check) => check.faults > 0);

describe("tags of one organization", () => {
  it("are given when it is created, and changed with its settings", async () => {
    const id = await add("LAW", "site:lyon Faculty:Law");
    expect(tagsOf("LAW")).toEqual(["faculty:law", "site:lyon"]);
    const input = { id, name: "LAW", monthlyAllowance: null };
    expect(value(await updateOrganization({ ...input, tags: ["faculty:law"] }, operator)).changed).toBe(true);
    expect(tagsOf("LAW")).toEqual(["faculty:law"]);
    // Left out, they stay.
    expect(value(await updateOrganization(input, operator)).changed).toBe(false);
    expect(value(await updateOrganization({ ...input, tags: [] }, operator)).changed).toBe(true);
    expect(tagsOf("LAW")).toEqual([]);
    expect(audit().slice(-3)).toEqual([
      [
        "organization.created",
        "LAW",
        null,
        '{"name":"LAW","code":"LAW","creditType":"JPY Credits","status":"active","monthlyAllowance":null,"tags":"faculty:law site:lyon"}',
      ],
      ["organization.updated", "LAW", '{"tags":"faculty:law site:lyon"}', '{"tags":"faculty:law"}'],
      ["organization.updated", "LAW", '{"tags":"faculty:law"}', '{"tags":null}'],
    ]);
    expect(faults()).toEqual([]);
  });

  it("are not overwritten by a form that was opened before", async () => {
    const id = await add("LAW", "faculty:law");
    const opened = getOrganization(everything, "LAW");
    if (!opened) throw new Error("no organization");
    const original = organizationFormValues(opened);
    const input = { id, name: "LAW", monthlyAllowance: null };
    const both = await Promise.all([
      updateOrganization({ ...input, tags: ["site:lyon"] }, operator, original),
      updateOrganization({ ...input, tags: ["site:nice"] }, operator, original),
    ]);
    expect(both).toMatchObject([
      { ok: true },
      { ok: false, code: "stale_edit", current: { tags: "site:lyon" } },
    ]);
    expect(tagsOf("LAW")).toEqual(["site:lyon"]);
  });
});

describe("the filter by tag", () => {
  beforeEach(async () => {
    const other = await aCreditType({ name: "EUR Credits", currency: "EUR" });
    await add("ART", "faculty:arts site:lyon", "École des Beaux-Arts");
    await add("LAW", "faculty:law site:lyon", "Faculty of Law");
    await add("MED", "faculty:medicine", "Faculty of Medicine", other);
    const music = await add("MUS", "faculty:arts site:nice", "Music", other);
    value(await changeOrganizationsActive([music], false, operator));
  });

  it.each([
    [{ tag: ["faculty:arts"] }, ["ART", "MUS"], [2, 1, 1]],
    [{ tag: ["faculty:arts", "site:lyon"] }, ["ART"], [1, 1, 0]],
    [{ tag: ["faculty:arts", "faculty:law"] }, [], [0, 0, 0]],
    [{ tag: ["nobody:has-it"] }, [], [0, 0, 0]],
    [{ tag: ["faculty:arts"], status: "inactive" }, ["MUS"], [2, 1, 1]],
    [{ tag: ["site:lyon"], q: "faculty" }, ["LAW"], [1, 1, 0]],
    [{ tag: ["faculty:arts"], type: 1 }, ["ART"], [1, 1, 0]],
  ] as const)("%j has %j", (change, codes, [all, active, inactive]) => {
    expect(list(change)).toEqual({ codes, counts: { all, active, inactive } });
    expect(organizationIds(everything, view(change))).toHaveLength(codes.length);
  });

  it("finds the same among many as among few, in every order and on every page", async () => {
    const rows = Array.from(
      { length: 2_600 },
      (_, n) =>
        `Unit ${String(n).padStart(4, "0")},U-${n},EUR Credits,,${n % 3 ? "active" : "inactive"},${n % 2 ? "half:yes" : "half:no"} ${n % 26 ? "" : "rare:yes"}`,
    );
    const csv = ["name,code,credit_type,monthly_allowance_per_member,status,tags", ...rows].join("\n");
    expect((await importOrganizationsFile(Buffer.from(csv), operator)).ok).toBe(true);
    const half = Array.from({ length: 2_600 }, (_, n) => n).filter((n) => n % 2 === 1);
    expect(list({ tag: ["half:yes"] }).counts).toEqual({
      all: 1_300,
      active: half.filter((n) => n % 3 !== 0).length,
      inactive: half.filter((n) => n % 3 === 0).length,
    });
    for (const sort of ["name", "-name", "created", "-spent"] as const) {
      const { codes } = list({ tag: ["half:yes"], sort, page: 27 });
      const order = sort.startsWith("-") ? half.toReversed() : half;
      expect(codes, sort).toEqual(order.slice(624, 648).map((n) => `U-${n}`));
    }
    expect(list({ tag: ["half:yes", "rare:yes"], page: 9 })).toEqual({
      codes: [],
      counts: { all: 0, active: 0, inactive: 0 },
    });
    expect(list({ tag: ["half:no", "rare:yes"] }).codes).toHaveLength(24);
    expect(list({ tag: ["half:no", "rare:yes"], page: 5 }).codes).toEqual([
      "U-2496",
      "U-2522",
      "U-2548",
      "U-2574",
    ]);
    expect(organizationIds(everything, view({ tag: ["half:no", "rare:yes"] }))).toHaveLength(100);
    expect(faults()).toEqual([]);
  });
});

describe("a file", () => {
  const HEADER = "name,code,credit_type,monthly_allowance_per_member,status,tags";
  const exported = () => [...exportOrganizations(everything, view({ sort: "created" }))].join("");
  const importText = (text: string, options?: Parameters<typeof importOrganizationsFile>[2]) =>
    importOrganizationsFile(Buffer.from(text), operator, options);

  it("brings tags in any of three separators, and they come back to the byte", async () => {
    const result = await importText(
      `${HEADER}\nA,A,JPY Credits,,active,site:lyon Faculty:Arts\nB,B,JPY Credits,,,"b:2,a:1"\nC,C,JPY Credits,,,c:3;a:1; \nD,D,JPY Credits,,,(clear)\n`,
    );
    expect(result).toMatchObject({ ok: true, report: { added: 4 } });
    const file = `\uFEFF${HEADER}\r\nA,A,JPY Credits,,active,faculty:arts site:lyon\r\nB,B,JPY Credits,,active,a:1 b:2\r\nC,C,JPY Credits,,active,a:1 c:3\r\nD,D,JPY Credits,,active,\r\n`;
    expect(exported()).toBe(file.slice(1));
    for (const mode of ["change", "both"] as const) {
      expect(await importText(file, { mode })).toMatchObject({
        ok: true,
        report: { changed: 0, unchanged: 4 },
      });
    }
    const figures = [...exportOrganizations(everything, view({}), { figures: true })].join("").split("\r\n");
    expect(figures[0]).toBe(
      `${HEADER},currency,members,balance,spent,spent_last_month,spent_30_days,runs_out,created`,
    );
    expect(await importText(figures.join("\r\n"), { mode: "both" })).toMatchObject({
      ok: true,
      report: { changed: 0, unchanged: 4 },
    });
    expect(faults()).toEqual([]);
  });

  it("changes them cell by cell: an empty one keeps, (clear) clears, and the undo file brings them back", async () => {
    await importText(
      `${HEADER}\nA,A,JPY Credits,,,a:1\nB,B,JPY Credits,,,b:1 b:2\nC,C,JPY Credits,,,c:1\nD,D,JPY Credits,,,\n`,
    );
    const before = exported();
    let undo = "";
    const result = await importText("code,tags\nA,\nB,(clear)\nC,C:1 c:2\nD,d:1\n", {
      mode: "change",
      keepUndo: (csv) => {
        undo = csv;
      },
    });
    expect(result.report.changes.map(({ cells }) => cells)).toEqual([
      [{ column: "tags", old: "b:1 b:2", new: "" }],
      [{ column: "tags", old: "c:1", new: "c:1 c:2" }],
      [{ column: "tags", old: "", new: "d:1" }],
    ]);
    expect([tagsOf("A"), tagsOf("B"), tagsOf("C"), tagsOf("D")]).toEqual([
      ["a:1"],
      [],
      ["c:1", "c:2"],
      ["d:1"],
    ]);
    expect(undo).toBe("\uFEFFcode,tags\r\nB,b:1 b:2\r\nC,c:1\r\nD,(clear)\r\n");
    expect(audit().slice(-3)).toEqual([
      ["organization.updated", "B", '{"tags":"b:1 b:2"}', '{"tags":null}'],
      ["organization.updated", "C", '{"tags":"c:1"}', '{"tags":"c:1 c:2"}'],
      ["organization.updated", "D", '{"tags":null}', '{"tags":"d:1"}'],
    ]);
    expect(await importText(undo, { mode: "change" })).toMatchObject({ ok: true });
    expect(exported()).toBe(before);
    expect(faults()).toEqual([]);
  });

  it("reports bad tags by line", async () => {
    const twentyOne = Array.from({ length: 21 }, (_, n) => `k:${n}`).join(" ");
    const rows = ["arts", "a:", ":", "a:<b>", "x".repeat(10_000), twentyOne];
    const { report } = await importText(
      `${HEADER}\n${rows.map((tags, n) => `N,N-${n},JPY Credits,,,${tags}`).join("\n")}\n`,
    );
    expect(report.errors.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      "2: tags: “arts” is not a tag. Write key:value, such as faculty:science.",
      "3: tags: “a:” has no value after the colon. Write key:value, such as faculty:science.",
      "4: tags: “:” has no key before the colon. Write key:value, such as faculty:science.",
      "5: tags: “a:<b>” has the character <. Use letters, digits and - _ . / only.",
      `6: tags: “${"x".repeat(40)}…” is not a tag. Write key:value, such as faculty:science.`,
      "7: tags: At most 20 tags; this has 21.",
    ]);
  });
});

describe("a change to the tags of many", () => {
  it("adds and removes, and leaves alone what has them already", async () => {
    const ids = [await add("A", "x:1"), await add("B", "x:1 y:1"), await add("C")];
    const change = { to: "add", tags: ["x:1", "y:1"] } as const;
    expect(idsChangedByTags(ids, change)).toEqual([ids[0], ids[2]]);
    expect(value(await changeOrganizationsTags(ids, change, operator))).toEqual({ changed: 2, batch: null });
    expect([tagsOf("A"), tagsOf("B"), tagsOf("C")]).toEqual([
      ["x:1", "y:1"],
      ["x:1", "y:1"],
      ["x:1", "y:1"],
    ]);
    expect(audit().slice(-2)).toEqual([
      ["organization.updated", "A", '{"tags":"x:1"}', '{"tags":"x:1 y:1"}'],
      ["organization.updated", "C", '{"tags":null}', '{"tags":"x:1 y:1"}'],
    ]);
    const removal = { to: "remove", tags: ["y:1", "z:1"] } as const;
    expect(idsChangedByTags(ids.slice(1), removal)).toEqual([ids[1], ids[2]]);
    expect(value(await changeOrganizationsTags(ids.slice(1), removal, operator))).toEqual({
      changed: 2,
      batch: null,
    });
    expect([tagsOf("A"), tagsOf("B"), tagsOf("C")]).toEqual([["x:1", "y:1"], ["x:1"], ["x:1"]]);
    expect(value(await changeOrganizationsTags([...ids, 999], removal, operator))).toEqual({
      changed: 1,
      batch: null,
    });
    expect(faults()).toEqual([]);
  });

  it("is refused whole where one organization would have 21", async () => {
    const full = Array.from({ length: 20 }, (_, n) => `k:${n}`).join(" ");
    const ids = [await add("A"), await add("FULL", full, "Full faculty")];
    expect(await changeOrganizationsTags(ids, { to: "add", tags: ["x:1"] }, operator)).toMatchObject({
      ok: false,
      field: "tags",
      message: "Full faculty (FULL) would have 21 tags; at most 20. Nothing was changed.",
    });
    expect(tagsOf("A")).toEqual([]);
  });

  it("needs an admin, as a renaming and a removal do", async () => {
    const id = await add("A", "x:1");
    const viewer = await aPortalUser("viewer");
    await expect(changeOrganizationsTags([id], { to: "add", tags: ["y:1"] }, viewer)).rejects.toThrow(
      ForbiddenError,
    );
    await expect(renameTag({ tag: "x:1", to: "y:1" }, viewer)).rejects.toThrow(ForbiddenError);
    await expect(removeTag({ tag: "x:1" }, viewer)).rejects.toThrow(ForbiddenError);
  });
});

describe("the tags of the enterprise", () => {
  beforeEach(async () => {
    await add("A", "faculty:arts site:lyon");
    await add("B", "faculty:arts");
    await add("C", "faculty:art");
    await add("D", "faculty:art faculty:arts");
  });

  it("are listed in order, a page at a time, with how many organizations have each", () => {
    expect(listTags({ limit: 2 })).toEqual([
      { tag: "faculty:art", organizations: 2 },
      { tag: "faculty:arts", organizations: 3 },
    ]);
    expect(listTags({ after: "faculty:arts", limit: 2 })).toEqual([{ tag: "site:lyon", organizations: 1 }]);
  });

  it("are suggested by how they begin", () => {
    expect(suggestTags(wholeScope(operator), "fac", 10)).toEqual(["faculty:art", "faculty:arts"]);
    expect(suggestTags(wholeScope(operator), "", 2)).toEqual(["faculty:art", "faculty:arts"]);
    expect(suggestTags(wholeScope(operator), "faculty:b", 10)).toEqual([]);
  });

  it("are suggested only from the organizations of the scope", async () => {
    const user = await aPortalUser(null, "dean@example.edu");
    await aGrant(user, "viewer", { organizationId: getOrganization(everything, "C")?.id ?? 0 });
    await aGrant(user, "viewer", { tag: "site:lyon" });
    const scope = scopeOfUser(user.id, null);
    expect(suggestTags(scope, "", 10)).toEqual(["faculty:art", "faculty:arts", "site:lyon"]);
    const other = await aPortalUser(null, "third@example.edu");
    await aGrant(other, "admin", { organizationId: getOrganization(everything, "C")?.id ?? 0 });
    expect(suggestTags(scopeOfUser(other.id, null), "", 10)).toEqual(["faculty:art"]);
    expect(suggestTags(scopeOfUser(other.id, null), "site", 10)).toEqual([]);
  });

  it("are renamed in every organization at once", async () => {
    expect(value(await renameTag({ tag: "site:lyon", to: "campus:lyon" }, operator))).toEqual({
      organizations: 1,
      merged: false,
    });
    expect(tagsOf("A")).toEqual(["campus:lyon", "faculty:arts"]);
    expect(audit().slice(-2)).toEqual([
      [
        "organization.updated",
        "A",
        '{"tags":"faculty:arts site:lyon"}',
        '{"tags":"campus:lyon faculty:arts"}',
      ],
      ["tag.renamed", "campus:lyon", '{"tag":"site:lyon"}', '{"tag":"campus:lyon","organizations":1}'],
    ]);
    expect(faults()).toEqual([]);
  });

  it("are merged into one that exists only after a question", async () => {
    const first = value(await renameTag({ tag: "faculty:art", to: "faculty:arts" }, operator));
    expect(first).toMatchObject({ question: { changes: 1, total: 2 } });
    expect(tagsOf("C")).toEqual(["faculty:art"]);
    const expected = "question" in first ? first.question.expected : "";
    // Another organization gets the tag before the answer, so the question is asked again.
    const id = await add("E", "faculty:art");
    expect(
      value(await renameTag({ tag: "faculty:art", to: "faculty:arts", expected }, operator)),
    ).toMatchObject({
      question: { changes: 2, total: 3 },
    });
    value(await changeOrganizationsTags([id], { to: "remove", tags: ["faculty:art"] }, operator));
    expect(value(await renameTag({ tag: "faculty:art", to: "faculty:arts", expected }, operator))).toEqual({
      organizations: 2,
      merged: true,
    });
    expect([tagsOf("C"), tagsOf("D")]).toEqual([["faculty:arts"], ["faculty:arts"]]);
    expect(listTags({ limit: 10 })).toEqual([
      { tag: "faculty:arts", organizations: 4 },
      { tag: "site:lyon", organizations: 1 },
    ]);
    expect(faults()).toEqual([]);
  });

  it("are renamed everywhere or, where the last write fails, nowhere", async () => {
    const user = await aPortalUser(null, "dean@example.edu");
    await aGrant(user, "admin", { tag: "faculty:arts" });
    database().run(sql`CREATE TEMP TRIGGER full_disk BEFORE INSERT ON audit_entries WHEN NEW.action = 'tag.renamed'
      BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`);
    await expect(renameTag({ tag: "faculty:arts", to: "school:arts" }, operator)).rejects.toThrow();
    database().run(sql`DROP TRIGGER full_disk`);
    expect([tagsOf("A"), tagsOf("B"), tagsOf("D")]).toEqual([
      ["faculty:arts", "site:lyon"],
      ["faculty:arts"],
      ["faculty:art", "faculty:arts"],
    ]);
    expect(database().select({ tag: portalUserGrants.tag }).from(portalUserGrants).all()).toEqual([
      { tag: "faculty:arts" },
    ]);
    expect(audit().at(-1)?.[0]).toBe("organization.created");
  });

  it("refuse a renaming to itself, or of a tag that nobody has", async () => {
    expect(await renameTag({ tag: "site:lyon", to: "site:lyon" }, operator)).toMatchObject({
      code: "same_tag",
      field: "to",
    });
    expect(await renameTag({ tag: "x:y", to: "site:lyon" }, operator)).toMatchObject({
      code: "tag_not_found",
    });
    expect(await removeTag({ tag: "x:y" }, operator)).toMatchObject({ code: "tag_not_found" });
  });

  it("are removed from every organization at once", async () => {
    expect(value(await removeTag({ tag: "faculty:arts" }, operator))).toEqual({ organizations: 3 });
    expect([tagsOf("A"), tagsOf("B"), tagsOf("D")]).toEqual([["site:lyon"], [], ["faculty:art"]]);
    expect(audit().at(-1)).toEqual([
      "tag.removed",
      "faculty:arts",
      '{"tag":"faculty:arts"}',
      '{"tag":null,"organizations":3}',
    ]);
    expect(faults()).toEqual([]);
  });

  it("take the grants by them along, of two the one that allows more", async () => {
    const grants = () =>
      database()
        .select({
          user: portalUserGrants.portalUserId,
          role: portalUserGrants.role,
          tag: portalUserGrants.tag,
        })
        .from(portalUserGrants)
        .orderBy(portalUserGrants.portalUserId, portalUserGrants.tag)
        .all()
        .map(({ user, role, tag }) => `${user} ${role} ${tag}`);
    const one = await aPortalUser(null, "one@example.edu");
    const two = await aPortalUser(null, "two@example.edu");
    const three = await aPortalUser(null, "three@example.edu");
    const four = await aPortalUser(null, "four@example.edu");
    const five = await aPortalUser(null, "five@example.edu");
    for (const [{ id }, role, tag] of [
      [one, "admin", "faculty:art"],
      [two, "viewer", "faculty:art"],
      [two, "admin", "faculty:arts"],
      [three, "admin", "faculty:art"],
      [three, "viewer", "faculty:arts"],
      [four, "viewer", "faculty:art"],
      [four, "viewer", "faculty:arts"],
      [five, "viewer", "site:lyon"],
    ] as const) {
      value(await addGrants({ id, role, scopes: [{ code: null, tag }] }, operator));
    }
    const first = value(await renameTag({ tag: "faculty:art", to: "faculty:arts" }, operator));
    const expected = "question" in first ? first.question.expected : "";
    expect(
      value(await renameTag({ tag: "faculty:art", to: "faculty:arts", expected }, operator)),
    ).toMatchObject({
      merged: true,
    });
    expect(grants()).toEqual([
      `${one.id} admin faculty:arts`,
      `${two.id} admin faculty:arts`,
      `${three.id} admin faculty:arts`,
      `${four.id} viewer faculty:arts`,
      `${five.id} viewer site:lyon`,
    ]);
    expect(
      audit()
        .filter(([action]) => /^grant\.(updated|removed)$/.test(String(action)))
        .map(([action, ...rest]) => `${action} ${rest.join(" ")}`),
    ).toEqual([
      'grant.updated one@example.edu {"tag":"faculty:art"} {"tag":"faculty:arts"}',
      'grant.removed two@example.edu {"role":"viewer","tag":"faculty:art"} ',
      'grant.removed three@example.edu {"role":"viewer","tag":"faculty:arts"} ',
      'grant.updated three@example.edu {"tag":"faculty:art"} {"tag":"faculty:arts"}',
      'grant.removed four@example.edu {"role":"viewer","tag":"faculty:art"} ',
    ]);
    value(await removeTag({ tag: "site:lyon" }, operator));
    // The accounts have no audit entry of their own here.
    const rows = faults().flatMap(({ mismatches }) => mismatches.map(({ row }) => row));
    expect(rows.filter((row) => !row.startsWith("portal_user "))).toEqual([]);
    expect(grants()).toContain(`${five.id} viewer site:lyon`);
  });
});
