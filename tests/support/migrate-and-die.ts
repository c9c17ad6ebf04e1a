// Migrates the database FILE and is killed right before its Nth statement; with 0 it lives, and prints how many there
// are: node tests/support/migrate-and-die.ts FILE N
import Sqlite from "better-sqlite3";
import { migrate } from "#db/migrate.ts";

const [, , file = "", wanted = "0"] = process.argv;
let statements = 0;
const sqlite = new Sqlite(file, {
  timeout: 10_000,
  verbose() {
    statements += 1;
    if (statements === Number(wanted)) process.kill(process.pid, "SIGKILL");
  },
});
sqlite.defaultSafeIntegers(true);
sqlite.pragma("journal_mode = WAL");
sqlite.pragma("synchronous = FULL");
statements = 0;
migrate(sqlite);
console.log(statements);
sqlite.close();
