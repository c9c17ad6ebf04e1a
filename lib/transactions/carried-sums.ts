import { contentGeneration } from "#db/generation.ts";
import { latestEntryId } from "./queries/entries.ts";

// Sums of the ledger that a process remembers between requests. They belong to one generation of the content, which a
// restore increases, and to one entry of the ledger, which only grows. What came since is added at each look.

/** The content and the newest entry that sums include. */
export type AsOf = { generation: number; upToId: number };

/** With more new entries than this, adding them costs more than reading the counters again. */
const MAX_NEW_ENTRIES = 50_000;

/** For sums that are read in the same snapshot. */
export const asOfNow = (): AsOf => ({ generation: contentGeneration(), upToId: latestEntryId() });

/** Whether sums become those of now by adding the entries after `upToId`. */
export function canBeCarried({ generation, upToId }: AsOf): boolean {
  if (generation !== contentGeneration()) return false;
  const newEntries = latestEntryId() - upToId;
  return newEntries >= 0 && newEntries <= MAX_NEW_ENTRIES;
}
