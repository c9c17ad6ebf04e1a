import path from "node:path";
import { asc } from "drizzle-orm";
import { expect, test } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { alerts, outboxEvents } from "#db/schema/index.ts";
import { createRule } from "#lib/alerts/commands/rules.ts";
import { runMinuteChecks } from "#lib/alerts/jobs/runs.ts";
import { checkStaleOrganizations } from "#lib/alerts/jobs/stale.ts";
import { listRules } from "#lib/alerts/queries/rules.ts";
import { backUp } from "#lib/backup/commands/backup.ts";
import { restoreBackup } from "#lib/backup/commands/restore.ts";
import { createPortalUser, setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { aCreditType, anOrganization, credits, operator, spent, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

test("a restore brings back rules, alerts and limits as they were, and spending goes on to open alerts", async () => {
  const creditType = await aCreditType({ available: credits(10_000) });
  await anOrganization({ creditType, balance: credits(1000), members: ["ana@example.edu"] });
  const rule = { kind: "balance_amount", threshold: credits(500), organization: "LAW", tag: null } as const;
  value(await createRule(rule, operator));
  const file = path.join(process.env.DATA_DIR ?? "", "backup.sqlite");
  value(await backUp(file, operator));
  await spent({ credits: credits(900) });
  value(await createRule({ ...rule, threshold: credits(5) }, operator));
  closeDatabase();
  value(await restoreBackup(file, operator));
  const stored = () =>
    database()
      .select({ kind: alerts.kind, threshold: alerts.threshold, state: alerts.state })
      .from(alerts)
      .orderBy(asc(alerts.id))
      .all()
      .filter(({ kind }) => kind === "balance_amount" || kind === "balance_share");
  expect(stored()).toEqual([]);
  expect(listRules({ after: 0, limit: 100 })).toHaveLength(19);
  await spent({ credits: credits(600) });
  expect(stored()).toEqual([{ kind: "balance_amount", threshold: credits(500), state: "open" }]);
  expect(verifyDatabase(databaseFile()).ok).toBe(true);
});

test("a restore announces no alert that waited for a digest, only the access that it withdraws again", async () => {
  const creditType = await aCreditType({ available: credits(10_000) });
  await anOrganization({ creditType });
  const { id } = value(await createPortalUser({ email: "bo@example.edu", role: "viewer" }, operator));
  await checkStaleOrganizations();
  const file = path.join(process.env.DATA_DIR ?? "", "backup.sqlite");
  value(await backUp(file, operator));
  value(await setPortalUserDisabled({ id, disabled: true }, operator));
  closeDatabase();
  value(await restoreBackup(file, operator));
  expect(database().select({ kind: alerts.kind }).from(alerts).orderBy(asc(alerts.id)).all()).toEqual([
    { kind: "balance_amount" },
    { kind: "access_changed" },
  ]);
  await runMinuteChecks();
  expect(database().select({ type: outboxEvents.type }).from(outboxEvents).all()).toEqual([
    { type: "access.changed" },
  ]);
});
