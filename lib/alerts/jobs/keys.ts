import { setImmediate as nextTurn } from "node:timers/promises";
import { max, min, sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { apiKeys } from "#db/schema/index.ts";
import { type Finding, reconcile, type Subject } from "../reconcile.ts";
import { type Comparison, fromNumber } from "../rules/conditions.ts";
import type { AlertRule, Resolution } from "../rules/kinds.ts";
import { inWrites, ROWS_A_PIECE, subjectsWithAlerts, threshold } from "./pieces.ts";

const DAY_MS = 86_400_000;

/** What a key needs attention for, in days. */
type KeyFigures = { id: number; organizationId: number | null; expiresIn: number | null; unusedFor: number };

const KEY_KINDS = ["key_expiring", "key_unused"] as const;

function keyComparison({ kind, threshold }: AlertRule, key: KeyFigures): Comparison | null {
  if (kind === "key_unused") return fromNumber(BigInt(key.unusedFor), threshold);
  if (key.expiresIn === null || key.expiresIn < 0) return null;
  return {
    value: BigInt(key.expiresIn),
    side: "below",
    limit: threshold,
    clear: threshold + 1n,
    base: null,
  };
}

/** Opens and resolves alerts about API keys that expire soon or are not used. */
export async function checkKeys(now = new Date(), db: Database = database()): Promise<void> {
  const expiring = threshold(db, "key_expiring", max);
  const unused = threshold(db, "key_unused", min);
  const withAlerts = new Map(subjectsWithAlerts(db, KEY_KINDS).map((subject) => [subject.id, subject]));
  const candidates: KeyFigures[] = [];
  for (let after = 0; ; ) {
    const rows = db
      .select()
      .from(apiKeys)
      .where(sql`${apiKeys.id} > ${after}`)
      .orderBy(apiKeys.id)
      .limit(ROWS_A_PIECE)
      .all();
    for (const { id, organizationId, createdAt, expiresAt, lastUsedAt, revokedAt } of rows) {
      if (revokedAt || (expiresAt && expiresAt <= now)) continue;
      const days = (ms: number) => Math.floor(ms / DAY_MS);
      const expiresIn = expiresAt && days(expiresAt.getTime() - now.getTime());
      const unusedFor = Math.max(0, days(now.getTime() - (lastUsedAt ?? createdAt).getTime()));
      const isCandidate =
        withAlerts.has(id) ||
        (expiring !== null && expiresIn !== null && expiresIn < Number(expiring)) ||
        (unused !== null && unusedFor >= Number(unused));
      if (isCandidate) candidates.push({ id, organizationId, expiresIn, unusedFor });
      withAlerts.delete(id);
    }
    if (rows.length < ROWS_A_PIECE) break;
    after = rows.at(-1)?.id ?? 0;
    await nextTurn();
  }
  const check = (subject: Subject, findings: readonly Finding[], cause: Resolution) =>
    reconcile(subject, findings, { kinds: KEY_KINDS, cause, now, db });
  await inWrites(
    candidates,
    (key, { rules }) => {
      const { id, organizationId } = key;
      const ofKey =
        organizationId === null
          ? rules.ofEnterprise(KEY_KINDS)
          : rules.ofOrganization(organizationId, KEY_KINDS);
      const findings = ofKey.map((rule) => ({ rule, period: 0, comparison: keyComparison(rule, key) }));
      check({ kind: "api_key", id, organizationId }, findings, "condition_ended");
    },
    now,
    db,
  );
  // What is left was revoked or has expired: no rule finds anything there.
  await inWrites(
    [...withAlerts.values()],
    (subject, { rules }) => {
      const ofKey =
        subject.organizationId === null
          ? rules.ofEnterprise(KEY_KINDS)
          : rules.ofOrganization(subject.organizationId, KEY_KINDS);
      check(
        subject,
        ofKey.map((rule) => ({ rule, period: 0, comparison: null })),
        "key_ended",
      );
    },
    now,
    db,
  );
}
