"use client";

import { type ChangeEvent, type ReactNode, useEffect, useId, useState } from "react";

/** Waits for the next letter of a fast typist. */
const SETTLE_MS = 120;

/**
 * What a text field suggests while somebody types; without JavaScript it is a text field.
 *
 * @param source the beginning of an address that answers `[{ value, label }]`; what was typed is put behind it
 * @param onText hears of every text; `chosen`: it is one of the suggestions, and nothing more will be typed
 * @returns props for the input, and the list to draw beside it
 */
export function useSuggestions(source: string, onText: (text: string, chosen: boolean) => void) {
  const id = useId();
  const [query, setQuery] = useState("");
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
    onText(text, replaced && options.some((option) => option.value === text));
    setQuery(text.trim());
  };
  const list: ReactNode = (
    <datalist id={id}>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </datalist>
  );
  return { control: { list: id, autoComplete: "off", onChange }, list };
}
