import type { AlertKind } from "#lib/alerts/rules/kinds.ts";

// Which alerts the overview shows first.

/** The kinds of alerts of each topic, the most urgent topic first, and in each the kind that tells most. */
const TOPICS = {
  data: ["verify_failed"],
  running_dry: ["balance_amount", "balance_days", "balance_share"],
  pool_low: ["pool_amount", "pool_days", "pool_share"],
  allowance: ["allowance_share"],
  api_key: ["key_expiring", "key_unused"],
  backup: ["backup_age", "verify_age"],
  unusual: ["month_growth", "unusual_spend"],
  access: ["access_changed"],
} as const satisfies Record<string, readonly AlertKind[]>;

export type AttentionTopic = keyof typeof TOPICS;

/** The kinds of alerts that the overview shows. Refusals have figures of their own there. */
export const ATTENTION_KINDS: readonly AlertKind[] = Object.values(TOPICS).flat();

/** How many alerts of a topic are shown. */
const SHOWN = 3;

/**
 * The alerts by topic, {@link SHOWN} of each at most: of several about the same thing, the one that tells most.
 *
 * @param alerts newest first; with two limits of one kind, the later one was crossed last
 */
export function byTopic<T extends { kind: AlertKind; subject: string }>(
  alerts: readonly T[],
): { topic: AttentionTopic; alerts: T[] }[] {
  return (Object.keys(TOPICS) as AttentionTopic[]).flatMap((topic) => {
    const kinds: readonly AlertKind[] = TOPICS[topic];
    const bySubject = new Map<string, T>();
    for (const kind of kinds) {
      for (const alert of alerts) {
        if (alert.kind === kind && !bySubject.has(alert.subject)) bySubject.set(alert.subject, alert);
      }
    }
    const shown = [...bySubject.values()].slice(0, SHOWN);
    return shown.length === 0 ? [] : [{ topic, alerts: shown }];
  });
}
