"use client";

import { useHydrated, useScriptOnlyClass } from "./hydrated.ts";

/** The attribute of {@link SelectPage}, by which the form of a list finds it. */
export const SELECTS_PAGE = "data-selects-page";

/** The checkbox in a table's heading that selects each row of the page. It needs the script of the list's `StatusForm`. */
export function SelectPage({ form }: { form: string }) {
  const scriptOnly = useScriptOnlyClass();
  return (
    <>
      {!useHydrated() && <span className="sr-only">Select</span>}
      <input
        type="checkbox"
        form={form}
        aria-label="Whole page"
        {...{ [SELECTS_PAGE]: "" }}
        className={`size-4 shrink-0 align-middle accent-accent ${scriptOnly}`}
      />
    </>
  );
}
