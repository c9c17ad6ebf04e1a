"use client";

import type { ReactNode } from "react";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatMonth, monthOf } from "#lib/calendar.ts";
import { formatWholeCredits } from "#lib/credits.ts";
import type { MonthForecast } from "#lib/forecast/rules.ts";
import { moneyText } from "#lib/money.ts";
import type { CreditTypeMonth } from "#lib/overview/figures.ts";
import { changeText, cutComparisonText } from "#lib/transactions/rules.ts";
import { Credits } from "./credits.tsx";

/** Classes for the rows and cells of the whole table: a table, or on a narrow screen one card for each row. */
const ROWS = [
  "@max-3xl:block tabular-nums",
  "@max-3xl:[&>tr]:grid @max-3xl:[&>tr]:grid-cols-2 @max-3xl:[&>tr]:gap-x-4 @max-3xl:[&>tr]:gap-y-1.5",
  "@max-3xl:[&>tr]:px-4 @max-3xl:[&>tr]:py-3 @max-3xl:[&>tr>th]:col-span-2",
  "@max-3xl:[&>tr+tr]:border-t @max-3xl:[&>tr]:border-line",
  "@3xl:[&>tr>*]:border-t @3xl:[&>tr>*]:border-line @3xl:[&>tr>*]:px-4 @3xl:[&>tr>*]:py-2.5",
  "@3xl:[&>tr>td]:text-right [&>tr>*]:align-top [&>tr>td]:wrap-anywhere",
].join(" ");

/** What the table shows of a credit type's month. */
export type MonthRow = Pick<
  CreditTypeMonth,
  "id" | "name" | "spent" | "comparedSpent" | "sameDaysBefore" | "monthBefore" | "money"
> & {
  forecast: Pick<MonthForecast, "total" | "range"> | null;
  /** The link to the view in which it is charted. */
  href: string;
};

/**
 * This month of each credit type against the month before, with its forecast. The current one is charted below. The rows
 * are sent as data, as those of lists are, because elements would take several times as much.
 */
export function MonthTable({
  types,
  chosen,
  today,
}: {
  types: readonly MonthRow[];
  /** The id of the one that is charted. */
  chosen: number;
  /** 20261124. */
  today: number;
}) {
  const month = formatMonth(monthOf(today));
  const comparedDays = cutComparisonText(today);
  return (
    <div className="@container">
      <table
        aria-label="This month by credit type"
        className="w-full rounded-lg border border-line bg-surface text-left text-[0.8125rem] shadow-card @max-3xl:block @3xl:border-separate @3xl:border-spacing-0"
      >
        <thead className="text-muted @max-3xl:hidden">
          <tr>
            <Heading>Credit type</Heading>
            <Heading right>{`${month} so far`}</Heading>
            <Heading right>Same days last month</Heading>
            <Heading right>{`Forecast for ${month}`}</Heading>
            <Heading right>Last month</Heading>
          </tr>
        </thead>
        <tbody className={ROWS}>
          {types.map((type) => (
            <Row key={type.id} type={type} isChosen={type.id === chosen} comparedDays={comparedDays} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading({ children, right = false }: { children: string; right?: boolean }) {
  return (
    <th scope="col" className={`px-4 py-2.5 font-medium whitespace-nowrap ${right ? "text-right" : ""}`}>
      {children}
    </th>
  );
}

function Row({
  type,
  isChosen,
  comparedDays,
}: {
  type: MonthRow;
  isChosen: boolean;
  /** The days that the change is of, where they are not those of the month so far. */
  comparedDays: string | null;
}) {
  const { name, spent, comparedSpent, sameDaysBefore, monthBefore, forecast, money, href } = type;
  const change = changeText(comparedSpent, sameDaysBefore);
  const worth = (micro: bigint) => money && `= ${moneyText(micro, money.rate, money.currency)}`;
  return (
    <tr>
      <th scope="row" className="font-medium">
        <SoftLink
          href={href}
          scroll={false}
          aria-current={isChosen ? "true" : undefined}
          className="rounded-sm wrap-anywhere hover:underline aria-[current]:text-accent"
        >
          {name}
        </SoftLink>
      </th>
      <td>
        <Label>So far</Label>
        <span className="font-semibold">
          <Credits micro={spent} />
        </span>
        <Note>{worth(spent)}</Note>
      </td>
      <td>
        <Label>Same days last month</Label>
        <Credits micro={sameDaysBefore} />
        <Note>
          {change === null ? "Nothing to compare" : [change, comparedDays].filter(Boolean).join(" · ")}
        </Note>
      </td>
      <td>
        <Label>Forecast</Label>
        {forecast === null ? (
          <span className="text-muted">Too little history</span>
        ) : (
          <>
            <Credits micro={forecast.total} />
            <Note>
              {forecast.range &&
                `${formatWholeCredits(forecast.range.low)} – ${formatWholeCredits(forecast.range.high)}`}
            </Note>
          </>
        )}
      </td>
      <td>
        <Label>Last month</Label>
        <Credits micro={monthBefore} />
        <Note>{worth(monthBefore)}</Note>
      </td>
    </tr>
  );
}

/** The heading of a figure, on a card. */
function Label({ children }: { children: string }) {
  return <span className="block text-muted @3xl:hidden">{children}</span>;
}

function Note({ children }: { children: ReactNode }) {
  return children && <span className="block text-xs text-muted">{children}</span>;
}
