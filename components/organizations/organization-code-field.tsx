"use client";

import { useState } from "react";
import { TextField } from "#components/ui/field.tsx";
import { useFormAnswer } from "#components/ui/form.tsx";
import { takesOnly, useSuggestions } from "#components/ui/suggestions.tsx";

/**
 * Chooses an organization by its code. Somebody who knows only a part of its name gets suggestions, and the field takes
 * the only one.
 */
export function OrganizationCodeField({
  required = false,
  autoFocus = false,
}: {
  required?: boolean;
  autoFocus?: boolean;
}) {
  const { values } = useFormAnswer();
  const [text, setText] = useState(values?.organization ?? "");
  const [taken, setTaken] = useState<{ value: string; label: string } | null>(null);
  const { control, list, chosen, only } = useSuggestions("/transactions/suggest?organization=", setText);
  const name = taken?.value === text ? taken.label : chosen?.label;
  return (
    <>
      <TextField
        label="Organization"
        name="organization"
        required={required}
        autoFocus={autoFocus}
        spellCheck={false}
        hint={name ?? "Its code, e.g. MKT. Type a part of the name to find it."}
        value={text}
        {...control}
        {...takesOnly(only, text, (value) => {
          setText(value);
          setTaken(only);
        })}
      />
      {list}
    </>
  );
}
