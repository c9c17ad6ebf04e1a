import { inArray, max } from "drizzle-orm";
import { database } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import { type Cursor, countedPlaces, type KeysetPage, keysetPage, keysetPieces } from "#lib/keyset.ts";
import type { PrintedRows } from "#lib/print.ts";
import type { AuditRow } from "./commands.ts";
import type { AuditFilter } from "./filter.ts";
import { placesFor } from "./places.ts";
import { type AuditItem, type AuditReader, itemsOf } from "./queries.ts";
import type { AuditView } from "./search-params.ts";

export const AUDIT_PAGE_SIZE = 50;

/** The entries at these places, in their order. */
export function rowsAt(cursors: readonly Cursor[]): AuditRow[] {
  const ids = cursors.map(({ id }) => id);
  const rows = database().select().from(auditEntries).where(inArray(auditEntries.id, ids)).all();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** A page of the audit, newest first; null where there is no further page. */
export type AuditPage = Omit<KeysetPage, "places"> & { items: AuditItem[] };

/** One page of the view, as `reader` may see it. */
export function listAudit(
  filter: AuditFilter,
  view: Pick<AuditView, "before" | "after">,
  reader: AuditReader,
): AuditPage {
  const page = keysetPage(placesFor(filter, reader), view, AUDIT_PAGE_SIZE);
  return { items: itemsOf(rowsAt(page.places), reader), older: page.older, newer: page.newer };
}

/** The view's newest entries to be printed, as `reader` may see them, with how many there are. */
export function printedAudit(filter: AuditFilter, reader: AuditReader): PrintedRows<AuditItem> {
  const { places, ...counted } = countedPlaces(placesFor(filter, reader));
  return { items: itemsOf(rowsAt(places), reader), ...counted };
}

/** The newest entry's id. The audit only grows, so a read up to this id always has the same entries. */
export function latestAuditId(): number {
  return (
    database()
      .select({ id: max(auditEntries.id) })
      .from(auditEntries)
      .get()?.id ?? 0
  );
}

/** The view's stored entries up to `upToId` that the reader may see, newest first, `size` at a time. */
export function* auditPieces(
  filter: AuditFilter,
  reader: AuditReader,
  { upToId, size }: { upToId: number; size: number },
): Generator<AuditRow[]> {
  const places = placesFor(filter, reader);
  for (const piece of keysetPieces((walk) => places({ ...walk, upToId }), size)) {
    yield rowsAt(piece);
  }
}
