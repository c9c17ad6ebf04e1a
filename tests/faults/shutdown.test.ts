import { once } from "node:events";
import { existsSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { closeDatabase, database, databaseFile } from "#db/client.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import { fillSpends } from "#tests/bench/entries.ts";
import { actionId } from "#tests/support/actions.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { say, seededRandom, times } from "#tests/support/faults.ts";
import { HttpBrowser } from "#tests/support/http-browser.ts";
import { filledForm, ownerCookie } from "#tests/support/portal-client.ts";
import { eventually, startServer, type TestServer } from "#tests/support/server.ts";
import { newKey } from "#tests/support/usage-api.ts";

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

/** Ends the server by SIGTERM, with 0 and within ten seconds. @returns how long it took, in milliseconds. */
async function endBySigterm(server: TestServer): Promise<number> {
  const startedAt = performance.now();
  server.process.kill("SIGTERM");
  const [code, signal] = await once(server.process, "exit");
  const took = performance.now() - startedAt;
  expect([code, signal], server.output()).toEqual([0, null]);
  expect(took).toBeLessThan(10_000);
  return took;
}

/** A connection that sends this much and then nothing more. */
async function hold(server: TestServer, text: string): Promise<void> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => {});
  sockets.push(socket);
  await once(socket, "connect");
  socket.write(text);
}

/** A request whose body never ends. */
const endlessForm = (cookie: string) =>
  `POST ${FORM} HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 9999\r\n\r\n--x`;

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
    // An idle connection, and a request that never sends its headers.
    await hold(server, "");
    await hold(server, "GET / HTTP/1.1\r\nHost: x\r\n");
    if (round % 5 === 4) await hold(server, endlessForm(cookie));
    const clients = Array.from({ length: 4 }, (_, client) =>
      addUntilCut(server, cookie, html, `Round ${round} client ${client}`),
    );
    await sleep(200 + random.below(600));
    const startedAt = performance.now();
    server.process.kill(random.pick(["SIGTERM", "SIGINT"] as const));
    const [code, signal] = await once(server.process, "exit");
    longest = Math.max(longest, performance.now() - startedAt);
    expect([code, signal], server.output()).toEqual([0, null]);
    const acknowledged = (await Promise.all(clients)).flat();
    writes += acknowledged.length;

    const file = path.join(directory, "bursar.sqlite");
    expect(existsSync(`${file}-wal`)).toBe(false);
    const sqlite = new Sqlite(file, { readonly: true });
    const names = new Set(sqlite.prepare("SELECT name FROM credit_types").pluck().all());
    sqlite.close();
    expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
    expect(verifyDatabase(databaseFile()).ok).toBe(true);
  }
  say(
    `shutdown: ${rounds} times, ${writes} writes acknowledged, 0 lost, the longest took ${longest.toFixed()} ms`,
  );
  expect(writes).toBeGreaterThan(rounds);
  expect(longest).toBeLessThan(10_000);
});

test("the last uses of the second before a shutdown are kept", async () => {
  await makeSmallEnterprise();
  const key = await newKey(null);
  const cookie = await ownerCookie();
  database().$client.exec("UPDATE portal_sessions SET last_used_at = 1");
  const directory = process.env.DATA_DIR ?? "";
  closeDatabase();
  const server = await startServer({ directory });
  const check = `${server.url}/api/v1/usage/check?organization=LAW&member=ana@example.edu&credits=1`;
  expect((await fetch(`${server.url}/account`, { headers: { Cookie: cookie } })).status).toBe(200);
  expect((await fetch(check, { headers: { Authorization: `Bearer ${key}` } })).status).toBe(200);
  await endBySigterm(server);
  const sqlite = new Sqlite(databaseFile(), { readonly: true });
  const uses = sqlite.prepare(
    "SELECT last_used_at FROM api_keys UNION ALL SELECT last_used_at FROM portal_sessions",
  );
  const lastUses = uses.pluck().all().map(Number);
  sqlite.close();
  expect(lastUses).toHaveLength(2);
  for (const at of lastUses) expect(at).toBeGreaterThan(Date.now() - 5 * 60_000);
});

/** A running export whose reader takes the beginning and then nothing. @returns what it got, once the connection ended. */
async function readSlowly(server: TestServer, cookie: string): Promise<() => Promise<string>> {
  const sent = request(`${server.url}/transactions/export`, { headers: { Cookie: cookie } }).end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  let text = String((await once(answer, "data"))[0]);
  answer.pause();
  return async () => {
    answer.on("data", (piece) => {
      text += piece;
    });
    const cut = new Promise<boolean>((resolve) => {
      answer.on("end", () => resolve(false));
      answer.on("error", () => resolve(true));
    });
    answer.resume();
    expect(await cut, "the reader is told that the file is not whole").toBe(true);
    return text;
  };
}

test("a reader who stops reading his export, and a form without an end, hold up no shutdown; the reader sees that he was cut off", async () => {
  await makeSmallEnterprise();
  const cookie = await ownerCookie();
  const directory = process.env.DATA_DIR ?? "";
  const entries = 60_000;
  closeDatabase();
  const sqlite = new Sqlite(databaseFile());
  fillSpends(sqlite, entries, new Date("2026-01-01T00:00:00Z"), new Date());
  sqlite.close();
  const server = await startServer({ directory });
  const readOn = await readSlowly(server, cookie);
  await hold(server, endlessForm(cookie));
  const took = await endBySigterm(server);
  const rows = (await readOn()).split("\n").length;
  expect(rows).toBeLessThan(entries);
  expect(verifyDatabase(databaseFile()).checks.flatMap(({ mismatches }) => mismatches)).toEqual([]);
  say(
    `shutdown: an export was cut off after ${rows} of ${entries} rows, ${took.toFixed()} ms after it was asked`,
  );
});

/** A value of an import's row. */
function ofImport(id: string, value: string): unknown {
  const sqlite = new Sqlite(databaseFile(), { readonly: true });
  try {
    return sqlite.prepare(`SELECT ${value} FROM imports WHERE id = ?`).pluck().get(id);
  } finally {
    sqlite.close();
  }
}

const statusOf = (id: string) => ofImport(id, "status");

/** Uploads a file of organizations and lets it be imported, without waiting for the end. @returns the import's id. */
async function beginImport(visitor: HttpBrowser, csv: string): Promise<string> {
  const form = new FormData();
  form.set("file", new File([csv], "organizations.csv"));
  const encoded = new Response(form);
  const uploaded = await visitor.send("/organizations/import/upload", {
    method: "POST",
    headers: { origin: visitor.url, "content-type": encoded.headers.get("content-type") ?? "" },
    body: new Uint8Array(await encoded.arrayBuffer()),
  });
  const preview = new URL(uploaded.headers.location ?? "", visitor.url).pathname;
  const id = preview.split("/").at(-1) ?? "";
  await eventually("the file to be checked", () => statusOf(id) === "checked" || null);
  const expected = String(ofImport(id, "report ->> '$.digest'"));
  // The server may end before it answers.
  visitor.act(preview, actionId("runImportAction"), { id, expected }).catch(() => {});
  await eventually("the import to begin", () => statusOf(id) !== "checked" || null);
  return id;
}

test("a shutdown in the middle of an import leaves all of it or nothing", async () => {
  await makeSmallEnterprise();
  const [name = "", ...cookie] = (await ownerCookie()).split("=");
  const directory = process.env.DATA_DIR ?? "";
  closeDatabase();
  const random = seededRandom("shutdown");
  const rounds = times({ short: 1, long: 10 });
  // The long form's take longer than a shutdown waits.
  const rows = times({ short: 15_000, long: 200_000 });
  const ends: string[] = [];
  let wasMidway = false;
  // An import may end before this process sees that it began, so there are more rounds until one was seen midway.
  for (let round = 0; round < rounds || (!wasMidway && round < rounds + 4); round += 1) {
    const server = await startServer({ directory });
    const visitor = new HttpBrowser(server.url);
    visitor.cookies.set(name, cookie.join("="));
    const lines = Array.from(
      { length: rows },
      (_, row) => `Unit ${row},R${round}-${row},JPY Credits,,active`,
    );
    const id = await beginImport(
      visitor,
      ["name,code,credit_type,monthly_allowance_per_member,status", ...lines].join("\n"),
    );
    // At once until then, so that one shutdown at least comes in the middle.
    if (wasMidway) await sleep(random.below(1_500));
    else wasMidway = statusOf(id) === "importing";
    const took = await endBySigterm(server);

    const sqlite = new Sqlite(databaseFile(), { readonly: true });
    const there = sqlite.prepare("SELECT count(*) FROM organizations WHERE code LIKE ?").pluck();
    const count = there.get(`R${round}-%`);
    sqlite.close();
    // One that was cut off is called failed by the next start.
    const status = String(statusOf(id));
    expect([status, count]).toEqual([status, status === "done" ? rows : 0]);
    expect(["done", "failed", "importing"]).toContain(status);
    expect(verifyDatabase(databaseFile()).ok).toBe(true);
    ends.push(`${status === "done" ? "whole" : "nothing"} after ${took.toFixed()} ms`);
  }
  expect(wasMidway).toBe(true);
  say(`shutdown: imports of ${rows} rows: ${ends.join(", ")}`);
});
