"use client";

import type { ReactNode } from "react";
import { openRow } from "#components/ui/open-row.ts";
import { SoftLink } from "#components/ui/soft-link.tsx";
import type { LinkAround } from "#lib/transactions/search-params.ts";
import { KindBadge } from "./kind-badge.tsx";
import { transactionHref } from "./transaction-href.ts";
import type { TransactionRow } from "./transaction-rows.ts";

/** Classes for the rows and cells of the whole table. Repeated in each cell, they would be most of the list's bytes. */
const ROWS = [
  "@max-4xl:block tabular-nums",
  "@max-4xl:[&>tr]:grid @max-4xl:[&>tr]:grid-cols-[minmax(0,1fr)_auto] @max-4xl:[&>tr]:items-center @max-4xl:[&>tr]:gap-x-3",
  "@max-4xl:[&>tr]:border-line @max-4xl:[&>tr]:px-3 @max-4xl:[&>tr]:py-2.5 @max-4xl:[&>tr+tr]:border-t",
  "@4xl:[&>tr>*]:border-t @4xl:[&>tr>*]:border-line @4xl:[&>tr>*]:px-3 @4xl:[&>tr>*]:py-2 @4xl:[&>tr>*]:align-top",
  "[&>tr:hover>*]:bg-raised @max-4xl:[&>tr:hover]:bg-raised [&>tr]:cursor-pointer",
  "[&>tr>td]:wrap-anywhere @max-4xl:[&_a]:inline-block @max-4xl:[&_a]:py-1",
  "[&_a]:rounded-sm [&_td_a:hover]:underline",
  "[&_th_a]:underline [&_th_a]:decoration-line-strong [&_th_a]:underline-offset-2 [&_th_a:hover]:decoration-current",
].join(" ");

const COLUMNS = ["Date", "Member", "Organization", "Application", "Credits", "Credit Type", "Kind"];

/** The table of `TransactionList`. A client component, so that its rows are sent once, as data. */
export function TransactionTable({
  rows,
  memberLink: [beforeMember, afterMember],
  showOrganization,
}: {
  rows: readonly TransactionRow[];
  memberLink: LinkAround;
  showOrganization: boolean;
}) {
  const columns = COLUMNS.filter((column) => showOrganization || column !== "Organization");
  return (
    <div className="@container">
      <table
        aria-label="Transactions"
        className="w-full rounded-lg border border-line bg-surface text-left text-[0.8125rem] shadow-card @max-4xl:block @4xl:border-separate @4xl:border-spacing-0"
      >
        <thead className="text-muted @max-4xl:sr-only">
          <tr>
            {columns.map((column) => (
              <th
                key={column}
                scope="col"
                className={`px-3 py-2 font-medium whitespace-nowrap ${column === "Credits" ? "text-right" : ""}`}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard opens a row by its link */}
        <tbody className={ROWS} onClick={openRow}>
          {rows.map((item) => (
            <tr key={item.id} id={`entry-${item.id}`}>
              <th scope="row" className="font-normal whitespace-nowrap @max-4xl:order-3 @max-4xl:text-muted">
                <SoftLink href={transactionHref(item.id)}>
                  <time dateTime={item.occurredAt}>{item.occurred}</time>
                </SoftLink>
              </th>
              <td className="@max-4xl:order-1 @max-4xl:font-medium @4xl:min-w-32">
                {item.member ? (
                  <SoftLink href={beforeMember + item.member.id + afterMember} title={item.member.email}>
                    {item.member.name}
                  </SoftLink>
                ) : (
                  <Nobody />
                )}
              </td>
              {showOrganization && (
                <td className="@max-4xl:order-5">
                  {item.organization ? (
                    <SoftLink href={`/organizations/${encodeURIComponent(item.organization.code)}`}>
                      {item.organization.name}
                    </SoftLink>
                  ) : (
                    <Nobody />
                  )}
                </td>
              )}
              <td className="@max-4xl:order-6 @max-4xl:col-start-1 @4xl:min-w-28 wrap-anywhere">
                {item.application ?? <Nobody />}
              </td>
              <td
                className={`text-right font-medium whitespace-nowrap @max-4xl:order-2 ${item.reversedById === null ? "" : "text-muted line-through"}`}
              >
                {item.amount}
              </td>
              <td className="@max-4xl:order-4 @max-4xl:text-right @max-4xl:text-muted">
                <span className="flex flex-wrap items-baseline gap-x-1.5 @max-4xl:justify-end">
                  <span className="max-w-40 truncate" title={item.creditType}>
                    {item.creditType}
                  </span>
                  {item.worth && <span className="text-xs whitespace-nowrap text-muted">= {item.worth}</span>}
                </span>
              </td>
              <td className="@max-4xl:order-7 @max-4xl:col-start-2 @max-4xl:row-start-3 @max-4xl:text-right">
                <KindBadge kind={item.kind} />
                {item.details && (
                  <span className="block max-w-52 text-xs text-muted @max-4xl:ml-auto">{item.details}</span>
                )}
                {item.note && (
                  <span
                    className="line-clamp-2 block max-w-52 text-xs text-muted @max-4xl:ml-auto"
                    title={item.note}
                  >
                    {item.note}
                  </span>
                )}
                <Correction item={item} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** An empty cell: screen readers skip it, and a card does not show it. */
function Nobody() {
  return (
    <span aria-hidden className="text-muted @max-4xl:hidden">
      –
    </span>
  );
}

/** The links between a reversal and the entry it reverses, in both directions. */
function Correction({ item }: { item: Pick<TransactionRow, "reversesId" | "reversedById"> }) {
  if (item.reversesId !== null) return <Marked id={item.reversesId}>Reverses</Marked>;
  if (item.reversedById !== null) return <Marked id={item.reversedById}>Reversed by</Marked>;
  return null;
}

function Marked({ id, children }: { id: number; children: ReactNode }) {
  return (
    <span className="block text-xs text-muted">
      {children}{" "}
      <SoftLink
        href={transactionHref(id)}
        className="whitespace-nowrap underline underline-offset-2 hover:text-ink"
      >
        #{id}
      </SoftLink>
    </span>
  );
}
