import { expect, it } from "vitest";
import { settingWords, shownValue } from "#components/batches/words.ts";

it("shows a value of a batch as a person writes it", () => {
  expect([
    shownValue("allowance", null),
    shownValue("allowance", "1000.5"),
    shownValue("member_allowance", ""),
    shownValue("member_allowance", "unlimited"),
    shownValue("member_allowance", "0"),
    shownValue("member_role", "viewer"),
    shownValue("status", "inactive"),
    shownValue("tags", null),
  ]).toEqual(["no limit", "1,000.5", "Organization default", "Unlimited", "0", "Viewer", "inactive", "none"]);
  expect([
    settingWords("allowance", "250"),
    settingWords("allowance", null),
    settingWords("member_allowance", ""),
    settingWords("member_role", "admin"),
  ]).toEqual(["250 credits a month", "no limit", "Organization default", "Admin"]);
});
