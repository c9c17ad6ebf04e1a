import { desc } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { canonicalHref } from "#app/(portal)/transactions/canonical.ts";
import { suggestApplicationNames } from "#app/(portal)/transactions/suggestions.ts";
import { database } from "#db/client.ts";
import { applications, auditEntries } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { updateApplication } from "#lib/applications/commands.ts";
import {
  applicationMeant,
  getApplication,
  listApplications,
  suggestApplications,
} from "#lib/applications/queries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { aPortalUser, everything, operator, spend, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();
beforeEach(async () => {
  await makeSmallEnterprise();
  await spend({ application: "Essay-Coach" });
  await spend({ application: "tutor", organization: "ART" });
});

const names = (q = "") => listApplications(everything, q).items.map(({ name }) => name);

/** The application's id in the filter of a view, and whether nothing can match. */
const filterBy = (application: number | string) => {
  const filter = transactionFilter(
    everything,
    { ...transactionsSearchParams.defaults, application },
    20_261_125,
  );
  return [filter.application?.id ?? null, filter.nothing];
};

/** Where the list's address is led to. */
const ledTo = (application: string, path = "/transactions") =>
  canonicalHref(everything, { application }, transactionsSearchParams.decode({ application }), path);

describe("an application", () => {
  it("is renamed, and usage still finds it by the sender's name", async () => {
    value(await updateApplication({ id: 1, name: "Essay coach", status: "listed" }, operator));
    await spend({ application: "essay-coach" });
    expect(names()).toEqual(["Essay coach", "tutor"]);
    expect(getApplication(everything, 1)).toMatchObject({ name: "Essay coach", nameKey: "essay-coach" });
    expect(database().select().from(auditEntries).orderBy(desc(auditEntries.id)).get()).toMatchObject({
      action: "application.updated",
      subjectKind: "application",
      subjectLabel: "essay-coach",
      before: '{"name":"Essay-Coach"}',
      after: '{"name":"Essay coach"}',
    });
  });

  it("is not suggested while it is hidden, and is found by its name all the same", async () => {
    const ids = (text: string) => suggestApplications(everything, text, 10).map(({ id }) => id);
    expect(ids("t")).toEqual([2]);
    expect(ids("o")).toEqual([1, 2]);
    value(await updateApplication({ id: 1, name: "Essay Coach", status: "hidden" }, operator));
    expect([ids("o"), ids("essay"), ids("ESSAY-COACH"), ids("essay coach")]).toEqual([[2], [], [1], [1]]);
    expect(filterBy("Essay-Coach")).toEqual([1, false]);
    value(await updateApplication({ id: 1, name: "Essay Coach", status: "listed" }, operator));
    expect(ids("essay")).toEqual([1]);
  });

  it("does not take another's name, nor a change that it does not know of, nor a viewer", async () => {
    for (const name of ["TUTOR", "tutor"]) {
      expect(await updateApplication({ id: 1, name, status: "listed" }, operator)).toMatchObject({
        ok: false,
        code: "name_taken",
        field: "name",
      });
    }
    const original = { name: "Another", status: "listed" };
    expect(
      await updateApplication({ id: 1, name: "New", status: "listed" }, operator, original),
    ).toMatchObject({ ok: false, code: "stale_edit" });
    expect(await updateApplication({ id: 9, name: "New", status: "listed" }, operator)).toMatchObject({
      code: "application_not_found",
    });
    const viewer = await aPortalUser("viewer");
    await expect(updateApplication({ id: 1, name: "New", status: "listed" }, viewer)).rejects.toThrow(
      ForbiddenError,
    );
    expect(database().select().from(applications).get()?.name).toBe("Essay-Coach");
  });

  it("changes nothing when the values are the same", async () => {
    const before = database().select().from(auditEntries).all().length;
    expect(
      value(await updateApplication({ id: 1, name: "Essay-Coach", status: "listed" }, operator)),
    ).toEqual({
      name: "Essay-Coach",
      changed: false,
    });
    expect(database().select().from(auditEntries).all()).toHaveLength(before);
  });

  it("is found by a part of either name, whatever the case", async () => {
    value(await updateApplication({ id: 2, name: "Study Buddy", status: "listed" }, operator));
    expect([names("COACH"), names("tut"), names("buddy"), names("%")]).toEqual([
      ["Essay-Coach"],
      ["Study Buddy"],
      ["Study Buddy"],
      [],
    ]);
    expect(listApplications(everything, "x")).toEqual({ items: [], total: 0 });
  });

  it("is listed up to a hundred, with how many there are", async () => {
    const rows = Array.from({ length: 150 }, (_, index) => `app-${String(index).padStart(3, "0")}`);
    database()
      .insert(applications)
      .values(rows.map((name) => ({ name, nameKey: name, createdAt: new Date() })))
      .run();
    const { items, total } = listApplications(everything, "app-");
    expect([items.length, items.at(-1)?.name, total]).toEqual([100, "app-099", 150]);
  });
});

describe("the filter by application", () => {
  it("takes an id, or the name of exactly one application", () => {
    expect(filterBy(1)).toEqual([1, false]);
    expect(filterBy("ESSAY-coach")).toEqual([1, false]);
    expect(filterBy("essay")).toEqual([null, true]);
    expect(filterBy(9)).toEqual([null, true]);
  });

  it("leads a name, or a part that only one application has, to the id", async () => {
    expect(
      await Promise.all([
        ledTo("1"),
        ledTo("Essay-Coach"),
        ledTo("tut"),
        ledTo("o"),
        ledTo("no-such"),
        ledTo("9"),
      ]),
    ).toEqual([null, "/transactions?application=1", "/transactions?application=2", null, null, null]);
    expect(await ledTo("tutor", "/organizations/LAW/transactions")).toBe(
      "/organizations/LAW/transactions?application=2",
    );
  });

  it("takes the whole name before the names that have it as a part", async () => {
    await spend({ application: "tutor-2" });
    expect(suggestApplications(everything, "tutor", 10).map(({ name }) => name)).toEqual([
      "tutor",
      "tutor-2",
    ]);
    expect(await ledTo("tutor")).toBe("/transactions?application=2");
  });

  it("leaves the choice between an application that was renamed and one that is sent by the same name", async () => {
    value(await updateApplication({ id: 1, name: "Écrivain", status: "listed" }, operator));
    expect(applicationMeant(everything, "Écrivain")?.id).toBe(1);
    await spend({ application: "écrivain" });
    expect(applicationMeant(everything, "Écrivain")).toBeNull();
    expect(filterBy("Écrivain")).toEqual([null, true]);
    expect(suggestApplicationNames(everything, "Écrivain", 10)).toEqual([
      { value: "Écrivain", label: "Écrivain (sent as essay-coach)" },
      { value: "écrivain", label: "écrivain" },
    ]);
  });

  it("takes digits as an id first, and suggests a name of digits by its id", async () => {
    await spend({ application: "2026" });
    expect(suggestApplicationNames(everything, "202", 10)).toEqual([{ value: "3", label: "2026" }]);
    expect(await ledTo("2026")).toBe("/transactions?application=3");
    await spend({ application: "1" });
    expect(await ledTo("1")).toBeNull();
  });

  it("suggests no more than it may", () => {
    const rows = Array.from({ length: 30 }, (_, index) => `app-${String(index).padStart(2, "0")}`);
    database()
      .insert(applications)
      .values(rows.map((name) => ({ name, nameKey: name, createdAt: new Date() })))
      .run();
    expect(suggestApplications(everything, "app-", 3).map(({ name }) => name)).toEqual([
      "app-00",
      "app-01",
      "app-02",
    ]);
    expect(suggestApplications(everything, "  ", 3)).toEqual([]);
  });
});
