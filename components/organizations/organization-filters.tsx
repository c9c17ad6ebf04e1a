"use client";

import { Icon } from "#components/ui/icon.tsx";
import {
  FilterSelect,
  Options,
  SearchField,
  SearchForm,
  useListSearch,
} from "#components/ui/list-search.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import {
  type OrganizationsView,
  organizationsHref,
  organizationsSearchParams,
} from "#lib/organizations/search-params.ts";

const SORT_LABELS: [OrganizationsView["sort"], string][] = [
  ["-created", "Newest first"],
  ["created", "Oldest first"],
  ["name", "Name A to Z"],
  ["-name", "Name Z to A"],
  ["-members", "Most members"],
  ["members", "Fewest members"],
  ["-balance", "Highest balance"],
  ["balance", "Lowest balance"],
  ["-spent", "Most spent"],
  ["spent", "Least spent"],
];

/**
 * Search, credit type, sort and view of the list. The URL is the only state: the field follows it on Back, and with
 * JavaScript off the form sends the same URL.
 */
export function OrganizationFilters({
  view,
  creditTypes,
}: {
  view: OrganizationsView;
  creditTypes: readonly { id: number; name: string }[];
}) {
  const search = useListSearch(view.q, (q) => organizationsHref(view, { q }));
  const go = (change: Partial<OrganizationsView>) =>
    search.go(organizationsHref(view, { q: search.text.trim(), ...change }));

  return (
    <SearchForm action="/organizations">
      {view.status !== "all" && <input type="hidden" name="status" value={view.status} />}
      {view.view !== "cards" && <input type="hidden" name="view" value={view.view} />}
      <SearchField label="Search organizations" placeholder="Search by name or code" search={search} />
      <FilterSelect
        label="Credit type"
        name="type"
        value={view.type ?? ""}
        onChoose={(type) => go({ type: type === "" ? null : Number(type) })}
      >
        <option value="">All credit types</option>
        {creditTypes.map((type) => (
          <option key={type.id} value={type.id}>
            {type.name}
          </option>
        ))}
      </FilterSelect>
      <FilterSelect
        label="Sort"
        name="sort"
        value={view.sort}
        onChoose={(sort) => go({ sort: organizationsSearchParams.decode({ sort }).sort })}
      >
        <Options of={SORT_LABELS} />
      </FilterSelect>
      <div className="flex rounded-md border border-line-strong bg-surface p-0.5">
        {(["cards", "table"] as const).map((choice) => {
          return (
            <SoftLink
              key={choice}
              href={organizationsHref(view, { view: choice, page: view.page })}
              scroll={false}
              aria-label={choice === "cards" ? "Cards" : "Table"}
              aria-current={view.view === choice ? "true" : undefined}
              className="rounded p-1.5 text-muted hover:text-ink aria-[current]:bg-raised aria-[current]:text-ink"
            >
              <Icon name={choice === "cards" ? "layout-grid" : "table-2"} className="size-4" />
            </SoftLink>
          );
        })}
      </div>
    </SearchForm>
  );
}
