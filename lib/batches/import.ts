import { hash } from "node:crypto";
import { desc, eq, sql } from "drizzle-orm";
import { type Database, database, type Reader } from "#db/client.ts";
import { batches, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { type BatchRequest, recordAsBatch, repeatOfBatch } from "#lib/bulk/record.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { type Importer, type ImportOptions, importFile } from "#lib/imports/file.ts";
import type { ImportReport } from "#lib/imports/rules.ts";
import { requestHash } from "#lib/ledger/commands/requests.ts";
import { startPosting } from "#lib/ledger/posting/posting.ts";
import { organizationIds } from "#lib/organization-codes/queries.ts";
import { done, type Result } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { reads, type Scope } from "#lib/scope/scope.ts";
import { readSettings } from "#lib/settings/queries.ts";
import { formatDateTime } from "#lib/time.ts";
import { postMoves } from "./commands/credits.ts";
import { type AllocationContext, type AllocationRow, checkAllocations } from "./import-rules.ts";
import { reversalOf } from "./queries/batches.ts";
import { movePools } from "./queries/moves.ts";

/** The same file again within this time is refused, because somebody has most probably sent it twice. */
const SAME_FILE_MS = 24 * 3600 * 1000;
/** How many of the latest batches are compared. */
const SAME_FILE_BATCHES = 1_000;

/** The batch that has allocated a file with these bytes in the last 24 hours, unless it was reversed. */
function earlierBatch(reader: Reader, { hash }: BatchRequest, now: Date): AllocationContext["earlier"] {
  const latest = reader
    .select({ id: batches.id, at: batches.createdAt, hash: batches.requestHash })
    .from(batches)
    .orderBy(desc(batches.id))
    .limit(SAME_FILE_BATCHES)
    .all()
    .filter((batch) => batch.hash.equals(hash) && now.getTime() - batch.at.getTime() < SAME_FILE_MS);
  const [batch] = latest.filter(({ id }) => reversalOf(reader, id) === null);
  return batch ? { batch: batch.id, at: formatDateTime(batch.at, readSettings(reader)) } : null;
}

function contextOf(
  reader: Reader,
  scope: Scope,
  db: Database,
  earlier: AllocationContext["earlier"],
): AllocationContext {
  const byId = reader
    .select({
      id: organizations.id,
      code: organizations.code,
      name: organizations.name,
      active: organizations.active,
      creditTypeId: organizations.creditTypeId,
      balance: organizations.balance,
    })
    .from(organizations)
    .where(eq(organizations.id, sql.placeholder("id")))
    .prepare();
  const idOf = organizationIds(reader);
  return {
    earlier,
    pools: movePools(db),
    organizationByCode: (code) => {
      const row = byId.get({ id: idOf(code) ?? 0 });
      return row && reads(scope, row.id) ? row : undefined;
    },
  };
}

/** The request that a file is: a repeat has the same id and the same bytes. */
const requestOf = (id: string, bytes: Uint8Array): BatchRequest => ({
  id,
  hash: requestHash(["file", hash("sha256", bytes)]),
});

/**
 * Imports a file of allocations as one batch. `id` names the request.
 *
 * @param again also a file that was allocated in the last 24 hours, because the caller has named this request
 */
export const allocationsImporter = (
  id: string,
  bytes: Uint8Array,
  db: Database,
  again = false,
): Importer<AllocationRow> => ({
  check(table, reader, scope, _mode, onProgress) {
    const earlier = again ? null : earlierBatch(reader, requestOf(id, bytes), new Date());
    return checkAllocations(table, contextOf(reader, scope, db, earlier), onProgress);
  },
  authorize: (tx, actor) => assertRole(tx, actor, "admin"),
  // One batch, so all rows at once; the check refuses more.
  rowsAPiece: BATCH_MAX,
  apply(tx, rows, actor, at) {
    const request = requestOf(id, bytes);
    const repeat = repeatOfBatch(tx, request);
    if (repeat) return repeat.ok ? null : repeat;
    const posting = startPosting(db, tx);
    const movements = rows.map((row) => ({ ...row, balance: posting.balance(row.id) }));
    const receipt = recordAsBatch(tx, { kind: "allocation", request }, actor, at, () =>
      postMoves(posting, tx, movements, { move: "allocation", request, actor, now: at }),
    );
    posting.finish();
    return receipt.ok ? null : receipt;
  },
  undo: () => [],
});

/** The batch that a request has made; null for none. */
export function batchOfRequest(reader: Reader, id: string): number | null {
  return reader.select({ id: batches.id }).from(batches).where(eq(batches.requestId, id)).get()?.id ?? null;
}

/** The answer about a file of allocations. A repeat has no report, because nothing is checked again. */
export type AllocationsOutcome = Result<{ batch: number | null; isRepeat: boolean }> & {
  report: ImportReport | null;
};

/**
 * Allocates a file whole or not at all, as one batch. The same file under the same id is allocated once; another file under
 * that id is refused.
 *
 * @param options.again see {@link allocationsImporter}
 */
export async function importAllocationsFile(
  bytes: Uint8Array,
  actor: Actor,
  { requestId, again = false, ...options }: ImportOptions & { requestId: string; again?: boolean },
): Promise<AllocationsOutcome> {
  const db = options.db ?? database();
  const before = repeatOfBatch(db, requestOf(requestId, bytes));
  if (before && !before.ok) return { ...before, report: null };
  if (before) return { ...done({ batch: before.value.batch, isRepeat: true }), report: null };
  const result = await importFile(allocationsImporter(requestId, bytes, db, again), bytes, actor, options);
  if (!result.ok) return result;
  return { ...done({ batch: batchOfRequest(db, requestId), isRepeat: false }), report: result.report };
}
