"use client";

import { useState } from "react";
import { TextField } from "#components/ui/field.tsx";
import { type MoveFigures, type MoveKind, movePreview } from "#lib/move-preview.ts";

/** The amount of a movement, with what it would do under it as one types. */
export function AmountField({
  kind,
  initial,
  figures,
}: {
  kind: MoveKind;
  initial: string | undefined;
  figures: MoveFigures;
}) {
  const [typed, setTyped] = useState(initial ?? "");
  const preview = movePreview(kind, typed, figures);
  return (
    <div className="grid gap-1">
      <TextField
        label="Amount"
        name="amount"
        initial={initial}
        required
        autoFocus
        inputMode="decimal"
        autoComplete="off"
        hint="In credits, with at most 6 decimal places."
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <p
        role="status"
        className={`figures min-h-5 text-[0.8125rem] wrap-anywhere ${preview?.isShort ? "font-medium text-danger" : "text-muted"}`}
      >
        {preview?.text}
      </p>
    </div>
  );
}
