"use client";

import { LayoutGrid, Search, Table2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState, useTransition } from "react";
import { Button } from "#components/ui/button.tsx";
import {
  type OrganizationsView,
  organizationsHref,
  organizationsSearchParams,
} from "#lib/organizations/search-params.ts";

const SORT_LABELS: [OrganizationsView["sort"], string][] = [
  ["-created", "Newest first"],
  ["created", "Oldest first"],
  ["name", "Name A to Z"],
  ["-name", "Name Z to A"],
  ["-members", "Most members"],
  ["members", "Fewest members"],
  ["-balance", "Highest balance"],
  ["balance", "Lowest balance"],
  ["-spent", "Most spent"],
  ["spent", "Least spent"],
];

/** Letters typed within this time of each other are one step of the history. */
const BURST_MS = 1_000;
/** Waits for the next letter of a fast typist. */
const SETTLE_MS = 50;

const CONTROL = "h-9 rounded-md border border-line-strong bg-surface text-ink";

/**
 * Search, credit type, sort and view of the list. The URL is the only state: the field follows it on Back, and with
 * JavaScript off the form sends the same URL.
 */
export function OrganizationFilters({
  view,
  creditTypes,
}: {
  view: OrganizationsView;
  creditTypes: readonly { id: number; name: string }[];
}) {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  const { text, setText } = useSearchText(view, pending, startTransition);
  const go = (change: Partial<OrganizationsView>) =>
    startTransition(() =>
      router.push(organizationsHref(view, { q: text.trim(), ...change }), { scroll: false }),
    );

  return (
    <search className="mb-4">
      <form
        action="/organizations"
        method="get"
        onSubmit={(event) => event.preventDefault()}
        className="flex flex-wrap items-center gap-2"
      >
        {view.status !== "all" && <input type="hidden" name="status" value={view.status} />}
        {view.view !== "cards" && <input type="hidden" name="view" value={view.view} />}
        <div className="relative min-w-56 flex-1">
          <Search aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted" />
          <input
            type="search"
            name="q"
            aria-label="Search organizations"
            placeholder="Search by name or code"
            autoComplete="off"
            spellCheck={false}
            maxLength={200}
            value={text}
            onChange={(event) => setText(event.target.value)}
            className={`${CONTROL} w-full pr-3 pl-9`}
          />
          <span
            aria-hidden
            className={`absolute top-3 right-8 size-3 rounded-full border-2 border-muted border-r-transparent ${pending ? "animate-spin" : "hidden"}`}
          />
        </div>
        <select
          name="type"
          aria-label="Credit type"
          value={view.type ?? ""}
          onChange={(event) => go({ type: event.target.value === "" ? null : Number(event.target.value) })}
          className={`${CONTROL} max-w-48 px-2.5`}
        >
          <option value="">All credit types</option>
          {creditTypes.map((type) => (
            <option key={type.id} value={type.id}>
              {type.name}
            </option>
          ))}
        </select>
        <select
          name="sort"
          aria-label="Sort"
          value={view.sort}
          onChange={(event) =>
            go({ sort: organizationsSearchParams.decode({ sort: event.target.value }).sort })
          }
          className={`${CONTROL} px-2.5`}
        >
          {SORT_LABELS.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <noscript>
          <Button type="submit">Apply</Button>
        </noscript>
        <div className="flex rounded-md border border-line-strong bg-surface p-0.5">
          {(["cards", "table"] as const).map((choice) => {
            const Icon = choice === "cards" ? LayoutGrid : Table2;
            return (
              <Link
                key={choice}
                href={organizationsHref(view, { view: choice, page: view.page })}
                prefetch={false}
                scroll={false}
                aria-label={choice === "cards" ? "Cards" : "Table"}
                aria-current={view.view === choice ? "true" : undefined}
                className="rounded p-1.5 text-muted hover:text-ink aria-[current]:bg-raised aria-[current]:text-ink"
              >
                <Icon aria-hidden className="size-4" />
              </Link>
            );
          })}
        </div>
      </form>
    </search>
  );
}

/** The search field's text, sent to the URL one request at a time and taken from it when somebody goes back. */
function useSearchText(
  view: OrganizationsView,
  pending: boolean,
  startTransition: (action: () => void) => void,
) {
  const router = useRouter();
  const { q } = view;
  const [text, setText] = useState(q);
  const [seen, setSeen] = useState(q);
  const [requested, setRequested] = useState(q);
  const lastKey = useRef(Number.NEGATIVE_INFINITY);
  const newStep = useRef(true);

  if (q !== seen) {
    setSeen(q);
    if (q !== requested) {
      setRequested(q);
      setText(q);
    }
  }

  useEffect(() => {
    const wanted = text.trim();
    if (pending || wanted === q) return;
    const timer = setTimeout(() => {
      const replaces = !newStep.current;
      newStep.current = false;
      setRequested(wanted);
      const href = organizationsHref(view, { q: wanted });
      startTransition(() => {
        if (replaces) router.replace(href, { scroll: false });
        else router.push(href, { scroll: false });
      });
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text, q, pending, view, router, startTransition]);

  const type = (typed: string) => {
    // Judged by the keys and not by the answers, which may be slow.
    const now = performance.now();
    if (now - lastKey.current > BURST_MS) newStep.current = true;
    lastKey.current = now;
    setText(typed);
  };
  return { text, setText: type };
}
