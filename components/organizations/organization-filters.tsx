"use client";

import { useRef, useState } from "react";
import { Button, buttonClass } from "#components/ui/button.tsx";
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
  COLUMN_KEYS,
  lookQuery,
  type OrganizationsView,
  organizationsHref,
  organizationsSearchParams,
} from "#lib/organizations/search-params.ts";
import { readTag, sortedTags } from "#lib/tags.ts";
import { COLUMN_LABELS } from "./organization-columns.ts";
import { RUNWAY_LABELS, SORT_LABELS } from "./organization-words.ts";
import { rememberLook } from "./remembered-look.ts";
import { TAG_SUGGESTIONS } from "./tags-field.tsx";

/**
 * Search, credit type, sort and view of the list. The URL is the only state: the field follows it on Back, and with
 * JavaScript off the form sends the same URL.
 */
export function OrganizationFilters({
  view,
  creditTypes,
  hasTags,
  lookCookie,
}: {
  view: OrganizationsView;
  creditTypes: readonly { id: number; name: string }[];
  /** Whether any organization has a tag. */
  hasTags: boolean;
  /** The name of the cookie that remembers how the list looks. */
  lookCookie: string;
}) {
  const search = useListSearch(view, (view) => organizationsHref(view, { page: view.page }));
  // What is chosen, also before its page has come: the next choice builds on it.
  const { chosen, go } = search;

  const [typedTag, setTypedTag] = useState("");
  const tagInput = useRef<HTMLInputElement>(null);
  const addTag = (text: string) => {
    const tag = readTag(text);
    tagInput.current?.setCustomValidity(tag.ok || text.trim() === "" ? "" : tag.message);
    if (!tag.ok) {
      tagInput.current?.reportValidity();
      return;
    }
    setTypedTag("");
    go({ tag: sortedTags([...chosen.tag, tag.value]) });
  };
  const suggestions = useSuggestions(TAG_SUGGESTIONS, (tag, isSuggestion) => {
    tagInput.current?.setCustomValidity("");
    setTypedTag(tag);
    if (isSuggestion) addTag(tag);
  });

  return (
    <>
      <SearchForm action="/organizations">
        {chosen.status !== "all" && <input type="hidden" name="status" value={chosen.status} />}
        {[...new URLSearchParams(lookQuery(chosen))].map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <SearchField label="Search organizations" placeholder="Search by name or code" search={search} />
        <FilterSelect
          label="Credit type"
          name="type"
          value={chosen.type ?? ""}
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
              className={`${SEARCH_CONTROL} w-40 px-2.5 max-sm:flex-[1_1_9rem]`}
              {...suggestions.control}
              onKeyDown={(event) => {
                suggestions.control.onKeyDown(event);
                if (event.defaultPrevented) return;
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
          label="Runway"
          name="runs-out"
          value={chosen["runs-out"]}
          onChoose={(days) =>
            go({ "runs-out": organizationsSearchParams.decode({ "runs-out": days })["runs-out"] })
          }
        >
          <Options of={RUNWAY_LABELS} />
        </FilterSelect>
        <FilterSelect
          label="Sort"
          name="sort"
          value={chosen.sort}
          onChoose={(sort) => go({ sort: organizationsSearchParams.decode({ sort }).sort })}
        >
          <Options of={SORT_LABELS} />
        </FilterSelect>
        <div className="flex rounded-md border border-line-strong bg-surface p-0.5">
          {(["cards", "table"] as const).map((choice) => {
            return (
              <SoftLink
                key={choice}
                href={organizationsHref(chosen, { view: choice, page: chosen.page })}
                scroll={false}
                onClick={() => rememberLook(lookCookie, lookQuery({ ...chosen, view: choice }))}
                aria-label={choice === "cards" ? "Cards" : "Table"}
                aria-current={view.view === choice ? "true" : undefined}
                className="rounded p-1.5 text-muted hover:text-ink aria-[current]:bg-raised aria-[current]:text-ink"
              >
                <Icon name={choice === "cards" ? "layout-grid" : "table-2"} className="size-4" />
              </SoftLink>
            );
          })}
        </div>
        {view.view === "table" && (
          <button type="button" popoverTarget="columns" className={buttonClass({ variant: "ghost" })}>
            Columns
          </button>
        )}
        {chosen.tag.length > 0 && (
          <ul aria-label="Filtered by tags" className="flex min-w-0 basis-full flex-wrap gap-1.5">
            {chosen.tag.map((tag) => (
              <li key={tag} className="flex min-w-0">
                <input type="hidden" name="tag" value={tag} />
                <SoftLink
                  href={organizationsHref(chosen, { tag: chosen.tag.filter((other) => other !== tag) })}
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
      {view.view === "table" && (
        <ColumnsForm
          key={view.cols.join()}
          view={view}
          onChoose={(cols) => {
            rememberLook(lookCookie, lookQuery({ ...chosen, cols }));
            go({ cols, page: chosen.page });
          }}
        />
      )}
    </>
  );
}

/** Chooses the table's columns. With JavaScript off it sends them to the same URL. */
function ColumnsForm({
  view,
  onChoose,
}: {
  view: OrganizationsView;
  onChoose: (columns: OrganizationsView["cols"]) => void;
}) {
  const rest = organizationsHref({ ...view, cols: organizationsSearchParams.defaults.cols }, {}, "");
  return (
    <div id="columns" popover="auto" className="menu">
      <form
        action="/organizations"
        method="get"
        onSubmit={(event) => {
          event.preventDefault();
          const cols = new FormData(event.currentTarget).getAll("cols").map(String);
          event.currentTarget.closest<HTMLElement>("[popover]")?.hidePopover();
          onChoose(organizationsSearchParams.decode({ cols }).cols);
        }}
        className="grid gap-1 p-1.5"
      >
        {[...new URLSearchParams(rest)].map(([name, value]) => (
          <input key={`${name} ${value}`} type="hidden" name={name} value={value} />
        ))}
        {COLUMN_KEYS.map((key) => (
          <label key={key} className="flex items-center gap-2 py-0.5">
            <input
              type="checkbox"
              name="cols"
              value={key}
              defaultChecked={view.cols.includes(key)}
              className="size-4 accent-accent"
            />
            {COLUMN_LABELS[key]}
          </label>
        ))}
        <Button type="submit" size="sm" className="mt-1.5">
          Show columns
        </Button>
      </form>
    </div>
  );
}
