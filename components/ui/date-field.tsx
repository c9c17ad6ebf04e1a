"use client";

import { useState } from "react";
import { formatDay, parseIsoDay } from "#lib/calendar.ts";
import type { DateFormat } from "#lib/time.ts";
import { TextField } from "./field.tsx";
import { useFormAnswer } from "./form.tsx";

/**
 * A day, by the browser's own date field, which has a calendar and works without a script. A browser writes the day in the
 * format of its own language, so the hint repeats it in the enterprise's.
 */
export function DateField({
  label,
  name,
  initial = "",
  min,
  max,
  hint,
  dateFormat,
}: {
  label: string;
  name: string;
  /** Like the bounds, as "2026-11-26". */
  initial?: string;
  min?: string;
  max?: string;
  hint: string;
  dateFormat: DateFormat;
}) {
  const { values } = useFormAnswer();
  const [text, setText] = useState(values?.[name] ?? initial);
  const day = parseIsoDay(text);
  return (
    <TextField
      type="date"
      hint={day === undefined ? hint : `${formatDay(day, dateFormat)}. ${hint}`}
      value={text}
      onChange={({ target }) => setText(target.value)}
      {...{ label, name, min, max }}
    />
  );
}
