"use client";

import {
  type ChangeEvent,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

/** Waits for the next letter of a fast typist. */
const SETTLE_MS = 120;

function lastWordStart(text: string): number {
  return Math.max(...[" ", ",", ";"].map((separator) => text.lastIndexOf(separator))) + 1;
}

export type Suggestion = { value: string; label: string };

const sameText = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/**
 * Makes a text field a combobox, after the pattern of the ARIA Authoring Practices: it suggests while somebody types, the
 * arrow keys move through the suggestions, and Enter or a press takes one. Without JavaScript it is a text field. The
 * platform's own list of suggestions is not used, because it hides each one that does not contain the very text: "ecole"
 * would not show "École", nor a person's name the person's email.
 *
 * @param source the beginning of an address that answers `[{ value, label }]`; what was typed is put behind it
 * @param onText hears of every text; `chosen`: it is a suggestion that was taken, and nothing more will be typed
 * @param part whether suggestions are for the whole text, or for the word that is typed at its end
 * @param takesOnly whether the only suggestion is taken on leaving the field and by Enter, which then does not send the
 *   form yet
 * @returns props for the input, the list to draw beside it (outside its label, which would otherwise contain the
 *   suggestions), and the suggestion that the text is
 */
export function useSuggestions(
  source: string,
  onText: (text: string, chosen: boolean) => void,
  { part = "whole text", takesOnly = false }: { part?: "whole text" | "last word"; takesOnly?: boolean } = {},
) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const isTaking = useRef(false);
  const [query, setQuery] = useState("");
  const [before, setBefore] = useState("");
  const [answer, setAnswer] = useState<{ query: string; options: Suggestion[] }>({ query: "", options: [] });
  /** Somebody types, has called for the list by an arrow key, or has closed it. */
  const [state, setState] = useState<"typing" | "called" | "closed">("closed");
  const [place, setPlace] = useState({ of: "", index: -1 });
  useEffect(() => {
    if (query === "") return;
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      // Without an answer there is nothing to suggest, and the field works all the same.
      const response = await fetch(source + encodeURIComponent(query), { signal: abort.signal }).catch(
        () => null,
      );
      if (response?.ok) setAnswer({ query, options: await response.json().catch(() => []) });
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query, source]);

  const options = query === "" ? [] : answer.options;
  const isAnswered = query !== "" && answer.query === query;
  const only = isAnswered && options.length === 1 ? (options[0] ?? null) : null;
  const chosen = options.find(({ value }) => sameText(value, query)) ?? null;
  const isWhole = chosen !== null || (only !== null && sameText(only.label, query));
  const isOpen = options.length > 0 && (state === "called" || (state === "typing" && !isWhole));
  // Another answer begins without a choice, so that Enter sends what was typed.
  const index = isOpen && place.of === answer.query ? place.index : -1;
  const current = options[index];

  const take = ({ value }: Suggestion) => {
    const field = input.current;
    if (!field) return;
    isTaking.current = true;
    // As if it was typed, because there are fields whose text React does not hold, and forms that listen.
    field.setRangeText(before + value, 0, field.value.length, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    isTaking.current = false;
  };
  const onChange = ({ target }: ChangeEvent<HTMLInputElement>) => {
    input.current = target;
    const text = target.value;
    const start = part === "whole text" ? 0 : lastWordStart(text);
    setBefore(text.slice(0, start));
    setQuery(text.slice(start).trim());
    setState(isTaking.current ? "closed" : "typing");
    onText(text, isTaking.current);
  };
  const takesNow = takesOnly && only !== null && only.value !== query ? only : null;
  const onBlur = () => {
    if (takesNow) take(takesNow);
    setState("closed");
  };
  /** Prevents the default of a key that it acts on, so that nothing else acts on it. */
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if ((key === "ArrowDown" || key === "ArrowUp") && options.length > 0) {
      const step = key === "ArrowDown" ? 1 : -1;
      const next = index < 0 ? (step === 1 ? 0 : options.length - 1) : index + step;
      setState("called");
      setPlace({ of: answer.query, index: (next + options.length) % options.length });
    } else if (key === "Enter" && (current ?? takesNow)) {
      const suggestion = current ?? takesNow;
      if (suggestion) take(suggestion);
    } else if (key === "Escape" && isOpen) {
      // A dialog around the field would close too.
      event.stopPropagation();
      setState("closed");
    } else {
      if (key === "Enter") setState("closed");
      return;
    }
    event.preventDefault();
  };

  const list: ReactNode = isOpen && (
    <SuggestionList
      id={`${id}-list`}
      anchor={input.current}
      options={options}
      current={index}
      onPoint={(index) => setPlace({ of: answer.query, index })}
      onTake={take}
    />
  );
  return {
    control: {
      role: "combobox",
      "aria-autocomplete": "list" as const,
      "aria-expanded": isOpen,
      ...(isOpen && { "aria-controls": `${id}-list` }),
      ...(current && { "aria-activedescendant": `${id}-list-${index}` }),
      autoComplete: "off",
      onChange,
      onKeyDown,
      onBlur,
    },
    list,
    chosen,
  };
}

const hasPopovers = () => "showPopover" in HTMLElement.prototype;

/** A popover of the platform, because a dialog or a row of filters that scrolls would cut the list off. */
function SuggestionList({
  id,
  anchor,
  options,
  current,
  onPoint,
  onTake,
}: {
  id: string;
  anchor: HTMLInputElement | null;
  options: readonly Suggestion[];
  current: number;
  onPoint: (index: number) => void;
  onTake: (suggestion: Suggestion) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // The input is then also the anchor of the list's place. A browser without popovers shows the list in its place.
    if (anchor && hasPopovers()) list.current?.showPopover({ source: anchor });
  }, [anchor]);
  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <div
      ref={list}
      id={id}
      role="listbox"
      aria-label="Suggestions"
      tabIndex={-1}
      {...(hasPopovers() && { popover: "manual" })}
      className="suggestions"
    >
      {options.map((option, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys
        // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field
        <div
          key={option.value}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === current}
          onMouseMove={() => index !== current && onPoint(index)}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(option)}
        >
          <span>{option.label || option.value}</span>
          {option.label !== "" && !option.label.startsWith(option.value) && (
            // The space is for the name that a screen reader speaks.
            <>
              {" "}
              <span>{option.value}</span>
            </>
          )}
        </div>
      ))}
    </div>
  );
}
