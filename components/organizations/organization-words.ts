import { type OrganizationsView, RUNS_OUT_DAYS } from "#lib/organizations/search-params.ts";

export const STATUS_LABELS = { all: "All", active: "Active", inactive: "Inactive" } as const;

export const SORT_LABELS: [OrganizationsView["sort"], string][] = [
  ["-created", "Newest first"],
  ["created", "Oldest first"],
  ["name", "Name A to Z"],
  ["-name", "Name Z to A"],
  ["-members", "Most members"],
  ["members", "Fewest members"],
  ["-balance", "Highest balance"],
  ["balance", "Lowest balance"],
  ["-spent", "Most spent"],
  ["spent", "Least spent"],
  ["-spent-30d", "Most spent in 30 days"],
  ["spent-30d", "Least spent in 30 days"],
  ["runs-out", "Runs out first"],
  ["-runs-out", "Runs out last"],
];

export const RUNWAY_LABELS: [OrganizationsView["runs-out"], string][] = [
  ["any", "Any runway"],
  ...RUNS_OUT_DAYS.map((days): [OrganizationsView["runs-out"], string] => [
    days,
    `Runs out within ${days} days`,
  ]),
];

/** The filters of a view in words; none where it shows everything. */
export function filterWords(
  { status, q, type, tag, "runs-out": runsOut }: OrganizationsView,
  creditTypes: readonly { id: number; name: string }[],
): string[] {
  return [
    ...(status === "all" ? [] : [STATUS_LABELS[status]]),
    ...(q === "" ? [] : [`Name or code has “${q}”`]),
    ...(type === null
      ? []
      : [`Credit type ${creditTypes.find(({ id }) => id === type)?.name ?? `#${type}`}`]),
    ...tag.map((one) => `Tag ${one}`),
    ...(runsOut === "any" ? [] : [`Runs out within ${runsOut} days`]),
  ];
}
