"use client";

import { FILTER_CONTROL, FilterField } from "./filter-form.tsx";
import { useSuggestions } from "./suggestions.tsx";

/** A text field among the filters, with suggestions while typing. Without JavaScript it is an ordinary text field. */
export function FilterSuggestions({
  label,
  name,
  source,
  placeholder,
  maxLength,
  value,
  onText,
}: {
  label: string;
  name: string;
  /** As {@link useSuggestions} takes it. */
  source: string;
  placeholder: string;
  maxLength: number;
  value: string;
  /** `isSuggestion`: the text is one of the suggestions, so it applies at once. */
  onText: (value: string, isSuggestion: boolean) => void;
}) {
  const { control, list } = useSuggestions(source, onText);
  return (
    <FilterField label={label} after={list}>
      <input
        type="text"
        name={name}
        placeholder={placeholder}
        spellCheck={false}
        maxLength={maxLength}
        value={value}
        className={FILTER_CONTROL}
        {...control}
      />
    </FilterField>
  );
}
