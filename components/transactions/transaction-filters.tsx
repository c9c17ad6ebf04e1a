"use client";

import { useRouter } from "next/navigation";
import { type ChangeEvent, useOptimistic, useTransition } from "react";
import { FILTER_CONTROL, FilterDay, FilterField, FilterForm, useTyped } from "#components/ui/filter-form.tsx";
import { FilterSuggestions } from "#components/ui/filter-suggestions.tsx";
import { isoDay, parseIsoDay } from "#lib/calendar.ts";
import { KIND_LABELS } from "#lib/ledger/rules.ts";
import {
  isFiltered,
  KIND_CHOICES,
  type KindChoice,
  type TransactionsView,
  transactionsHref,
  transactionsSearchParams,
} from "#lib/transactions/search-params.ts";

const KIND_WORDS: Record<KindChoice, string> = {
  ...KIND_LABELS,
  all: "All",
  spending: "Spends and their reversals",
};

type Option = { id: number; name: string };

type Typed = {
  organization: string;
  member: string;
  application: string;
  model: string;
  externalId: string;
  from: string;
  to: string;
};

/**
 * The list's filters. The URL is the only state. Selects apply at once; text fields apply with Enter or "Apply". With
 * JavaScript off, the form submits to the same URL.
 */
export function TransactionFilters({
  view,
  path,
  memberText,
  applicationText,
  creditTypes,
  withinOrganization,
}: {
  view: TransactionsView;
  path: string;
  /** The e-mail of the member in the filter. The URL has the member's id. */
  memberText: string;
  /** The name of the application in the filter. The URL has the application's id. */
  applicationText: string;
  creditTypes: readonly Option[];
  /** On the page of one organization, organization and credit type are not filters. */
  withinOrganization: boolean;
}) {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  // What was chosen last, also before its page has come; the next choice builds on it.
  const [chosen, choose] = useOptimistic(view);
  const shown: Typed = {
    organization: view.organization,
    member: memberText,
    application: applicationText,
    model: view.model,
    externalId: view.externalId,
    from: view.from === null ? "" : isoDay(view.from),
    to: view.to === null ? "" : isoDay(view.to),
  };
  const [typed, setTyped] = useTyped(shown);

  const go = (change: Partial<TransactionsView>, text: Typed = typed) => {
    const days = { from: parseIsoDay(text.from) ?? null, to: parseIsoDay(text.to) ?? null };
    const next = {
      organization: text.organization.trim(),
      member: text.member.trim() === memberText ? chosen.member : text.member.trim(),
      application:
        text.application.trim() === applicationText
          ? chosen.application
          : transactionsSearchParams.decode({ application: text.application }).application,
      model: text.model.trim(),
      externalId: text.externalId.trim(),
      ...days,
      ...((days.from !== null || days.to !== null) && { period: transactionsSearchParams.defaults.period }),
      ...change,
    };
    startTransition(() => {
      choose({ ...chosen, ...next });
      router.push(transactionsHref(chosen, next, path), { scroll: false });
    });
  };
  const set = (field: keyof Typed) => (value: string, isSuggestion: boolean) => {
    const text = { ...typed, [field]: value };
    setTyped(text);
    if (isSuggestion) go({}, text);
  };
  const select =
    (change: (value: string) => Partial<TransactionsView>) => (event: ChangeEvent<HTMLSelectElement>) =>
      go(change(event.target.value));

  return (
    <FilterForm path={path} pending={pending} clear={isFiltered(view)} onApply={() => go({})}>
      {view.period !== transactionsSearchParams.defaults.period && (
        <input type="hidden" name="period" value={view.period} />
      )}
      {view.tab !== "list" && (
        <>
          <input type="hidden" name="tab" value={view.tab} />
          {view.by !== null && <input type="hidden" name="by" value={view.by} />}
          {view.per !== "auto" && <input type="hidden" name="per" value={view.per} />}
        </>
      )}
      <FilterDay label="From" name="from" value={typed.from} onType={(value) => set("from")(value, false)} />
      <FilterDay label="To" name="to" value={typed.to} onType={(value) => set("to")(value, false)} />
      {!withinOrganization && (
        <FilterSuggestions
          label="Organization"
          name="organization"
          source="/transactions/suggest?organization="
          maxLength={100}
          placeholder="Code or name"
          value={typed.organization}
          onText={set("organization")}
        />
      )}
      <FilterSuggestions
        label="Member"
        name="member"
        source="/transactions/suggest?member="
        maxLength={254}
        placeholder="E-mail"
        value={typed.member}
        onText={set("member")}
      />
      <FilterField label="External id">
        <input
          type="text"
          name="externalId"
          placeholder="Exact"
          spellCheck={false}
          autoComplete="off"
          maxLength={200}
          value={typed.externalId}
          onChange={(event) => set("externalId")(event.target.value, false)}
          className={FILTER_CONTROL}
        />
      </FilterField>
      <FilterSuggestions
        label="Application"
        name="application"
        source="/transactions/suggest?application="
        maxLength={100}
        placeholder="Name"
        value={typed.application}
        onText={set("application")}
      />
      <FilterSuggestions
        label="Model"
        name="model"
        source="/transactions/suggest?model="
        maxLength={200}
        placeholder="Exact"
        value={typed.model}
        onText={set("model")}
      />
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
    </FilterForm>
  );
}
