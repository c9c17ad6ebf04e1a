"use client";

import { type ChangeEvent, type KeyboardEvent, type ReactNode, useEffect, useId, useState } from "react";

/** Waits for the next letter of a fast typist. */
const SETTLE_MS = 120;

function lastWordStart(text: string): number {
  return Math.max(...[" ", ",", ";"].map((separator) => text.lastIndexOf(separator))) + 1;
}

export type Suggestion = { value: string; label: string };

/**
 * What a text field suggests while somebody types; without JavaScript it is a text field.
 *
 * @param source the beginning of an address that answers `[{ value, label }]`; what was typed is put behind it
 * @param onText hears of every text; `chosen`: it is one of the suggestions, and nothing more will be typed
 * @param part whether suggestions are for the whole text, or for the word that is typed at its end
 * @returns props for the input, the list to draw beside it, the suggestion that the text is, and the only suggestion
 *   for the text
 */
export function useSuggestions(
  source: string,
  onText: (text: string, chosen: boolean) => void,
  part: "whole text" | "last word" = "whole text",
) {
  const id = useId();
  const [query, setQuery] = useState("");
  const [before, setBefore] = useState("");
  const [answer, setAnswer] = useState<{ query: string; options: Suggestion[] }>({ query: "", options: [] });
  const { options } = answer;
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

  const onChange = (event: ChangeEvent<HTMLInputElement>) => {
    const text = event.target.value;
    const { inputType } = event.nativeEvent as InputEvent;
    // When a suggestion is chosen, browsers send this input type, or none.
    const replaced = inputType === undefined || inputType === "insertReplacementText";
    onText(text, replaced && options.some((option) => before + option.value === text));
    const start = part === "whole text" ? 0 : lastWordStart(text);
    setBefore(text.slice(0, start));
    setQuery(text.slice(start).trim());
  };
  const list: ReactNode = (
    <datalist id={id}>
      {options.map((option) => (
        <option key={option.value} value={before + option.value}>
          {option.label}
        </option>
      ))}
    </datalist>
  );
  const isAnswered = query !== "" && answer.query === query;
  const isSame = (option: Suggestion) => option.value.toLowerCase() === query.toLowerCase();
  return {
    control: { list: id, autoComplete: "off", onChange },
    list,
    chosen: isAnswered ? (options.find(isSame) ?? null) : null,
    only: isAnswered && options.length === 1 ? (options[0] ?? null) : null,
  };
}

/**
 * Props for an input that takes the only suggestion: on leaving the field, and with Enter, which then does not send the
 * form yet.
 */
export function takesOnly(only: Suggestion | null, text: string, take: (value: string) => void) {
  const value = only && only.value !== text.trim() ? only.value : null;
  return {
    onBlur: () => {
      if (value !== null) take(value);
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (value === null || event.key !== "Enter") return;
      event.preventDefault();
      take(value);
    },
  };
}
