import { cursorParam } from "#lib/keyset.ts";
import { ENTRY_KINDS, type EntryKind } from "#lib/ledger/rules/kinds.ts";
import {
  choiceParam,
  dayParam,
  idOrNameParam,
  idParam,
  type Param,
  searchParamsCodec,
  tagsParam,
  textParam,
} from "#lib/search-params.ts";
import { readTagKey } from "#lib/tags.ts";
import { type Grouping, ROW_CHOICES, readGrouping, tagKeyOf } from "./rules/grouping.ts";
import { PER_CHOICES, type Period, readPeriod } from "./rules/periods.ts";

/** "spending": spends and their reversals, so that the list adds up to what was spent. */
export const KIND_CHOICES = ["all", "spending", ...ENTRY_KINDS] as const satisfies readonly (
  | "all"
  | "spending"
  | EntryKind
)[];
export type KindChoice = (typeof KIND_CHOICES)[number];

/** Whether a choice leaves only entries of kinds that are rare beside spends. */
export const isRareKind = (kind: KindChoice): boolean => !["all", "spending", "spend"].includes(kind);

/** A key of tags as `tag:faculty`, or null. */
export const tagKeyParam: Param<string | null> = {
  fallback: null,
  decode(text) {
    const grouping = readGrouping(text);
    return grouping === undefined ? undefined : (tagKeyOf(grouping) ?? undefined);
  },
  encode: (key) => (key === null ? "" : `tag:${key}`),
};

/** In the filters "model" and "key": what was spent without a model, and what no API key reported. */
export const NONE = "none";

/** A model as SQLite reads it: a number of JSON is no text, true and false are 1 and 0, and an object is its JSON text. */
export type ModelValue = string | number | bigint;

/** What the filter "model" means: one model, what was spent without any, or everything. */
export type ModelChoice = { model: string | null; noModel: boolean };

/** Reads the filter "model" of a view, which {@link modelParamText} writes. */
export function readModel(text: string): ModelChoice {
  if (text === NONE) return { model: null, noModel: true };
  const model = isQuoted(text) ? text.slice(1, -1) : text;
  return { model: model || null, noModel: false };
}

const isQuoted = (text: string): boolean => text.length > 2 && text.startsWith('"') && text.endsWith('"');

const modelParam = textParam(200);

/** The driver reads it in place of half a surrogate pair, so a text with it may not be the one of the entries. */
const REPLACEMENT_CHARACTER = "\u{FFFD}";

/**
 * The filter "model" of the entries of a model. One that is called "none", or that begins or ends with a space, is written
 * in quotation marks, because a parameter is read without outer spaces. So is one that has such marks itself.
 *
 * @returns null for a model that the parameter cannot have: an empty one, or one that it would cut
 */
export function modelParamText(model: string): string | null {
  const text = model === NONE || model !== model.trim() || isQuoted(model) ? `"${model}"` : model;
  if (text.includes(REPLACEMENT_CHARACTER)) return null;
  return readModel(modelParam.decode(text) ?? "").model === model ? text : null;
}

/** No filter begins with a space, because a parameter is read without outer spaces. */
const NO_FILTER = " ";

/** The key of a part by model: the filter of its entries, or a text that {@link modelFilterOf} reads as none. */
export function modelPartKey(model: ModelValue): string {
  if (typeof model !== "string") return `${NO_FILTER}${model}`;
  return modelParamText(model) ?? `${NO_FILTER}"${model}"`;
}

/** The filter "model" of a part with this key; null where the list has no filter of its entries. */
export const modelFilterOf = (key: string): string | null => (key.startsWith(NO_FILTER) ? null : key);

/** How a table names a model. One without letters is in quotation marks, as in the filter. */
export const modelLabel = (model: ModelValue): string =>
  typeof model === "string" && model.trim() === "" ? `"${model}"` : String(model);

const keyParam: Param<number | typeof NONE | null> = {
  fallback: null,
  decode: (text) => (text === NONE ? NONE : idParam.decode(text)),
  encode: (value) => (value === null ? "" : String(value)),
};

/** The page has two tabs. */
export const TABS = ["list", "spending"] as const;

const periodParam: Param<Period> = { fallback: "all", decode: readPeriod, encode: (period) => period };

const tagKeyOnlyParam: Param<string | null> = {
  fallback: null,
  decode(text) {
    const key = readTagKey(text);
    return key.ok ? key.value : undefined;
  },
  encode: (key) => key ?? "",
};

const groupingParam: Param<Grouping | null> = {
  fallback: null,
  decode: readGrouping,
  encode: (grouping) => grouping ?? "",
};

/** The view of `/transactions`, as its URL defines it. */
export const transactionsSearchParams = searchParamsCodec({
  tab: choiceParam(TABS, "list"),
  period: periodParam,
  /** Days; either one takes the place of the period. */
  from: dayParam,
  to: dayParam,
  /** A code. Any other text is redirected to a code, or to a choice of organizations. */
  organization: textParam(100),
  /** A person's id. An email or a name is redirected to it, or to a choice of people. */
  member: textParam(254),
  /** An application's id. A name is redirected to it, or to a choice of applications. */
  application: idOrNameParam(100),
  kind: choiceParam(KIND_CHOICES, "all"),
  type: idParam,
  /** Of organizations that have all of these tags. */
  tag: tagsParam,
  /** A key of tags: of organizations that have no tag of this key but those of `tag`, which may be none. */
  only: tagKeyOnlyParam,
  /** The exact id that the sender gave an event, or that a person's request has. */
  externalId: textParam(200),
  /** The exact model that an event's metadata names, or {@link NONE}; see {@link readModel}. */
  model: modelParam,
  /** The id of an API key: of what it reported, and the reversals of that. Or {@link NONE}. */
  key: keyParam,
  /** The page of entries older than `before`, or newer than `after`. */
  before: cursorParam,
  after: cursorParam,
  /** What the table of the tab "Spending" is grouped by; null for what suits the filters. */
  by: groupingParam,
  /** The length of time of its columns, and of the chart's bars. */
  per: choiceParam(PER_CHOICES, "auto"),
  /** How many rows it has at most. */
  rows: choiceParam(ROW_CHOICES, "20"),
});

export type TransactionsView = typeof transactionsSearchParams.defaults;

/** What only the tab "Spending" has. */
const OF_SPENDING = { by: null, per: "auto", rows: "20" } as const satisfies Partial<TransactionsView>;

/** The link to a view; any change of the filters starts at the newest entries. */
export function transactionsHref(
  view: TransactionsView,
  change: Partial<TransactionsView> = {},
  path = "/transactions",
): string {
  const next = { ...view, before: null, after: null, ...change };
  return path + transactionsSearchParams.encode(next.tab === "list" ? { ...next, ...OF_SPENDING } : next);
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
  return transactionsHref({ ...view, tab: "list" }, {}, "") !== "";
}

const withoutDays = { period: "all", from: null, to: null } as const satisfies Partial<TransactionsView>;

/** The query of the list of a cell of the table, without its days: what was spent under the view's other filters. */
export function cellQuery(view: TransactionsView, change: Partial<TransactionsView>): string {
  const cell = { ...view, tab: "list", kind: "spending", ...withoutDays, ...change } as const;
  return transactionsHref(cell, {}, "").slice(1);
}

/** The query of another table of spending, without its days. */
export function splitQuery(
  view: TransactionsView,
  change: Pick<TransactionsView, "by" | "per" | "rows">,
): string {
  return transactionsHref({ ...view, tab: "spending", ...withoutDays, ...change }, {}, "").slice(1);
}

/** The query of the view's days alone, which {@link cellQuery} and {@link splitQuery} lack. */
export function daysQuery({ period, from, to }: TransactionsView): string {
  return transactionsHref({ ...transactionsSearchParams.defaults, period, from, to }, {}, "").slice(1);
}
