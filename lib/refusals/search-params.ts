import { cursorParam } from "#lib/keyset.ts";
import { choiceParam, dayParam, idParam, searchParamsCodec, textParam } from "#lib/search-params.ts";
import { OTHERS, REFUSAL_CODES } from "./rules/codes.ts";

export const CODE_CHOICES = ["all", ...REFUSAL_CODES, OTHERS] as const;

/** The view of `/refusals`, as its URL defines it. */
export const refusalsSearchParams = searchParamsCodec({
  /** Days. */
  from: dayParam,
  to: dayParam,
  /** An organization's code. */
  organization: textParam(100),
  /** A person's id, or an email, which need not be a member's. */
  member: textParam(254),
  /** The exact name that the events gave. */
  application: textParam(100),
  code: choiceParam(CODE_CHOICES, "all"),
  /** An API key's id. */
  key: idParam,
  /** The page of refusals older than `before`, or newer than `after`. */
  before: cursorParam,
  after: cursorParam,
});

export type RefusalsView = typeof refusalsSearchParams.defaults;

/** The link to a view; any change of the filters starts at the newest refusals. */
export function refusalsHref(
  view: RefusalsView,
  change: Partial<RefusalsView> = {},
  path = "/refusals",
): string {
  return path + refusalsSearchParams.encode({ ...view, before: null, after: null, ...change });
}

/** Whether the view has any filter. */
export function isFiltered(view: RefusalsView): boolean {
  return refusalsHref(view, {}, "") !== "";
}
