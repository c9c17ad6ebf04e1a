"use client";

import type { ChangeEvent } from "react";
import { FILTER_CONTROL, FilterField, FilterForm, useFilters } from "#components/ui/filter-form.tsx";
import { FilterSuggestions } from "#components/ui/filter-suggestions.tsx";
import { type AlertsView, alertsHref, alertsSearchParams, isFiltered } from "#lib/alerts/search-params.ts";

/**
 * The list's filters. The URL is the only state. Selects apply at once; the text field applies with Enter or "Apply".
 * With JavaScript off, the form submits to the same URL.
 */
export function AlertFilters({
  view,
  kinds,
  hasMuted,
}: {
  view: AlertsView;
  /** What the reader may filter by. */
  kinds: readonly { kind: string; label: string }[];
  /** Whether the user has muted any rule. */
  hasMuted: boolean;
}) {
  const shown = { organization: view.organization };
  const { chosen, pending, typed, setTyped, go: goTo } = useFilters(view, alertsHref, shown);

  const go = (change: Partial<AlertsView>, text = typed) =>
    goTo({ organization: text.organization.trim(), ...change }, text);
  // A select has the value that the URL has, so the codec reads it.
  const select = (field: "kind" | "muted") => ({
    name: field,
    onChange: (event: ChangeEvent<HTMLSelectElement>) =>
      go({ [field]: alertsSearchParams.decode({ [field]: event.target.value })[field] }),
    className: FILTER_CONTROL,
  });

  return (
    <FilterForm path="/alerts" pending={pending} clear={isFiltered(view)} onApply={() => go({})}>
      {view.state !== "open" && <input type="hidden" name="state" value={view.state} />}
      <FilterField label="About">
        <select {...select("kind")} value={chosen.kind === "all" ? "" : chosen.kind}>
          <option value="">All</option>
          {kinds.map(({ kind, label }) => (
            <option key={kind} value={kind}>
              {label}
            </option>
          ))}
        </select>
      </FilterField>
      <FilterSuggestions
        label="Organization"
        name="organization"
        source="/transactions/suggest?organization="
        placeholder="Name or code"
        maxLength={100}
        value={typed.organization}
        onText={(organization, isSuggestion) => {
          setTyped({ organization });
          if (isSuggestion) go({}, { organization });
        }}
      />
      {(hasMuted || view.muted === "show") && (
        <FilterField label="Muted by you">
          <select {...select("muted")} value={chosen.muted === "hide" ? "" : chosen.muted}>
            <option value="">Hidden</option>
            <option value="show">Shown</option>
          </select>
        </FilterField>
      )}
    </FilterForm>
  );
}
