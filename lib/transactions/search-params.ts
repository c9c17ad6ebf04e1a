import { ENTRY_KINDS, type EntryKind } from "#lib/ledger/rules.ts";
import { choiceParam, idParam, type Param, searchParamsCodec, textParam } from "#lib/search-params.ts";
import { isoDay, PERIODS, parseIsoDay } from "./rules.ts";

/** A place in the list, between entries: when the entry at it occurred, and its id. */
export type Cursor = { at: number; id: number };

/** The place below the oldest entry of all. */
export const OLDEST: Cursor = { at: -8_640_000_000_000_000, id: 0 };

const dayParam: Param<number | null> = {
  fallback: null,
  decode: parseIsoDay,
  encode: (day) => (day === null ? "" : isoDay(day)),
};

/** "1763978400000.12"; "0" is the place below the oldest. */
const cursorParam: Param<Cursor | null> = {
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

export const KIND_CHOICES = ["all", ...ENTRY_KINDS] as const satisfies readonly ("all" | EntryKind)[];

/** Everything that `/transactions` shows, as its URL says it. */
export const transactionsSearchParams = searchParamsCodec({
  period: choiceParam(PERIODS, "all"),
  /** Days; either one takes the place of the period. */
  from: dayParam,
  to: dayParam,
  /** A code. What somebody typed instead leads there or to a choice. */
  organization: textParam(100),
  /** A person's id; an e-mail leads there. */
  member: textParam(254),
  application: idParam,
  kind: choiceParam(KIND_CHOICES, "all"),
  type: idParam,
  /** The page of entries older than this place, or newer. */
  before: cursorParam,
  after: cursorParam,
});

export type TransactionsView = typeof transactionsSearchParams.defaults;

/** The link to a view; any change of the filters starts at the newest entries. */
export function transactionsHref(
  view: TransactionsView,
  change: Partial<TransactionsView> = {},
  path = "/transactions",
): string {
  return path + transactionsSearchParams.encode({ ...view, before: null, after: null, ...change });
}

/** Is anything filtered at all? */
export function isFiltered(view: TransactionsView): boolean {
  return transactionsSearchParams.encode({ ...view, before: null, after: null }) !== "";
}
