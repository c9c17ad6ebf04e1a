import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { closeDatabase, database } from "#db/client.ts";
import { statement } from "#db/statement.ts";
import { suggestApplications } from "#lib/applications/queries.ts";
import { exportAudit } from "#lib/audit/export.ts";
import { auditFilter } from "#lib/audit/filter.ts";
import { listAudit } from "#lib/audit/list.ts";
import type { AuditReader } from "#lib/audit/queries.ts";
import { auditSearchParams } from "#lib/audit/search-params.ts";
import { exportMemberships } from "#lib/members/export.ts";
import {
  countPeople,
  listMembers,
  membershipIdPieces,
  prepareMembers,
} from "#lib/members/queries/member-list.ts";
import { membersSearchParams } from "#lib/members/search-params.ts";
import { listOrganizations } from "#lib/organizations/queries/list.ts";
import { totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { spendingOverview } from "#lib/overview/figures.ts";
import { type Scope, scopeOfUser, wholeScope } from "#lib/scope/scope.ts";
import { exportTransactions } from "#lib/transactions/export.ts";
import { listFigures } from "#lib/transactions/figures.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { suggestMembers } from "#lib/transactions/queries/suggestions.ts";
import { GROUPINGS } from "#lib/transactions/rules/grouping.ts";
import { type TransactionsView, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { exportSpendingTable } from "#lib/transactions/spending-export.ts";
import { spendingFigures } from "#lib/transactions/spending-figures.ts";
import { exportSpendingSummary } from "#lib/transactions/summary-export.ts";
import { everything } from "#tests/support/builders.ts";
import { operator } from "./enterprise.ts";
import { userOfScope } from "./servers.ts";

// Reads run in the server's one thread, so while one of them computes, everybody waits. Each kind is called here as its
// page or route calls it, and the longest stretch without a turn of the event loop is measured.

const TODAY = 20_261_126;
const READER: AuditReader = { id: 1, role: "owner", scope: wholeScope(operator) };

/** Words that everybody has, some have and nobody has, of one letter and more, and those that differ in their order. */
const SEARCHES = ["a", "zq", "ann", "zqx", "e zq", "zq e", "a e i", "1 @ zqx", "example.edu zqx", "é"];

const MEMBERS = [
  "",
  "page=9999",
  "status=inactive&sort=-spent",
  "role=admin",
  "role=viewer&sort=-active&page=200",
  "role=creator&status=active&sort=created&page=9999",
  "role=viewer&q=an",
  "role=admin&q=a&sort=active",
  "q=a&status=active",
  "used=80",
  "used=80&q=a",
  "used=80&q=e&sort=-spent&page=200",
];

const ORGANIZATIONS = ["", "sort=name&page=9999", "status=inactive&sort=-balance", "type=1&sort=-spent"];

/** Ranges that no run before has asked for: a process remembers the sums of some. */
const TRANSACTIONS = [
  "",
  "from=2026-01-03&to=2026-11-17",
  "from=2026-02-02&to=2026-02-20",
  "from=2026-03-03",
  "from=2026-01-02&per=week",
  "to=2026-06-15",
  "application=2&from=2026-01-04",
  "type=1&application=3&from=2026-01-05",
  "kind=reversal",
  "externalId=nobody",
  "model=nobody",
];

/** Of a rare key and of a busy one, see {@link giveKeys}. */
const RARE_KEY = 1_001;
const BUSY_KEY = 1_002;
const OF_KEYS = [
  `key=${RARE_KEY}`,
  `key=${BUSY_KEY}`,
  `key=${BUSY_KEY}&application=2`,
  `key=${RARE_KEY}&kind=reversal`,
  `key=${BUSY_KEY}&from=2026-02-02&to=2026-06-20`,
];

/** How many entries of the run's own copy get the busy key; one in {@link RARE} of all gets the rare one. */
const BUSY = 200_000;
const RARE = 20_000;

/** Gives two keys of the enterprise entries, because the spends of the data have none. */
function giveKeys(): void {
  const sqlite = database().$client;
  const trigger = sqlite
    .prepare<[], string>("SELECT sql FROM sqlite_master WHERE name = 'ledger_entries_no_update'")
    .pluck()
    .get();
  if (!trigger) throw new Error("there is no trigger on the ledger");
  sqlite.exec(`
    DROP TRIGGER ledger_entries_no_update;
    INSERT INTO api_keys (id, name, prefix, key_hash, created_at)
      VALUES (${RARE_KEY}, 'rare', 'bur_rare', 'rare', 0), (${BUSY_KEY}, 'busy', 'bur_busy', 'busy', 0);
    UPDATE ledger_entries SET api_key_id = ${BUSY_KEY} WHERE kind = 'spend' AND id IN
      (SELECT id FROM ledger_entries ORDER BY id DESC LIMIT ${BUSY});
    UPDATE ledger_entries SET api_key_id = ${RARE_KEY} WHERE kind = 'spend' AND id % ${RARE} = 7;
    INSERT INTO api_key_days (api_key_id, day, credit_type_id, spent, events)
      SELECT api_key_id, day, credit_type_id, sum(amount), count(*) FROM ledger_entries
      INDEXED BY ledger_entries_api_key WHERE api_key_id IN (${RARE_KEY}, ${BUSY_KEY}) AND kind = 'spend' GROUP BY 1, 2, 3;
    ${trigger};`);
}

const AUDIT = [
  "",
  "q=nobody",
  "action=organization.created",
  "actor=operator&subject=membership&from=2026-01-03",
  "subject=organization&q=nobody",
];

/** Of a person who may read half of the organizations. */
const OF_HALF = [
  "",
  "q=ann",
  "q=zqx&sort=-spent",
  "sort=-spent",
  "status=inactive",
  "role=viewer&q=a",
  "used=80",
];

type Read = () => unknown;

/** A page of people, as the portal reads it. */
async function people(scope: Scope, query: string) {
  const view = membersSearchParams.decode(new URLSearchParams(query));
  return listMembers(scope, view, await prepareMembers(scope, view));
}

function* reads(half: Scope): Generator<[name: string, read: Read]> {
  const queryOf = (query: string) => new URLSearchParams(query);
  yield ["people of half of the organizations", () => countPeople(half)];
  for (const query of OF_HALF) {
    yield [`/members?${query} of half of the organizations`, () => people(half, query)];
  }
  for (const q of SEARCHES) {
    const query = String(new URLSearchParams({ q }));
    yield [`/members?${query}`, () => people(everything, query)];
    const more = `${query}&status=inactive&sort=-spent`;
    yield [`/members?${more}`, () => people(everything, more)];
    yield [
      `/organizations?${query}`,
      () =>
        listOrganizations(
          everything,
          organizationsSearchParams.decode(queryOf(query)),
          totalsByCreditType(everything),
        ),
    ];
    yield [`members suggested for ${q}`, () => suggestMembers(everything, q, 10)];
    yield [`applications suggested for ${q}`, () => suggestApplications(everything, q, 10)];
  }
  for (const query of MEMBERS) {
    yield [`/members?${query}`, () => people(everything, query)];
  }
  for (const query of ["", "q=a", "q=a+e&role=viewer&sort=-spent"]) {
    yield [
      `export of members, ${query}`,
      () =>
        firstPieces(
          exportMemberships(
            everything,
            membershipIdPieces(everything, membersSearchParams.decode(queryOf(query))),
          ),
        ),
    ];
  }
  for (const query of ORGANIZATIONS) {
    yield [
      `/organizations?${query}`,
      () =>
        listOrganizations(
          everything,
          organizationsSearchParams.decode(queryOf(query)),
          totalsByCreditType(everything),
        ),
    ];
  }
  for (const query of [...TRANSACTIONS, ...OF_KEYS]) {
    const view = transactionsSearchParams.decode(queryOf(query));
    yield [`/transactions?${query}`, () => listFigures(everything, view, TODAY)];
    for (const by of GROUPINGS) {
      yield [
        `spending by ${by}, ${query}`,
        () => spendingFigures(everything, { ...view, tab: "spending", by }, TODAY),
      ];
    }
    for (const by of GROUPINGS) {
      yield [`table by ${by} as CSV, ${query}`, () => spendingTable({ ...view, tab: "spending", by })];
    }
    const filter = transactionFilter(everything, view, TODAY);
    yield [`export of transactions, ${query}`, () => exportTransactions(filter).next()];
    yield [`export by month, ${query}`, () => firstPieces(exportSpendingSummary(filter))];
  }
  for (const type of [null, 2]) {
    yield [`/overview?type=${type}`, () => spendingOverview(everything, { type, by: null }, TODAY)];
  }
  for (const query of AUDIT) {
    const view = auditSearchParams.decode(queryOf(query));
    const filter = auditFilter(view, "UTC");
    yield [`/audit?${query}`, () => listAudit(filter, view, READER)];
    yield [`export of the audit trail, ${query}`, () => exportAudit(filter, READER).next()];
  }
}

/** The file of a table, whose rows are many more than a page's. */
async function spendingTable(view: TransactionsView): Promise<void> {
  const figures = await spendingFigures(everything, view, TODAY, null, null);
  const pieces = figures && exportSpendingTable(figures);
  await nextTurn();
  if (pieces) await firstPieces(pieces);
}

/**
 * As a response does: others have their turn between two pieces. The head of the file and two pieces with rows are read; an
 * empty one is a pause.
 */
async function firstPieces(pieces: Generator<string>): Promise<void> {
  for (let count = 0; count < 3; ) {
    const { done, value } = pieces.next();
    if (done) return;
    if (value !== "") count += 1;
    await nextTurn();
  }
}

/**
 * The longest stretch of processor time between two turns of the event loop, in milliseconds: of the thread alone, because
 * V8 collects garbage and compiles in other threads at the same time.
 */
async function longestStretch(read: Read): Promise<number> {
  let longest = 0;
  let isDone = false;
  let startedAt = process.threadCpuUsage();
  const look = () => {
    const { user, system } = process.threadCpuUsage(startedAt);
    longest = Math.max(longest, (user + system) / 1000);
    startedAt = process.threadCpuUsage();
    if (!isDone) setImmediate(look);
  };
  await nextTurn();
  setImmediate(look);
  startedAt = process.threadCpuUsage();
  await read();
  isDone = true;
  look();
  await nextTurn();
  return longest;
}

export type LongestRead = { name: string; milliseconds: number };

/** How long each kind of read of a data folder holds up the event loop, the longest first. */
export async function longestReads(directory: string): Promise<LongestRead[]> {
  const before = process.env.DATA_DIR;
  closeDatabase();
  process.env.DATA_DIR = directory;
  try {
    database();
    const [organizations = 0] = statement(sql`SELECT count(*) FROM organizations`).numbers();
    giveKeys();
    const { id } = await userOfScope(Math.floor(organizations / 2));
    const measured: LongestRead[] = [];
    // The first time, a statement is prepared and pages are read, which a second time shows less clearly.
    for (const [name, read] of reads(scopeOfUser(id, null)))
      measured.push({ name, milliseconds: await longestStretch(read) });
    return measured.sort((one, other) => other.milliseconds - one.milliseconds);
  } finally {
    closeDatabase();
    if (before === undefined) delete process.env.DATA_DIR;
    else process.env.DATA_DIR = before;
  }
}
