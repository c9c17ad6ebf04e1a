"use client";

import type { ReactNode } from "react";
import { SoftLink } from "#components/ui/soft-link.tsx";
import type { LinkAround } from "#lib/transactions/search-params.ts";
import { KindBadge } from "./kind-badge.tsx";
import { type TransactionRow, transactionHref } from "./transaction-rows.ts";

/** Classes for the rows and cells of the whole table. Repeated in each cell, they would be most of the list's bytes. */
const ROWS = [
  "max-md:block tabular-nums",
  "max-md:[&>tr]:grid max-md:[&>tr]:grid-cols-[minmax(0,1fr)_auto] max-md:[&>tr]:items-center max-md:[&>tr]:gap-x-3",
  "max-md:[&>tr]:border-line max-md:[&>tr]:px-3 max-md:[&>tr]:py-2.5 max-md:[&>tr+tr]:border-t",
  "md:[&>tr>*]:border-t md:[&>tr>*]:border-line md:[&>tr>*]:px-3 md:[&>tr>*]:py-2 md:[&>tr>*]:align-top",
  "[&>tr>td]:break-words max-md:[&_a]:inline-block max-md:[&_a]:py-1",
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
    <table
      aria-label="Transactions"
      className="w-full rounded-lg border border-line bg-surface text-left text-[0.8125rem] shadow-card max-md:block md:border-separate md:border-spacing-0"
    >
      <thead className="text-muted max-md:sr-only">
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
      <tbody className={ROWS}>
        {rows.map((item) => (
          <tr key={item.id} id={`entry-${item.id}`}>
            <th scope="row" className="font-normal whitespace-nowrap max-md:order-3 max-md:text-muted">
              <SoftLink href={transactionHref(item.id)}>
                <time dateTime={item.occurredAt}>{item.occurred}</time>
              </SoftLink>
            </th>
            <td className="max-md:order-1 max-md:font-medium">
              {item.member ? (
                <SoftLink href={beforeMember + item.member.id + afterMember} title={item.member.email}>
                  {item.member.name}
                </SoftLink>
              ) : (
                <Nobody />
              )}
            </td>
            {showOrganization && (
              <td className="max-md:order-5">
                {item.organization ? (
                  <SoftLink href={`/organizations/${encodeURIComponent(item.organization.code)}`}>
                    {item.organization.name}
                  </SoftLink>
                ) : (
                  <Nobody />
                )}
              </td>
            )}
            <td className="max-md:order-6 max-md:col-start-1 md:min-w-28">
              {item.application ?? <Nobody />}
            </td>
            <td
              className={`text-right font-medium max-md:order-2${item.reversedById === null ? "" : " text-muted line-through"}`}
            >
              {item.amount}
            </td>
            <td className="max-md:order-4 max-md:text-right max-md:text-muted" title={item.creditType}>
              {item.currency}
            </td>
            <td className="max-md:order-7 max-md:col-start-2 max-md:row-start-3 max-md:text-right">
              <KindBadge kind={item.kind} />
              <Correction item={item} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** An empty cell: screen readers skip it, and a card does not show it. */
function Nobody() {
  return (
    <span aria-hidden className="text-muted max-md:hidden">
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
        no. {id}
      </SoftLink>
    </span>
  );
}
