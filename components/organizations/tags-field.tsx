"use client";

import { useState } from "react";
import { TextField } from "#components/ui/field.tsx";
import { useFormAnswer } from "#components/ui/form.tsx";
import { useSuggestions } from "#components/ui/suggestions.tsx";
import { readTags } from "#lib/tags.ts";
import { TagChips } from "./tag-chips.tsx";

/** Where the fields for tags get their suggestions. */
export const TAG_SUGGESTIONS = "/transactions/suggest?tag=";

/** All tags of an organization in one text field, and below it the tags that were read from the text. */
export function TagsField({
  initial = "",
  required = false,
  hint = "A key and a value, such as faculty:science. Separate several with spaces.",
}: {
  initial?: string;
  required?: boolean;
  hint?: string;
}) {
  const { values, finished } = useFormAnswer();
  const shown = (finished ? undefined : values?.tags) ?? initial;
  const [text, setText] = useState(shown);
  const [previous, setPrevious] = useState(shown);
  if (shown !== previous) {
    setPrevious(shown);
    setText(shown);
  }
  const { control, list } = useSuggestions(TAG_SUGGESTIONS, setText, { part: "last word" });
  const tags = readTags(text);
  return (
    <div className="grid min-w-0 gap-1.5">
      <TextField
        label="Tags"
        name="tags"
        spellCheck={false}
        autoCapitalize="none"
        {...{ initial, required, hint }}
        {...control}
      />
      {list}
      {tags.ok && <TagChips tags={tags.value} label="Tags in this field" />}
    </div>
  );
}
