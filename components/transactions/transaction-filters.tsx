"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { type ChangeEvent, useState, useTransition } from "react";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";
import { isoDay, parseIsoDay } from "#lib/transactions/rules.ts";
import {
  isFiltered,
  KIND_CHOICES,
  type TransactionsView,
  transactionsHref,
  transactionsSearchParams,
} from "#lib/transactions/search-params.ts";
import { KIND_LABELS } from "./kind-badge.tsx";

type Option = { id: number; name: string };

const CONTROL = "h-9 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-ink";

type Typed = { organization: string; member: string; from: string; to: string };

/**
 * The list's filters. The URL is the only state; selects apply at once, what is typed by Enter or "Apply", and with
 * JavaScript off the form sends the same URL.
 */
export function TransactionFilters({
  view,
  path,
  memberText,
  applications,
  creditTypes,
  withinOrganization,
}: {
  view: TransactionsView;
  path: string;
  /** The e-mail of the view's member, whom the URL names by his id. */
  memberText: string;
  applications: readonly Option[];
  creditTypes: readonly Option[];
  /** The page is one organization's: it is no filter there, nor is its credit type. */
  withinOrganization: boolean;
}) {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  const shown: Typed = {
    organization: view.organization,
    member: memberText,
    from: view.from === null ? "" : isoDay(view.from),
    to: view.to === null ? "" : isoDay(view.to),
  };
  const key = JSON.stringify(shown);
  const [typed, setTyped] = useState(shown);
  const [seen, setSeen] = useState(key);
  if (key !== seen) {
    // Another view: Back, or a link on the page.
    setSeen(key);
    setTyped(shown);
  }

  const go = (change: Partial<TransactionsView>, text: Typed = typed) => {
    const days = { from: parseIsoDay(text.from) ?? null, to: parseIsoDay(text.to) ?? null };
    const next = {
      organization: text.organization.trim(),
      member: text.member.trim() === memberText ? view.member : text.member.trim(),
      ...days,
      ...((days.from !== null || days.to !== null) && { period: transactionsSearchParams.defaults.period }),
      ...change,
    };
    startTransition(() => router.push(transactionsHref(view, next, path), { scroll: false }));
  };
  const set = (field: keyof Typed) => (value: string, chosen: boolean) => {
    const text = { ...typed, [field]: value };
    setTyped(text);
    if (chosen) go({}, text);
  };
  const select =
    (change: (value: string) => Partial<TransactionsView>) => (event: ChangeEvent<HTMLSelectElement>) =>
      go(change(event.target.value));

  return (
    <search className="mb-5">
      <form
        action={path}
        method="get"
        aria-busy={pending}
        onSubmit={(event) => {
          event.preventDefault();
          go({});
        }}
        className="grid grid-cols-2 items-end gap-2 sm:grid-cols-3 lg:grid-cols-4"
      >
        {view.period !== transactionsSearchParams.defaults.period && (
          <input type="hidden" name="period" value={view.period} />
        )}
        <Labelled label="From">
          <input
            type="date"
            name="from"
            min="1970-01-01"
            max="9999-12-31"
            value={typed.from}
            onChange={(event) => set("from")(event.target.value, false)}
            className={CONTROL}
          />
        </Labelled>
        <Labelled label="To">
          <input
            type="date"
            name="to"
            min="1970-01-01"
            max="9999-12-31"
            value={typed.to}
            onChange={(event) => set("to")(event.target.value, false)}
            className={CONTROL}
          />
        </Labelled>
        {!withinOrganization && (
          <Suggesting
            label="Organization"
            name="organization"
            placeholder="Code or name"
            value={typed.organization}
            onText={set("organization")}
          />
        )}
        <Suggesting
          label="Member"
          name="member"
          placeholder="E-mail"
          value={typed.member}
          onText={set("member")}
        />
        <Labelled label="Application">
          <select
            name="application"
            value={view.application ?? ""}
            onChange={select((value) => ({ application: value === "" ? null : Number(value) }))}
            className={CONTROL}
          >
            <option value="">All</option>
            {applications.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </Labelled>
        <Labelled label="Kind">
          <select
            name="kind"
            value={view.kind}
            onChange={select((kind) => ({ kind: transactionsSearchParams.decode({ kind }).kind }))}
            className={CONTROL}
          >
            {KIND_CHOICES.map((kind) => (
              <option key={kind} value={kind === "all" ? "" : kind}>
                {kind === "all" ? "All" : KIND_LABELS[kind]}
              </option>
            ))}
          </select>
        </Labelled>
        {!withinOrganization && (
          <Labelled label="Credit type">
            <select
              name="type"
              value={view.type ?? ""}
              onChange={select((value) => ({ type: value === "" ? null : Number(value) }))}
              className={CONTROL}
            >
              <option value="">All</option>
              {creditTypes.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </Labelled>
        )}
        <div className="flex gap-2">
          <Button type="submit" className="flex-1">
            Apply
          </Button>
          {isFiltered(view) && (
            <Link href={path} prefetch={false} scroll={false} className={buttonClass({ variant: "ghost" })}>
              Clear
            </Link>
          )}
        </div>
      </form>
    </search>
  );
}

function Labelled({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="grid min-w-0 gap-1 text-[0.8125rem] text-muted">
      {label}
      {children}
    </label>
  );
}

/** A text field that suggests while somebody types; without JavaScript it is a text field. */
function Suggesting({
  label,
  name,
  placeholder,
  value,
  onText,
}: {
  label: string;
  name: "organization" | "member";
  placeholder: string;
  value: string;
  /** `chosen`: it is one of the suggestions, and nothing more will be typed. */
  onText: (value: string, chosen: boolean) => void;
}) {
  const { control, list } = useSuggestions(`/transactions/suggest?${name}=`, onText);
  return (
    <Labelled label={label}>
      <input
        type="text"
        name={name}
        placeholder={placeholder}
        spellCheck={false}
        maxLength={name === "member" ? 254 : 100}
        value={value}
        className={CONTROL}
        {...control}
      />
      {list}
    </Labelled>
  );
}
