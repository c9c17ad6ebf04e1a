"use client";

import { type ChangeEvent, type ReactNode, useEffect, useId, useState } from "react";

/** Waits for the next letter of a fast typist. */
const SETTLE_MS = 120;

function lastWordStart(text: string): number {
  return Math.max(...[" ", ",", ";"].map((separator) => text.lastIndexOf(separator))) + 1;
}

/**
 * What a text field suggests while somebody types; without JavaScript it is a text field.
 *
 * @param source the beginning of an address that answers `[{ value, label }]`; what was typed is put behind it
 * @param onText hears of every text; `chosen`: it is one of the suggestions, and nothing more will be typed
 * @param part whether suggestions are for the whole text, or for the word that is typed at its end
 * @returns props for the input, and the list to draw beside it
 */
export function useSuggestions(
  source: string,
  onText: (text: string, chosen: boolean) => void,
  part: "whole text" | "last word" = "whole text",
) {
  const id = useId();
  const [query, setQuery] = useState("");
  const [before, setBefore] = useState("");
  const [options, setOptions] = useState<{ value: string; label: string }[]>([]);
  useEffect(() => {
    if (query === "") return;
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      // Without an answer there is nothing to suggest, and the field works all the same.
      const answer = await fetch(source + encodeURIComponent(query), { signal: abort.signal }).catch(
        () => null,
      );
      if (answer?.ok) setOptions(await answer.json().catch(() => []));
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
  return { control: { list: id, autoComplete: "off", onChange }, list };
}
