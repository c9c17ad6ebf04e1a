import type { ReactNode } from "react";

/** The figures of a chart as a table, which opens below it and scrolls by itself. `children` are its head and body. */
export function ChartTable({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className="mt-3">
      <summary className="w-fit rounded-sm text-[0.8125rem] text-muted hover:text-ink">Show as table</summary>
      <section
        aria-label={`${title}, table`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
        tabIndex={0}
        className="relative mt-2 max-h-80 overflow-auto rounded-md border border-line"
      >
        <table className="w-full text-left text-[0.8125rem]">
          <caption className="sr-only">{title}</caption>
          {children}
        </table>
      </section>
    </details>
  );
}
