import type Sqlite from "better-sqlite3";
import { plainCredits } from "#lib/credits.ts";
import type { Fault } from "./report.ts";

/** What an entry adds to what was spent; only for entries of a member. */
const SIGNED = "CASE WHEN credit_account = 'consumed' THEN amount ELSE -amount END";

/** A sum whose steps cannot overflow 64 bits, whatever the order of the rows. */
const sumOf = (value: string) => `(sum((${value}) / 1000000) * 1000000 + sum((${value}) % 1000000))`;

/**
 * Spending by the ledger's entries, by membership and month and by organization, day and application. It is in
 * temporary tables, which are in a file and not in memory. Their columns need a type, because joins of untyped columns
 * use no index.
 */
export function sumSpending(sqlite: Sqlite.Database): void {
  sqlite.exec(`
    CREATE TEMP TABLE true_months (membership_id INTEGER, month INTEGER, spent INTEGER, last_active_at INTEGER,
      PRIMARY KEY (membership_id, month)) WITHOUT ROWID;
    INSERT INTO true_months
      SELECT membership_id, day / 100, ${sumOf(SIGNED)},
        max(CASE WHEN kind = 'spend' THEN occurred_at END)
      FROM ledger_entries NOT INDEXED WHERE membership_id IS NOT NULL GROUP BY membership_id, day / 100;
    CREATE TEMP TABLE true_days (organization_id INTEGER, day INTEGER, application_id INTEGER, spent INTEGER,
      PRIMARY KEY (organization_id, day, application_id)) WITHOUT ROWID;
    INSERT INTO true_days
      SELECT organization_id, day, application_id, ${sumOf(SIGNED)}
      FROM ledger_entries NOT INDEXED WHERE membership_id IS NOT NULL GROUP BY organization_id, day, application_id;
    CREATE TEMP TABLE true_organization_months (application_id INTEGER, month INTEGER, organization_id INTEGER,
      spent INTEGER, PRIMARY KEY (application_id, month, organization_id)) WITHOUT ROWID;
    INSERT INTO true_organization_months
      SELECT application_id, day / 100, organization_id, ${sumOf("spent")} FROM true_days GROUP BY 1, 2, 3;
    CREATE TEMP TABLE true_type_days (credit_type_id INTEGER, day INTEGER, application_id INTEGER, spent INTEGER,
      PRIMARY KEY (credit_type_id, day, application_id)) WITHOUT ROWID;
    INSERT INTO true_type_days
      SELECT o.credit_type_id, d.day, d.application_id, ${sumOf("d.spent")}
      FROM true_days d JOIN organizations o ON o.id = d.organization_id GROUP BY 1, 2, 3;
    CREATE TEMP TABLE true_key_days (api_key_id INTEGER, day INTEGER, credit_type_id INTEGER, spent INTEGER,
      events INTEGER, PRIMARY KEY (api_key_id, day, credit_type_id)) WITHOUT ROWID;
    INSERT INTO true_key_days
      SELECT CASE WHEN reverses_id IS NULL THEN api_key_id
          ELSE (SELECT r.api_key_id FROM ledger_entries r WHERE r.id = e.reverses_id) END AS key_id,
        day, credit_type_id, ${sumOf(SIGNED)}, sum(kind = 'spend')
      FROM ledger_entries e NOT INDEXED WHERE membership_id IS NOT NULL AND key_id IS NOT NULL GROUP BY 1, 2, 3;
  `);
}

type Comparison = {
  /** Selects only the rows at fault: `name`, then `kept` and `truth`. */
  sql: string;
  /** Whether the figures are credits, and not counts or instants. */
  credits: boolean;
  column: string;
  /** Whether the truth is a sum of spending, which `WeightedSums` compares too. */
  ofSpending: boolean;
};

/** Rows of `table` whose `column` differs from `truth`; both default to nothing spent. */
const counter = (
  table: string,
  label: string,
  column: string,
  truth: string,
  credits = false,
): Comparison => ({
  column,
  credits,
  ofSpending: truth.includes("true_months"),
  sql: `SELECT '${table} ' || id || ' (' || ${label} || ')' AS name, kept, truth FROM
    (SELECT t.*, t.${column} AS kept, ${truth} AS truth FROM ${table} t) WHERE kept IS NOT truth`,
});

/** Rows of a table of sums that are missing, too many or different. */
const sums = (table: string, keys: string[], truth: string, column = "spent"): Comparison => ({
  column,
  credits: column === "spent",
  ofSpending: true,
  sql: `SELECT '${table} ' || ${keys.map((key) => `coalesce(k.${key}, t.${key})`).join(" || '/' || ")} AS name,
      k.${column} AS kept, coalesce(t.${column}, 0) AS truth
    FROM ${table} k FULL OUTER JOIN ${truth} t ON ${keys.map((key) => `k.${key} = t.${key}`).join(" AND ")}
    WHERE coalesce(k.${column}, 0) IS NOT coalesce(t.${column}, 0)`,
});

const API_KEY_DAY = ["api_key_id", "day", "credit_type_id"];

/** Rows of a table of counts that are missing, too many or different; a count of 0 needs no row. */
const counts = (table: string, keys: string[], column: string, truth: string): Comparison => ({
  column,
  credits: false,
  ofSpending: false,
  sql: `SELECT '${table} ' || ${keys.map((key) => `coalesce(k.${key}, t.${key})`).join(" || '/' || ")} AS name,
      k.${column} AS kept, coalesce(t.truth, 0) AS truth
    FROM ${table} k FULL OUTER JOIN (${truth}) t ON ${keys.map((key) => `k.${key} = t.${key}`).join(" AND ")}
    WHERE coalesce(k.${column}, 0) IS NOT coalesce(t.truth, 0)`,
});

/** Each counter except the balances of organizations and pools, by the name of its check. */
export const COUNTERS: Record<string, Comparison[]> = {
  credit_types: [
    counter(
      "credit_types",
      "name",
      "organizations",
      "(SELECT count(*) FROM organizations o WHERE o.credit_type_id = t.id)",
    ),
    counter(
      "credit_types",
      "name",
      "active_organizations",
      "(SELECT count(*) FROM organizations o WHERE o.credit_type_id = t.id AND o.active = 1)",
    ),
    counter(
      "credit_types",
      "name",
      "members",
      "(SELECT count(*) FROM organizations o JOIN memberships m ON m.organization_id = o.id WHERE o.credit_type_id = t.id)",
    ),
  ],
  deliveries: [
    counter(
      "deliveries",
      "subject",
      "tries",
      "(SELECT count(*) FROM delivery_tries d WHERE d.delivery_id = t.id)",
    ),
    {
      column: "whether it is due at a time",
      credits: false,
      ofSpending: false,
      // Of those that wait for one subject, the first is, and the others wait behind it.
      sql: `SELECT 'deliveries ' || id || ' (' || subject || ')' AS name, next_try_at IS NOT NULL AS kept,
          state = 'waiting' AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_id = t.endpoint_id
            AND d.subject = t.subject AND d.state = 'waiting' AND d.id < t.id) AS truth
        FROM deliveries t WHERE kept IS NOT truth`,
    },
  ],
  organizations: [
    counter(
      "organizations",
      "code",
      "members",
      "(SELECT count(*) FROM memberships m WHERE m.organization_id = t.id)",
    ),
    // From the sums by day, which are compared with the ledger by a check of their own.
    counter(
      "organizations",
      "code",
      "spent_last_30_days",
      `coalesce((SELECT sum(d.spent) FROM organization_days d WHERE d.organization_id = t.id
        AND d.day >= (SELECT spent_last_30_days_from FROM settings)), 0)`,
      true,
    ),
  ],
  memberships: [
    counter(
      "memberships",
      "'member ' || member_id",
      "spent",
      "coalesce((SELECT sum(m.spent) FROM true_months m WHERE m.membership_id = t.id), 0)",
      true,
    ),
    counter(
      "memberships",
      "'member ' || member_id",
      "last_active_at",
      "(SELECT max(m.last_active_at) FROM true_months m WHERE m.membership_id = t.id)",
    ),
    counter(
      "memberships",
      "'member ' || member_id",
      "near_allowance_month",
      `CASE WHEN t.merged_into_id IS NULL AND t.last_active_at IS NOT NULL THEN
        (SELECT CASE WHEN m.spent > 0 AND m.spent * 5 >= 4 * CASE t.allowance WHEN 'own' THEN t.monthly_allowance
            WHEN 'organization' THEN (SELECT o.monthly_allowance FROM organizations o WHERE o.id = t.organization_id) END
          THEN m.month END FROM
          (SELECT month, sum(spent) AS spent FROM membership_months WHERE membership_id IN
            (SELECT t.id UNION ALL SELECT x.id FROM memberships x WHERE x.merged_into_id = t.id)
            GROUP BY month ORDER BY month DESC LIMIT 1) m) END`,
    ),
  ],
  credit_type_members: [
    counts(
      "credit_type_members",
      ["credit_type_id", "role", "active"],
      "members",
      `SELECT o.credit_type_id, m.role, m.active, count(*) AS truth
        FROM memberships m JOIN organizations o ON o.id = m.organization_id GROUP BY 1, 2, 3`,
    ),
  ],
  credit_type_months: [
    counts(
      "credit_type_months",
      ["month", "credit_type_id"],
      "active_members",
      `SELECT m.month, o.credit_type_id, count(*) AS truth
        FROM membership_months m JOIN organizations o ON o.id = m.organization_id GROUP BY 1, 2`,
    ),
  ],
  members: [
    counter(
      "members",
      "email",
      "memberships",
      "(SELECT count(*) FROM memberships m WHERE m.member_id = t.id)",
    ),
    counter(
      "members",
      "email",
      "active_memberships",
      "(SELECT count(*) FROM memberships m WHERE m.member_id = t.id AND m.active = 1)",
    ),
    counter(
      "members",
      "email",
      "spent",
      `coalesce((SELECT ${sumOf("x.spent")} FROM memberships m JOIN true_months x ON x.membership_id = m.id WHERE m.member_id = t.id), 0)`,
      true,
    ),
    counter(
      "members",
      "email",
      "last_active_at",
      "(SELECT max(x.last_active_at) FROM memberships m JOIN true_months x ON x.membership_id = m.id WHERE m.member_id = t.id)",
    ),
  ],
  membership_months: [
    sums("membership_months", ["membership_id", "month"], "temp.true_months"),
    {
      column: "organization_id",
      credits: false,
      ofSpending: false,
      sql: `SELECT 'membership_months ' || k.membership_id || '/' || k.month AS name, k.organization_id AS kept,
          m.organization_id AS truth
        FROM membership_months k JOIN memberships m ON m.id = k.membership_id
        WHERE k.organization_id <> m.organization_id`,
    },
  ],
  organization_days: [
    sums("organization_days", ["organization_id", "day", "application_id"], "temp.true_days"),
  ],
  organization_months: [
    sums(
      "organization_months",
      ["application_id", "month", "organization_id"],
      "temp.true_organization_months",
    ),
  ],
  credit_type_days: [
    sums("credit_type_days", ["credit_type_id", "day", "application_id"], "temp.true_type_days"),
  ],
  api_key_days: [
    sums("api_key_days", API_KEY_DAY, "temp.true_key_days"),
    sums("api_key_days", API_KEY_DAY, "temp.true_key_days", "events"),
  ],
  // What a member had spent in the month, as each spend stores it for the answer to a repeat.
  allowances: [
    {
      column: "month_spent_after",
      credits: true,
      ofSpending: true,
      sql: `SELECT 'ledger_entries ' || id AS name, month_spent_after AS kept, truth FROM
          (SELECT id, kind, month_spent_after, sum(${SIGNED})
             OVER (PARTITION BY membership_id, day / 100 ORDER BY id) AS truth
           FROM ledger_entries NOT INDEXED WHERE membership_id IS NOT NULL)
        WHERE kind = 'spend' AND month_spent_after IS NOT truth`,
    },
    {
      column: "month_spent_after, over the allowance then,",
      credits: true,
      ofSpending: true,
      sql: `SELECT 'ledger_entries ' || id AS name, month_spent_after AS kept, allowance_then AS truth
        FROM ledger_entries WHERE kind = 'spend' AND amount > 0 AND month_spent_after > allowance_then`,
    },
  ],
};

type Row = { name: string; kept: bigint | null; truth: bigint | null };

export function checkCounters(
  sqlite: Sqlite.Database,
  comparisons: readonly Comparison[],
  fault: Fault,
): void {
  for (const { sql, credits, column } of comparisons) {
    const shown = (value: unknown) =>
      value === null ? "empty" : typeof value === "bigint" && credits ? plainCredits(value) : String(value);
    for (const row of sqlite.prepare(sql).iterate() as IterableIterator<Row>) {
      fault(row.name, `${column} is ${shown(row.kept)}, it should be ${shown(row.truth)}`);
    }
  }
}
