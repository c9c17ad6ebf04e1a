// What the server is to the command line: a process that has the database open, and the write lock now and then.
// Prints "open", then holds the lock for the milliseconds given, and stays until it is killed.
import { setTimeout as sleep } from "node:timers/promises";
import { database } from "#db/client.ts";

const { $client: sqlite } = database();
sqlite.exec("BEGIN IMMEDIATE");
console.log("open");
await sleep(Number(process.argv[2]));
sqlite.exec("COMMIT");
setInterval(() => sqlite.prepare("SELECT count(*) FROM organizations").get(), 20);
