import { ReceiptText } from "lucide-react";
import { SpendChart } from "#components/transactions/spend-chart.tsx";
import { SpendTable, type SpendTableRow } from "#components/transactions/spend-table.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Segments } from "#components/ui/segments.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatDay, isoDay } from "#lib/calendar.ts";
import { formatCount, formatCredits } from "#lib/credits.ts";
import type { Settings } from "#lib/settings/queries.ts";
import {
  type Grouping,
  groupingLabel,
  type Part,
  ROW_CHOICES,
  type Sums,
  tagKeyOf,
} from "#lib/transactions/rules/grouping.ts";
import { bucketLabel, bucketTick, fits } from "#lib/transactions/rules/periods.ts";
import { largest, shareText } from "#lib/transactions/rules.ts";
import {
  cellQuery,
  daysQuery,
  modelFilterOf,
  NONE,
  splitQuery,
  type TransactionsView,
} from "#lib/transactions/search-params.ts";
import type { SpendingFigures } from "#lib/transactions/spending-figures.ts";

type Props = {
  view: TransactionsView;
  figures: SpendingFigures;
  settings: Settings;
  /** The page of this view, and the link to another. */
  path: string;
  href: (change: Partial<TransactionsView>) => string;
  /** The link to the table as a file. */
  fileHref: string;
};

/** The chart and the table of what was spent. */
export function SpendingTab(props: Props) {
  const { figures, href, fileHref } = props;
  const { byCreditType, days } = figures;
  if (days === null) {
    return (
      <EmptyState icon={<ReceiptText />} title="Nothing was spent">
        No spending matches these filters.
      </EmptyState>
    );
  }
  return (
    <>
      {byCreditType.length > 1 && (
        <p className="mb-4 text-[0.8125rem] text-muted">
          This total mixes {byCreditType.length} credit types. View one:{" "}
          {byCreditType.map((type, index) => (
            <span key={type.id}>
              {index > 0 && ", "}
              <SoftLink
                href={href({ type: type.id })}
                scroll={false}
                className="rounded-sm underline underline-offset-2 hover:text-ink"
              >
                {type.label}
              </SoftLink>
            </span>
          ))}
          .
        </p>
      )}
      <Chart {...props} days={days} />
      <div className="mt-6 mb-3 flex flex-wrap items-center justify-between gap-2">
        <div className="flex min-w-0 items-center gap-2">
          <span aria-hidden className="text-[0.8125rem] whitespace-nowrap text-muted">
            Group by
          </span>
          <Segments
            label="Group by"
            items={figures.groupings.map((by) => ({
              href: href({ by, rows: "20" }),
              label: groupingLabel(by),
              current: by === figures.by,
            }))}
          />
        </div>
        {typeof figures.table !== "string" && (
          <a href={fileHref} download className={buttonClass({ size: "sm" })}>
            Table as CSV
          </a>
        )}
      </div>
      <Table {...props} />
    </>
  );
}

function Chart({ figures, settings, href, days }: Props & { days: { from: number; to: number } }) {
  const { granularity, bars } = figures;
  return (
    <SpendChart
      title={`Spent per ${granularity}`}
      beforeLabel={beforeLabel(figures, settings)}
      switches={(["day", "week", "month"] as const)
        .filter((per) => per === granularity || fits(per, days.from, days.to))
        .map((per) => ({
          href: href({ per }),
          label: { day: "Day", week: "Week", month: "Month" }[per],
          current: per === granularity,
        }))}
      bars={bars.map((bar, index) => {
        const before = figures.previous?.[index];
        return {
          label: bucketLabel(bar, granularity, settings.dateFormat),
          tick: bucketTick(bar, granularity),
          spent: bar.spent,
          href: href({ tab: "list", period: "all", from: bar.from, to: bar.to, kind: "spending" }),
          ...(before && {
            before: {
              label: bucketLabel(before, granularity, settings.dateFormat),
              spent: before.spent,
            },
          }),
        };
      })}
    />
  );
}

/** "Compared with 01/09/2026 – 30/09/2026"; undefined where nothing is compared. */
function beforeLabel({ previous }: SpendingFigures, { dateFormat }: Settings): string | undefined {
  const first = previous?.[0];
  const last = previous?.at(-1);
  if (!first || !last) return undefined;
  const [from, to] = [formatDay(first.from, dateFormat), formatDay(last.to, dateFormat)];
  return `Compared with ${from === to ? from : `${from} – ${to}`}`;
}

/** What a part filters by; null where the list has no such filter. */
function filterOf(by: Grouping, { key, tags }: Pick<Part, "key" | "tags">): Partial<TransactionsView> | null {
  const tagKey = tagKeyOf(by);
  if (tagKey !== null) return { tag: tags, only: tagKey };
  switch (by) {
    case "organization":
      return { organization: key };
    case "member":
      return { member: key };
    case "application":
      return { application: Number(key) };
    case "type":
      return { type: Number(key) };
    case "model": {
      const model = modelFilterOf(key);
      return model === null ? null : { model };
    }
    case "key":
      // The keys of the whole enterprise are one part for a reader of a part of it.
      return key === "" ? null : { key: Number(key) };
    default:
      return null;
  }
}

/** The page of a part, to which its name leads; null for none. Then the name filters. */
const partPage = (by: Grouping, { key }: Pick<Part, "key">): string | null =>
  by === "key" && key !== "" ? `/api-keys/${key}` : null;

const NONE_LABELS: Partial<Record<Grouping, string>> = { key: "No API key", model: "No model" };

/** What the row of what is in no part filters by; null for a grouping that has no such row. */
function filterOfNone(by: Grouping): Partial<TransactionsView> | null {
  const tagKey = tagKeyOf(by);
  if (tagKey !== null) return { only: tagKey };
  if (by === "model") return { model: NONE };
  return by === "key" ? { key: NONE } : null;
}

const TOO_MANY = {
  entries: "More than 100,000 entries match",
  "spent entries": "More than 300,000 entries match",
  members: "More than 200,000 months of members match",
};

function Table({ view, figures, settings, path, href }: Props) {
  const { by, table, buckets, granularity } = figures;
  if (typeof table === "string") {
    return (
      <Alert tone="info">
        {TOO_MANY[table]}, which are too many to group by {groupingLabel(by).toLowerCase()} on a page. Choose
        fewer days, an organization or a member.
      </Alert>
    );
  }
  const { rows, others, none, totals } = table;
  const longest = largest(
    [...rows, ...(others ? [others] : []), ...(none ? [none] : [])].map((row) => row.total),
  );
  const rowOf = (
    label: string,
    { cells, total }: Sums,
    more: Pick<SpendTableRow, "key" | "detail" | "href" | "query" | "totalQuery" | "isRest">,
  ): SpendTableRow => ({
    ...more,
    label,
    cells: cells.map(formatCredits),
    total: formatCredits(total),
    share: shareText(total, totals.total),
    percent: longest === 0n ? 0 : Number((total * 10_000n) / longest) / 100,
  });
  const tagKey = tagKeyOf(by);
  const partRows = rows.map((row) => {
    const filter = filterOf(by, row);
    return rowOf(row.label, row, {
      key: `part ${row.key}`,
      detail: row.detail,
      href: partPage(by, row) ?? (filter && href({ ...filter, by: null, rows: "20" })),
      query: filter && cellQuery(view, filter),
    });
  });
  const nextRows = ROW_CHOICES[ROW_CHOICES.indexOf(view.rows) + 1];
  const ofNone = filterOfNone(by);
  return (
    <>
      <SpendTable
        title={`Spent by ${groupingLabel(by).toLowerCase()}`}
        heading={groupingLabel(by)}
        path={path}
        allDays={daysQuery(view)}
        columns={buckets.map((bucket) => ({
          label: bucketLabel(bucket, granularity, settings.dateFormat),
          tick: bucketTick(bucket, granularity),
          from: isoDay(bucket.from),
          to: isoDay(bucket.to),
        }))}
        rows={[
          ...partRows,
          ...(others
            ? [
                rowOf(others.count === null ? "All others" : `${formatCount(others.count)} others`, others, {
                  key: "others",
                  detail: null,
                  href: nextRows ? href({ rows: nextRows }) : null,
                  // No filter has the others. So an amount leads to the table of its days, with more rows.
                  query: splitQuery(view, { by, per: "auto", rows: nextRows ?? view.rows }),
                  ...(!nextRows && { totalQuery: null }),
                  isRest: true,
                }),
              ]
            : []),
          ...(none
            ? [
                rowOf(tagKey === null ? (NONE_LABELS[by] ?? "None") : `No ${tagKey}`, none, {
                  key: "none",
                  detail: null,
                  href: ofNone && href({ ...ofNone, by: null, rows: "20" }),
                  query: ofNone && cellQuery(view, ofNone),
                  isRest: true,
                }),
              ]
            : []),
        ]}
        totals={rowOf("Total", totals, {
          key: "total",
          detail: null,
          href: null,
          query: cellQuery(view, {}),
        })}
      />
      {buckets.length === 0 && (
        <p className="mt-2 text-[0.8125rem] text-muted">
          Only totals are shown, because more than 2,000 organizations have a tag of this key, or the members
          have more than 100,000 entries.
        </p>
      )}
    </>
  );
}
