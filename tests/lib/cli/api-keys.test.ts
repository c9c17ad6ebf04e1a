import { beforeEach, expect, test } from "vitest";
import { authenticate } from "#lib/api-keys/authentication.ts";
import { saveUses } from "#lib/last-uses/queue.ts";
import { bursarInProcess as bursar } from "#tests/support/command-line.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();
beforeEach(makeSmallEnterprise);

const apiKey = (...args: string[]) => bursar(["api-key", ...args]);

const ask = (key: string, now?: Date) =>
  authenticate(`Bearer ${key}`, { address: null, ...(now && { now }) });

test("makes keys, prints each alone, lists them without it and ends them", async () => {
  const first = await apiKey("create", "--organization", "law");
  expect(first).toMatchObject({ code: 0, err: "" });
  expect(first.out).toMatch(/^bur_[A-Za-z0-9_-]{43}\n$/);
  expect(ask(first.out.trim())).toMatchObject({ ok: true, value: { organizationId: 1, name: "API key" } });

  const second = await apiKey(
    ...["create", "--enterprise", "--name", "Gateway", "--expires", "2999-12-31", "--json"],
  );
  const secondKey = JSON.parse(second.out);
  expect(secondKey).toMatchObject({
    name: "Gateway",
    organization: null,
    expiresAt: "3000-01-01T00:00:00.000Z",
    lastDay: "2999-12-31",
  });
  expect(ask(secondKey.key)).toMatchObject({ ok: true, value: { organizationId: null } });
  expect(ask(secondKey.key, new Date("3000-01-01T00:00:00Z"))).toMatchObject({ ok: false });

  await saveUses();
  const list = await apiKey("list");
  expect(list.out).toMatch(
    /^2 {2}bur_\S{8}… {2}active {2}\(enterprise\) {2}Gateway {2}used .*Z {2}expires 2999-12-31$/m,
  );
  expect(list.out).toContain("  LAW  API key  ");
  expect(list.out).not.toContain(first.out.trim());

  expect(await apiKey("revoke", "1")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^API key \(bur_\S{8}…\) is revoked\.\n$/),
  });
  expect(ask(first.out.trim())).toMatchObject({ code: "unauthorized" });
  expect(JSON.parse((await apiKey("list", "--organization", "LAW", "--json")).out).keys).toMatchObject([
    { id: 1, organization: "LAW", status: "revoked", lastDay: null },
  ]);
});

test("refuses unknown names with 1, and invalid arguments with 2", async () => {
  expect(await apiKey("create", "--organization", "NOPE")).toMatchObject({
    code: 1,
    out: "",
    err: "There is no organization with the code NOPE.\n",
  });
  const codes = async (...runs: string[][]) => {
    const answers: [args: string[], code: number | null][] = [];
    for (const args of runs) answers.push([args, (await apiKey(...args)).code]);
    return answers;
  };
  const refused = [
    ["create", "--enterprise", "--expires", "2020-01-01"],
    ["revoke", "9"],
  ];
  expect(await codes(...refused)).toEqual(refused.map((args) => [args, 1]));
  const wrong = [
    ["create"],
    ["create", "--enterprise", "--organization", "LAW"],
    ["create", "--enterprise", "--expires", "soon"],
    ["revoke", "x"],
  ];
  expect(await codes(...wrong)).toEqual(wrong.map((args) => [args, 2]));
});
