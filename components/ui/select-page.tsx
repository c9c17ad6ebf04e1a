"use client";

import { useHydrated, useScriptOnlyClass } from "./hydrated.ts";

/** The attribute of {@link SelectPage}, by which the form of a list finds it. */
export const SELECTS_PAGE = "data-selects-page";

/** The checkbox that selects each row of the page. It needs the script of the list's `StatusForm`. */
export function SelectPage({
  form,
  label,
}: {
  form: string;
  /** The text beside it, where the list has no heading for it. */
  label?: string;
}) {
  const hydrated = useHydrated();
  const scriptOnly = useScriptOnlyClass();
  const box = (
    <input
      type="checkbox"
      form={form}
      aria-label={label === undefined ? "Whole page" : undefined}
      {...{ [SELECTS_PAGE]: "" }}
      className={`size-4 shrink-0 align-middle accent-accent ${scriptOnly}`}
    />
  );
  if (label !== undefined) {
    return (
      // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
      <label className={`mb-2 inline-flex items-center gap-2 text-[0.8125rem] text-muted ${scriptOnly}`}>
        {box}
        {label}
      </label>
    );
  }
  return (
    <>
      {!hydrated && <span className="sr-only">Select</span>}
      {box}
    </>
  );
}
