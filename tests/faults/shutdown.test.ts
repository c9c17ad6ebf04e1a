import { once } from "node:events";
import { existsSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { closeDatabase, databaseFile } from "#db/client.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";
import { filledForm, ownerCookie } from "#tests/support/portal-client.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

useFreshDatabase();

const FORM = "/credit-types/new";
let sockets: Socket[];
let agent: Agent;
beforeEach(() => {
  sockets = [];
  agent = new Agent({ keepAlive: true });
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  agent.destroy();
});

/** A connection that says this much and then holds still. */
async function hold(server: TestServer, text: string): Promise<void> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => {});
  sockets.push(socket);
  await once(socket, "connect");
  socket.write(text);
}

/** Posts a body over connections that are kept alive. @returns the status; null when the connection was cut. */
async function post(server: TestServer, cookie: string, data: FormData): Promise<number | null> {
  const sent = new Response(data);
  const body = Buffer.from(await sent.arrayBuffer());
  return new Promise((resolve) => {
    request(
      `${server.url}${FORM}`,
      {
        method: "POST",
        agent,
        headers: {
          Cookie: cookie,
          Origin: server.url,
          "Content-Type": sent.headers.get("content-type") ?? "",
          "Content-Length": body.length,
        },
      },
      (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode ?? null));
        answer.on("error", () => resolve(null));
      },
    )
      .on("error", () => resolve(null))
      .end(body);
  });
}

/** Adds credit types one after the other until a connection is cut. @returns the names that were acknowledged. */
async function addUntilCut(
  server: TestServer,
  cookie: string,
  html: string,
  name: string,
): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let number = 0; ; number += 1) {
    const typed = { name: `${name} ${number}`, currency: "SGD", exchangeRate: "100" };
    const status = await post(server, cookie, filledForm(html, "currency", typed));
    if (status === null) return acknowledged;
    expect(status).toBe(303);
    acknowledged.push(typed.name);
  }
}

test("SIGTERM under load ends the server with 0 within ten seconds, and loses nothing that was acknowledged", async () => {
  const cookie = await ownerCookie();
  const directory = process.env.DATA_DIR ?? "";
  closeDatabase();
  const random = seededRandom("shutdown");
  const rounds = times({ short: 3, long: 100 });
  let longest = 0;
  let writes = 0;
  for (let round = 0; round < rounds; round += 1) {
    const server = await startServer({ directory });
    const html = await (await fetch(`${server.url}${FORM}`, { headers: { Cookie: cookie } })).text();
    // A connection that idles, a request that never begins in earnest, and now and then one whose body never ends.
    await hold(server, "");
    await hold(server, "GET / HTTP/1.1\r\nHost: x\r\n");
    if (round % 5 === 1) {
      await hold(
        server,
        `POST ${FORM} HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 9999\r\n\r\n--x`,
      );
    }
    const clients = Array.from({ length: 4 }, (_, client) =>
      addUntilCut(server, cookie, html, `Round ${round} client ${client}`),
    );
    await sleep(200 + random.below(600));
    const asked = performance.now();
    server.process.kill(random.pick(["SIGTERM", "SIGINT"] as const));
    const [code, signal] = await once(server.process, "exit");
    longest = Math.max(longest, performance.now() - asked);
    expect([code, signal], server.output()).toEqual([0, null]);
    const acknowledged = (await Promise.all(clients)).flat();
    writes += acknowledged.length;

    const file = path.join(directory, "bursar.sqlite");
    expect(existsSync(`${file}-wal`)).toBe(false);
    const sqlite = new Sqlite(file, { readonly: true });
    const kept = new Set(sqlite.prepare("SELECT name FROM credit_types").pluck().all());
    sqlite.close();
    expect(acknowledged.filter((name) => !kept.has(name))).toEqual([]);
    expect(verifyDatabase(databaseFile()).ok).toBe(true);
  }
  say(
    `shutdown: ${rounds} times, ${writes} writes acknowledged, 0 lost, the longest took ${longest.toFixed()} ms`,
  );
  expect(writes).toBeGreaterThan(rounds);
  expect(longest).toBeLessThan(10_000);
});
