// A process that has the database open, as the server has while a command runs. It takes the write lock, prints "open",
// holds the lock for that many milliseconds, and then reads until it is killed.
import { setTimeout as sleep } from "node:timers/promises";
import { database } from "#db/client.ts";

const { $client: sqlite } = database();
// A server writes the runs of its jobs, and the driver here gives up after 20 ms, which one write to a slow disk takes.
sqlite.pragma("busy_timeout = 60000");
sqlite.exec("BEGIN IMMEDIATE");
console.log("open");
await sleep(Number(process.argv[2]));
sqlite.exec("COMMIT");
setInterval(() => sqlite.prepare("SELECT count(*) FROM organizations").get(), 20);
