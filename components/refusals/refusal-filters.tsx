"use client";

import { useRouter } from "next/navigation";
import { type ChangeEvent, useOptimistic, useTransition } from "react";
import { FILTER_CONTROL, FilterDay, FilterField, FilterForm, useTyped } from "#components/ui/filter-form.tsx";
import { FilterSuggestions } from "#components/ui/filter-suggestions.tsx";
import { isoDay, parseIsoDay } from "#lib/calendar.ts";
import {
  CODE_CHOICES,
  isFiltered,
  type RefusalsView,
  refusalsHref,
  refusalsSearchParams,
} from "#lib/refusals/search-params.ts";
import { refusalWords } from "./words.ts";

type Typed = { organization: string; member: string; application: string; from: string; to: string };

/**
 * The list's filters. The URL is the only state. Selects apply at once; text fields apply with Enter or "Apply". With
 * JavaScript off, the form submits to the same URL.
 */
export function RefusalFilters({
  view,
  path,
  memberText,
  keys,
  withOrganization,
  withMember,
}: {
  view: RefusalsView;
  path: string;
  /** The e-mail of the member in the filter. The URL may have the member's id. */
  memberText: string;
  keys: readonly { id: number; name: string }[];
  /** On the page of one organization, or of one member, that is not a filter. */
  withOrganization: boolean;
  withMember: boolean;
}) {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  // What was chosen last, also before its page has come; the next choice builds on it.
  const [chosen, choose] = useOptimistic(view);
  const shown: Typed = {
    organization: view.organization,
    member: memberText,
    application: view.application,
    from: view.from === null ? "" : isoDay(view.from),
    to: view.to === null ? "" : isoDay(view.to),
  };
  const [typed, setTyped] = useTyped(shown);

  const go = (change: Partial<RefusalsView>, text: Typed = typed) => {
    const next = {
      organization: text.organization.trim(),
      member: text.member.trim() === memberText ? chosen.member : text.member.trim(),
      application: text.application.trim(),
      from: parseIsoDay(text.from) ?? null,
      to: parseIsoDay(text.to) ?? null,
      ...change,
    };
    startTransition(() => {
      choose({ ...chosen, ...next });
      router.push(refusalsHref(chosen, next, path), { scroll: false });
    });
  };
  const set = (field: keyof Typed) => (value: string, isSuggestion: boolean) => {
    const text = { ...typed, [field]: value };
    setTyped(text);
    if (isSuggestion) go({}, text);
  };
  // A select has the value that the URL has, so the codec reads it.
  const select = (field: "code" | "key") => ({
    name: field,
    onChange: (event: ChangeEvent<HTMLSelectElement>) =>
      go({ [field]: refusalsSearchParams.decode({ [field]: event.target.value })[field] }),
    className: FILTER_CONTROL,
  });

  return (
    <FilterForm path={path} pending={pending} clear={isFiltered(view)} onApply={() => go({})}>
      <FilterDay label="From" name="from" value={typed.from} onType={(value) => set("from")(value, false)} />
      <FilterDay label="To" name="to" value={typed.to} onType={(value) => set("to")(value, false)} />
      {withOrganization && (
        <FilterSuggestions
          label="Organization"
          name="organization"
          source="/transactions/suggest?organization="
          placeholder="Code or name"
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
          placeholder="E-mail"
          maxLength={254}
          value={typed.member}
          onText={set("member")}
        />
      )}
      <FilterSuggestions
        label="Application"
        name="application"
        source="/transactions/suggest?application="
        placeholder="Exact name"
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
