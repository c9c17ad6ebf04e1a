import { COUNTED_ROWS, PRINTED_ROWS } from "./print.ts";
import type { Param } from "./search-params.ts";

// Lists that only grow are shown newest first and paged by keyset, so that the last page costs the same as the first.

/** A place in such a list: the instant of a row in milliseconds since 1970, and its id. */
export type Cursor = { at: number; id: number };

/** A place before the oldest row. */
export const OLDEST: Cursor = { at: -8_640_000_000_000_000, id: 0 };

/** "1763978400000.12"; "0" is {@link OLDEST}. */
export const cursorParam: Param<Cursor | null> = {
  fallback: null,
  decode(text) {
    if (text === "0") return OLDEST;
    const match = /^(-?\d{1,15})\.([1-9]\d{0,14})$/.exec(text);
    return match ? { at: Number(match[1]), id: Number(match[2]) } : undefined;
  },
  encode(cursor) {
    if (cursor === null) return "";
    return cursor.id === 0 ? "0" : `${cursor.at}.${cursor.id}`;
  },
};

/** Which rows to read: after a place, in one direction, at most `limit`. */
export type Walk = { from: Cursor | null; direction: "older" | "newer"; limit: number };

/** Reads the places of rows, in the order of the walk. */
export type Places = (walk: Walk) => Cursor[];

/** A page's rows, newest first; null where there is no further page. */
export type KeysetPage = {
  places: Cursor[];
  /** Where the next older page begins, and the next newer one. */
  older: Cursor | null;
  newer: Cursor | null;
};

/** The page of rows older than `before` or newer than `after`. Past the end: the last page. Without a place: the first. */
export function keysetPage(
  places: Places,
  { before, after }: { before: Cursor | null; after: Cursor | null },
  size: number,
): KeysetPage {
  const limit = size + 1;
  const page = (rows: Cursor[], hasNewer: boolean, hasOlder: boolean): KeysetPage => ({
    places: rows,
    newer: hasNewer ? (rows[0] ?? null) : null,
    older: hasOlder ? (rows.at(-1) ?? null) : null,
  });
  if (after) {
    const newer = places({ from: after, direction: "newer", limit });
    // With fewer rows than a page it is the first page, which is shown in full.
    if (newer.length > size) {
      const rows = newer.slice(0, size).reverse();
      const older = places({ from: rows.at(-1) ?? null, direction: "older", limit: 1 });
      return page(rows, true, older.length > 0);
    }
  } else if (before) {
    const older = places({ from: before, direction: "older", limit });
    if (older.length > 0) {
      const rows = older.slice(0, size);
      const newer = places({ from: rows[0] ?? null, direction: "newer", limit: 1 });
      return page(rows, newer.length > 0, older.length > size);
    }
    return keysetPage(places, { before: null, after: OLDEST }, size);
  }
  const newest = places({ from: null, direction: "older", limit });
  return page(newest.slice(0, size), false, newest.length > size);
}

/** The newest rows, as many as are printed, with how many there are: counted up to {@link COUNTED_ROWS}. */
export function countedPlaces(places: Places): { places: Cursor[]; total: number; more: boolean } {
  const newest = places({ from: null, direction: "older", limit: COUNTED_ROWS + 1 });
  const total = Math.min(newest.length, COUNTED_ROWS);
  return { places: newest.slice(0, PRINTED_ROWS), total, more: newest.length > COUNTED_ROWS };
}

/** All rows, newest first, `size` at a time. */
export function* keysetPieces(places: Places, size: number): Generator<Cursor[]> {
  let from: Cursor | null = null;
  for (;;) {
    const piece: Cursor[] = places({ from, direction: "older", limit: size });
    if (piece.length > 0) yield piece;
    if (piece.length < size) return;
    from = piece.at(-1) ?? null;
  }
}

/** The places of several walks as one list, in the order of the walk and within its limit. */
export function mergePlaces(walks: readonly Cursor[][], { direction, limit }: Walk): Cursor[] {
  const sign = direction === "older" ? -1 : 1;
  return walks
    .flat()
    .sort((a, b) => sign * (a.at - b.at || a.id - b.id))
    .slice(0, limit);
}
