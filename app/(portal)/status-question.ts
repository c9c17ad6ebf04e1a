import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { readRowId } from "#lib/row-id.ts";
import type { RawSearchParams } from "#lib/search-params.ts";

/** A question before a change of status that has a page of its own, because a dialog needs JavaScript. */
export type StatusQuestion = {
  to: "activate" | "deactivate";
  /** Instead of `ids`: the query string of a view, which means everything in it. */
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
    ids: (only ? [only] : [raw.id ?? []].flat()).flatMap((id) => readRowId(id) ?? []),
    back: safeReturnPath(one("back")),
  };
}
