import { min, sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { statement } from "#db/statement.ts";
import { type Finding, reconcile } from "../reconcile.ts";
import { fromNumber } from "../rules/conditions.ts";
import { inWrites, subjectsWithAlerts, threshold } from "./pieces.ts";

/** How long refusals count. */
const REFUSALS_MS = 3_600_000;

/** Opens and resolves alerts about organizations of which many requests were refused in the last hour. */
export async function checkRefusals(now = new Date(), db: Database = database()): Promise<void> {
  const least = threshold(db, "refusals", min);
  const after = now.getTime() - REFUSALS_MS;
  const refused = new Map(
    least === null
      ? []
      : statement(
          sql`SELECT organization_id, sum(requests) FROM refusals INDEXED BY refusals_at
            WHERE at > ${after} AND organization_id IS NOT NULL GROUP BY organization_id`,
        )
          .lists<[bigint, bigint]>({}, db)
          .map(([id, requests]): [number, bigint] => [Number(id), requests]),
  );
  const many = [...refused].flatMap(([id, requests]) => (requests > (least ?? 0n) ? [id] : []));
  const ids = new Set([...many, ...subjectsWithAlerts(db, ["refusals"]).map(({ id }) => id)]);
  const kinds = ["refusals"] as const;
  await inWrites(
    [...ids],
    (id, context) => {
      const findings = context.rules.ofOrganization(id, kinds).map((rule): Finding => {
        const comparison = fromNumber(refused.get(id) ?? 0n, rule.threshold + 1n);
        return { rule, period: 0, comparison };
      });
      const subject = { kind: "organization", id, organizationId: id } as const;
      reconcile(subject, findings, { kinds, cause: "condition_ended", now, db });
    },
    now,
    db,
  );
}
