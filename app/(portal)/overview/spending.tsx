import { MonthChart } from "#components/overview/month-chart.tsx";
import { type MonthRow, MonthTable } from "#components/overview/month-table.tsx";
import { type MoverRow, Movers } from "#components/overview/movers.tsx";
import { type SpendPart, SpendSplit } from "#components/transactions/spend-split.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { organizationsHref, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import type { CreditTypeMonth, Mover, SpendingOverview } from "#lib/overview/figures.ts";
import { type OverviewView, overviewHref } from "#lib/overview/search-params.ts";
import { topAndRest } from "#lib/transactions/rules.ts";
import {
  type TransactionsView,
  transactionsHref,
  transactionsSearchParams,
} from "#lib/transactions/search-params.ts";

/** How many parts a split names. */
const PARTS = 6;

/** Every credit type's month, and the one that the view names in detail. */
export function Spending({
  spending,
  chosen,
  view,
  today,
}: {
  spending: SpendingOverview;
  chosen: CreditTypeMonth;
  view: OverviewView;
  /** 20261124. */
  today: number;
}) {
  const { types, organizations, applications, rose, fell } = spending;
  const month = { ...transactionsSearchParams.defaults, period: "this-month", type: chosen.id } as const;
  const href = (change: Partial<TransactionsView>) => transactionsHref(month, change);
  return (
    <div className="grid gap-3">
      <MonthTable
        types={types.map((type) => monthRow(type, overviewHref(view, { type: type.id })))}
        chosen={chosen.id}
        today={today}
      />
      <MonthChart
        title={`${chosen.name}, spent this month`}
        today={today}
        byDay={chosen.byDay}
        byDayBefore={chosen.byDayBefore}
        forecast={chosen.forecast}
      />
      <div className="grid items-start gap-3 grid-cols-[repeat(auto-fit,minmax(min(21rem,100%),1fr))]">
        <div className="grid min-w-0 gap-3">
          <SpendSplit
            title="By organization"
            heading="Organization"
            whole={chosen.spent}
            parts={withRest(
              organizations.map((share) => ({
                key: String(share.id),
                label: share.label,
                detail: share.code ?? undefined,
                spent: share.spent,
                href: href({ organization: share.code ?? "" }),
              })),
              chosen.spent,
            )}
          />
          <TagSplit spending={spending} chosen={chosen} view={view} />
        </div>
        <div className="grid min-w-0 gap-3">
          <SpendSplit
            title="By application"
            heading="Application"
            whole={chosen.spent}
            parts={withRest(
              topAndRest(applications, PARTS).top.map((share) => ({
                key: String(share.id),
                label: share.label,
                spent: share.spent,
                href: href({ application: share.id }),
              })),
              chosen.spent,
            )}
          />
          <Movers rose={rose.map(moverRow)} fell={fell.map(moverRow)} today={today} />
        </div>
      </div>
    </div>
  );
}

// What the tables get: all else would be sent to the browser without being shown.

function monthRow(type: CreditTypeMonth, href: string): MonthRow {
  const { id, name, spent, comparedSpent, sameDaysBefore, monthBefore, money, forecast } = type;
  const ofForecast = forecast && { total: forecast.total, range: forecast.range };
  return { id, name, spent, comparedSpent, sameDaysBefore, monthBefore, money, forecast: ofForecast, href };
}

const moverRow = ({ organization: { code, name }, now, before }: Mover): MoverRow => ({
  code,
  name,
  now,
  before,
});

/** The parts with a last one for what they lack to the whole. */
function withRest(parts: readonly SpendPart[], whole: bigint, label = "All others"): SpendPart[] {
  const rest = parts.reduce((left, { spent }) => left - spent, whole);
  return rest > 0n ? [...parts, { key: "rest", label, spent: rest, href: null }] : [...parts];
}

/** The month by the values of a key of the organizations' tags; the keys are links. */
function TagSplit({
  spending: { tagKeys, byTag },
  chosen,
  view,
}: {
  spending: SpendingOverview;
  chosen: CreditTypeMonth;
  view: OverviewView;
}) {
  if (!byTag) return null;
  const { top, rest } = topAndRest(byTag.shares, PARTS);
  const parts: SpendPart[] = top.map(({ tags, label, spent }) => ({
    key: tags.join(" "),
    label,
    spent,
    href: organizationsHref({ ...organizationsSearchParams.defaults, tag: tags }),
  }));
  if (rest > 0n) parts.push({ key: "rest", label: "All others", spent: rest, href: null });
  return (
    <div className="grid gap-2">
      <SpendSplit
        title={`By ${byTag.key}`}
        heading={byTag.key}
        whole={chosen.spent}
        parts={withRest(parts, chosen.spent, `No ${byTag.key}`)}
      />
      {tagKeys.length > 1 && (
        <p className="flex flex-wrap gap-x-3 gap-y-1 text-[0.8125rem] text-muted">
          <span>Split by tag:</span>
          {tagKeys.map((key) => (
            <SoftLink
              key={key}
              href={overviewHref(view, { by: key })}
              scroll={false}
              aria-current={key === byTag.key ? "true" : undefined}
              className="rounded-sm break-all underline underline-offset-2 hover:text-ink aria-[current]:font-medium aria-[current]:text-ink aria-[current]:no-underline"
            >
              {key}
            </SoftLink>
          ))}
        </p>
      )}
    </div>
  );
}
