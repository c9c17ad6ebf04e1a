import { isoDay, parseDay, parseIsoDay } from "./calendar.ts";
import { readRowId } from "./row-id.ts";
import { readTag, sortedTags, TAGS_MAX } from "./tags.ts";
import type { DateFormat } from "./time.ts";

/** Search params as Next gives them to a page. */
export type RawSearchParams = Record<string, string | string[] | undefined>;

/** One param of a codec: its default, which a missing or invalid value becomes, and both directions. */
export type Param<T> = {
  fallback: T;
  /** Undefined for a bad value. */
  decode(text: string): T | undefined;
  encode(value: T): string;
};

/** A param that the URL may have several times: `?tag=a:1&tag=b:2`. */
export type RepeatedParam<T> = {
  fallback: readonly T[];
  /** Leaves bad values out. `texts` is as long as {@link REPEATED_MAX} at most. */
  decodeAll(texts: readonly string[]): readonly T[];
  encodeAll(values: readonly T[]): string[];
};

/** How many values of a repeated param are read. */
const REPEATED_MAX = 100;

type Params = Record<string, Param<unknown> | RepeatedParam<unknown>>;
type View<P extends Params> = {
  [K in keyof P]: P[K] extends Param<infer T>
    ? T
    : P[K] extends RepeatedParam<infer T>
      ? readonly T[]
      : never;
};

/** A param of a URL whose value cannot be read: its name and its text. */
export type MisreadParam = { name: string; text: string };

/** The URL of a page as one typed value, both ways. */
export type SearchParamsCodec<V> = {
  defaults: V;
  /** Never fails: a bad value becomes its default. Where a param has one value, the first in the URL counts. */
  decode: (raw: RawSearchParams | URLSearchParams) => V;
  /** What {@link decode} replaced by defaults because it is no such value: not what is empty or missing. */
  misread: (raw: RawSearchParams | URLSearchParams) => MisreadParam[];
  /** "?q=testing&page=2", defaults left out; "" when nothing is left. */
  encode: (view: V) => string;
};

/** Makes a codec. The URL has the params in the order of `params`. */
export function searchParamsCodec<P extends Params>(params: P): SearchParamsCodec<View<P>> {
  const defaults = Object.fromEntries(
    Object.entries(params).map(([name, param]) => [name, param.fallback]),
  ) as View<P>;
  const textsOf = (raw: RawSearchParams | URLSearchParams, name: string): string[] => {
    if (raw instanceof URLSearchParams) return raw.getAll(name);
    return [(Object.hasOwn(raw, name) ? raw[name] : undefined) ?? []].flat();
  };
  return {
    defaults,
    misread: (raw) =>
      Object.entries(params).flatMap(([name, param]) => {
        const texts = textsOf(raw, name).slice(0, "decodeAll" in param ? REPEATED_MAX : 1);
        const isMisread = (text: string) =>
          "decodeAll" in param ? param.decodeAll([text]).length === 0 : param.decode(text) === undefined;
        return texts.filter((text) => text.trim() !== "" && isMisread(text)).map((text) => ({ name, text }));
      }),
    decode(raw) {
      return Object.fromEntries(
        Object.entries(params).map(([name, param]) => {
          const texts = textsOf(raw, name);
          if ("decodeAll" in param) return [name, param.decodeAll(texts.slice(0, REPEATED_MAX))];
          const [text] = texts;
          return [name, (text === undefined ? undefined : param.decode(text)) ?? param.fallback];
        }),
      ) as View<P>;
    },
    encode(view) {
      const query = new URLSearchParams();
      for (const [name, param] of Object.entries(params)) {
        if ("encodeAll" in param) {
          for (const text of param.encodeAll(view[name] as readonly unknown[])) query.append(name, text);
          continue;
        }
        const text = param.encode(view[name]);
        if (text !== param.encode(param.fallback)) query.set(name, text);
      }
      // Colons and commas need no escape in a query (RFC 3986, section 3.4), and tags and columns read better with them.
      return query.size > 0 ? `?${query}`.replaceAll("%3A", ":").replaceAll("%2C", ",") : "";
    },
  };
}

/** A page's address with what it could not read, so that a redirect to a tidy address still tells. */
export function withMisread(href: string, misread: readonly MisreadParam[]): string {
  if (misread.length === 0) return href;
  const query = new URLSearchParams(misread.map(({ name, text }) => [name, text]));
  return `${href}${href.includes("?") ? "&" : "?"}${query}`;
}

/** Search params with their `from` and `to` in ISO 8601 where they are days in the enterprise's date format. */
export function withIsoDays(raw: RawSearchParams, dateFormat: DateFormat): RawSearchParams {
  const days = ["from", "to"].flatMap((name) => {
    const text = [raw[name] ?? []].flat()[0];
    const day = text === undefined ? undefined : parseDay(text, dateFormat);
    return day === undefined ? [] : [[name, isoDay(day)] as const];
  });
  return { ...raw, ...Object.fromEntries(days) };
}

/** Whether an address is better redirected: it has empty fields, or days that {@link withIsoDays} has put into ISO 8601. */
export function isUntidy(raw: RawSearchParams, withIsoDays: RawSearchParams): boolean {
  return Object.values(raw).includes("") || ["from", "to"].some((name) => raw[name] !== withIsoDays[name]);
}

/** Free text without outer spaces, cut at `maxCharacters`. */
export function textParam(maxCharacters: number): Param<string> {
  return {
    fallback: "",
    decode: (text) => [...text.slice(0, maxCharacters * 2)].slice(0, maxCharacters).join("").trim(),
    encode: (value) => value,
  };
}

/** One of a few words. */
export function choiceParam<const T extends string>(choices: readonly T[], fallback: NoInfer<T>): Param<T> {
  return {
    fallback,
    decode: (text) => choices.find((choice) => choice === text),
    encode: (value) => value,
  };
}

/** A whole number from 1 to 10^9. */
export const pageParam: Param<number> = {
  fallback: 1,
  decode: (text) => (/^[1-9]\d{0,9}$/.test(text) ? Math.min(Number(text), 1_000_000_000) : undefined),
  encode: String,
};

/** A row id, or null for all. */
export const idParam: Param<number | null> = {
  fallback: null,
  decode: (text) => readRowId(text) ?? undefined,
  encode: (value) => (value === null ? "" : String(value)),
};

/** An id, or a name that is at most `maxCharacters` long. */
export function idOrNameParam(maxCharacters: number): Param<number | string | null> {
  const name = textParam(maxCharacters);
  return {
    fallback: null,
    decode: (text) => idParam.decode(text.trim()) ?? (name.decode(text) || null),
    encode: (value) => (value === null ? "" : String(value)),
  };
}

/** "2026-11-24", or null for open. */
export const dayParam: Param<number | null> = {
  fallback: null,
  decode: parseIsoDay,
  encode: (day) => (day === null ? "" : isoDay(day)),
};

/** Tags, of which a row must have every one; at most as many as an organization can have. */
export const tagsParam: RepeatedParam<string> = {
  fallback: [],
  decodeAll: (texts) => {
    const tags = texts.map(readTag).flatMap((tag) => (tag.ok ? [tag.value] : []));
    return sortedTags(tags).slice(0, TAGS_MAX);
  },
  encodeAll: (tags) => [...tags],
};
