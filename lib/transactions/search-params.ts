import { cursorParam } from "#lib/keyset.ts";
import { ENTRY_KINDS, type EntryKind } from "#lib/ledger/rules.ts";
import {
  choiceParam,
  dayParam,
  idOrNameParam,
  idParam,
  type Param,
  searchParamsCodec,
  textParam,
} from "#lib/search-params.ts";
import { readTagKey } from "#lib/tags.ts";
import { PERIODS } from "./rules.ts";

export const KIND_CHOICES = ["all", ...ENTRY_KINDS] as const satisfies readonly ("all" | EntryKind)[];

const TAG_SPLIT = "tag:";

/** A key of tags as `tag:faculty`, or null. Other splits may get other words before the colon. */
export const tagKeyParam: Param<string | null> = {
  fallback: null,
  decode(text) {
    const key = text.startsWith(TAG_SPLIT) ? readTagKey(text.slice(TAG_SPLIT.length)) : null;
    return key?.ok ? key.value : undefined;
  },
  encode: (key) => (key === null ? "" : TAG_SPLIT + key),
};

/** The view of `/transactions`, as its URL defines it. */
export const transactionsSearchParams = searchParamsCodec({
  period: choiceParam(PERIODS, "all"),
  /** Days; either one takes the place of the period. */
  from: dayParam,
  to: dayParam,
  /** A code. Any other text is redirected to a code, or to a choice of organizations. */
  organization: textParam(100),
  /** A person's id. An e-mail is redirected to it. */
  member: textParam(254),
  /** An application's id. A name is redirected to it, or to a choice of applications. */
  application: idOrNameParam(100),
  kind: choiceParam(KIND_CHOICES, "all"),
  type: idParam,
  /** The exact id that the sender gave an event, or that a person's request has. */
  externalId: textParam(200),
  /** The exact model that an event's metadata names. */
  model: textParam(200),
  /** The page of entries older than `before`, or newer than `after`. */
  before: cursorParam,
  after: cursorParam,
  /** `tag:faculty`: spending is split by the tags of this key, too. */
  by: tagKeyParam,
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

/** Links that differ only in an id: the text before the id, and after it. */
export type LinkAround = readonly [before: string, after: string];

/** The link to the same view of one member, in two parts around the id: a list has it on every row. */
export function memberLink(view: TransactionsView, path?: string): LinkAround {
  const href = transactionsHref(view, { member: "0" }, path);
  const [prefix = ""] = /^.*[?&]member=/.exec(href) ?? [];
  return [prefix, href.slice(prefix.length + 1)];
}

/** Whether the view has any filter. */
export function isFiltered(view: TransactionsView): boolean {
  return transactionsSearchParams.encode({ ...view, before: null, after: null, by: null }) !== "";
}
