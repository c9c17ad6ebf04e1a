import { expect, test } from "vitest";
import { done, refused } from "#lib/result.ts";

test("a result is the value, or a refusal that names its field only where there is one", () => {
  expect(done(7)).toEqual({ ok: true, value: 7 });
  expect(refused("code_taken", "Taken.", "code")).toStrictEqual({
    ok: false,
    code: "code_taken",
    message: "Taken.",
    field: "code",
  });
  // Strict equality, because toEqual ignores fields that are undefined.
  expect(refused("busy", "Busy.")).toStrictEqual({ ok: false, code: "busy", message: "Busy." });
});
