import type Sqlite from "better-sqlite3";
import { addChainFunction, CHAINED_COLUMNS } from "#db/ledger-chain.ts";
import { emailKey } from "#lib/email.ts";
import { requestHash } from "#lib/ledger/commands/requests.ts";
import { effectiveAllowance } from "#lib/members/rules.ts";
import { randomFrom } from "#lib/random.ts";
import { foldForUniqueness } from "#lib/text.ts";
import { llmRequests } from "#tests/support/llm-requests.ts";
import { APPLICATIONS } from "./names.ts";

const DAY_MS = 86_400_000;
const MONTHS = 14;
const ROWS_A_TRANSACTION = 100_000;

type Membership = {
  id: number;
  organizationId: number;
  creditTypeId: number;
  email: string;
  allowance: "organization" | "own" | "unlimited";
  monthlyAllowance: number | null;
  organizationAllowance: number | null;
};

/**
 * Drops the indexes of the tables that are filled and creates them at the end, which is ten times as fast. The small one over
 * merged memberships stays, because the triggers of `near_allowance_month` look there at each sum: without it each of them
 * reads every membership.
 */
function withoutIndexes(sqlite: Sqlite.Database, tables: readonly string[], fill: () => void): void {
  const indexes = sqlite
    .prepare<string[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
       AND name <> 'memberships_merged_into' AND tbl_name IN (${tables.map(() => "?").join(", ")})`,
    )
    .all(...tables);
  for (const { name } of indexes) sqlite.exec(`DROP INDEX "${name}"`);
  fill();
  for (const { sql } of indexes) sqlite.exec(sql);
}

/**
 * Inserts `count` spends over the year before `end`, by the rules of the product's command: one entry each, with the
 * balance and the month's spending after it, and every counter as `verify` recomputes it. Amounts and pauses repeat those
 * of tests/data/llm_requests.csv.
 */
export function fillSpends(sqlite: Sqlite.Database, count: number, start: Date, end: Date): void {
  withoutIndexes(
    sqlite,
    [
      "ledger_entries",
      "organizations",
      "members",
      "memberships",
      "membership_months",
      "organization_days",
      "organization_months",
      "credit_type_days",
    ],
    () => {
      insertSpends(sqlite, count, start, end);
      addUp(sqlite);
      chain(sqlite);
    },
  );
}

/** The chain over all entries so far, as the migration begins it: a row for everything that was there. */
function chain(sqlite: Sqlite.Database): void {
  addChainFunction(sqlite);
  const trigger = sqlite
    .prepare<[], { sql: string }>("SELECT sql FROM sqlite_schema WHERE name = 'ledger_chain_no_delete'")
    .get();
  sqlite.exec(`
    BEGIN;
    DROP TRIGGER ledger_chain_no_delete;
    DELETE FROM ledger_chain;
    INSERT INTO ledger_chain SELECT max(id), ledger_chain_hash(${CHAINED_COLUMNS.join(", ")})
      FROM ledger_entries NOT INDEXED;
    ${trigger?.sql};
    COMMIT;
  `);
}

function readMemberships(sqlite: Sqlite.Database): Membership[] {
  return sqlite
    .prepare<[], Membership>(
      `SELECT m.id, m.organization_id AS organizationId, o.credit_type_id AS creditTypeId, p.email, m.allowance,
         m.monthly_allowance AS monthlyAllowance, o.monthly_allowance AS organizationAllowance
       FROM memberships m JOIN organizations o ON o.id = m.organization_id JOIN members p ON p.id = m.member_id
       WHERE m.active = 1 AND o.active = 1 AND (m.allowance <> 'organization' OR o.monthly_allowance IS NOT 0)
       ORDER BY m.id`,
    )
    .all();
}

function insertSpends(sqlite: Sqlite.Database, count: number, start: Date, end: Date): void {
  const requests = llmRequests();
  const first = requests[0]?.at.getTime() ?? 0;
  const hour = (requests.at(-1)?.at.getTime() ?? 0) - first + 1;
  const rounds = count / requests.length;
  const stretch = (end.getTime() - start.getTime()) / (rounds * hour);
  const memberships = readMemberships(sqlite);
  const balances = new Map(
    sqlite
      .prepare<[], { id: number; balance: number }>("SELECT id, balance FROM organizations")
      .all()
      .map((row) => [row.id, row.balance]),
  );
  const insertApplication = sqlite.prepare(
    "INSERT INTO applications (name, name_key, created_at) VALUES (?, ?, ?)",
  );
  const applications = APPLICATIONS.map((name) => ({
    key: foldForUniqueness(name),
    id: Number(insertApplication.run(name, foldForUniqueness(name), start.getTime()).lastInsertRowid),
  }));
  const insert = sqlite.prepare(
    `INSERT INTO ledger_entries (kind, debit_account, credit_account, amount, credit_type_id, organization_id,
       membership_id, application_id, occurred_at, day, recorded_at, external_id, source, request_hash, balance_after,
       month_spent_after, allowance_then)
     VALUES ('spend', 'organization', 'consumed', ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?)`,
  );
  const spentInMonth = new Float64Array(memberships.length * MONTHS);
  const firstMonth = start.getUTCFullYear() * 12 + start.getUTCMonth();
  const random = randomFrom(3);
  let dayStart = Number.NaN;
  let day = 0;
  let month = 0;
  sqlite.exec("BEGIN");
  for (let n = 0; n < count; n++) {
    const request = requests[n % requests.length];
    if (!request) throw new Error("no requests");
    const round = Math.floor(n / requests.length);
    const at = Math.floor(start.getTime() + (round * hour + request.at.getTime() - first) * stretch);
    if (Math.floor(at / DAY_MS) !== dayStart) {
      dayStart = Math.floor(at / DAY_MS);
      const date = new Date(at);
      day = date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
      month = date.getUTCFullYear() * 12 + date.getUTCMonth() - firstMonth;
    }
    // Some members and some applications are much busier than others.
    const who = Math.floor(random() ** 1.5 * memberships.length);
    const membership = memberships[who];
    const application = applications[Math.floor(random() ** 2 * applications.length)];
    if (!membership || !application) throw new Error("nobody spends");
    const amount = Number(request.credits);
    const allowance = effectiveAllowance(
      {
        allowance: membership.allowance,
        monthlyAllowance: membership.monthlyAllowance === null ? null : BigInt(membership.monthlyAllowance),
      },
      membership.organizationAllowance === null ? null : BigInt(membership.organizationAllowance),
    );
    const balance = (balances.get(membership.organizationId) ?? 0) - amount;
    balances.set(membership.organizationId, balance);
    const place = who * MONTHS + month;
    const spent = (spentInMonth[place] ?? 0) + amount;
    spentInMonth[place] = spent;
    const hash = requestHash([
      membership.organizationId,
      emailKey(membership.email),
      application.key,
      amount,
      at,
      null,
    ]);
    insert.run(
      amount,
      membership.creditTypeId,
      membership.organizationId,
      membership.id,
      application.id,
      at,
      day,
      at,
      `bench-${n}`,
      hash,
      balance,
      spent,
      allowance,
    );
    if (n % ROWS_A_TRANSACTION === ROWS_A_TRANSACTION - 1) sqlite.exec("COMMIT; BEGIN");
  }
  sqlite.exec("COMMIT");
}

/** Every counter over spends, recomputed from the entries. */
function addUp(sqlite: Sqlite.Database): void {
  sqlite.exec(`
    BEGIN;
    INSERT INTO membership_months (membership_id, month, organization_id, spent)
      SELECT membership_id, day / 100, organization_id, sum(amount) FROM ledger_entries
      WHERE kind = 'spend' GROUP BY 1, 2;
    INSERT INTO organization_days (organization_id, day, application_id, spent)
      SELECT organization_id, day, application_id, sum(amount) FROM ledger_entries
      WHERE kind = 'spend' GROUP BY 1, 2, 3;
    INSERT INTO organization_months (application_id, month, organization_id, spent)
      SELECT application_id, day / 100, organization_id, sum(spent) FROM organization_days GROUP BY 1, 2, 3;
    INSERT INTO credit_type_days (credit_type_id, day, application_id, spent)
      SELECT o.credit_type_id, d.day, d.application_id, sum(d.spent)
      FROM organization_days d JOIN organizations o ON o.id = d.organization_id GROUP BY 1, 2, 3;

    CREATE TEMP TABLE last_spends (membership_id INTEGER PRIMARY KEY, at INTEGER);
    INSERT INTO last_spends SELECT membership_id, max(occurred_at) FROM ledger_entries WHERE kind = 'spend' GROUP BY 1;
    UPDATE memberships SET
      spent = coalesce((SELECT sum(spent) FROM membership_months WHERE membership_id = memberships.id), 0),
      last_active_at = (SELECT at FROM last_spends WHERE membership_id = memberships.id);
    CREATE TEMP TABLE people (member_id INTEGER PRIMARY KEY, spent INTEGER, at INTEGER);
    INSERT INTO people SELECT member_id, sum(spent), max(last_active_at) FROM memberships GROUP BY 1;
    UPDATE members SET (spent, last_active_at) = (SELECT spent, at FROM people WHERE member_id = members.id)
      WHERE id IN (SELECT member_id FROM people);
    CREATE TEMP TABLE spenders (organization_id INTEGER PRIMARY KEY, spent INTEGER);
    INSERT INTO spenders SELECT organization_id, sum(spent) FROM organization_days GROUP BY 1;
    UPDATE organizations SET
      spent = (SELECT spent FROM spenders WHERE organization_id = organizations.id),
      balance = balance - (SELECT spent FROM spenders WHERE organization_id = organizations.id)
      WHERE id IN (SELECT organization_id FROM spenders);
    CREATE TEMP TABLE recent (organization_id INTEGER PRIMARY KEY, spent INTEGER);
    INSERT INTO recent SELECT organization_id, sum(spent) FROM organization_days
      WHERE day >= (SELECT spent_last_30_days_from FROM settings) GROUP BY 1;
    UPDATE organizations SET
      spent_last_30_days = (SELECT spent FROM recent WHERE organization_id = organizations.id)
      WHERE id IN (SELECT organization_id FROM recent);
    -- Their limits for alerts are of other figures now; the server's job computes them again.
    UPDATE organizations SET alert_version = -abs(alert_version);
    UPDATE credit_types SET
      total_spent = (SELECT coalesce(sum(spent), 0) FROM organizations WHERE credit_type_id = credit_types.id),
      last_entry_id = (SELECT max(id) FROM ledger_entries WHERE credit_type_id = credit_types.id),
      balance = (SELECT coalesce(sum(balance), 0) FROM organizations WHERE credit_type_id = credit_types.id);
    COMMIT;
  `);
}
