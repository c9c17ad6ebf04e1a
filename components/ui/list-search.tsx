"use client";

import { useRouter } from "next/navigation";
import {
  type ReactNode,
  startTransition,
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
/** Waits for the next letter of a fast typist. */
const SETTLE_MS = 30;

/** The look of a field or select beside the search. */
export const SEARCH_CONTROL = "h-9 rounded-md border border-line-strong bg-surface text-ink";

/**
 * A list's search and filters, whose only state is the URL. The text is sent to it one request at a time, and taken
 * from it when somebody goes back.
 *
 * @param q what the URL searches for
 * @param hrefOf the link to the same view with another search
 */
export function useListSearch(q: string, hrefOf: (q: string) => string) {
  const router = useRouter();
  const [pending, startSearch] = useTransition();
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
      if (replaces) router.replace(hrefOf(query), { scroll: false });
      else router.push(hrefOf(query), { scroll: false });
    });
  });

  useEffect(() => {
    const query = text.trim();
    if (pending || query === q) return;
    const timer = setTimeout(() => send(query), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text, q, pending]);

  const type = (typed: string) => {
    // Judged by the keys and not by the answers, which may be slow.
    const now = performance.now();
    if (now - lastKey.current > BURST_MS) newStep.current = true;
    lastKey.current = now;
    setText(typed);
  };
  /** Goes to another view, as a step of the history. Its link should search for the text in the field. */
  const go = (href: string) => startSearch(() => router.push(href, { scroll: false }));
  return { text, setText: type, pending, go };
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
  search: Pick<ReturnType<typeof useListSearch>, "text" | "setText" | "pending">;
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
  // Or it would show its old value again until the answer has come.
  const [shown, show] = useOptimistic(String(value));
  return (
    <select
      name={name}
      aria-label={label}
      value={shown}
      onChange={({ target }) =>
        startTransition(() => {
          show(target.value);
          onChoose(target.value);
        })
      }
      className="filter-select"
    >
      {children}
    </select>
  );
}
