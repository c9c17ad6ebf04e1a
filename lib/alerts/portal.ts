import type { Database } from "#db/client.ts";
import { readHealth } from "#lib/health/queries.ts";
import { HOUR_MS } from "#lib/health/rules.ts";
import { type Finding, type OpenedAlert, reconcile } from "./reconcile.ts";
import { type Comparison, fromNumber } from "./rules/conditions.ts";
import type { AlertKind, AlertRule } from "./rules/kinds.ts";
import { rulesReader } from "./rules-of.ts";

const KINDS: readonly AlertKind[] = ["backup_age", "verify_age", "verify_failed"];
const DAY_HOURS = 24;

/**
 * Brings the alerts about the last backup and the last check up to date. What was never done counts from the beginning of
 * the portal. Runs inside a transaction on `db`. @returns the alerts that it opened.
 */
export function checkPortal(now: Date, db: Database): OpenedAlert[] {
  const { backup, verify, since } = readHealth(db);
  const hoursSince = (at: Date | null | undefined) =>
    at ? BigInt(Math.max(0, Math.floor((now.getTime() - at.getTime()) / HOUR_MS))) : 0n;
  const comparisonOf = ({ kind, threshold }: AlertRule): Comparison => {
    if (kind === "backup_age") return fromNumber(hoursSince(backup?.at ?? since), threshold);
    if (kind === "verify_age") {
      return fromNumber(hoursSince(verify?.at ?? since) / BigInt(DAY_HOURS), threshold);
    }
    return fromNumber(BigInt(verify?.faults ?? 0), 1n);
  };
  const findings = rulesReader(db)
    .ofEnterprise(KINDS)
    .map((rule): Finding => ({ rule, period: 0, comparison: comparisonOf(rule) }));
  const subject = { kind: "portal", id: 0, organizationId: null } as const;
  return reconcile(subject, findings, { kinds: KINDS, cause: "condition_ended", now, db }).opened;
}
