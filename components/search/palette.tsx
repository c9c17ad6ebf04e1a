"use client";

import { useRouter } from "next/navigation";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { Icon } from "#components/ui/icon.tsx";
import {
  HIT_KINDS,
  type HitGroup,
  markedQuery,
  SEARCH_MAX_CHARACTERS,
  searchHref,
} from "#lib/search/rules/hits.ts";
import { Marked } from "./marked.tsx";

/** Waits for the next letter of a fast typist. */
const SETTLE_MS = 120;

/** The hits of a search, or that they could not be read. */
type Answer = { q: string; groups: HitGroup[] | null };

type Option = { id: string; href: string; title: string; detail: string };

/** The options of a group: its hits, and the list with all of them. */
function optionsOf({ kind, hits, more }: HitGroup, prefix: string): Option[] {
  const all = { href: more ?? "", title: `All ${HIT_KINDS[kind].toLowerCase()} that match`, detail: "" };
  return [...hits, ...(more === null ? [] : [all])].map((hit, index) => ({
    ...hit,
    id: `${prefix}-${kind}-${index}`,
  }));
}

/** The answer to the latest text. A newer text aborts the request for the one before. */
function useAnswer(q: string): Answer | null {
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(
      async () => {
        try {
          const response = await fetch(`/search/results?${new URLSearchParams({ q })}`, {
            signal: abort.signal,
          });
          const groups = response.ok ? ((await response.json()) as HitGroup[]) : null;
          if (!abort.signal.aborted) setAnswer({ q, groups });
        } catch {
          if (!abort.signal.aborted) setAnswer({ q, groups: null });
        }
      },
      q === "" ? 0 : SETTLE_MS,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [q]);
  return answer;
}

/**
 * The search of the whole portal over the page, after the combobox pattern of the ARIA Authoring Practices: the focus
 * stays in the field, and the arrow keys move through the options.
 */
export function Palette({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const [text, setText] = useState("");
  const q = text.trim();
  const answer = useAnswer(q);
  const [place, setPlace] = useState({ of: "", index: 0 });
  const groups = (answer?.groups ?? []).map((group) => ({
    kind: group.kind,
    options: optionsOf(group, id),
  }));
  const options = groups.flatMap((group) => group.options);
  // Another answer begins at its first option.
  const index = place.of === answer?.q ? Math.min(place.index, options.length - 1) : 0;
  const current = options[index];
  const isLate = answer?.q !== q;

  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  useEffect(() => {
    if (current)
      list.current?.querySelector(`#${CSS.escape(current.id)}`)?.scrollIntoView({ block: "nearest" });
  }, [current]);

  const open = (href: string, inNewTab: boolean) => {
    if (inNewTab) {
      window.open(href, "_blank", "noopener");
      return;
    }
    dialog.current?.close();
    router.push(href);
  };
  const move = (to: number) =>
    setPlace({
      of: answer?.q ?? "",
      index: options.length === 0 ? 0 : (to + options.length) % options.length,
    });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") move(index + 1);
    else if (event.key === "ArrowUp") move(index - 1);
    else if (event.key !== "Enter") return;
    // The hits of an earlier text are not what is meant: the page waits for those of this one.
    else if (isLate || !current) {
      if (q !== "") open(searchHref(q), false);
    } else open(current.href, event.metaKey || event.ctrlKey);
    event.preventDefault();
  };

  return (
    <dialog
      ref={dialog}
      aria-label="Find anything"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.nativeEvent.isComposing) {
          event.preventDefault();
          dialog.current?.close();
        }
      }}
      className="mt-[12vh] mb-auto w-[min(40rem,calc(100vw-2rem))] overflow-hidden rounded-xl border border-line bg-surface p-0 text-left text-ink shadow-pop"
    >
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Icon name="search" className="size-4 shrink-0 text-muted" />
        <input
          type="text"
          role="combobox"
          aria-label="Search everything"
          aria-expanded={options.length > 0}
          aria-autocomplete="list"
          {...(options.length > 0 && { "aria-controls": `${id}-list` })}
          {...(current && { "aria-activedescendant": current.id })}
          placeholder="Find a name, code, number or action, such as “add 500 to MKT”"
          autoComplete="off"
          spellCheck={false}
          maxLength={SEARCH_MAX_CHARACTERS}
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          className="h-12 w-full min-w-0 bg-transparent text-base text-ink outline-none"
        />
      </div>
      {options.length > 0 && (
        <div
          ref={list}
          role="listbox"
          id={`${id}-list`}
          aria-label="Results"
          aria-busy={isLate}
          className="max-h-[min(26rem,60vh)] overflow-y-auto p-2"
        >
          {groups.map((group) => (
            // biome-ignore lint/a11y/useSemanticElements: options of a listbox are grouped by this role
            <div key={group.kind} role="group" aria-labelledby={`${id}-${group.kind}`} className="pb-1.5">
              <div id={`${id}-${group.kind}`} className="px-2.5 py-1.5 text-xs font-medium text-muted">
                {HIT_KINDS[group.kind]}
              </div>
              {group.options.map((option) => (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys
                // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field
                <div
                  key={option.id}
                  id={option.id}
                  role="option"
                  aria-selected={option === current}
                  onMouseMove={() => option !== current && move(options.indexOf(option))}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={(event) => open(option.href, event.metaKey || event.ctrlKey)}
                  className="flex cursor-pointer flex-wrap items-baseline gap-x-3 rounded-md px-2.5 py-2 text-sm aria-selected:bg-accent-soft"
                >
                  <span className="min-w-0 font-medium wrap-anywhere">
                    <Marked text={option.title} q={markedQuery(group.kind, answer?.q ?? "")} />
                  </span>
                  {option.detail && (
                    <span className="figures min-w-0 text-[0.8125rem] wrap-anywhere text-muted">
                      <Marked
                        text={option.detail}
                        q={markedQuery(group.kind, answer?.q ?? "", option.title)}
                      />
                    </span>
                  )}
                </div>
              ))}
            </div>
          ))}
        </div>
      )}
      <p
        role="status"
        className={options.length > 0 ? "sr-only" : "px-2.5 py-6 text-center text-sm text-muted"}
      >
        {statusOf(answer, isLate, options.length)}
      </p>
      <p aria-hidden className="border-t border-line px-4 py-2 text-xs text-muted max-sm:hidden">
        ↑ ↓ to move · Enter to open · Esc to close
      </p>
    </dialog>
  );
}

function statusOf(answer: Answer | null, isLate: boolean, options: number): string {
  if (answer === null) return "Searching…";
  if (answer.groups === null) return "The search did not answer. Check your connection, or sign in again.";
  if (options > 0) return options === 1 ? "1 result" : `${options} results`;
  return isLate ? "Searching…" : "Nothing that you may see matches.";
}
