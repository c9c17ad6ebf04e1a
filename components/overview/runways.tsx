import type { ReactNode } from "react";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatDay } from "#lib/calendar.ts";
import { creditTypeHref } from "#lib/credit-types/search-params.ts";
import type { OrganizationRunway, PoolRunway } from "#lib/overview/runways.ts";
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

/** Which organizations and pools run out first, at the pace of the last 30 days. */
export function Runways({
  organizations,
  pools,
  today,
  dateFormat,
  all,
}: {
  organizations: readonly OrganizationRunway[];
  pools: readonly PoolRunway[];
  today: number;
  dateFormat: DateFormat;
  /** The list of all organizations by what is left. */
  all: string;
}) {
  const shared = { today, dateFormat };
  return (
    <div className="grid items-start gap-3 xl:grid-cols-2">
      <Table
        {...shared}
        title="Organizations"
        left="Balance"
        nothing="No organization has spent in the last 30 days."
        rows={organizations.map(({ organization, runway }) => ({
          key: organization.id,
          name: organization.name,
          detail: organization.creditTypeName,
          href: `/organizations/${encodeURIComponent(organization.code)}`,
          left: organization.balance,
          spent: organization.spentLast30Days,
          runway,
        }))}
        more={
          <SoftLink
            href={all}
            className="mt-2 inline-block rounded-sm py-1 text-[0.8125rem] text-accent hover:underline"
          >
            All organizations by runway
          </SoftLink>
        }
      />
      {pools.length > 0 && (
        <Table
          {...shared}
          title="Pools"
          left="Available"
          nothing=""
          rows={pools.map(({ pool, spentLast30Days, runway }) => ({
            key: pool.id,
            name: pool.name,
            detail: "",
            href: creditTypeHref(pool.id),
            left: pool.available,
            spent: spentLast30Days,
            runway,
          }))}
        />
      )}
    </div>
  );
}

const LOOKS = { danger: "text-danger font-medium", warning: "text-warning font-medium", none: "" };

function Table({
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
