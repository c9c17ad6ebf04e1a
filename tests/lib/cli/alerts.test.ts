import path from "node:path";
import { beforeEach, expect, test } from "vitest";
import { database } from "#db/client.ts";
import { healthChecks } from "#db/schema/index.ts";
import { aCreditType, anOrganization, credits, spent } from "#tests/support/builders.ts";
import { bursarInProcess } from "#tests/support/command-line.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

beforeEach(async () => {
  const creditType = await aCreditType({ available: credits(10_000) });
  await anOrganization({ creditType, balance: credits(1000), members: ["ana@example.edu"] });
  await spent({ credits: credits(970) });
});

const bursar = (...args: string[]) => bursarInProcess(args);

test("alerts are listed and acknowledged", async () => {
  const listed = await bursar("alerts", "list", "--kind", "balance_share", "--json");
  const { alerts } = JSON.parse(listed.out);
  expect(alerts).toEqual([
    expect.objectContaining({
      state: "open",
      rule: "Balance below 20% of the last allocation",
      subject: "LAW",
      organization: "LAW",
      value: "30",
      limit: "200",
      acknowledgedBy: null,
    }),
  ]);
  const acknowledged = await bursar("alerts", "ack", String(alerts[0].id), "--json");
  expect([acknowledged.code, JSON.parse(acknowledged.out)]).toEqual([0, { acknowledged: 1 }]);
  const again = await bursar("alerts", "ack", String(alerts[0].id), "--json");
  expect(JSON.parse(again.out)).toEqual({ acknowledged: 0 });
  const open = await bursar("alerts", "list", "--kind", "balance_share");
  expect(open.out).toBe("No alert is open.\n");
  const done = await bursar("alerts", "list", "--state", "acknowledged", "--json");
  expect(JSON.parse(done.out).alerts[0].acknowledgedBy).toBe("operator");
});

test("an unknown alert is refused with 1, and wrong ids with 2", async () => {
  expect((await bursar("alerts", "ack", "999")).code).toBe(1);
  expect((await bursar("alerts", "ack", "law")).code).toBe(2);
  expect((await bursar("alerts", "list", "--kind", "nonsense")).code).toBe(2);
  expect((await bursar("alerts", "list", "--organization", "NOPE")).code).toBe(1);
});

test("a backup and a verify are recorded, also a verify of the backup, and not one of another portal", async () => {
  const rows = () => database().select().from(healthChecks).all();
  const backup = path.join(process.env.DATA_DIR ?? "", "backup.sqlite");
  expect((await bursar("backup", backup)).code).toBe(0);
  expect(rows()).toEqual([{ kind: "backup", at: expect.any(Date), faults: 0 }]);
  expect((await bursar("verify", backup)).code).toBe(0);
  expect(rows()).toHaveLength(2);
  expect((await bursar("verify")).code).toBe(0);
  expect(rows()).toHaveLength(2);
});
