import { describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { settingsInput } from "#lib/settings/rules.ts";
import { aPortalUser } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const formValues = {
  enterpriseName: "Example University",
  timeZone: "Asia/Singapore",
  dateFormat: "YYYY-MM-DD",
};
const audit = () => database().select().from(auditEntries).all();

describe("settings", () => {
  it("start with defaults", () => {
    expect(getSettings()).toEqual({
      enterpriseName: "My enterprise",
      timeZone: "UTC",
      dateFormat: "DD/MM/YYYY",
    });
  });

  it("are changed by an owner, and the audit names only what changed", async () => {
    const input = settingsInput.parse(formValues);
    const owner = await aPortalUser("owner");
    await updateSettings(input, owner);
    expect(getSettings()).toEqual(formValues);
    await updateSettings(input, owner);
    await updateSettings({ ...input, timeZone: "UTC" }, owner);
    expect(
      audit()
        .map(({ action, before, after }) => ({ action, before, after }))
        .slice(1),
    ).toEqual([
      { action: "settings.updated", before: '{"timeZone":"Asia/Singapore"}', after: '{"timeZone":"UTC"}' },
    ]);
  });

  it.each(["viewer", "admin"] as const)("are not for a %s", async (role) => {
    await expect(updateSettings(settingsInput.parse(formValues), await aPortalUser(role))).rejects.toThrow(
      ForbiddenError,
    );
    expect(audit()).toEqual([]);
    expect(getSettings().enterpriseName).toBe("My enterprise");
  });

  it.each([
    ["enterpriseName", ""],
    ["enterpriseName", "   "],
    ["enterpriseName", "x".repeat(101)],
    ["enterpriseName", "Example\u202eUniversity"],
    ["enterpriseName", "Example\u200bUniversity"],
    ["timeZone", ""],
    ["timeZone", "Asia/Nowhere"],
    ["timeZone", "../../etc/passwd"],
    ["timeZone", "+08:00"],
    ["dateFormat", "YY/MM/DD"],
  ])("refuse %s %j at its field", (field, value) => {
    const result = settingsInput.safeParse({ ...formValues, [field]: value });
    expect(result.error?.issues.map((issue) => issue.path[0])).toContain(field);
  });

  it("keep a name tidy", () => {
    expect(settingsInput.parse({ ...formValues, enterpriseName: "  Uni   Ünï " }).enterpriseName).toBe(
      "Uni Ünï",
    );
  });
});
