import { constants, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { keystrokes } from "./browser.ts";
import { weigh } from "./bytes.ts";
import { Client } from "./client.ts";
import { benchmarkData } from "./data.ts";
import { bareExportRate, exportRate, importRates } from "./files.ts";
import { lighthouseScores } from "./lighthouse.ts";
import { LIST_VIEWS, latencies, ratio, requestRates } from "./pages.ts";
import { longestReads } from "./reads.ts";
import { atLeast, atMost, type Line, makeReport, markdownTable, writeReport } from "./report.ts";
import { addRules, type ServedPortal, timesWithRules } from "./rules.ts";
import { SCALES } from "./scale.ts";
import { cookieOfScope, type Portal, startPortal, startReference } from "./servers.ts";
import { median } from "./statistics.ts";
import { batchRates, enterpriseKey, listWhileWriting, singleRates, spenders } from "./usage.ts";
import { verifyTimes } from "./verify.ts";
import { OVERVIEW_VIEWS, organizationViews, SPENDING_VIEWS, TRANSACTION_VIEWS } from "./views.ts";
import { longestWaits } from "./waits.ts";

/** The parts that can be measured alone: `npm run bench -- --only list,views`. */
const PARTS = ["list", "views", "reads", "usage", "rules", "files", "bytes", "browser", "verify"] as const;
type Part = (typeof PARTS)[number];

/** How many alert rules a portal has beside those that every portal has, where that is measured. */
const MORE_RULES = 1_000;

/** How many organizations the user with a narrower scope may read. */
const SCOPE_ORGANIZATIONS = 500;

type Effort = { rounds: number; seconds: number };

const { values } = parseArgs({
  options: {
    small: { type: "boolean", default: false },
    only: { type: "string", default: PARTS.join(",") },
  },
});
const scaleName = values.small ? "small" : "full";
const parts = values.only.split(",") as Part[];
const effort: Effort = values.small ? { rounds: 3, seconds: 0.8 } : { rounds: 7, seconds: 3 };

/** A copy of the data. Writes into it are measured. */
function copyOfData(scale: "small" | "full" | "hundred", folder: string): string {
  const directory = path.join(folder, scale);
  mkdirSync(directory, { recursive: true });
  const file = (name: string) => path.join(directory, name);
  copyFileSync(
    path.join(benchmarkData(scale), "bursar.sqlite"),
    file("bursar.sqlite"),
    constants.COPYFILE_FICLONE,
  );
  return directory;
}

const started = performance.now();
const folder = mkdtempSync(path.join(tmpdir(), "bursar-bench-run-"));
const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
const lines: Line[] = [];
function add(what: string, verdict: Pick<Line, "target" | "reached" | "ok">, details: Line["details"] = {}) {
  lines.push({ what, ...verdict, details });
  console.log(`${verdict.ok ? "reached" : "MISSED "}  ${what}: ${verdict.reached} (${verdict.target})`);
}

async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

// Otherwise the servers would keep running.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void stopAll().finally(() => process.exit(1)));
}
try {
  await measure();
} finally {
  await stopAll();
}

async function measure(): Promise<void> {
  const directory = copyOfData(scaleName, folder);
  const application = await enterpriseKey(directory);
  const portal = await startPortal(directory);
  stops.push(() => portal.stop(), portal.memory.stop);
  const reference = await startReference();
  stops.push(() => reference.stop());
  const client = new Client(portal.url, { cookie: portal.cookie });
  const referenceClient = new Client(reference.url);
  stops.push(
    () => client.close(),
    () => referenceClient.close(),
  );

  if (parts.includes("list")) {
    await measureList(
      { client, pid: portal.process.pid ?? 0 },
      { client: referenceClient, pid: reference.pid },
    );
  }
  if (parts.includes("views")) {
    await measureViews(client, directory);
    const scoped = new Client(portal.url, { cookie: await cookieOfScope(directory, SCOPE_ORGANIZATIONS) });
    stops.push(() => scoped.close());
    await measureScope(client, scoped);
  }
  if (parts.includes("reads")) await measureReads(client, directory);
  if (parts.includes("bytes")) await measureBytes(client, referenceClient);
  if (parts.includes("browser")) await measureBrowser(portal, reference.url);
  const gateway = new Client(portal.url, { authorization: `Bearer ${application}` }, 32);
  stops.push(() => gateway.close());
  if (parts.includes("usage")) await measureUsage({ gateway, referenceClient, client, directory });
  if (parts.includes("rules")) await measureRules({ client, gateway });
  if (parts.includes("files")) await measureFiles(client, directory);
  if (parts.includes("verify")) await measureVerify();

  add("resident memory of the server through it all", atMost(portal.memory.mostMegabytes(), 350, " MB", 0));
  const report = makeReport(lines, {
    command: `npm run bench${values.small ? " -- --small" : ""}`,
    scale: SCALES[scaleName],
    minutes: (performance.now() - started) / 60_000,
  });
  console.log(`\n${report.machine}, ${report.minutes} minutes\n\n${markdownTable(lines)}`);
  if (values.small || parts.length < PARTS.length) {
    mkdirSync("test-results", { recursive: true });
    writeFileSync(path.join("test-results", "bench.json"), `${JSON.stringify(report, null, 2)}\n`);
  } else writeReport(report);
}

type Served = { client: Client; pid: number };

async function measureList(full: Served, reference: Served): Promise<void> {
  const hundred = await startPortal(copyOfData("hundred", folder));
  const hundredClient = new Client(hundred.url, { cookie: hundred.cookie });
  const call = { path: "/organizations" };
  const rates = await requestRates(
    {
      reference: { ...reference, call: { path: "/cards" } },
      full: { ...full, call },
      hundred: { client: hundredClient, pid: hundred.process.pid ?? 0, call },
    },
    { ...effort, atATime: 4 },
  );
  hundredClient.close();
  hundred.memory.stop();
  await hundred.stop();
  const details = {
    requestsPerSecond: median(rates.full.perSecond),
    reference: median(rates.reference.perSecond),
    hundred: median(rates.hundred.perSecond),
    processorMilliseconds: median(rates.full.processor),
    referenceProcessor: median(rates.reference.processor),
    hundredProcessor: median(rates.hundred.processor),
  };
  add(
    "`/organizations`, requests/s against an empty page with 24 cards of the same markup",
    atLeast(ratio(rates.full.perSecond, rates.reference.perSecond), 0.8),
    details,
  );
  add(
    "`/organizations`, requests/s against 100 organizations",
    atLeast(ratio(rates.full.perSecond, rates.hundred.perSecond), 0.9),
    details,
  );
}

/** The list for a user with a narrower scope than the enterprise, against the list for its owner. */
async function measureScope(client: Client, scoped: Client): Promise<void> {
  const times = { rounds: 30, seconds: values.small ? 6 : 45 };
  for (const [what, view] of [
    ["", ""],
    [", searched", "?q=a"],
  ] as const) {
    const list = "/organizations";
    const base = (await latencies(client, [list], times)).get(list)?.p50 ?? Number.NaN;
    const p50 = (await latencies(scoped, [list + view], times)).get(list + view)?.p50 ?? Number.NaN;
    const name = `\`/organizations\` in a scope of ${SCOPE_ORGANIZATIONS}${what}, p50 against the list's`;
    add(name, atMost(p50 / base, 1.5), { p50, list: base, path: list + view });
  }
}

async function measureViews(client: Client, directory: string): Promise<void> {
  const list = "/organizations";
  const views = { ...LIST_VIEWS };
  const taken = await latencies(client, [list, ...Object.values(views).map((view) => list + view)], {
    rounds: 40,
    seconds: values.small ? 12 : 90,
  });
  const base = taken.get(list)?.p50 ?? Number.NaN;
  const compare = (what: string, path: string, most: number) => {
    const p50 = taken.get(path)?.p50 ?? Number.NaN;
    add(`${what}, p50 against the list's`, atMost(p50 / base, most), { p50, list: base, path });
  };
  for (const [name, view] of Object.entries(views)) {
    // A search reads the index of every organization, so its limit grows with their number.
    const searched = name === "a common word" ? 2 : 1.5;
    compare(`\`/organizations\`, ${name}`, list + view, view.includes("q=") && !values.small ? 5 : searched);
  }
  const ofOrganization = organizationViews(directory);
  for (const [most, others] of [
    [2, { ...OVERVIEW_VIEWS, ...TRANSACTION_VIEWS, ...ofOrganization.list }],
    [3, { ...SPENDING_VIEWS, ...ofOrganization.spending }],
  ] as const) {
    const paths: string[] = Object.values(others);
    const taken = await latencies(client, [list, ...paths], { rounds: 30, seconds: values.small ? 12 : 90 });
    const listNow = taken.get(list)?.p50 ?? Number.NaN;
    for (const [name, path] of Object.entries(others)) {
      const p50 = taken.get(path)?.p50 ?? Number.NaN;
      add(`${name}, p50 against the list's`, atMost(p50 / listNow, most), { p50, list: listNow, path });
    }
  }
}

async function measureReads(client: Client, directory: string): Promise<void> {
  const waits = await longestWaits(client);
  add(
    "the longest that another request waits while a long page is made",
    atMost(waits[0]?.milliseconds ?? Number.NaN, 200, " ms", 0),
    Object.fromEntries(waits.map(({ path, milliseconds }) => [path, milliseconds])),
  );
  const longest = await longestReads(directory);
  const [first] = longest;
  add(
    "the longest that a read holds up the event loop",
    atMost(first?.milliseconds ?? Number.NaN, 200, " ms", 0),
    Object.fromEntries(longest.slice(0, 10).map(({ name, milliseconds }) => [name, milliseconds])),
  );
}

async function measureBytes(client: Client, referenceClient: Client): Promise<void> {
  const list = await weigh(client, "/organizations");
  const plain = await weigh(referenceClient, "/plain");
  add("the list's HTML, gzip", atMost(list.htmlGzip / 1024, 12, " KB", 1), { bytes: list.htmlGzip });
  add(
    "the list's scripts, gzip, beyond those of a page without a client component",
    atMost((list.scriptsGzip - plain.scriptsGzip) / 1024, 35, " KB", 1),
    { bytes: list.scriptsGzip, plain: plain.scriptsGzip },
  );
}

async function measureBrowser(portal: Portal, referenceUrl: string): Promise<void> {
  for (const device of ["mobile", "desktop"] as const) {
    const scores = await lighthouseScores(`${portal.url}/organizations`, portal.cookie, device);
    // What a page of the same Next reaches that has no stylesheet and no script of its own.
    const reference = (await lighthouseScores(`${referenceUrl}/cards`, "", device)).performance;
    for (const [category, score] of Object.entries(scores)) {
      add(
        `Lighthouse (${device}), ${category}`,
        { target: "100", reached: score === null ? "not measured" : String(score), ok: score === 100 },
        category === "performance" && reference !== null ? { reference } : {},
      );
    }
  }
  const keys = await keystrokes(portal.url, portal.cookie, { letters: values.small ? 15 : 40 });
  add("a key in the search to the new list on the screen, p95", atMost(keys.p95, 150, " ms", 0), keys);
}

async function measureUsage(of: {
  gateway: Client;
  referenceClient: Client;
  client: Client;
  directory: string;
}): Promise<void> {
  const { gateway, referenceClient, client, directory } = of;
  const members = spenders(directory, 2_000);
  const single = await singleRates(gateway, referenceClient, members, effort);
  add("one usage event, requests/s against an empty handler", atLeast(single.ratio, 0.8), single);
  const copy = path.join(copyOfData(scaleName, path.join(folder, "bare")), "bursar.sqlite");
  const batch = await batchRates(gateway, directory, copy, members, effort);
  rmSync(path.join(folder, "bare"), { recursive: true });
  add("batches of 1,000 events, rows/s against a bare loop", atLeast(batch.ratio, 0.5), batch);
  const mixed = await listWhileWriting(client, gateway, members, effort);
  add("the list's p95 while events are written, against idle", atMost(mixed.ratio, 3), mixed);
}

async function measureVerify(): Promise<void> {
  const entries = SCALES[scaleName].entries.toLocaleString("en-US");
  const times = await verifyTimes(benchmarkData(scaleName));
  // With few entries, the members and their indexes take most of the time.
  const most = values.small ? 8 : 3;
  add(
    `\`verify\` of ${entries} entries, time against a read of each`,
    atMost(times.verify / times.read, most),
    times,
  );
}

/** A usage event and the list of a portal with many alert rules, against the same portal without them. */
async function measureRules(without: ServedPortal): Promise<void> {
  const directory = copyOfData(scaleName, path.join(folder, "with-rules"));
  const { rules, secondsToCheck } = await addRules(directory, MORE_RULES);
  const application = await enterpriseKey(directory);
  const members = spenders(directory, 2_000);
  const portal = await startPortal(directory);
  const served = {
    client: new Client(portal.url, { cookie: portal.cookie }),
    gateway: new Client(portal.url, { authorization: `Bearer ${application}` }, 32),
  };
  const { event, list } = await timesWithRules({ without, with: served }, members, effort);
  served.client.close();
  served.gateway.close();
  portal.memory.stop();
  await portal.stop();
  rmSync(directory, { recursive: true });
  const withRules = `with ${rules.toLocaleString("en-US")} more alert rules`;
  add(`one usage event ${withRules}, time against without`, atMost(event.ratio, 1.1), event);
  add(`\`/organizations\` ${withRules}, time against without`, atMost(list.ratio, 1.05), list);
  const checked = SCALES[scaleName].organizations.toLocaleString("en-US");
  add(`${checked} organizations checked after the rules were changed`, atMost(secondsToCheck, 120, " s", 0));
}

async function measureFiles(client: Client, directory: string): Promise<void> {
  const rows = Math.min(100_000, SCALES[scaleName].organizations);
  const imported = await importRates(rows, values.small ? 1 : 3);
  add(
    `import of ${rows.toLocaleString("en-US")} organizations, rows/s against a bare loop`,
    atLeast(imported.product / imported.bare, 0.3),
    imported,
  );
  const { rows: exported, rate } = await exportRate(client);
  const bare = bareExportRate(directory, Math.min(exported, 1_000_000));
  add(
    `export of ${exported.toLocaleString("en-US")} transactions, rows/s against a bare loop`,
    atLeast(rate / bare, 0.3),
    { product: rate, bare },
  );
}
