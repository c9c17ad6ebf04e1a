import { expect, it } from "vitest";
import { viewChange } from "#lib/status-change.ts";

it("names exactly the rows that would change, in whatever order they are listed", () => {
  const first = viewChange([3, 1, 12], 5);
  expect(first).toMatchObject({ changes: 3, total: 5 });
  expect(viewChange([12, 3, 1], 5)).toEqual(first);
  const names = [[3, 1, 12], [31, 12], [3, 1], [3, 1, 12, 4], [3, 1, 13], []].map(
    (ids) => viewChange(ids, 5).expected,
  );
  expect(new Set(names).size).toBe(6);
});
