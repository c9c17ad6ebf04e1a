"use client";

import { useState } from "react";
import { TextField } from "#components/ui/field.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";

/** Chooses an organization by its code, with suggestions for whoever remembers the name. */
export function OrganizationCodeField({
  initial = "",
  error,
  required = false,
}: {
  initial?: string | undefined;
  error: string | undefined;
  required?: boolean;
}) {
  const [text, setText] = useState(initial);
  const { control, list } = useSuggestions("/transactions/suggest?organization=", setText);
  return (
    <>
      <TextField
        label="Organization"
        name="organization"
        required={required}
        spellCheck={false}
        hint="Its code, e.g. MKT. Type a part of the name to find it."
        value={text}
        error={error}
        {...control}
      />
      {list}
    </>
  );
}
