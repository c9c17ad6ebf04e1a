"use client";

import { useState } from "react";
import { TextField } from "#components/ui/field.tsx";
import { useFormAnswer } from "#components/ui/form.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";

/** Chooses an organization by its code; somebody who knows only its name gets suggestions. */
export function OrganizationCodeField({ required = false }: { required?: boolean }) {
  const { values } = useFormAnswer();
  const [text, setText] = useState(values?.organization ?? "");
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
        {...control}
      />
      {list}
    </>
  );
}
