"use client";

import { useRouter } from "next/navigation";
import {
  type ReactNode,
  useEffect,
  useEffectEvent,
  useOptimistic,
  useRef,
  useState,
  useTransition,
} from "react";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

/** Letters typed within this time of each other are one step of the history. */
const BURST_MS = 1_000;

/** The look of a field or select beside the search. */
export const SEARCH_CONTROL = "h-9 rounded-md border border-line-strong bg-surface text-ink";

/**
 * A list's search and filters, whose only state is the URL. The text is sent to it one request at a time, and taken
 * from it when somebody goes back.
 *
 * @param view what the URL shows
 * @param hrefOf the link to a view, on its page
 * @returns the text of the search; what was chosen last, also before its page has come, because the next choice builds on
 * it; whether a page is on its way; and what goes to the first page of a view, as a step of the history
 */
export function useListSearch<View extends { q: string; page: number }>(
  view: View,
  hrefOf: (view: View) => string,
) {
  const { q } = view;
  const router = useRouter();
  const [pending, startSearch] = useTransition();
  const [chosen, choose] = useOptimistic(view);
  const [text, setText] = useState(q);
  const [previousQuery, setPreviousQuery] = useState(q);
  const [requested, setRequested] = useState(q);
  const lastKey = useRef(Number.NEGATIVE_INFINITY);
  const newStep = useRef(true);

  if (q !== previousQuery) {
    setPreviousQuery(q);
    if (q !== requested) {
      setRequested(q);
      setText(q);
    }
  }

  const send = useEffectEvent((query: string) => {
    const replaces = !newStep.current;
    newStep.current = false;
    setRequested(query);
    startSearch(() => {
      const href = hrefOf({ ...view, q: query, page: 1 });
      if (replaces) router.replace(href, { scroll: false });
      else router.push(href, { scroll: false });
    });
  });

  useEffect(() => {
    const query = text.trim();
    if (!pending && query !== q) send(query);
  }, [text, q, pending]);

  const type = (typed: string) => {
    // Judged by the keys and not by the answers, which may be slow.
    const now = performance.now();
    if (now - lastKey.current > BURST_MS) newStep.current = true;
    lastKey.current = now;
    setText(typed);
  };
  const go = (change: Partial<View>) => {
    const next = { ...chosen, q: text.trim(), page: 1, ...change };
    setRequested(next.q);
    startSearch(() => {
      choose(next);
      router.push(hrefOf(next), { scroll: false });
    });
  };
  return { text, setText: type, chosen, pending, go };
}

/** Around a list's search and filters; without JavaScript it sends them to the list's own address. */
export function SearchForm({ action, children }: { action: string; children: ReactNode }) {
  return (
    <search className="mb-4">
      <form
        action={action}
        method="get"
        onSubmit={(event) => event.preventDefault()}
        className="flex flex-wrap items-center gap-2"
      >
        {children}
        <noscript>
          <Button type="submit">Apply</Button>
        </noscript>
      </form>
    </search>
  );
}

export function SearchField({
  label,
  placeholder,
  search: { text, setText, pending },
}: {
  label: string;
  placeholder: string;
  search: { text: string; setText: (text: string) => void; pending: boolean };
}) {
  return (
    <div className="search-field">
      <Icon name="search" className="search-icon" />
      <input
        type="search"
        name="q"
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className={`${SEARCH_CONTROL} w-full pr-3 pl-9`}
      />
      <span aria-hidden className={`search-wait ${pending ? "animate-spin" : "hidden"}`} />
    </div>
  );
}

/** What a select offers: values with their labels. */
export function Options({ of }: { of: readonly (readonly [value: string, label: string])[] }) {
  return of.map(([value, label]) => (
    <option key={value} value={value}>
      {label}
    </option>
  ));
}

/** A select that applies at once; without JavaScript it waits for its form's button. */
export function FilterSelect({
  label,
  name,
  value,
  onChoose,
  children,
}: {
  label: string;
  name: string;
  value: string | number;
  onChoose: (value: string) => void;
  children: ReactNode;
}) {
  return (
    <select
      name={name}
      aria-label={label}
      value={value}
      onChange={({ target }) => onChoose(target.value)}
      className="filter-select"
    >
      {children}
    </select>
  );
}
