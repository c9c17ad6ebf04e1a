// Migrates the database FILE and is killed right before its Nth statement, or right before it first calls a function of
// node:fs ("renameSync"), by which it keeps the snapshot. With 0 it lives, and prints how many statements there are:
// node tests/support/migrate-and-die.ts FILE POINT
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import Sqlite from "better-sqlite3";
import { migrate } from "#db/migrate.ts";

const [, , file = "", point = "0"] = process.argv;
const die = () => process.kill(process.pid, "SIGKILL");
if (point === "chmodSync" || point === "fsyncSync" || point === "renameSync") {
  fs[point] = die;
  syncBuiltinESMExports();
}
let statements = 0;
const sqlite = new Sqlite(file, {
  timeout: 10_000,
  verbose() {
    statements += 1;
    if (statements === Number(point)) die();
  },
});
sqlite.defaultSafeIntegers(true);
sqlite.pragma("journal_mode = WAL");
sqlite.pragma("synchronous = FULL");
statements = 0;
migrate(sqlite);
console.log(statements);
sqlite.close();
