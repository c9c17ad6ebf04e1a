import { formatDay } from "#lib/calendar.ts";
import { KIND_LABELS } from "#lib/ledger/rules/kinds.ts";
import type { DateFormat } from "#lib/time.ts";
import type { TransactionFilter } from "#lib/transactions/queries/filter.ts";
import { periodLabel } from "#lib/transactions/rules/periods.ts";
import { type KindChoice, NONE, readModel, type TransactionsView } from "#lib/transactions/search-params.ts";

export const KIND_WORDS: Record<KindChoice, string> = {
  ...KIND_LABELS,
  all: "All",
  spending: "Spends and their reversals",
};

/** The filters of a view in words, with the names of what `filter` has found; none where it shows everything. */
export function filterWords(
  view: TransactionsView,
  {
    filter: { organization, member, application, key: apiKey },
    creditTypes,
    dateFormat,
    isWithin,
  }: {
    filter: Pick<TransactionFilter, "organization" | "member" | "application"> & {
      key: { name: string } | null;
    };
    creditTypes: readonly { id: number; name: string }[];
    dateFormat: DateFormat;
    /** Whether the list is of one organization, which its title names. */
    isWithin: boolean;
  },
): string[] {
  const { from, to, period, kind, type, tag, only, externalId, key } = view;
  const { model, noModel } = readModel(view.model);
  const isCustom = from !== null || to !== null;
  const named = (label: string, text: string) => (text === "" ? [] : [`${label} ${text}`]);
  return [
    ...(from === null ? [] : [`From ${formatDay(from, dateFormat)}`]),
    ...(to === null ? [] : [`To ${formatDay(to, dateFormat)}`]),
    ...(isCustom || period === "all" ? [] : [periodLabel(period)]),
    ...(isWithin ? [] : named("Organization", organization?.name ?? view.organization)),
    ...named("Member", member ? `${member.name} (${member.email})` : view.member),
    ...named("Application", application?.name ?? String(view.application ?? "")),
    ...(noModel ? ["No model"] : named("Model", model ?? "")),
    ...named("External id", externalId),
    ...(kind === "all" ? [] : [KIND_WORDS[kind]]),
    ...(type === null
      ? []
      : [`Credit type ${creditTypes.find(({ id }) => id === type)?.name ?? `#${type}`}`]),
    ...tag.map((one) => `Tag ${one}`),
    ...(key === null ? [] : [key === NONE ? "No API key" : `API key ${apiKey?.name ?? key}`]),
    ...(only === null ? [] : [`No ${tag.length > 0 ? "other " : ""}tag ${only}`]),
  ];
}
