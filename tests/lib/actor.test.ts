import { expect, test } from "vitest";
import { type Actor, assertRole, ForbiddenError, hasRole, ROLES, type Role } from "#lib/actor.ts";

const person = (role: Role): Actor => ({
  kind: "portal_user",
  id: 1,
  email: "ana@example.edu",
  role,
  address: null,
});

test("each role may all that the ones before it may", () => {
  const table = ROLES.map((role) => ROLES.map((needed) => hasRole(role, needed)));
  expect(table).toEqual([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});

test("a command refuses an actor whose role is too low, and names the required role", () => {
  expect(() => assertRole(person("viewer"), "admin")).toThrow(ForbiddenError);
  expect(() => assertRole(person("admin"), "owner")).toThrow("This needs the role owner.");
  expect(() => assertRole(person("owner"), "owner")).not.toThrow();
});

test("the operator and the portal itself may everything", () => {
  expect(() => assertRole({ kind: "operator" }, "owner")).not.toThrow();
  expect(() => assertRole({ kind: "system" }, "owner")).not.toThrow();
});
