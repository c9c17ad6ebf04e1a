import { expect, test } from "vitest";
import { done, refused } from "#lib/result.ts";

test("a result is the value, or a refusal that names its field only where there is one", () => {
  expect(done(7)).toEqual({ ok: true, value: 7 });
  expect(refused("code_taken", "Taken.", "code")).toEqual({
    ok: false,
    code: "code_taken",
    message: "Taken.",
    field: "code",
  });
  expect(refused("busy", "Busy.")).not.toHaveProperty("field");
});
