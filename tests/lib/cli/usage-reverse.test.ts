import { beforeEach, expect, test } from "vitest";
import { database } from "#db/client.ts";
import { organizations } from "#db/schema/index.ts";
import { credits, spend } from "#tests/support/builders.ts";
import { bursarInProcess as bursar } from "#tests/support/command-line.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { application, body, newKey } from "#tests/support/usage-api.ts";

useFreshDatabase();
beforeEach(makeSmallEnterprise);

const balance = () => database().select().from(organizations).get()?.balance;

test("usage reverse takes back an event of any reporter and any age, once", async () => {
  await spend({ id: "a", credits: 1_500_000n }, new Date("2020-01-01T00:00:00Z"));
  expect(balance()).toBe(credits(1000) - 1_500_000n);
  expect(await bursar(["usage", "reverse", "a", "--note", "by mistake"])).toMatchObject({
    code: 0,
    out: "1.5 credits of the event a were given back to LAW, whose balance is now 1,000 credits.\n",
  });
  expect(await bursar(["usage", "reverse", "a", "--json"])).toMatchObject({
    code: 0,
    out: '{"id":"a","status":"duplicate","credits":"1.5","organization":{"code":"LAW","balance":"1000"}}\n',
  });
  expect(balance()).toBe(credits(1000));
});

test("usage reverse needs the organization where two have the id, and names what is not there", async () => {
  await spend({ id: "b" });
  await spend({ id: "b", organization: "ART", source: "/s" });
  expect(await bursar(["usage", "reverse", "c"])).toMatchObject({
    code: 1,
    err: expect.stringContaining("There is no usage event with the id c."),
  });
  expect(await bursar(["usage", "reverse", "b", "--source", "/s"])).toMatchObject({ code: 0 });
  expect(await bursar(["usage", "reverse", "b", "--organization", "ART"])).toMatchObject({ code: 1 });
  expect(await bursar(["usage", "reverse", "b", "--organization", "law"])).toMatchObject({ code: 0 });
  // Two applications that do not know of each other.
  for (const organization of [1, 2]) {
    expect(
      (await application(await newKey(organization)).usage(body({ id: "d", organization: undefined })))
        .status,
    ).toBe(201);
  }
  expect(await bursar(["usage", "reverse", "d"])).toMatchObject({
    code: 1,
    err: expect.stringContaining("Name the organization: LAW, ART have this id."),
  });
});
