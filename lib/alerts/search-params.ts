import { cursorParam } from "#lib/keyset.ts";
import { choiceParam, idParam, searchParamsCodec, textParam } from "#lib/search-params.ts";
import { ALERT_KIND_NAMES, ALERT_STATES } from "./rules/kinds.ts";

export const KIND_CHOICES = ["all", ...ALERT_KIND_NAMES] as const;

/** The view of `/alerts`, as its URL defines it. */
export const alertsSearchParams = searchParamsCodec({
  state: choiceParam(ALERT_STATES, "open"),
  kind: choiceParam(KIND_CHOICES, "all"),
  /** An organization's code. */
  organization: textParam(100),
  /** Whether the alerts of rules are shown that the user has muted. */
  muted: choiceParam(["hide", "show"], "hide"),
  /** The page of alerts older than `before`, or newer than `after`. */
  before: cursorParam,
  after: cursorParam,
});

export type AlertsView = typeof alertsSearchParams.defaults;

/** The link to a view; any change of the filters starts at the newest alerts. */
export function alertsHref(
  view: Partial<AlertsView>,
  change: Partial<AlertsView> = {},
  path = "/alerts",
): string {
  const next = { ...alertsSearchParams.defaults, ...view, before: null, after: null, ...change };
  return path + alertsSearchParams.encode(next);
}

/** Whether the view has a filter beside its tab. */
export function isFiltered(view: AlertsView): boolean {
  return view.kind !== "all" || view.organization !== "" || view.muted !== "hide";
}

/** The page of rules after the rule with this id. */
export const rulesSearchParams = searchParamsCodec({ after: idParam });
