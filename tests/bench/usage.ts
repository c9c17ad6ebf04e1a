import path from "node:path";
import Sqlite from "better-sqlite3";
import { closeDatabase } from "#db/client.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { bareLoop, latestSpends } from "./bare-loop.ts";
import { type Call, type Client, load } from "./client.ts";
import { accepted, operator } from "./enterprise.ts";
import { ratio } from "./pages.ts";
import { median, quantile } from "./statistics.ts";

const EVENTS_A_BATCH = 1_000;

export type Spender = { organization: string; member: string };

/** Members who may spend, from organizations of every size. */
export function spenders(directory: string, count: number): Spender[] {
  const sqlite = new Sqlite(path.join(directory, "bursar.sqlite"), { readonly: true });
  const rows = sqlite
    .prepare<[number], Spender>(
      `SELECT o.code AS organization, p.email AS member
       FROM memberships m JOIN organizations o ON o.id = m.organization_id JOIN members p ON p.id = m.member_id
       WHERE m.id % 7 = 3 AND m.active = 1 AND o.active = 1 AND o.balance > 100000000 LIMIT ?`,
    )
    .all(count);
  sqlite.close();
  return rows;
}

/** A key for the whole enterprise. */
export async function enterpriseKey(directory: string): Promise<string> {
  process.env.DATA_DIR = directory;
  const created = accepted(
    await createApiKey({ name: "Benchmark", organization: null, expires: null }, operator),
  );
  closeDatabase();
  return created.key;
}

const RUN = Date.now();
let sent = 0;

function event({ organization, member }: Spender) {
  sent += 1;
  return {
    id: `measured-${RUN}-${sent}`,
    organization,
    member,
    application: "essay-coach",
    credits: "0.001375",
    metadata: { model: "gpt-4o" },
  };
}

const JSON_TYPE = { "content-type": "application/json" };

/** Calls with one event each. The members take turns. */
export function singleEvents(members: readonly Spender[], url = "/api/v1/usage"): () => Call {
  let next = 0;
  return () => {
    const member = members[next++ % members.length];
    if (!member) throw new Error("nobody may spend");
    return { method: "POST", path: url, headers: JSON_TYPE, body: JSON.stringify(event(member)) };
  };
}

function batches(members: readonly Spender[]): () => Call {
  let next = 0;
  return () => {
    const events = Array.from({ length: EVENTS_A_BATCH }, () => {
      const member = members[next++ % members.length];
      if (!member) throw new Error("nobody may spend");
      return event(member);
    });
    return {
      method: "POST",
      path: "/api/v1/usage/batch",
      headers: JSON_TYPE,
      body: JSON.stringify({ events }),
    };
  };
}

type Rounds = { rounds: number; seconds: number };

/** Requests per second of single events, and of an empty handler that parses the same body, in turns. */
export async function singleRates(
  application: Client,
  reference: Client,
  members: readonly Spender[],
  { rounds, seconds }: Rounds,
): Promise<{ ratio: number; product: number; reference: number }> {
  const product: number[] = [];
  const empty: number[] = [];
  const ours = singleEvents(members);
  const theirs = singleEvents(members, "/usage");
  for (let round = 0; round <= rounds; round++) {
    const one = await load(application, ours, { seconds, atATime: 32, status: 201 });
    const other = await load(reference, theirs, { seconds, atATime: 32, status: 201 });
    if (round === 0) continue;
    product.push(one.answers / one.seconds);
    empty.push(other.answers / other.seconds);
  }
  return { ratio: ratio(product, empty), product: median(product), reference: median(empty) };
}

/** Events per second of batches of 1,000 events, and of {@link bareLoop}, in turns. */
export async function batchRates(
  application: Client,
  directory: string,
  copy: string,
  members: readonly Spender[],
  { rounds, seconds }: Rounds,
): Promise<{ ratio: number; product: number; bare: number; entriesAlone: number }> {
  const product: number[] = [];
  const bare: number[] = [];
  const entriesAlone: number[] = [];
  const calls = batches(members);
  for (let round = 0; round <= rounds; round++) {
    const one = await load(application, calls, { seconds, atATime: 1 });
    const rows = latestSpends(directory, EVENTS_A_BATCH * 2);
    const all = bareLoop(copy, rows, { seconds, batch: EVENTS_A_BATCH });
    const alone = bareLoop(copy, rows, { seconds, batch: EVENTS_A_BATCH, sums: false });
    if (round === 0) continue;
    product.push((one.answers * EVENTS_A_BATCH) / one.seconds);
    bare.push(all);
    entriesAlone.push(alone);
  }
  return {
    ratio: ratio(product, bare),
    product: median(product),
    bare: median(bare),
    entriesAlone: median(entriesAlone),
  };
}

/** The p95 of the list while events are sent as fast as they are answered, and its p95 without other load. */
export async function listWhileWriting(
  portal: Client,
  application: Client,
  members: readonly Spender[],
  { rounds, seconds }: Rounds,
): Promise<{ ratio: number; idle: number; busy: number; eventsPerSecond: number }> {
  const list = () => ({ path: "/organizations" });
  const idle: number[] = [];
  const busy: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const alone = await load(portal, list, { seconds, atATime: 1 });
    const writing = load(application, singleEvents(members), { seconds, atATime: 8, status: 201 });
    const together = await load(portal, list, { seconds, atATime: 1 });
    const { answers, seconds: took } = await writing;
    idle.push(quantile(alone.milliseconds, 0.95));
    busy.push(quantile(together.milliseconds, 0.95));
    rates.push(answers / took);
  }
  return { ratio: ratio(busy, idle), idle: median(idle), busy: median(busy), eventsPerSecond: median(rates) };
}
