import { beforeEach, describe, expect, it, test } from "vitest";
import { database, write } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { setEnterpriseRole } from "#lib/portal-users/commands/records.ts";
import { removeView, renameView, saveView, starView } from "#lib/saved-views/commands.ts";
import { getView, listViews, starredViews } from "#lib/saved-views/queries.ts";
import { isListPath } from "#lib/saved-views/rules/lists.ts";
import { readViewHref, saveViewInput } from "#lib/saved-views/rules/views.ts";
import { aGrant, anOrganization, aPortalUser, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

describe("the address of a view", () => {
  test.each([
    ["/organizations", "/organizations"],
    ["/organizations?q=law&status=active&page=3", "/organizations?q=law&status=active"],
    ["/members?q=R%26D", "/members?q=R%26D"],
    ["/transactions?before=1790000000000.77&kind=spend", "/transactions?kind=spend"],
    ["/audit?after=0", "/audit"],
    ["/organizations/R%26D/members?role=admin", "/organizations/R%26D/members?role=admin"],
    ["/organizations/LAW/transactions", "/organizations/LAW/transactions"],
    ["/members?anything=1#part", "/members?anything=1"],
  ])("%s is saved as %s", (text, href) => {
    expect(readViewHref(text)).toEqual({ ok: true, value: href });
  });

  test.each([
    "",
    "organizations",
    "//evil.example/organizations",
    "/\\evil.example/organizations",
    "https://evil.example/organizations",
    "javascript:alert(1)",
    "/settings",
    "/organizations/LAW/settings",
    "/organizations/LAW/credits/add?amount=500",
    "/organizations/../settings",
    "/organizations/export",
    "/sign-in?callbackUrl=/organizations",
    "/api/v1/usage",
  ])("%s is refused", (text) => {
    expect(readViewHref(text)).toEqual({
      ok: false,
      message: "Only lists of this portal can be saved as a view.",
    });
  });

  test("has an end", () => {
    expect(readViewHref(`/organizations?q=${"x".repeat(2_000)}`)).toEqual({
      ok: false,
      message: "This view has too many filters.",
    });
    expect(isListPath("/organizations")).toBe(true);
    expect(isListPath("/organizations/new")).toBe(false);
  });
});

describe("views", () => {
  useFreshDatabase();

  type User = Actor & { kind: "portal_user" };
  let admin: User;
  let viewer: User;
  let guest: User;
  beforeEach(async () => {
    admin = await aPortalUser("admin");
    viewer = await aPortalUser("viewer");
    guest = await aPortalUser(null);
    await aGrant(guest, "admin", { organizationId: await anOrganization() });
  });

  const save = (name: string, user: User, shared = false) =>
    saveView({ name, href: `/organizations?q=${name}`, shared }, user);
  const names = (user: User) => listViews(user).map(({ name }) => name);
  const actions = () =>
    database()
      .select({ action: auditEntries.action, label: auditEntries.subjectLabel })
      .from(auditEntries)
      .all()
      .filter(({ action }) => action.startsWith("view."));

  it("are one's own, or shared with those who have a role on the enterprise", async () => {
    value(await save("mine", viewer));
    value(await save("theirs", admin));
    value(await save("all", admin, true));
    value(await save("ours", guest));
    expect(names(viewer)).toEqual(["mine", "all"]);
    expect(names(admin)).toEqual(["theirs", "all"]);
    expect(names(guest)).toEqual(["ours"]);
    expect(getView(guest, 3)).toBeNull();
    expect(getView(viewer, 2)).toBeNull();
    expect(listViews(viewer)[1]).toEqual({
      id: 3,
      name: "all",
      href: "/organizations?q=all",
      shared: true,
      starred: false,
    });
  });

  it("are shared, and shared ones renamed and removed, by admins alone, with an audit entry", async () => {
    for (const user of [viewer, guest]) {
      await expect(save("x", user, true)).rejects.toThrow("This needs the role admin.");
    }
    value(await save("all", admin, true));
    await expect(renameView({ id: 1, name: "x" }, viewer)).rejects.toThrow("This needs the role admin.");
    await expect(removeView(1, viewer)).rejects.toThrow("This needs the role admin.");
    for (const refusal of [
      renameView({ id: 1, name: "x" }, guest),
      removeView(1, guest),
      starView(1, true, guest),
    ]) {
      expect(await refusal).toMatchObject({ ok: false, code: "view_not_found" });
    }
    expect(value(await renameView({ id: 1, name: "everyone" }, admin))).toEqual({ changed: true });
    expect(value(await renameView({ id: 1, name: "everyone" }, admin))).toEqual({ changed: false });
    value(await removeView(1, admin));
    const { id } = value(await save("own", viewer));
    value(await renameView({ id, name: "other" }, viewer));
    value(await removeView(id, viewer));
    expect(actions()).toEqual([
      { action: "view.shared", label: "all" },
      { action: "view.renamed", label: "everyone" },
      { action: "view.removed", label: "everyone" },
    ]);
    await expect(save("x", operator as unknown as User)).rejects.toThrow();
  });

  it("of others do not exist", async () => {
    value(await save("mine", viewer));
    for (const refusal of [
      renameView({ id: 1, name: "x" }, admin),
      removeView(1, admin),
      starView(1, true, admin),
      removeView(99, viewer),
    ]) {
      expect(await refusal).toMatchObject({ ok: false, code: "view_not_found" });
    }
    expect(names(viewer)).toEqual(["mine"]);
  });

  it("have different names, compared without case, among one's own and among the shared ones", async () => {
    value(await save("Low", viewer));
    expect(await save("LOW ", viewer)).toMatchObject({ ok: false, field: "name" });
    value(await save("low", admin));
    value(await save("low", admin, true));
    value(await save("high", viewer));
    expect(await renameView({ id: 4, name: "low" }, viewer)).toMatchObject({ ok: false, field: "name" });
    expect(saveViewInput.safeParse({ name: " ", href: "/organizations" }).success).toBe(false);
    expect(saveViewInput.parse({ name: " a  b ", href: "/members", shared: "on" })).toEqual({
      name: "a b",
      href: "/members",
      shared: true,
    });
  });

  it("are 100 at most, of which ten are starred", async () => {
    for (let number = 1; number <= 100; number++) value(await save(`view ${number}`, viewer));
    expect(await save("one more", viewer)).toMatchObject({ ok: false, code: "too_many_views" });
    value(await save("of another", admin));
    expect(starredViews(viewer).map(({ name }) => name)).toEqual([
      "view 1",
      "view 10",
      "view 2",
      "view 3",
      "view 4",
      "view 5",
      "view 6",
      "view 7",
      "view 8",
      "view 9",
    ]);
    expect(await starView(11, true, viewer)).toMatchObject({ ok: false, code: "too_many_stars" });
    value(await starView(10, true, viewer));
    expect(starredViews(viewer)).toHaveLength(10);
    value(await starView(10, false, viewer));
    value(await starView(11, true, viewer));
    expect(starredViews(viewer).map(({ name }) => name)).toContain("view 11");
    value(await removeView(11, viewer));
    expect(starredViews(viewer)).toHaveLength(9);
  });

  it("that a user sees no more do not count among the ten", async () => {
    for (let number = 1; number <= 10; number++) {
      const { id } = value(await save(`shared ${number}`, admin, true));
      value(await starView(id, true, viewer));
    }
    const late = value(await save("late", viewer));
    expect(late.starred).toBe(false);
    expect(await starView(late.id, true, viewer)).toMatchObject({ ok: false, code: "too_many_stars" });
    await write((tx) => setEnterpriseRole(tx, viewer.id, null, operator));
    const { id: own } = value(await save("own", viewer));
    value(await starView(late.id, true, viewer));
    const starred = () => starredViews({ id: viewer.id, role: null }).map(({ name }) => name);
    expect(starred()).toEqual(["late", "own"]);
    value(await starView(own, false, viewer));
    expect(starred()).toEqual(["late"]);
  });

  it("that were shared leave the navigation of a user who loses the role", async () => {
    value(await save("all", admin, true));
    value(await starView(1, true, viewer));
    expect(starredViews({ id: viewer.id, role: "viewer" }).map(({ name }) => name)).toEqual(["all"]);
    expect(starredViews({ id: viewer.id, role: null })).toEqual([]);
  });
});
