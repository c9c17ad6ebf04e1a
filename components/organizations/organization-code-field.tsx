"use client";

import { useState } from "react";
import { TextField } from "#components/ui/field.tsx";
import { useFormAnswer } from "#components/ui/form.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";

/**
 * Chooses an organization by its code. Somebody who knows only a part of its name gets suggestions, and the field takes
 * the only one.
 */
export function OrganizationCodeField({
  required = false,
  autoFocus = false,
  hint = "Its code, e.g. MKT. Type a part of the name to find it.",
}: {
  required?: boolean;
  autoFocus?: boolean;
  /** While no organization is chosen. */
  hint?: string;
}) {
  const { values } = useFormAnswer();
  const [text, setText] = useState(values?.organization ?? "");
  const { control, list, chosen } = useSuggestions("/transactions/suggest?organization=", setText, {
    takesOnly: true,
  });
  return (
    <>
      <TextField
        label="Organization"
        name="organization"
        required={required}
        autoFocus={autoFocus}
        maxLength={254}
        spellCheck={false}
        hint={chosen?.label ?? hint}
        value={text}
        {...control}
      />
      {list}
    </>
  );
}
