"use client";

import type { ReactNode } from "react";
import { SelectPage } from "#components/ui/select-page.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { SortHeading } from "#components/ui/sort-heading.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { TableRegion } from "#components/ui/table-region.tsx";
import {
  type ColumnKey,
  type OrganizationsView,
  organizationsHref,
  type SortKey,
} from "#lib/organizations/search-params.ts";
import { COLUMN_LABELS } from "./organization-columns.ts";
import { organizationHref } from "./organization-href.ts";
import { OrganizationMenu, OrganizationMenuButton } from "./organization-menu.tsx";
import type { OrganizationRow } from "./organization-rows.ts";
import { SelectOrganization, STATUS_FORM } from "./organization-status.tsx";
import { type PackedRows, unpackRows } from "./packed-rows.ts";
import { RunsOut } from "./runs-out.tsx";
import { TagChips } from "./tag-chips.tsx";

type Column = { sort?: SortKey; right?: boolean; cell: (organization: OrganizationRow) => ReactNode };

/** An amount over what it is worth in money, where one rate tells that. */
function Amount({ credits, worth }: { credits: string; worth: string | undefined }) {
  return (
    <>
      {credits}
      {worth && <span className="block text-xs text-muted">{worth}</span>}
    </>
  );
}

const COLUMNS: Record<ColumnKey, Column> = {
  status: { cell: ({ active }) => <StatusBadge active={active} /> },
  created: {
    sort: "created",
    cell: ({ created, createdAt }) => <time dateTime={new Date(createdAt).toISOString()}>{created}</time>,
  },
  members: { sort: "members", right: true, cell: ({ members }) => members },
  balance: {
    sort: "balance",
    right: true,
    cell: ({ balance, worth }) => <Amount credits={balance} worth={worth} />,
  },
  "runs-out": {
    sort: "runs-out",
    right: true,
    cell: (organization) => <RunsOut organization={organization} />,
  },
  spent: {
    sort: "spent",
    right: true,
    cell: ({ spent, spentWorth }) => <Amount credits={spent} worth={spentWorth} />,
  },
  "spent-30d": {
    sort: "spent-30d",
    right: true,
    cell: ({ spent30, spent30Worth }) => <Amount credits={spent30} worth={spent30Worth} />,
  },
  type: {
    cell: ({ creditType }) => (
      <span className="block truncate" title={creditType}>
        {creditType}
      </span>
    ),
  },
  allowance: { right: true, cell: ({ allowance }) => allowance },
};

/** The classes of a cell, by its column. */
function cellClass(key: ColumnKey): string {
  if (key === "type") return "w-2/5 max-w-0 min-w-26 px-3 py-2";
  return COLUMNS[key].right ? "px-3 py-2 text-right whitespace-nowrap" : "px-3 py-2 whitespace-nowrap";
}

/** The cards' content in rows; its headings sort. A press anywhere on a row opens it. */
export function OrganizationTable({
  rows: packed,
  view,
  back,
  mayChange,
}: {
  rows: PackedRows;
  view: OrganizationsView;
  /** The list, to which forms lead back. */
  back: string;
  mayChange: boolean;
}) {
  const rows = unpackRows(packed);
  return (
    <TableRegion label="Organizations table">
      <table className="w-full text-left text-[0.8125rem] [&_td]:max-2xl:px-2 [&_th]:max-2xl:px-2">
        <thead className="text-muted">
          <tr>
            {mayChange && (
              <th scope="col" className="px-3 py-2 align-middle">
                <SelectPage form={STATUS_FORM} />
              </th>
            )}
            <SortHeading
              label="Name"
              sort="name"
              current={view.sort}
              firstAscending
              href={(sort) => organizationsHref(view, { sort })}
            />
            {view.cols.map((key) => (
              <SortHeading
                key={key}
                label={COLUMN_LABELS[key]}
                sort={COLUMNS[key].sort}
                right={COLUMNS[key].right}
                current={view.sort}
                firstAscending={key === "runs-out"}
                href={(sort) => organizationsHref(view, { sort })}
              />
            ))}
            {mayChange && (
              <th scope="col" className="px-3 py-2">
                <span className="sr-only">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((organization) => (
            <tr
              key={organization.id}
              data-opens=""
              className="figures border-t border-line hover:bg-raised has-checked:bg-accent-soft"
            >
              {mayChange && (
                <td className="px-3 py-2">
                  <SelectOrganization organization={organization} />
                </td>
              )}
              {/* Name and credit type share what the other columns leave, so that they shorten before the table scrolls. */}
              <th scope="row" className="w-3/5 max-w-0 min-w-64 px-3 py-2 font-medium xl:min-w-36">
                <SoftLink
                  href={organizationHref(organization.code)}
                  title={organization.name}
                  className="block truncate rounded-sm hover:underline"
                >
                  {organization.name}
                </SoftLink>
                <span className="block font-mono text-xs font-normal break-all text-muted">
                  {organization.code}
                </span>
                {organization.tags.length > 0 && (
                  <div className="mt-1 max-w-80 font-normal">
                    <TagChips tags={organization.tags} limit={1} />
                  </div>
                )}
              </th>
              {view.cols.map((key) => (
                <td key={key} className={cellClass(key)}>
                  {COLUMNS[key].cell(organization)}
                </td>
              ))}
              {mayChange && (
                <td className="px-1 py-2 text-right">
                  <OrganizationMenuButton organization={organization} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {mayChange && <OrganizationMenu rows={rows} back={back} />}
    </TableRegion>
  );
}
