"use client";

import { useRef } from "react";
import { useTyped } from "#components/ui/filter-form.tsx";
import { Icon } from "#components/ui/icon.tsx";
import {
  FilterSelect,
  Options,
  SEARCH_CONTROL,
  SearchField,
  SearchForm,
  useListSearch,
} from "#components/ui/list-search.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";
import {
  type OrganizationsView,
  organizationsHref,
  organizationsSearchParams,
} from "#lib/organizations/search-params.ts";
import { readTag, sortedTags } from "#lib/tags.ts";
import { TAG_SUGGESTIONS } from "./tags-field.tsx";

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
  hasTags,
}: {
  view: OrganizationsView;
  creditTypes: readonly { id: number; name: string }[];
  /** Whether any organization has a tag. */
  hasTags: boolean;
}) {
  const search = useListSearch(view.q, (q) => organizationsHref(view, { q }));
  const go = (change: Partial<OrganizationsView>) =>
    search.go(organizationsHref(view, { q: search.text.trim(), ...change }));

  const [{ tag: typedTag }, setTypedTag] = useTyped({ tag: "" });
  const tagInput = useRef<HTMLInputElement>(null);
  const addTag = (text: string) => {
    const tag = readTag(text);
    tagInput.current?.setCustomValidity(tag.ok || text.trim() === "" ? "" : tag.message);
    if (!tag.ok) {
      tagInput.current?.reportValidity();
      return;
    }
    setTypedTag({ tag: "" });
    go({ tag: sortedTags([...view.tag, tag.value]) });
  };
  const suggestions = useSuggestions(TAG_SUGGESTIONS, (tag, isSuggestion) => {
    tagInput.current?.setCustomValidity("");
    setTypedTag({ tag });
    if (isSuggestion) addTag(tag);
  });

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
      {hasTags && (
        <>
          <input
            ref={tagInput}
            type="text"
            name="tag"
            aria-label="Tag"
            placeholder="Tag"
            spellCheck={false}
            autoCapitalize="none"
            maxLength={200}
            value={typedTag}
            className={`${SEARCH_CONTROL} w-40 px-2.5`}
            {...suggestions.control}
            onKeyDown={(event) => {
              // A form with two text fields and no button is not sent by Enter.
              if (event.key !== "Enter") return;
              event.preventDefault();
              addTag(typedTag);
            }}
          />
          {suggestions.list}
        </>
      )}
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
      {view.tag.length > 0 && (
        <ul aria-label="Filtered by tags" className="flex min-w-0 basis-full flex-wrap gap-1.5">
          {view.tag.map((tag) => (
            <li key={tag} className="flex min-w-0">
              <input type="hidden" name="tag" value={tag} />
              <SoftLink
                href={organizationsHref(view, { tag: view.tag.filter((other) => other !== tag) })}
                scroll={false}
                aria-label={`Remove the filter ${tag}`}
                title={tag}
                className="flex min-w-0 items-center gap-1 rounded-md border border-line bg-surface px-2 py-0.5 text-[0.8125rem] text-muted hover:text-ink"
              >
                <span className="min-w-0 truncate">{tag}</span>
                <Icon name="x" className="size-3.5" />
              </SoftLink>
            </li>
          ))}
        </ul>
      )}
    </SearchForm>
  );
}
