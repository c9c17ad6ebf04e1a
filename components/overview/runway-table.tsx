"use client";

import type { ReactNode } from "react";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatDay } from "#lib/calendar.ts";
import { type Runway, runsOutOn, runwayText, runwayUrgency } from "#lib/runway/rules.ts";
import type { DateFormat } from "#lib/time.ts";
import { Credits } from "./credits.tsx";

type Row = {
  key: number;
  name: string;
  detail: string;
  href: string;
  left: bigint;
  spent: bigint;
  runway: Runway;
};

const LOOKS = { danger: "text-danger font-medium", warning: "text-warning font-medium", none: "" };

/** What runs out first. The rows are sent as data, as those of lists are. */
export function RunwayTable({
  title,
  left,
  rows,
  nothing,
  today,
  dateFormat,
  more,
}: {
  title: string;
  /** The heading of what is left. */
  left: string;
  rows: readonly Row[];
  nothing: string;
  today: number;
  dateFormat: DateFormat;
  more?: ReactNode;
}) {
  return (
    <section
      aria-label={title}
      className="@container min-w-0 rounded-lg border border-line bg-surface p-4 shadow-card"
    >
      <h3 className="mb-2 font-semibold">{title}</h3>
      {rows.length === 0 ? (
        <p className="text-[0.8125rem] text-muted">{nothing}</p>
      ) : (
        <table aria-label={title} className="w-full table-fixed text-left text-[0.8125rem]">
          <colgroup>
            <col />
            <col className="w-28 @max-md:w-24" />
            <col className="w-24 @max-md:hidden" />
            <col className="w-28 @max-md:w-24" />
          </colgroup>
          <thead className="text-xs text-muted [&_th]:pb-1 [&_th]:font-medium [&_th+th]:text-right">
            <tr>
              <th scope="col">
                <span className="sr-only">Name</span>
              </th>
              <th scope="col">{left}</th>
              <th scope="col" className="@max-md:hidden">
                Spent 30 d
              </th>
              <th scope="col">Runs out</th>
            </tr>
          </thead>
          <tbody className="tabular-nums [&_td]:py-1.5 [&_td]:text-right [&_th]:py-1.5 [&_th]:pr-3 [&_th]:font-normal [&_tr]:border-t [&_tr]:border-line [&_tr]:align-top">
            {rows.map((row) => {
              const day = runsOutOn(row.runway, today);
              return (
                <tr key={row.key}>
                  <th scope="row">
                    <SoftLink
                      href={row.href}
                      title={row.name}
                      className="line-clamp-2 rounded-sm wrap-anywhere hover:underline"
                    >
                      {row.name}
                    </SoftLink>
                    {row.detail && (
                      <span className="block truncate text-xs text-muted" title={row.detail}>
                        {row.detail}
                      </span>
                    )}
                  </th>
                  <td className="wrap-anywhere">
                    <Credits micro={row.left} />
                  </td>
                  <td className="wrap-anywhere @max-md:hidden">
                    <Credits micro={row.spent} />
                  </td>
                  <td>
                    <span className={LOOKS[runwayUrgency(row.runway)]}>{runwayText(row.runway)}</span>
                    {day !== null && (
                      <span className="block text-xs text-muted">{formatDay(day, dateFormat)}</span>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {more}
    </section>
  );
}
