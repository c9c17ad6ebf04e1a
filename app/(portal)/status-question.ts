import { safeReturnPath } from "#lib/portal-users/rules.ts";
import type { RawSearchParams } from "#lib/search-params.ts";

/** What a page is asked that stands where no dialog can: JavaScript is off, or the page is still loading. */
export type StatusQuestion = {
  to: "activate" | "deactivate";
  /** The query string of a view of which everything is meant, instead of `ids`. */
  view: string | null;
  ids: number[];
  back: string;
};

/** The first value of a search param; "" when there is none. */
export const oneOf = (raw: RawSearchParams, name: string): string => [raw[name]].flat()[0] ?? "";

/** Reads what the bar of a list sent as a plain form. */
export function statusQuestion(raw: RawSearchParams): StatusQuestion {
  const one = (name: string) => oneOf(raw, name);
  const [word = "", only] = (one("only") || one("to")).split("-");
  return {
    to: word === "activate" ? "activate" : "deactivate",
    view: !only && one("all") === "1" ? one("view") : null,
    ids: (only ? [only] : [raw.id ?? []].flat()).filter((id) => /^[1-9]\d{0,14}$/.test(id)).map(Number),
    back: safeReturnPath(one("back")),
  };
}
