import { expect, test } from "vitest";
import { hasRole, ROLES } from "#lib/actor.ts";

test("each role may all that the ones before it may, and no role may nothing", () => {
  const table = [null, ...ROLES].map((role) => ROLES.map((needed) => hasRole(role, needed)));
  expect(table).toEqual([
    [false, false, false],
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});
