"use client";

import { TextField } from "#components/ui/field.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";

/** Codes of organizations and tags in one text field, which suggests both as somebody types a part of a name, code or tag. */
export function ScopesField({
  label,
  hint,
  required = false,
}: {
  label: string;
  hint: string;
  required?: boolean;
}) {
  const { control, list } = useSuggestions("/transactions/suggest?scope=", () => {}, { part: "last word" });
  return (
    <div className="grid min-w-0 gap-1.5">
      <TextField
        name="scopes"
        spellCheck={false}
        autoCapitalize="none"
        {...{ label, hint, required }}
        {...control}
      />
      {list}
    </div>
  );
}
