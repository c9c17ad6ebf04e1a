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
import { readTag, sortedTags } from "#lib/tags.ts";
import type { DateFormat } from "#lib/time.ts";
import {
  isFiltered,
  KIND_CHOICES,
  NONE,
  type TransactionsView,
  transactionsHref,
  transactionsSearchParams,
} from "#lib/transactions/search-params.ts";
import { PeriodField } from "./period-field.tsx";
import { RemoveFilter } from "./remove-filter.tsx";
import { KIND_WORDS } from "./transaction-words.ts";

type Option = { id: number; name: string };

type Typed = {
  organization: string;
  member: string;
  application: string;
  model: string;
  externalId: string;
  from: string;
  to: string;
  /** A tag to add to the filter. */
  tag: string;
};

/** The list's filters. The URL is the only state. With JavaScript off, the form submits to the same URL. */
export function TransactionFilters({
  view,
  path,
  today,
  dateFormat,
  memberText,
  applicationText,
  keyName,
  creditTypes,
  hasTags,
  withinOrganization,
}: {
  view: TransactionsView;
  path: string;
  today: number;
  dateFormat: DateFormat;
  /** The email of the member in the filter. The URL has the member's id. */
  memberText: string;
  /** The name of the application in the filter. The URL has the application's id. */
  applicationText: string;
  /** The name of the API key in the filter; null for none, or one that does not exist. */
  keyName: string | null;
  creditTypes: readonly Option[];
  /** Whether organizations have tags to filter by. */
  hasTags: boolean;
  /** On the page of one organization, organization and credit type are not filters. */
  withinOrganization: boolean;
}) {
  const shown: Typed = {
    organization: view.organization,
    member: memberText,
    application: applicationText,
    model: view.model === NONE ? "" : view.model,
    externalId: view.externalId,
    from: dayText(view.from, dateFormat),
    to: dayText(view.to, dateFormat),
    tag: "",
  };
  const hrefOf = (view: TransactionsView, change: Partial<TransactionsView>) =>
    transactionsHref(view, change, path);
  const filters = useFilters(view, hrefOf, shown);
  const { chosen, pending, typed, go: goTo } = filters;

  const go = (change: Partial<TransactionsView>, text: Typed = typed) => {
    const days = {
      from: parseDay(text.from, dateFormat) ?? null,
      to: parseDay(text.to, dateFormat) ?? null,
      ...change,
    };
    const tag = readTag(text.tag);
    const next = {
      organization: text.organization.trim(),
      member: text.member.trim() === memberText ? chosen.member : text.member.trim(),
      application:
        text.application.trim() === applicationText
          ? chosen.application
          : transactionsSearchParams.decode({ application: text.application }).application,
      model: view.model === NONE ? view.model : text.model.trim(),
      externalId: text.externalId.trim(),
      ...(tag.ok && { tag: sortedTags([...chosen.tag, tag.value]), only: null }),
      ...days,
      ...((days.from !== null || days.to !== null) && { period: transactionsSearchParams.defaults.period }),
    };
    goTo(next, tag.ok ? { ...text, tag: "" } : text);
  };
  const { set, day } = textFilters(filters, dateFormat, (text) => go({}, text));
  const select =
    (change: (value: string) => Partial<TransactionsView>) => (event: ChangeEvent<HTMLSelectElement>) =>
      go(change(event.target.value));

  return (
    <FilterForm
      path={path}
      pending={pending}
      clear={isFiltered(view)}
      clearHref={transactionsHref(
        { ...transactionsSearchParams.defaults, tab: view.tab, by: view.by, per: view.per },
        {},
        path,
      )}
      onApply={() => go({})}
    >
      {view.tab !== "list" && (
        <>
          <input type="hidden" name="tab" value={view.tab} />
          {view.by !== null && <input type="hidden" name="by" value={view.by} />}
          {view.per !== "auto" && <input type="hidden" name="per" value={view.per} />}
        </>
      )}
      <PeriodField
        today={today}
        period={chosen.from === null && chosen.to === null ? chosen.period : null}
        onChoose={(period) => go({ period }, { ...typed, from: "", to: "" })}
      />
      <FilterDay label="From" {...day("from")} />
      <FilterDay label="To" {...day("to")} />
      {!withinOrganization && (
        <FilterSuggestions
          label="Organization"
          name="organization"
          source="/transactions/suggest?organization="
          maxLength={100}
          placeholder="Name or code"
          value={typed.organization}
          onText={set("organization")}
        />
      )}
      <FilterSuggestions
        label="Member"
        name="member"
        source="/transactions/suggest?member="
        maxLength={254}
        placeholder="Name or email"
        value={typed.member}
        onText={set("member")}
      />
      <FilterSuggestions
        label="Application"
        name="application"
        source="/transactions/suggest?application="
        maxLength={100}
        placeholder="Name"
        value={typed.application}
        onText={set("application")}
      />
      {view.model === NONE ? (
        <>
          <input type="hidden" name="model" value={NONE} />
          <RemoveFilter href={transactionsHref(view, { model: "" }, path)} text="No model" />
        </>
      ) : (
        <FilterSuggestions
          label="Model"
          name="model"
          source="/transactions/suggest?model="
          maxLength={200}
          placeholder="Exact name"
          value={typed.model}
          onText={set("model")}
        />
      )}
      <FilterField label="External id">
        <input
          type="text"
          name="externalId"
          placeholder="Exact, or a number"
          spellCheck={false}
          autoComplete="off"
          maxLength={200}
          value={typed.externalId}
          onChange={(event) => set("externalId")(event.target.value, false)}
          className={FILTER_CONTROL}
        />
      </FilterField>
      <FilterField label="Kind">
        <select
          name="kind"
          value={chosen.kind === "all" ? "" : chosen.kind}
          onChange={select((kind) => ({ kind: transactionsSearchParams.decode({ kind }).kind }))}
          className={FILTER_CONTROL}
        >
          {KIND_CHOICES.map((kind) => (
            <option key={kind} value={kind === "all" ? "" : kind}>
              {KIND_WORDS[kind]}
            </option>
          ))}
        </select>
      </FilterField>
      {!withinOrganization && (
        <FilterField label="Credit type">
          <select
            name="type"
            value={chosen.type ?? ""}
            onChange={select((value) => ({ type: value === "" ? null : Number(value) }))}
            className={FILTER_CONTROL}
          >
            <option value="">All</option>
            {creditTypes.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </FilterField>
      )}
      {hasTags && !withinOrganization && (
        <FilterSuggestions
          label="Tag"
          name="tag"
          source="/transactions/suggest?tag="
          maxLength={200}
          placeholder="key:value"
          value={typed.tag}
          onText={set("tag")}
        />
      )}
      {view.tag.map((tag) => (
        <span key={tag} className="contents">
          <input type="hidden" name="tag" value={tag} />
          <RemoveFilter
            href={transactionsHref(view, { tag: view.tag.filter((one) => one !== tag), only: null }, path)}
            text={tag}
          />
        </span>
      ))}
      {view.key !== null && (
        <>
          <input type="hidden" name="key" value={view.key} />
          <RemoveFilter
            href={transactionsHref(view, { key: null }, path)}
            text={view.key === NONE ? "No API key" : `API key ${keyName ?? view.key}`}
          />
        </>
      )}
      {view.only !== null && (
        <>
          <input type="hidden" name="only" value={view.only} />
          <RemoveFilter
            href={transactionsHref(view, { only: null }, path)}
            text={`no ${view.tag.length > 0 ? "other " : ""}${view.only}`}
          />
        </>
      )}
    </FilterForm>
  );
}
