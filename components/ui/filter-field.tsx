import type { ReactNode } from "react";

/** The look of an input or select over a list. */
export const FILTER_CONTROL =
  "h-9 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-ink";

/** A control over a list, under its label. */
export function FilterField({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="grid min-w-0 gap-1 text-[0.8125rem] text-muted">
      {label}
      {children}
    </label>
  );
}
