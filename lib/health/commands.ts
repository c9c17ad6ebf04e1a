import { sql } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { healthChecks } from "#db/schema/index.ts";

/** What the command line does to keep the data safe. */
export type HealthCheckKind = (typeof healthChecks.$inferInsert)["kind"];

/** Stores a check unless a newer one of its kind is stored, in the transaction of the caller. */
export function storeHealthCheck(
  tx: Transaction,
  { kind, faults, at }: { kind: HealthCheckKind; faults: number; at: Date },
): void {
  tx.insert(healthChecks)
    .values({ kind, faults, at })
    .onConflictDoUpdate({
      target: healthChecks.kind,
      set: { faults, at },
      setWhere: sql`excluded.at >= ${healthChecks.at}`,
    })
    .run();
}
