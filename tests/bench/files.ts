import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { closeDatabase, database, openDatabase } from "#db/client.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { plainCredits } from "#lib/credits.ts";
import { formatCsv } from "#lib/csv.ts";
import { codeKey } from "#lib/organization-codes/rules.ts";
import { importOrganizationsFile } from "#lib/organizations/import.ts";
import { searchColumns } from "#lib/organizations/rules.ts";
import { TRANSACTION_EXPORT_COLUMNS } from "#lib/transactions/export.ts";
import type { Client } from "./client.ts";
import { accepted, operator } from "./enterprise.ts";
import { namedOrganizations } from "./names.ts";
import { median } from "./statistics.ts";

function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), "bursar-bench-"));
}

/** Rows per second of an import by the product, and of a loop that only inserts the same rows, in turns. */
export async function importRates(rows: number, rounds: number): Promise<{ product: number; bare: number }> {
  const named = namedOrganizations(rows);
  const file = Buffer.from(
    formatCsv([
      ["name", "code", "credit_type", "monthly_allowance_per_member", "status"],
      ...named.map((row) => [row.name, row.code, row.creditType, "100", row.active ? "active" : "inactive"]),
    ]),
  );
  const product: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const folder = temporaryFolder();
    process.env.DATA_DIR = folder;
    const types = new Map<string, number>();
    for (const name of new Set(named.map((row) => row.creditType))) {
      types.set(
        name,
        accepted(await createCreditType({ name, currency: "EUR", exchangeRate: 1_000_000n }, operator)).id,
      );
    }
    database().$client.pragma("wal_checkpoint(TRUNCATE)");
    closeDatabase();
    cpSync(path.join(folder, "bursar.sqlite"), path.join(folder, "bare.sqlite"));
    product.push(rows / (await seconds(async () => accepted(await importOrganizationsFile(file, operator)))));
    closeDatabase();
    bare.push(rows / (await seconds(async () => insertBare(path.join(folder, "bare.sqlite"), named, types))));
    rmSync(folder, { recursive: true, force: true });
  }
  return { product: median(product), bare: median(bare) };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return (performance.now() - before) / 1000;
}

/** Inserts the same rows into the same table with its indexes, in one transaction, without file, checks and audit. */
function insertBare(
  file: string,
  named: ReturnType<typeof namedOrganizations>,
  types: ReadonlyMap<string, number>,
): void {
  const { $client: sqlite } = openDatabase(file);
  const insert = sqlite.prepare(
    `INSERT INTO organizations (name, code, code_key, credit_type_id, active, created_at, monthly_allowance, name_key,
       search_text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const now = Date.now();
  sqlite.exec("BEGIN IMMEDIATE");
  for (const { name, code, creditType, active } of named) {
    const { nameKey, searchText } = searchColumns(name, code);
    insert.run(
      name,
      code,
      codeKey(code),
      types.get(creditType),
      active ? 1 : 0,
      now,
      100_000_000,
      nameKey,
      searchText,
    );
  }
  sqlite.exec("COMMIT");
  sqlite.close();
}

/** Rows per second of the whole export over HTTP, read as fast as it arrives. */
export async function exportRate(client: Client): Promise<{ rows: number; rate: number }> {
  const before = performance.now();
  const rows = (await client.countLines({ path: "/transactions/export" })) - 1;
  return { rows, rate: (rows / (performance.now() - before)) * 1000 };
}

/** Reads the same rows with one statement, formats them as CSV and discards the text. */
export function bareExportRate(directory: string, rows: number): number {
  const sqlite = new Sqlite(path.join(directory, "bursar.sqlite"), { readonly: true });
  sqlite.defaultSafeIntegers(true);
  const statement = sqlite.prepare<[number], unknown[]>(
    `SELECT e.id, e.occurred_at, e.occurred_at, e.occurred_at, e.recorded_at, e.kind, o.code, o.name, p.email, p.name,
       a.name, e.amount, t.name, t.currency, e.amount, e.balance_after, e.external_id, e.source, k.name, e.reverses_id,
       e.note, e.metadata
     FROM ledger_entries e INDEXED BY ledger_entries_occurred
     JOIN credit_types t ON t.id = e.credit_type_id
     LEFT JOIN organizations o ON o.id = e.organization_id
     LEFT JOIN memberships m ON m.id = e.membership_id
     LEFT JOIN members p ON p.id = m.member_id
     LEFT JOIN applications a ON a.id = e.application_id
     LEFT JOIN api_keys k ON k.id = e.api_key_id
     ORDER BY e.occurred_at DESC, e.id DESC LIMIT ?`,
  );
  const before = performance.now();
  let count = 0;
  let bytes = TRANSACTION_EXPORT_COLUMNS.length;
  for (const row of statement.raw().iterate(rows) as IterableIterator<unknown[]>) {
    const cells = row.map((cell, column) => {
      if (column >= 1 && column <= 4) return new Date(Number(cell)).toISOString();
      return typeof cell === "bigint" && (column === 11 || column === 14 || column === 15)
        ? plainCredits(cell)
        : String(cell ?? "");
    });
    bytes += Buffer.byteLength(`${cells.join(",")}\r\n`);
    count += 1;
  }
  const took = performance.now() - before;
  sqlite.close();
  if (bytes < count) throw new Error("nothing was written");
  return (count / took) * 1000;
}
