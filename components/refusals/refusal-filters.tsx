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
import { parseDay } from "#lib/calendar.ts";
import {
  CODE_CHOICES,
  isFiltered,
  type RefusalsView,
  refusalsHref,
  refusalsSearchParams,
} from "#lib/refusals/search-params.ts";
import type { DateFormat } from "#lib/time.ts";
import { refusalWords } from "./words.ts";

type Typed = { organization: string; member: string; application: string; from: string; to: string };

/** The list's filters. The URL is the only state. With JavaScript off, the form submits to the same URL. */
export function RefusalFilters({
  view,
  path,
  dateFormat,
  memberText,
  keys,
  withOrganization,
  withMember,
}: {
  view: RefusalsView;
  path: string;
  dateFormat: DateFormat;
  /** The email of the member in the filter. The URL may have the member's id. */
  memberText: string;
  keys: readonly { id: number; name: string }[];
  /** On the page of one organization, or of one member, that is not a filter. */
  withOrganization: boolean;
  withMember: boolean;
}) {
  const shown: Typed = {
    organization: view.organization,
    member: memberText,
    application: view.application,
    from: dayText(view.from, dateFormat),
    to: dayText(view.to, dateFormat),
  };
  const hrefOf = (view: RefusalsView, change: Partial<RefusalsView>) => refusalsHref(view, change, path);
  const filters = useFilters(view, hrefOf, shown);
  const { chosen, pending, typed, go: goTo } = filters;

  const go = (change: Partial<RefusalsView>, text: Typed = typed) => {
    const texts = {
      organization: text.organization.trim(),
      member: text.member.trim() === memberText ? chosen.member : text.member.trim(),
      application: text.application.trim(),
      from: parseDay(text.from, dateFormat) ?? null,
      to: parseDay(text.to, dateFormat) ?? null,
    };
    goTo({ ...texts, ...change }, text);
  };
  const { set, day } = textFilters(filters, dateFormat, (text) => go({}, text));
  // A select has the value that the URL has, so the codec reads it.
  const select = (field: "code" | "key") => ({
    name: field,
    onChange: (event: ChangeEvent<HTMLSelectElement>) =>
      go({ [field]: refusalsSearchParams.decode({ [field]: event.target.value })[field] }),
    className: FILTER_CONTROL,
  });

  return (
    <FilterForm path={path} pending={pending} clear={isFiltered(view)} onApply={() => go({})}>
      <FilterDay label="From" {...day("from")} />
      <FilterDay label="To" {...day("to")} />
      {withOrganization && (
        <FilterSuggestions
          label="Organization"
          name="organization"
          source="/transactions/suggest?organization="
          placeholder="Name or code"
          maxLength={100}
          value={typed.organization}
          onText={set("organization")}
        />
      )}
      {withMember && (
        <FilterSuggestions
          label="Member"
          name="member"
          source="/transactions/suggest?member="
          placeholder="Name or email"
          maxLength={254}
          value={typed.member}
          onText={set("member")}
        />
      )}
      <FilterSuggestions
        label="Application"
        name="application"
        source="/transactions/suggest?application="
        placeholder="Name"
        maxLength={100}
        value={typed.application}
        onText={set("application")}
      />
      <FilterField label="Reason">
        <select {...select("code")} value={chosen.code === "all" ? "" : chosen.code}>
          {CODE_CHOICES.map((code) => (
            <option key={code} value={code === "all" ? "" : code}>
              {code === "all" ? "All" : refusalWords(code)}
            </option>
          ))}
        </select>
      </FilterField>
      <FilterField label="API key">
        <select {...select("key")} value={chosen.key ?? ""}>
          <option value="">All</option>
          {keys.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </FilterField>
    </FilterForm>
  );
}
