import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import { auditEntries, organizationTags, portalUserGrants, portalUsers } from "#db/schema/index.ts";
import { type Actor, ForbiddenError, OutsideScopeError } from "#lib/actor.ts";
import { addGrants, grantOnOrganization, removeGrant, replaceProviderGrants } from "#lib/grants/commands.ts";
import { grantsOf, grantsOnOrganization } from "#lib/grants/queries.ts";
import { type GrantRole, readGrantScopes } from "#lib/grants/rules.ts";
import { createPortalUser, setPortalUserRole } from "#lib/portal-users/commands/accounts.ts";
import { manages, reads, scopeOfUser, wholeScope } from "#lib/scope/scope.ts";
import { anOrganization, aPortalUser, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

type Person = Actor & { kind: "portal_user" };
let owner: Person;
let dean: Person;
let law: number;
let art: number;

beforeEach(async () => {
  law = await anOrganization({ code: "LAW" });
  art = await anOrganization({ code: "ART" });
  owner = await aPortalUser("owner");
  dean = await aPortalUser(null, "dean@example.edu");
});

const scopes = (text: string) => {
  const read = readGrantScopes(text);
  if (!read.ok) throw new Error(read.message);
  return read.value;
};
const give = (role: GrantRole, text: string, user = dean, actor: Actor = owner) =>
  addGrants({ id: user.id, role, scopes: scopes(text) }, actor);
const list = (user = dean) =>
  grantsOf([user.id]).map(({ role, organization, tag }) => `${role} ${organization?.code ?? tag}`);
const firstGrant = (user = dean) => grantsOf([user.id])[0]?.id ?? 0;
const trail = () =>
  database()
    .select()
    .from(auditEntries)
    .where(eq(auditEntries.subjectKind, "grant"))
    .all()
    .map(({ action, actorLabel, subjectLabel, before, after }) => ({
      action,
      actorLabel,
      subjectLabel,
      before: JSON.parse(before ?? "null"),
      after: JSON.parse(after ?? "null"),
    }));

describe("an owner", () => {
  it("gives roles on organizations and tags at once, each audited, and once", async () => {
    expect(value(await give("admin", "law, faculty:arts"))).toEqual({
      email: "dean@example.edu",
      changed: 2,
    });
    expect(value(await give("admin", "LAW"))).toEqual({ email: "dean@example.edu", changed: 0 });
    expect(list()).toEqual(["admin LAW", "admin faculty:arts"]);
    const entry = {
      action: "grant.added",
      actorLabel: "owner@example.edu",
      subjectLabel: "dean@example.edu",
    };
    expect(trail()).toEqual([
      { ...entry, before: null, after: { role: "admin", organization: "LAW" } },
      { ...entry, before: null, after: { role: "admin", tag: "faculty:arts" } },
    ]);
    expect(grantsOf([dean.id])[0]).toMatchObject({ grantedBy: "owner@example.edu", fromProvider: false });
  });

  it("replaces a role on the same organization by another", async () => {
    value(await give("admin", "LAW"));
    value(await give("viewer", "LAW"));
    expect(list()).toEqual(["viewer LAW"]);
    expect(trail().map(({ action }) => action)).toEqual(["grant.added", "grant.removed", "grant.added"]);
  });

  it("is told which code no organization has, and nothing is given", async () => {
    expect(await give("admin", "LAW, NOPE")).toEqual({
      ok: false,
      code: "organization_not_found",
      message: "There is no organization NOPE.",
      field: "scopes",
    });
    expect(list()).toEqual([]);
  });

  it("removes a grant, and a second press changes nothing", async () => {
    value(await give("admin", "faculty:arts"));
    const grant = firstGrant();
    expect(value(await removeGrant({ grant }, owner))).toEqual({ email: "dean@example.edu", changed: true });
    expect(await removeGrant({ grant }, owner)).toMatchObject({ code: "grant_not_found" });
    expect(list()).toEqual([]);
    expect(trail()[1]).toMatchObject({
      action: "grant.removed",
      before: { role: "admin", tag: "faculty:arts" },
    });
  });

  it("does not remove a role on the enterprise here", async () => {
    const [row] = database().select().from(portalUserGrants).all();
    expect(await removeGrant({ grant: row?.id ?? 0 }, owner)).toMatchObject({ code: "grant_on_enterprise" });
  });

  it("takes the role on the enterprise and leaves the narrower grants", async () => {
    const viewer = await aPortalUser("viewer");
    value(await give("admin", "LAW", viewer));
    value(await setPortalUserRole({ id: viewer.id, role: null }, owner));
    const scope = scopeOfUser(viewer.id, null);
    expect([law, art].map((id) => reads(scope, id))).toEqual([true, false]);
  });
});

describe("an invitation", () => {
  it("carries a role on organizations and tags, and none on the enterprise", async () => {
    const { id, link } = value(
      await createPortalUser(
        { email: "new@example.edu", role: "viewer", scopes: scopes("ART faculty:arts".replace(" ", ",")) },
        owner,
      ),
    );
    expect(link).toMatch(/^\/invite\//);
    expect(list({ ...dean, id })).toEqual(["viewer ART", "viewer faculty:arts"]);
    const scope = scopeOfUser(id, null);
    expect([reads(scope, art), manages(scope, art), reads(scope, law)]).toEqual([true, false, false]);
  });

  it("is refused whole for an unknown code, and for an owner of a part", async () => {
    const invite = (role: "owner" | "admin", text: string) =>
      createPortalUser({ email: "new@example.edu", role, scopes: scopes(text) }, owner);
    expect(await invite("admin", "NOPE")).toMatchObject({ code: "organization_not_found", field: "scopes" });
    expect(await invite("owner", "LAW")).toMatchObject({ code: "owner_of_part", field: "role" });
    expect(database().select().from(portalUsers).all()).toHaveLength(2);
  });
});

describe("who manages an organization", () => {
  const giveOn = (actor: Actor, organization: number, email = "ana@example.edu", role: GrantRole = "admin") =>
    grantOnOrganization({ organization, email, role }, actor);
  let ana: Person;
  beforeEach(async () => {
    ana = await aPortalUser(null, "ana@example.edu");
    value(await give("admin", "LAW"));
  });

  it("gives others a role on it, and takes it again", async () => {
    expect(value(await giveOn(dean, law))).toEqual({ email: "ana@example.edu", changed: 1 });
    expect(list(ana)).toEqual(["admin LAW"]);
    value(await removeGrant({ grant: firstGrant(ana) }, dean));
    expect(list(ana)).toEqual([]);
  });

  it("gives nothing on another organization, and learns nothing about it", async () => {
    await expect(giveOn(dean, art)).rejects.toThrow(OutsideScopeError);
    await expect(giveOn(dean, 999)).rejects.toThrow(OutsideScopeError);
    value(await give("viewer", "ART"));
    await expect(giveOn(dean, art)).rejects.toThrow(ForbiddenError);
    value(await giveOn(owner, art));
    await expect(removeGrant({ grant: firstGrant(ana) }, dean)).rejects.toThrow(ForbiddenError);
  });

  it("cannot tell a grant outside from one that does not exist", async () => {
    value(await giveOn(owner, art));
    value(await give("viewer", "faculty:arts", ana));
    const nothing = await removeGrant({ grant: 999 }, dean);
    expect(nothing).toEqual({
      ok: false,
      code: "grant_not_found",
      message: "This access was removed already.",
    });
    const ids = grantsOf([ana.id]).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    const [ofOwner] = database().select().from(portalUserGrants).all();
    for (const grant of [...ids, ofOwner?.id ?? 0]) {
      expect(await removeGrant({ grant }, dean)).toEqual(nothing);
    }
    expect(list(ana)).toEqual(["admin ART", "viewer faculty:arts"]);
  });

  it("gives and takes nothing on tags, which reach other organizations", async () => {
    value(await give("viewer", "faculty:law", ana));
    await write((tx) =>
      tx.insert(organizationTags).values({ organizationId: law, tag: "faculty:law" }).run(),
    );
    await expect(give("admin", "faculty:law", dean, dean)).rejects.toThrow(ForbiddenError);
    await expect(removeGrant({ grant: firstGrant(ana) }, dean)).rejects.toThrow(ForbiddenError);
  });

  it("gives nothing any more once the own grant has ended", async () => {
    value(await removeGrant({ grant: firstGrant() }, owner));
    await expect(giveOn(dean, law)).rejects.toThrow(OutsideScopeError);
  });

  it("names only active portal users", async () => {
    expect(await giveOn(dean, law, "nobody@example.edu")).toMatchObject({ field: "email" });
    await write((tx) =>
      tx.update(portalUsers).set({ disabledAt: new Date() }).where(eq(portalUsers.id, ana.id)).run(),
    );
    expect(await giveOn(dean, law)).toMatchObject({ code: "portal_user_not_found", field: "email" });
  });

  it("are listed for an organization, by its grants and by those on its tags", async () => {
    value(await give("viewer", "faculty:law, faculty:arts", ana));
    await write((tx) =>
      tx.insert(organizationTags).values({ organizationId: law, tag: "faculty:law" }).run(),
    );
    expect(
      grantsOnOrganization(wholeScope(operator), law).map(({ email, role, organization, tag }) => [
        email,
        role,
        organization?.code ?? tag,
      ]),
    ).toEqual([
      ["ana@example.edu", "viewer", "faculty:law"],
      ["dean@example.edu", "admin", "LAW"],
    ]);
    expect(grantsOnOrganization(wholeScope(operator), art)).toEqual([]);
    expect(grantsOnOrganization(scopeOfUser(ana.id, null), law)).toEqual([]);
    expect(grantsOnOrganization(scopeOfUser(dean.id, null), law)).toHaveLength(2);
  });
});

describe("a provider's grants", () => {
  const provider: Actor = { kind: "system" };
  const say = (...texts: [GrantRole, string][]) =>
    write((tx) =>
      replaceProviderGrants(
        tx,
        dean,
        texts.flatMap(([role, text]) => scopes(text).map((scope) => ({ role, scope }))),
        provider,
      ),
    );

  it("are those of the latest sign-in, beside the portal's own", async () => {
    value(await give("viewer", "LAW"));
    await say(["admin", "LAW, faculty:arts"]);
    expect(list()).toEqual(["viewer LAW", "admin LAW", "admin faculty:arts"]);
    expect(manages(scopeOfUser(dean.id, null), law)).toBe(true);
    await say(["admin", "faculty:arts"]);
    expect(list()).toEqual(["viewer LAW", "admin faculty:arts"]);
    await say();
    expect(list()).toEqual(["viewer LAW"]);
  });

  it("of organizations that the portal does not have are counted, and mean nothing", async () => {
    expect(await say(["admin", "NOPE, LAW"])).toEqual({ unknownCodes: 1 });
    expect(list()).toEqual(["admin LAW"]);
  });

  it("change nothing, and audit nothing, when they are the same again", async () => {
    await say(["admin", "LAW"]);
    const entries = trail().length;
    await say(["admin", "LAW"]);
    expect(trail()).toHaveLength(entries);
  });

  it("that name one organization twice give the higher role, in any order, and change nothing again", async () => {
    await say(["admin", "law"], ["viewer", "LAW"]);
    expect(list()).toEqual(["admin LAW"]);
    const entries = trail().length;
    await say(["viewer", "LAW"], ["admin", "law"]);
    expect(list()).toEqual(["admin LAW"]);
    expect(trail()).toHaveLength(entries);
  });

  it("are ended at the provider, not in the portal", async () => {
    await say(["admin", "LAW"]);
    expect(await removeGrant({ grant: firstGrant() }, operator)).toMatchObject({ code: "grant_of_provider" });
  });
});
