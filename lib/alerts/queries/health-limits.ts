import { and, eq, min } from "drizzle-orm";
import { database } from "#db/client.ts";
import { alertRules } from "#db/schema/index.ts";
import type { AlertKind } from "../rules/kinds.ts";

/** The strictest enabled rules about the age of the backup and of the last check; null without a rule. */
export function healthLimits(): { backupHours: number | null; verifyDays: number | null } {
  const strictest = (kind: AlertKind) => {
    const row = database()
      .select({ threshold: min(alertRules.threshold) })
      .from(alertRules)
      .where(and(eq(alertRules.kind, kind), eq(alertRules.enabled, true)))
      .get();
    return row?.threshold == null ? null : Number(row.threshold);
  };
  return { backupHours: strictest("backup_age"), verifyDays: strictest("verify_age") };
}
