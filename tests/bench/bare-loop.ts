import path from "node:path";
import Sqlite from "better-sqlite3";

type Row = Record<string, bigint | string | Buffer | null>;

/** The rows of the product's latest spends, with the person of each. */
export function latestSpends(directory: string, count: number): Row[] {
  const source = new Sqlite(path.join(directory, "bursar.sqlite"), { readonly: true });
  source.defaultSafeIntegers(true);
  const rows = source
    .prepare<[number], Row>(
      `SELECT e.*, m.member_id FROM ledger_entries e JOIN memberships m ON m.id = e.membership_id
       WHERE e.kind = 'spend' ORDER BY e.id DESC LIMIT ?`,
    )
    .all(count);
  source.close();
  return rows;
}

/** The statements that add a batch to the sums: one per table of sums, with its key columns. */
const SUMS = [
  {
    by: ["credit_type_id"],
    sql: "UPDATE credit_types SET balance = balance - @amount, total_spent = total_spent + @amount WHERE id = @credit_type_id",
  },
  {
    by: ["organization_id"],
    sql: "UPDATE organizations SET balance = balance - @amount, spent = spent + @amount WHERE id = @organization_id",
  },
  {
    by: ["membership_id"],
    sql: "UPDATE memberships SET spent = spent + @amount, last_active_at = @occurred_at WHERE id = @membership_id",
  },
  {
    by: ["member_id"],
    sql: "UPDATE members SET spent = spent + @amount, last_active_at = @occurred_at WHERE id = @member_id",
  },
  {
    by: ["membership_id", "month"],
    sql: "INSERT INTO membership_months (membership_id, month, organization_id, spent) VALUES (@membership_id, @month, @organization_id, @amount) ON CONFLICT DO UPDATE SET spent = spent + excluded.spent",
  },
  {
    by: ["organization_id", "day", "application_id"],
    sql: "INSERT INTO organization_days (organization_id, day, application_id, spent) VALUES (@organization_id, @day, @application_id, @amount) ON CONFLICT DO UPDATE SET spent = spent + excluded.spent",
  },
  {
    by: ["organization_id", "month", "application_id"],
    sql: "INSERT INTO organization_months (organization_id, month, application_id, spent) VALUES (@organization_id, @month, @application_id, @amount) ON CONFLICT DO UPDATE SET spent = spent + excluded.spent",
  },
  {
    by: ["credit_type_id", "day", "application_id"],
    sql: "INSERT INTO credit_type_days (credit_type_id, day, application_id, spent) VALUES (@credit_type_id, @day, @application_id, @amount) ON CONFLICT DO UPDATE SET spent = spent + excluded.spent",
  },
];

/** The rows added up by the values of these columns: one row per combination. */
function addedUp(rows: readonly Row[], by: readonly string[]): Row[] {
  const sums = new Map<string, Row>();
  for (const row of rows) {
    const key = by.map((column) => row[column]).join(" ");
    const sum = sums.get(key);
    if (sum) sum.amount = BigInt(sum.amount as bigint) + BigInt(row.amount as bigint);
    else sums.set(key, { ...row });
  }
  return [...sums.values()];
}

/**
 * Events per second of a bare loop. It inserts the entries of `rows` under new ids into a copy of the database, `batch`
 * per durable transaction, and unless told otherwise also adds to every sum that the product updates. All values are
 * computed beforehand: nothing is read, checked or decided.
 */
export function bareLoop(
  copy: string,
  rows: readonly Row[],
  { seconds, batch, sums = true }: { seconds: number; batch: number; sums?: boolean },
): number {
  const sqlite = new Sqlite(copy);
  sqlite.pragma("journal_mode = WAL");
  sqlite.pragma("synchronous = FULL");
  sqlite.pragma("cache_size = -32000");
  const columns = Object.keys(rows[0] ?? {}).filter((name) => name !== "id" && name !== "member_id");
  const insert = sqlite.prepare(
    `INSERT INTO ledger_entries (${columns.join(", ")}) VALUES (${columns.map((name) => `@${name}`).join(", ")})`,
  );
  // The copy is older than the API key.
  const known = rows.map(
    (row): Row => ({ ...row, api_key_id: null, month: BigInt(row.day as bigint) / 100n }),
  );
  const batches = Array.from({ length: Math.floor(known.length / batch) }, (_, number) => {
    const entries = known.slice(number * batch, (number + 1) * batch);
    return {
      entries,
      changes: SUMS.flatMap(({ by, sql }) => {
        const statement = sqlite.prepare(sql);
        return addedUp(entries, by).map((row) => ({ statement, row }));
      }),
    };
  });
  const started = performance.now();
  const until = started + seconds * 1000;
  let written = 0;
  for (let number = 0; performance.now() < until; number += 1) {
    const { entries, changes } = batches[number % batches.length] ?? { entries: [], changes: [] };
    sqlite.exec("BEGIN IMMEDIATE");
    for (const row of entries) {
      written += 1;
      insert.run({ ...row, external_id: `bare-${process.pid}-${started}-${written}` });
    }
    if (sums) for (const { statement, row } of changes) statement.run(row);
    sqlite.exec("COMMIT");
  }
  const rate = (written / (performance.now() - started)) * 1000;
  sqlite.close();
  return rate;
}
