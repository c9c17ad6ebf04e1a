"use client";

import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatCredits } from "#lib/credits.ts";
import { changeText, cutComparisonText } from "#lib/transactions/rules.ts";
import { Credits } from "./credits.tsx";

/** An organization and what it spent in the days that are compared, of this month and of the month before. */
export type MoverRow = { code: string; name: string; now: bigint; before: bigint };

/**
 * The organizations whose month differs the most from the same days of the month before. The rows are sent as data, as
 * those of lists are.
 */
export function Movers({
  rose,
  fell,
  today,
}: {
  rose: readonly MoverRow[];
  fell: readonly MoverRow[];
  /** 20261124. */
  today: number;
}) {
  return (
    <section aria-label="Movers" className="min-w-0 rounded-lg border border-line bg-surface p-4 shadow-card">
      <h3 className="font-semibold">Movers</h3>
      <p className="mb-3 text-xs text-muted">
        {cutComparisonText(today) ?? "This month against the same days of last month"}
      </p>
      <div className="grid gap-4">
        <List title="Rose most" nothing="No organization has spent more." movers={rose} />
        <List title="Fell most" nothing="No organization has spent less." movers={fell} />
      </div>
    </section>
  );
}

function List({ title, nothing, movers }: { title: string; nothing: string; movers: readonly MoverRow[] }) {
  return (
    <div>
      <h4 className="mb-1 text-xs font-medium text-muted">{title}</h4>
      {movers.length === 0 ? (
        <p className="text-[0.8125rem] text-muted">{nothing}</p>
      ) : (
        <table aria-label={title} className="w-full table-fixed text-left text-[0.8125rem]">
          <colgroup>
            <col />
            <col className="w-28" />
            <col className="w-20" />
          </colgroup>
          <thead className="sr-only">
            <tr>
              <th scope="col">Organization</th>
              <th scope="col">Spent</th>
              <th scope="col">Change</th>
            </tr>
          </thead>
          <tbody className="tabular-nums [&_td]:py-1.5 [&_td]:text-right [&_th]:py-1.5 [&_th]:pr-3 [&_th]:font-normal [&_tr]:align-top">
            {movers.map(({ code, name, now, before }) => (
              <tr key={code}>
                <th scope="row">
                  <SoftLink
                    href={`/organizations/${encodeURIComponent(code)}`}
                    title={name}
                    className="line-clamp-2 rounded-sm wrap-anywhere hover:underline"
                  >
                    {name}
                  </SoftLink>
                </th>
                <td className="wrap-anywhere">
                  <Credits micro={now} />
                </td>
                <td className="text-muted" title={`${formatCredits(before)} credits before`}>
                  {changeText(now, before) ?? "new"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
