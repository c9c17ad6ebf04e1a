import { eq, sql } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { database, write } from "#db/client.ts";
import { organizationTags, portalUserGrants, portalUsers } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { type Actor, ForbiddenError, OutsideScopeError, type Role } from "#lib/actor.ts";
import { assertManages, assertRole } from "#lib/scope/authorize.ts";
import {
  isWhole,
  manages,
  reads,
  type Scope,
  scopeConditions,
  scopeOfKey,
  scopeOfUser,
  wholeScope,
} from "#lib/scope/scope.ts";
import { anOrganization, aPortalUser, operator } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

type Person = Actor & { kind: "portal_user" };
let law: number;
let art: number;
let physics: number;

beforeEach(async () => {
  law = await anOrganization({ code: "LAW" });
  art = await anOrganization({ code: "ART" });
  physics = await anOrganization({ code: "PHY" });
});

async function grant(user: Person, role: Role, on: { organizationId?: number; tag?: string }) {
  await write((tx) =>
    tx
      .insert(portalUserGrants)
      .values({ portalUserId: user.id, role, ...on, source: "portal", createdAt: new Date(0) })
      .run(),
  );
}
const tag = (organizationId: number, text: string) =>
  write((tx) => tx.insert(organizationTags).values({ organizationId, tag: text }).run());

const readable = (scope: Scope) => [law, art, physics].filter((id) => reads(scope, id));
const manageable = (scope: Scope) => [law, art, physics].filter((id) => manages(scope, id));
const scopeOf = (user: Person) => scopeOfUser(user.id, user.role);
const inTransaction = (work: (tx: Parameters<Parameters<typeof write>[0]>[0]) => void) =>
  write((tx) => work(tx));

test.each([
  ["owner", [0, 1, 2], [0, 1, 2]],
  ["admin", [0, 1, 2], [0, 1, 2]],
  ["viewer", [0, 1, 2], []],
  [null, [], []],
] as const)("the enterprise role %s reads and manages organizations", async (role, read, managed) => {
  const scope = scopeOf(await aPortalUser(role));
  const ids = [law, art, physics];
  expect(readable(scope)).toEqual(read.map((index) => ids[index]));
  expect(manageable(scope)).toEqual(managed.map((index) => ids[index]));
  expect(isWhole(scope)).toBe(role !== null);
});

test("grants on organizations and tags add up, and the higher role of two that overlap counts", async () => {
  const dean = await aPortalUser(null);
  await tag(law, "faculty:humanities");
  await tag(art, "faculty:humanities");
  await grant(dean, "viewer", { tag: "faculty:humanities" });
  await grant(dean, "admin", { organizationId: law });
  expect(readable(scopeOf(dean))).toEqual([law, art]);
  expect(manageable(scopeOf(dean))).toEqual([law]);
});

test("an organization that gets the tag later is in, and one that loses it is out", async () => {
  const dean = await aPortalUser(null);
  await grant(dean, "admin", { tag: "faculty:science" });
  expect(readable(scopeOf(dean))).toEqual([]);
  await tag(physics, "faculty:science");
  expect(manageable(scopeOf(dean))).toEqual([physics]);
  await write((tx) => tx.delete(organizationTags).run());
  expect(readable(scopeOf(dean))).toEqual([]);
});

test("a viewer of the enterprise may manage one organization", async () => {
  const auditor = await aPortalUser("viewer");
  await grant(auditor, "admin", { organizationId: art });
  expect(readable(scopeOf(auditor))).toEqual([law, art, physics]);
  expect(manageable(scopeOf(auditor))).toEqual([art]);
});

test("a key reads its organization, an enterprise key all, and no key manages any", () => {
  const key = { kind: "api_key", id: 1, name: "k", address: null } as const;
  expect(readable(scopeOfKey({ ...key, organizationId: law }))).toEqual([law]);
  expect(readable(scopeOfKey({ ...key, organizationId: null }))).toEqual([law, art, physics]);
  expect(manageable(scopeOfKey({ ...key, organizationId: null }))).toEqual([]);
  expect(manageable(wholeScope(operator))).toEqual([law, art, physics]);
});

test("the conditions of a scope keep a statement inside it", async () => {
  const dean = await aPortalUser(null);
  const ids = (scope: Scope) =>
    statement(
      sql`SELECT id FROM organizations WHERE ${sql.join([sql`1`, ...scopeConditions(scope, sql`id`)], sql` AND `)} ORDER BY id`,
    ).numbers();
  expect(ids(scopeOf(dean))).toEqual([]);
  await grant(dean, "viewer", { organizationId: physics });
  expect(ids(scopeOf(dean))).toEqual([physics]);
  expect(ids(wholeScope(operator))).toEqual([law, art, physics]);
});

test("a command refuses a role that is too low, and names the required one", async () => {
  const viewer = await aPortalUser("viewer");
  const admin = await aPortalUser("admin");
  const key = { kind: "api_key", id: 1, name: "k", organizationId: null, address: null } as const;
  await expect(inTransaction((tx) => assertRole(tx, viewer, "admin"))).rejects.toThrow(ForbiddenError);
  await expect(inTransaction((tx) => assertRole(tx, admin, "owner"))).rejects.toThrow(
    "This needs the role owner.",
  );
  await expect(inTransaction((tx) => assertRole(tx, key, "viewer"))).rejects.toThrow(ForbiddenError);
  await inTransaction((tx) => assertRole(tx, admin, "admin"));
  await inTransaction((tx) => assertRole(tx, operator, "owner"));
});

test("what counts is the grant in the transaction, not the one that the request began with", async () => {
  const admin = await aPortalUser("admin");
  await write((tx) => tx.update(portalUserGrants).set({ role: "viewer" }).run());
  await expect(inTransaction((tx) => assertRole(tx, admin, "admin"))).rejects.toThrow(ForbiddenError);
  await expect(inTransaction((tx) => assertManages(tx, admin, [law]))).rejects.toThrow(ForbiddenError);
  await write((tx) => tx.update(portalUserGrants).set({ role: "owner" }).run());
  await inTransaction((tx) => assertRole(tx, admin, "owner"));
  await write((tx) =>
    tx.update(portalUsers).set({ disabledAt: new Date() }).where(eq(portalUsers.id, admin.id)).run(),
  );
  await expect(inTransaction((tx) => assertRole(tx, admin, "viewer"))).rejects.toThrow(ForbiddenError);
});

test("an organization outside the scope does not exist, and one that is only read may not be changed", async () => {
  const dean = await aPortalUser(null);
  await grant(dean, "admin", { organizationId: law });
  await grant(dean, "viewer", { organizationId: art });
  await inTransaction((tx) => assertManages(tx, dean, [law]));
  await expect(inTransaction((tx) => assertManages(tx, dean, [law, art]))).rejects.toThrow(ForbiddenError);
  await expect(inTransaction((tx) => assertManages(tx, dean, [law, physics]))).rejects.toThrow(
    OutsideScopeError,
  );
  await expect(inTransaction((tx) => assertManages(tx, dean, [999]))).rejects.toThrow(OutsideScopeError);
});

test("a user has one grant on each scope, and only the enterprise has owners", async () => {
  const dean = await aPortalUser(null);
  await grant(dean, "viewer", { tag: "a:b" });
  await expect(grant(dean, "admin", { tag: "a:b" })).rejects.toThrow("UNIQUE");
  await expect(grant(dean, "owner", { tag: "a:c" })).rejects.toThrow("CHECK");
  await expect(grant(dean, "viewer", { tag: "a:c", organizationId: law })).rejects.toThrow("CHECK");
  expect(database().select().from(portalUserGrants).all()).toHaveLength(1);
});
