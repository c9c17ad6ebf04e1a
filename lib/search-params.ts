import { isoDay, parseIsoDay } from "./calendar.ts";

/** Search params as Next gives them to a page. */
export type RawSearchParams = Record<string, string | string[] | undefined>;

/** One param of a codec: its default, which a missing or invalid value becomes, and both directions. */
export type Param<T> = {
  fallback: T;
  /** Undefined for a bad value. */
  decode(text: string): T | undefined;
  encode(value: T): string;
};

type Params = Record<string, Param<unknown>>;
type View<P extends Params> = { [K in keyof P]: P[K] extends Param<infer T> ? T : never };

/** The URL of a page as one typed value, both ways. */
export type SearchParamsCodec<V> = {
  defaults: V;
  /** Never fails: a bad value becomes its default; a repeated param has its first value. */
  decode: (raw: RawSearchParams | URLSearchParams) => V;
  /** "?q=testing&page=2", defaults left out; "" when nothing is left. */
  encode: (view: V) => string;
};

/** Makes a codec. The URL has the params in the order of `params`. */
export function searchParamsCodec<P extends Params>(params: P): SearchParamsCodec<View<P>> {
  const defaults = Object.fromEntries(
    Object.entries(params).map(([name, param]) => [name, param.fallback]),
  ) as View<P>;
  return {
    defaults,
    decode(raw) {
      const first = (name: string): string | undefined => {
        if (raw instanceof URLSearchParams) return raw.get(name) ?? undefined;
        const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
        return Array.isArray(value) ? value[0] : value;
      };
      return Object.fromEntries(
        Object.entries(params).map(([name, param]) => {
          const text = first(name);
          return [name, (text === undefined ? undefined : param.decode(text)) ?? param.fallback];
        }),
      ) as View<P>;
    },
    encode(view) {
      const query = new URLSearchParams();
      for (const [name, param] of Object.entries(params)) {
        const text = param.encode(view[name]);
        if (text !== param.encode(param.fallback)) query.set(name, text);
      }
      return query.size > 0 ? `?${query}` : "";
    },
  };
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
  decode: (text) => (/^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined),
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
