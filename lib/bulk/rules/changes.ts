import { z } from "zod";
import { formatCount } from "#lib/credits.ts";
import { idList, viewQuery } from "#lib/fields.ts";
import { requestId } from "#lib/ledger/rules.ts";

/** A row that a batch would change, with its value before and after as the audit trail writes it; null is none. */
export type ChangeLine = { id: number; before: string | null; after: string | null };

/** What every form has that changes a selection as its preview showed it. */
export const selectionFields = (many: string) => ({
  ids: idList(many),
  view: viewQuery.optional(),
  /** What the preview was, see `lib/bulk/preview.ts`. */
  expected: z.string().max(200),
  requestId,
});

/** A request to change several rows, as a command takes it. */
export type BulkRequest = {
  ids: readonly number[];
  requestId: string;
  /** How the request names the rows: a repeat of it has the same, although a view may have others by then. */
  selection: string;
  /** Null for a caller without a preview. */
  expected: string | null;
};

/** "5 organizations", or "799 of 870 organizations; 71 stay as they are". */
export function changesOf(changes: number, total: number, one: string, many: string): string {
  const all = `${formatCount(total)} ${total === 1 ? one : many}`;
  if (changes === total) return all;
  const others = total - changes;
  return `${formatCount(changes)} of ${all}; ${formatCount(others)} ${others === 1 ? "stays as it is" : "stay as they are"}`;
}

/** The order of a preview: first what changes, then what stays. */
export function inChangingOrder<Line extends Pick<ChangeLine, "before" | "after">>(
  lines: readonly Line[],
): Line[] {
  return [...lines].sort((a, b) => Number(a.before === a.after) - Number(b.before === b.after));
}
