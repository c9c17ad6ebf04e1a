import { beforeEach, expect, test } from "vitest";
import { reverseUsage } from "#lib/usage/reversals.ts";
import { operator, spend } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { application, body, newKey } from "#tests/support/usage-api.ts";

useFreshDatabase();
beforeEach(makeSmallEnterprise);

test("the operator may record an event of any past month", async () => {
  const occurredAt = new Date("2020-01-15T00:00:00Z");
  expect(await spend({ occurredAt }, new Date("2026-11-26T00:00:00Z"))).toMatchObject({ ok: true });
});

test("the operator names the organization of an event whose id two applications use", async () => {
  for (const organization of [1, 2]) {
    expect(
      (await application(await newKey(organization)).usage(body({ id: "d", organization: undefined })))
        .status,
    ).toBe(201);
  }
  const reverse = (organization: string | null) =>
    reverseUsage({ id: "d", source: "", organization, note: null }, operator);
  expect(await reverse(null)).toEqual({
    ok: false,
    code: "invalid_request",
    message: "Name the organization: LAW, ART have this id.",
    field: "organization",
  });
  expect(await reverse("NOPE")).toMatchObject({ ok: false, code: "event_not_found", field: "id" });
  expect(await reverse("art")).toMatchObject({ ok: true, value: { organization: { code: "ART" } } });
});
