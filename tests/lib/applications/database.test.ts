import { desc } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { applications, auditEntries } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { updateApplication } from "#lib/applications/commands.ts";
import { getApplication, listApplications } from "#lib/applications/queries.ts";
import { applicationOptions } from "#lib/transactions/queries.ts";
import { operator, spend, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();
beforeEach(async () => {
  await makeSmallEnterprise();
  await spend({ application: "Essay-Coach" });
  await spend({ application: "tutor", organization: "ART" });
});

const names = (q = "") => listApplications(q).items.map(({ name }) => name);

describe("an application", () => {
  it("is renamed, and its senders go on to find it by their own name", async () => {
    value(await updateApplication({ id: 1, name: "Essay coach", status: "listed" }, operator));
    await spend({ application: "essay-coach" });
    expect(names()).toEqual(["Essay coach", "tutor"]);
    expect(getApplication(1)).toMatchObject({ name: "Essay coach", nameKey: "essay-coach" });
    expect(database().select().from(auditEntries).orderBy(desc(auditEntries.id)).get()).toMatchObject({
      action: "application.updated",
      subjectKind: "application",
      subjectLabel: "essay-coach",
      before: '{"name":"Essay-Coach"}',
      after: '{"name":"Essay coach"}',
    });
  });

  it("is hidden from the filter, unless the view has it, and listed again", async () => {
    value(await updateApplication({ id: 1, name: "Essay-Coach", status: "hidden" }, operator));
    expect(applicationOptions(null).map(({ id }) => id)).toEqual([2]);
    expect(applicationOptions(1).map(({ id }) => id)).toEqual([1, 2]);
    value(await updateApplication({ id: 1, name: "Essay-Coach", status: "listed" }, operator));
    expect(applicationOptions(null).map(({ id }) => id)).toEqual([1, 2]);
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
    const viewer = { kind: "portal_user", id: 1, email: "v@x.edu", role: "viewer", address: null } as const;
    await expect(updateApplication({ id: 1, name: "New", status: "listed" }, viewer)).rejects.toThrow(
      ForbiddenError,
    );
    expect(database().select().from(applications).get()?.name).toBe("Essay-Coach");
  });

  it("changes nothing when nothing is otherwise", async () => {
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
    expect(listApplications("x")).toEqual({ items: [], total: 0 });
  });

  it("is listed up to a hundred, with how many there are", async () => {
    const rows = Array.from({ length: 150 }, (_, index) => `app-${String(index).padStart(3, "0")}`);
    database()
      .insert(applications)
      .values(rows.map((name) => ({ name, nameKey: name, createdAt: new Date() })))
      .run();
    const { items, total } = listApplications("app-");
    expect([items.length, items.at(-1)?.name, total]).toEqual([100, "app-099", 150]);
  });
});
