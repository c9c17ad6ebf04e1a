import type Sqlite from "better-sqlite3";
import type { Fault } from "../report.ts";
import { credits } from "./values.ts";

type AuditedRate = { id: bigint; subject_id: bigint; at: bigint; rate: string };
type Rate = { id: bigint; credit_type_id: bigint; from_at: bigint; rate: bigint };

/** Each exchange rate is the one that an audit entry sets at its instant, and each audit entry about a rate has its row. */
export function checkRates(sqlite: Sqlite.Database, fault: Fault): void {
  const audited = sqlite
    .prepare(
      `SELECT id, subject_id, at, after ->> '$.exchangeRate' AS rate FROM audit_entries
       WHERE subject_kind = 'credit_type' AND json_valid(after) AND after ->> '$.exchangeRate' IS NOT NULL ORDER BY id`,
    )
    .all() as AuditedRate[];
  const stored = sqlite
    .prepare("SELECT id, credit_type_id, from_at, rate FROM exchange_rates ORDER BY id")
    .all() as Rate[];
  const key = (type: unknown, at: unknown, rate: unknown) => `${type} ${at} ${rate}`;
  const left = new Map<string, number>();
  for (const { subject_id, at, rate } of audited) {
    const one = key(subject_id, at, rate);
    left.set(one, (left.get(one) ?? 0) + 1);
  }
  for (const { id, credit_type_id, from_at, rate } of stored) {
    const one = key(credit_type_id, from_at, credits(rate));
    const count = left.get(one) ?? 0;
    if (count === 0) fault(`exchange_rates ${id}`, "no audit entry sets this rate at this instant");
    else left.set(one, count - 1);
  }
  for (const { id, subject_id, at, rate } of audited) {
    const one = key(subject_id, at, rate);
    const count = left.get(one) ?? 0;
    if (count === 0) continue;
    left.set(one, count - 1);
    fault(`credit_type ${subject_id}`, `has no exchange rate of ${rate} from audit entry ${id} on`);
  }
}
