import { database } from "#db/client.ts";
import { addChainFunction, CHAINED_COLUMNS } from "#db/ledger-chain.ts";

/**
 * Runs SQL as a person with the file and an SQLite shell could: the triggers that guard the tables are put back after it,
 * so that every fault is one of content. The triggers that count still work.
 */
export function tamper(sql: string): void {
  const sqlite = database().$client;
  sqlite.pragma("foreign_keys = OFF");
  sqlite.pragma("ignore_check_constraints = ON");
  const guards = sqlite
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name NOT LIKE '%count%'")
    .all() as { name: string; sql: string }[];
  for (const { name } of guards) sqlite.exec(`DROP TRIGGER ${name}`);
  sqlite.exec(sql);
  for (const guard of guards) sqlite.exec(guard.sql);
}

/** Makes every group of the ledger's chain again, as somebody would who knows the chain. */
export function rechain(): void {
  const sqlite = database().$client;
  addChainFunction(sqlite);
  tamper(`DELETE FROM ledger_chain; INSERT INTO ledger_chain
    SELECT max(id), ledger_chain_hash(${CHAINED_COLUMNS.join(", ")}) FROM ledger_entries NOT INDEXED`);
}
