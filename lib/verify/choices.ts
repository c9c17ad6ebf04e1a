import type Sqlite from "better-sqlite3";
import { getTableName, is } from "drizzle-orm";
import { getTableConfig, type SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import * as schema from "#db/schema/index.ts";
import type { Fault } from "./report.ts";

/** Tables whose values other checks compare with the hash chains. */
const CHAINED = ["ledger_entries", "audit_entries"];

/** The values that a column allows, as SQL; null for a column of any value. */
function allowedValues(column: SQLiteColumn): string | null {
  const isFlag = column.getSQLType() === "integer" && typeof column.mapFromDriverValue(1n) === "boolean";
  if (isFlag) return "0, 1";
  return column.enumValues?.map((value) => `'${value}'`).join(", ") ?? null;
}

/** Each column of a few values, such as a role or a status, has one of them. SQLite itself enforces no such list. */
export function checkChoices(sqlite: Sqlite.Database, fault: Fault): void {
  for (const table of Object.values(schema)) {
    if (!is(table, SQLiteTable) || CHAINED.includes(getTableName(table))) continue;
    const { name: tableName, columns, primaryKeys } = getTableConfig(table);
    const key = primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary);
    for (const column of columns) {
      const values = allowedValues(column);
      if (values === null) continue;
      const rows = sqlite
        .prepare(
          `SELECT ${key.map(({ name }) => name).join(" || '/' || ")} AS row, CAST(${column.name} AS TEXT) AS value
           FROM ${tableName} WHERE ${column.name} NOT IN (${values})`,
        )
        .iterate() as IterableIterator<{ row: unknown; value: string }>;
      for (const { row, value } of rows) {
        fault(`${tableName} ${row}`, `${column.name} is ${JSON.stringify(value)}, which is no value of it`);
      }
    }
  }
}
