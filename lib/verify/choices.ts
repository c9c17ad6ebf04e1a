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
    const choices = columns.flatMap((column) => {
      const values = allowedValues(column);
      return values === null ? [] : [{ name: column.name, isOther: `${column.name} NOT IN (${values})` }];
    });
    if (choices.length === 0) continue;
    const rows = sqlite
      .prepare(
        `SELECT ${key.map(({ name }) => name).join(" || '/' || ")} AS row,
           ${choices.map(({ name, isOther }) => `CASE WHEN ${isOther} THEN CAST(${name} AS TEXT) END AS ${name}`)}
         FROM ${tableName} WHERE ${choices.map(({ isOther }) => isOther).join(" OR ")}`,
      )
      .iterate() as IterableIterator<{ row: unknown } & Record<string, string | null>>;
    for (const { row, ...others } of rows) {
      for (const [column, value] of Object.entries(others)) {
        if (value === null) continue;
        fault(`${tableName} ${row}`, `${column} is ${JSON.stringify(value)}, which is no value of it`);
      }
    }
  }
}
