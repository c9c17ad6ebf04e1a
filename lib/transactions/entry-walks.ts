import { type SQL, sql } from "drizzle-orm";
import { ENTRY_MODEL, ENTRY_SPENT } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { isFew, isWhole } from "#lib/scope/scope.ts";
import type { TransactionFilter } from "./queries/filter.ts";
import { indexFor, KEY_INDEX } from "./queries/list.ts";
import { instantBounds } from "./rules.ts";
import { spentConditions, spentWalk, where } from "./spent-entries.ts";

// Reads the entries of a filter along indexes in pieces, between which other requests are served. A piece has a number of
// entries of the index, of which few may match, so that each takes about the same time.

/** How many entries are read at once: some 20 ms, and 100 ms where each is in another page of the file. */
export const ENTRIES_A_PIECE = 5_000;

/** An index with the condition on its first column: it has the entries in the order of their instants. */
export type Walk = { index: string; conditions: SQL[] };

/** The walks that have a filter's entries. */
export function walksOf(filter: TransactionFilter): Walk[] {
  const { organization, scope, applicationIds } = filter;
  const by = (index: string, ...conditions: SQL[]): Walk => ({ index, conditions });
  const organizationWalk = (id: number) => by("ledger_entries_organization", sql`organization_id = ${id}`);
  if (filter.externalId !== null) {
    return [by("ledger_entries_external_id", sql`external_id = ${filter.externalId}`)];
  }
  if (filter.member) return filter.membershipIds.map(membershipWalk);
  if (filter.key?.isNarrow) return [by(KEY_INDEX, sql`api_key_id = ${filter.key.id}`)];
  if (!organization && !isWhole(scope)) {
    return isFew(scope)
      ? [...(scope.organizationIds ?? [])].map(organizationWalk)
      : [by("ledger_entries_occurred")];
  }
  const index = indexFor({ ...filter, kind: "all" }, null);
  switch (index) {
    case "ledger_entries_model":
      return [by(index, sql`${ENTRY_MODEL} = ${filter.model}`)];
    case "ledger_entries_application":
      return (applicationIds ?? []).map((id) => by(index, sql`application_id = ${id}`));
    case "ledger_entries_credit_type":
      return [by(index, sql`credit_type_id = ${filter.creditTypeId}`)];
    default:
      return [organization ? organizationWalk(organization.id) : by("ledger_entries_occurred")];
  }
}

export const membershipWalk = (id: number): Walk => ({
  index: "ledger_entries_membership",
  conditions: [sql`membership_id = ${id}`],
});

type Place = { at: bigint; id: bigint };

/** Before every entry. */
const START: Place = { at: -(2n ** 62n), id: 0n };

/** The conditions on the entries of a walk in the filter's range, which the index has. */
function inWalk({ range }: TransactionFilter, { conditions }: Walk, upToId: number): SQL[] {
  const { first, last } = instantBounds(range);
  return [
    ...conditions,
    sql`id <= ${upToId}`,
    ...(first === null ? [] : [sql`occurred_at >= ${first}`]),
    ...(last === null ? [] : [sql`occurred_at <= ${last}`]),
  ];
}

/** How many entries the walks have, those that do not match included; `limit` at most. */
export function countEntries(
  filter: TransactionFilter,
  walks: readonly Walk[],
  upToId: number,
  limit: number,
): number {
  let count = 0;
  for (const walk of walks) {
    const [entries = 0] = statement(
      sql`SELECT count(*) FROM (SELECT 1 FROM ledger_entries INDEXED BY ${sql.identifier(walk.index)}
        ${where(inWalk(filter, walk, upToId))} LIMIT ${limit - count})`,
    ).numbers();
    count += entries;
    if (count >= limit) break;
  }
  return count;
}

/** `entries` follows FROM; of these, the entries that fulfil `matches` add `spent`. */
export type EntryPiece = { entries: SQL; matches: SQL; spent: SQL };

/** The entries of a walk up to one of the ledger, in pieces. */
export function* entryPieces(filter: TransactionFilter, walk: Walk, upToId: number): Generator<EntryPiece> {
  const { conditions, spent } =
    walk.index === KEY_INDEX
      ? spentWalk(filter, upToId)
      : { conditions: spentConditions(filter), spent: ENTRY_SPENT };
  // With the plus, SQLite does not seek by these. It would read from the start of the range for each piece.
  const matches = sql`+(${sql.join(conditions, sql` AND `)})`;
  const indexed = sql`ledger_entries INDEXED BY ${sql.identifier(walk.index)}`;
  const inIndex = inWalk({ ...filter, range: { ...filter.range, from: null } }, walk, upToId);
  const { first } = instantBounds(filter.range);
  // The place is the only lower bound: beside another one, SQLite would read from that one on for each piece.
  let place: Place = first === null ? START : { at: BigInt(first), id: 0n };
  for (;;) {
    const after = [...inIndex, sql`(occurred_at, id) > (${place.at}, ${place.id})`];
    const end = statement<Place>(
      sql`SELECT occurred_at AS at, id FROM ${indexed} ${where(after)}
        ORDER BY occurred_at, id LIMIT 1 OFFSET ${ENTRIES_A_PIECE - 1}`,
    ).get();
    const inPiece = end ? [...after, sql`(occurred_at, id) <= (${end.at}, ${end.id})`] : after;
    yield { entries: sql`${indexed} ${where(inPiece)}`, matches, spent };
    if (!end) return;
    place = end;
  }
}
