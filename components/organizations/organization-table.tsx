"use client";

import { SoftLink } from "#components/ui/soft-link.tsx";
import { SortHeading } from "#components/ui/sort-heading.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { type OrganizationsView, organizationsHref, type SortKey } from "#lib/organizations/search-params.ts";
import { type OrganizationRow, organizationHref } from "./organization-rows.ts";
import { SelectOrganization, ToggleOrganization } from "./organization-status.tsx";
import { TagChips } from "./tag-chips.tsx";

const COLUMNS: { label: string; sort?: SortKey; right?: boolean }[] = [
  { label: "Name", sort: "name" },
  { label: "Status" },
  { label: "Created", sort: "created" },
  { label: "Members", sort: "members", right: true },
  { label: "Credit Balance", sort: "balance", right: true },
  { label: "Total Spent Credits", sort: "spent", right: true },
  { label: "Credit Type" },
  { label: "Monthly Allowance per Member", right: true },
];

/** The cards' content in rows; its headings sort. */
export function OrganizationTable({
  rows,
  view,
  mayChange,
}: {
  rows: readonly OrganizationRow[];
  view: OrganizationsView;
  mayChange: boolean;
}) {
  return (
    <section
      aria-label="Organizations table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
      tabIndex={0}
      className="relative overflow-x-auto rounded-lg border border-line bg-surface shadow-card"
    >
      <table className="w-full text-left text-[0.8125rem] [&_td]:max-2xl:px-2 [&_th]:max-2xl:px-2">
        <thead className="text-muted">
          <tr>
            {mayChange && (
              <th scope="col" className="px-3 py-2">
                <span className="sr-only">Select</span>
              </th>
            )}
            {COLUMNS.map((column) => (
              <SortHeading
                key={column.label}
                {...column}
                current={view.sort}
                firstAscending={column.sort === "name"}
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
            <tr key={organization.id} className="figures border-t border-line has-checked:bg-accent-soft">
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
                    <TagChips tags={organization.tags} limit={2} />
                  </div>
                )}
              </th>
              <td className="px-3 py-2">
                <StatusBadge active={organization.active} />
              </td>
              <td className="px-3 py-2 whitespace-nowrap">
                <time dateTime={organization.createdAt}>{organization.created}</time>
              </td>
              <td className="px-3 py-2 text-right">{organization.members}</td>
              <td className="px-3 py-2 text-right">{organization.balance}</td>
              <td className="px-3 py-2 text-right">{organization.spent}</td>
              <td className="w-2/5 max-w-0 min-w-26 px-3 py-2">
                <span className="block truncate" title={organization.creditType}>
                  {organization.creditType}
                </span>
              </td>
              <td className="px-3 py-2 text-right whitespace-nowrap">{organization.allowance}</td>
              {mayChange && (
                <td className="px-3 py-2 text-right">
                  <ToggleOrganization organization={organization} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
