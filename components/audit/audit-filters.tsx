"use client";

import type { ChangeEvent } from "react";
import {
  dayText,
  FILTER_CONTROL,
  FilterDay,
  FilterField,
  FilterForm,
  textFilters,
  useFilters,
} from "#components/ui/filter-form.tsx";
import { FilterSuggestions } from "#components/ui/filter-suggestions.tsx";
import {
  type AuditActor,
  type AuditView,
  actorText,
  auditChoices,
  auditHref,
  auditSearchParams,
} from "#lib/audit/search-params.ts";
import { parseDay } from "#lib/calendar.ts";
import type { DateFormat } from "#lib/time.ts";
import { actionWords, subjectKindWords } from "./words.ts";

type Typed = { q: string; from: string; to: string };

/** The filters of the audit. The URL is the only state. With JavaScript off, the form submits to the same URL. */
export function AuditFilters({
  view,
  dateFormat,
  actors,
  ofEnterprise,
}: {
  view: AuditView;
  dateFormat: DateFormat;
  actors: readonly { actor: AuditActor; label: string }[];
  /** Whether the reader sees the changes of the whole enterprise. */
  ofEnterprise: boolean;
}) {
  const shown: Typed = { q: view.q, from: dayText(view.from, dateFormat), to: dayText(view.to, dateFormat) };
  const filters = useFilters(view, auditHref, shown);
  const { chosen, pending, typed, go: goTo } = filters;

  const go = (change: Partial<AuditView>, text: Typed = typed) => {
    const texts = {
      q: text.q.trim(),
      from: parseDay(text.from, dateFormat) ?? null,
      to: parseDay(text.to, dateFormat) ?? null,
    };
    goTo({ ...texts, ...change }, text);
  };
  const { set, day } = textFilters(filters, dateFormat, (text) => go({}, text));
  // A select has the value that the URL has, so the codec reads it.
  const select = (field: "actor" | "action" | "kind") => ({
    name: field,
    onChange: (event: ChangeEvent<HTMLSelectElement>) =>
      go({ [field]: auditSearchParams.decode({ [field]: event.target.value })[field] }),
    className: FILTER_CONTROL,
  });
  const { kinds, actions } = auditChoices(ofEnterprise);
  const actor = chosen.actor === null ? "" : actorText(chosen.actor);
  const listed = actors.map(({ actor, label }) => ({ value: actorText(actor), label }));
  listed.push({ value: "operator", label: "Command line" }, { value: "system", label: "System" });
  // An actor who is not in the list: after the first few hundred, or unknown.
  if (actor !== "" && !listed.some(({ value }) => value === actor)) {
    listed.push({ value: actor, label: actor });
  }

  return (
    <FilterForm path="/audit" pending={pending} clear={auditHref(view) !== "/audit"} onApply={() => go({})}>
      <FilterDay label="From" {...day("from")} />
      <FilterDay label="To" {...day("to")} />
      <FilterField label="Who">
        <select {...select("actor")} value={actor}>
          <option value="">Anyone</option>
          {listed.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </FilterField>
      <FilterField label="Action">
        <select {...select("action")} value={chosen.action === "all" ? "" : chosen.action}>
          {actions.map((action) => (
            <option key={action} value={action === "all" ? "" : action}>
              {action === "all" ? "All" : actionWords(action)}
            </option>
          ))}
        </select>
      </FilterField>
      <FilterField label="Type">
        <select {...select("kind")} value={chosen.kind === "all" ? "" : chosen.kind}>
          {kinds.map((kind) => (
            <option key={kind} value={kind === "all" ? "" : kind}>
              {kind === "all" ? "All" : subjectKindWords(kind)}
            </option>
          ))}
        </select>
      </FilterField>
      <FilterSuggestions
        label="Object"
        name="q"
        source="/transactions/suggest?object="
        placeholder="Code, name or email"
        maxLength={254}
        value={typed.q}
        onText={set("q")}
      />
    </FilterForm>
  );
}
