import { FILTER_CONTROL, FilterField } from "#components/ui/filter-form.tsx";
import { type Period, periodChoices, periodLabel, readPeriod } from "#lib/transactions/rules/periods.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";

/** Months and quarters, and the period that is chosen by the links beside it. */
export function PeriodField({
  today,
  period,
  onChoose,
}: {
  today: number;
  /** Null where days are chosen in its place. */
  period: Period | null;
  onChoose: (period: Period) => void;
}) {
  const { months, quarters } = periodChoices(today);
  const isListed = period !== null && [...months, ...quarters].includes(period);
  const isChosen = period !== null && period !== transactionsSearchParams.defaults.period;
  const options = (periods: readonly Period[]) =>
    periods.map((one) => (
      <option key={one} value={one}>
        {periodLabel(one)}
      </option>
    ));
  return (
    <FilterField label="Month">
      <select
        name="period"
        value={isChosen ? period : ""}
        onChange={({ target }) =>
          onChoose(readPeriod(target.value) ?? transactionsSearchParams.defaults.period)
        }
        className={FILTER_CONTROL}
      >
        <option value="">Any</option>
        {isChosen && !isListed && options([period])}
        <optgroup label="Months">{options(months)}</optgroup>
        <optgroup label="Quarters">{options(quarters)}</optgroup>
      </select>
    </FilterField>
  );
}
